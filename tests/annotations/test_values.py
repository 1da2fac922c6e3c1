"""Values of annotations: evaluated in the worker, persisted, evaluated again when what they follow from changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.annotations import Annotation, Target
from holefit.session import Options, Session

Write = Callable[[str, str], None]


def by_name(found: list[Annotation]) -> dict[str | None, object]:
    return {one.name: one.value for one in found}


def problems(session: Session) -> list[str]:
    return [one.message for one in session.load().diagnostics]


def test_three_forms_have_values_without_running_the_module(session: Session) -> None:
    found = session.annotations(module="shapes")
    assert [(one.name, one.target, one.type, one.value, one.repr) for one in found] == [
        (
            "area",
            Target.VALUE,
            "people.owners.Owner",
            {"name": "geometry", "since": 2},
            "Owner(name='geometry', since=2)",
        ),
        ("Shape", Target.TYPE, "str", "stable", "'stable'"),
        (None, Target.MODULE, "dict", {"layer": "domain", "pi": 3.14}, "{'layer': 'domain', 'pi': 3.14}"),
        ("LIMIT", Target.VALUE, "people.owners.Level", {"name": "HIGH", "value": 1}, "<Level.HIGH: 1>"),
    ]
    assert problems(session) == []


def test_the_range_is_that_of_the_comment(session: Session) -> None:
    (one,) = session.annotations(of="area")
    assert session.parsed("shapes.py").source.slice(one.range) == '# ANN area: Owner("geometry", since=2)'


def test_they_survive_a_restart_without_a_worker(session: Session) -> None:
    before = session.annotations()
    session.close()
    with Session.open(session.root) as later:
        assert later.annotations() == before
        assert later.interpreter.status().state == "stopped"
    with Session.open(session.root, trusted=False) as untrusted:
        assert untrusted.annotations() == before


def test_those_that_moved_keep_their_values(session: Session, shapes: str) -> None:
    session.annotations()
    session.interpreter.stop()
    session.set_buffer("shapes.py", "# first\n\n" + shapes)
    (one,) = session.annotations(of="area")
    assert session.parsed("shapes.py").source.slice(one.range) == '# ANN area: Owner("geometry", since=2)'
    assert session.interpreter.status().state == "stopped"


def test_what_the_expression_imports_counts_saved_or_not(session: Session, write: Write) -> None:
    write("m.py", "from people.owners import make\n# ANN f: make('a')\ndef f(): ...\n")
    assert by_name(session.annotations(module="m")) == {"f": {"name": "a", "since": 1}}
    text = (session.root / "people/owners.py").read_text()
    session.set_buffer("people/owners.py", text.replace("Owner(name)", "Owner(name + '!', 7)"))
    assert by_name(session.annotations(module="m")) == {"f": {"name": "a!", "since": 7}}
    session.close_buffer("people/owners.py")
    assert by_name(session.annotations(module="m")) == {"f": {"name": "a", "since": 1}}


def test_an_edited_expression_has_a_new_value_and_a_removed_one_none(session: Session, shapes: str) -> None:
    session.annotations()
    session.set_buffer("shapes.py", shapes.replace("since=2", "since=3").replace("# ANN LIMIT", "# no LIMIT"))
    assert by_name(session.annotations(module="shapes")) == {
        "area": {"name": "geometry", "since": 3},
        "Shape": "stable",
        None: {"layer": "domain", "pi": 3.14},
    }


def test_unsaved_annotations_do_not_persist(session: Session, shapes: str) -> None:
    session.annotations()
    session.set_buffer("shapes.py", shapes.replace("since=2", "since=3"))
    session.annotations()
    session.close()
    with Session.open(session.root, trusted=False) as later:
        assert by_name(later.annotations(of="area")) == {"area": {"name": "geometry", "since": 2}}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / 0", "evaluating the annotation raised ZeroDivisionError: division by zero"),
        ("object()", "the annotation's value cannot be stored: object is not data"),
        ("{1: 2}", "the annotation's value cannot be stored: a dict in an annotation needs text keys"),
        ("exit(3)", "evaluating the annotation raised SystemExit: 3"),
        ("Owner()", "evaluating the annotation raised TypeError: Owner.__init__() missing"),
        ("__import__('os')._exit(3)", "the annotation could not be evaluated: the worker exited with code 3"),
    ],
)
def test_a_failure_is_said_at_the_expression(
    session: Session, write: Write, expression: str, message: str
) -> None:
    write("m.py", f"from people.owners import Owner\n# ANN f: {expression}\n# ANN f: 1\ndef f(): ...\n")
    found = [one for one in session.load().diagnostics if one.path.name == "m.py"]
    assert found, "no diagnostic"
    assert found[0].message.startswith(message)
    assert session.parsed("m.py").source.slice(found[0].range) == expression
    assert [one.message for one in session.check("m.py")] == [one.message for one in found]


def test_an_import_that_fails_spoils_only_those_that_need_it(session: Session, write: Write) -> None:
    write("m.py", "import nowhere\n# ANN f: nowhere.x\n# ANN g: 1\ndef f(): ...\ndef g(): ...\n")
    (said,) = problems(session)
    assert "ModuleNotFoundError: No module named 'nowhere'" in said
    assert by_name(session.annotations(module="m")) == {"g": 1}


def test_either_import_of_a_pair_will_do(session: Session, write: Write) -> None:
    write(
        "m.py",
        "try:\n    import nowhere as j\nexcept ImportError:\n    import json as j\n# ANN f: j.dumps([1])\ndef f(): ...\n",
    )
    assert by_name(session.annotations(module="m")) == {"f": "[1]"}


def test_relative_imports_are_found(session: Session, write: Write) -> None:
    write(
        "people/staff.py",
        "from .owners import Owner as O\nfrom . import owners\n# ANN f: [O('a'), owners.make('b')]\ndef f(): ...\n",
    )
    assert by_name(session.annotations(module="people.staff")) == {
        "f": [{"name": "a", "since": 1}, {"name": "b", "since": 1}]
    }


def test_an_endless_one_is_ended(tmp_path: Path, write: Write) -> None:
    write(
        "m.py", "import itertools\n# ANN f: sum(itertools.count())\n# ANN g: 7\ndef f(): ...\ndef g(): ...\n"
    )
    options = Options()
    options = options.replace(eval=options.updated({"eval": {"timeoutS": 0.3}})[0].eval)
    with Session.open(tmp_path, options=options) as session:
        session.interpreter.grace_s = 0.3
        (said,) = problems(session)
        assert "0.3 s" in said
        assert by_name(session.annotations(of="g")) == {"g": 7}
        assert by_name(session.annotations(of="area")) == {"area": {"name": "geometry", "since": 2}}


def test_a_failure_is_tried_again_when_its_inputs_change_or_at_the_next_load(
    session: Session, write: Write
) -> None:
    write("data.py", "import pathlib\nVALUE = int(pathlib.Path(__file__).with_name('n.txt').read_text())\n")
    write("m.py", "import data\n# ANN f: data.VALUE\ndef f(): ...\n")
    assert "FileNotFoundError" in problems(session)[0]
    write("n.txt", "3")
    assert session.annotations(module="m") == []
    assert problems(session) == []
    assert by_name(session.annotations(module="m")) == {"f": 3}


def test_a_python_that_is_not_there_is_said_once_for_each(session: Session) -> None:
    options, _ = session.options.updated({"interpreter": {"python": "nowhere/python"}})
    session.set_options(options)
    said = problems(session)
    assert len(said) == 4
    assert all("cannot run" in one for one in said)
    assert session.annotations() == []
