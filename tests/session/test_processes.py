"""A session and its two processes: what needs which, and what is said when one cannot run."""

import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from holefit.diagnostics import Severity
from holefit.errors import HolefitError, UntrustedWorkspaceError
from holefit.holes.hole import Fit, Hole
from holefit.session import HoleOptions, Options, Session
from holefit.session.untyped import hole_diagnostic
from holefit.syntax import Position, Range


class NoTypesError(HolefitError):
    remedy = "Mend it."


class Types:
    """Stands in for the type service: notes what it is told, knows no types."""

    state = "ready"
    on_progress = None

    def __init__(self, *, fails: bool = False) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.fails = fails

    def set_buffer(self, path: Path, text: str, version: int | None) -> None:
        self.told.append(("buffer", path.name, text, version))

    def close_buffer(self, path: Path) -> None:
        self.told.append(("close", path.name))

    def file_changed(self, path: Path) -> None:
        self.told.append(("file", path.name))

    def set_options(self, options: Options) -> None:
        self.told.append(("options", options.type_errors))

    def holes(
        self, path: Path, position: Position | None, *, quick: bool, cancelled: threading.Event | None
    ) -> list[Hole]:
        self.told.append(("holes", path.name))
        if self.fails:
            raise NoTypesError("it is broken")
        return []

    def close(self) -> None:
        self.told.append(("end",))


def opened(root: Path, text: str, *, fails: bool = False, trusted: bool = True) -> tuple[Session, Types]:
    (root / "main.py").write_text(text)
    session = Session.open(root, trusted=trusted)
    types = Types(fails=fails)
    session._types = types  # type: ignore[assignment]  # a stand-in
    return session, types


def test_a_text_without_holes_needs_no_type_service(tmp_path: Path) -> None:
    session, types = opened(tmp_path, "for it in []: print(it)\n")
    assert session.holes("main.py") == []
    assert session.check("main.py") == []
    assert types.told == []
    session.set_buffer("main.py", "for _ in []: print(_)\n")
    session._types = None
    assert session.holes("main.py") == []
    assert session._types is None, "a bound name starts nothing"


def test_every_change_reaches_it(tmp_path: Path) -> None:
    session, types = opened(tmp_path, "")
    session.set_buffer("main.py", "x = 1\n", 3)
    session.set_options(session.options.replace(type_errors=True))
    session.close_buffer("main.py")
    session.saved("other.py")
    session.close()
    assert types.told == [
        ("buffer", "main.py", "x = 1\n", 3),
        ("options", True),
        ("close", "main.py"),
        ("file", "other.py"),
        ("end",),
    ]


def test_without_it_holes_have_no_types_and_the_reason_is_said(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "x = f(_, _b)\n", fails=True)
    assert [(hole.name, hole.expected, hole.complete) for hole in session.holes("main.py")] == [
        ("_", "object", False),
        ("_b", "object", False),
    ]
    found = session.check("main.py")
    assert [one.code for one in found] == ["hole", "types", "hole"]
    assert "it is broken. Mend it." in found[1].message
    at = session.hole_at("main.py", Position(0, 11))
    assert at is not None
    assert at.name == "_b"


def test_a_name_that_is_bound_everywhere_is_no_hole(tmp_path: Path) -> None:
    session, types = opened(tmp_path, "print(_('x'))\n", fails=True)
    session.set_options(session.options.replace(builtins=("_",)))
    assert session.check("main.py") == []
    assert ("holes", "main.py") not in types.told
    session.set_buffer("main.py", "print(_('x'), _b)\n")
    assert [hole.name for hole in session.holes("main.py")] == ["_b"]


def test_behind_a_syntax_error_it_is_asked(tmp_path: Path) -> None:
    session, types = opened(tmp_path, "x = _\ny = (\n")
    assert [one.code for one in session.check("main.py")] == ["syntax"]
    assert ("holes", "main.py") in types.told


def test_a_cancelled_question_has_no_answer(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "x = _\n", fails=True)
    cancelled = threading.Event()
    cancelled.set()
    assert session.holes("main.py", cancelled=cancelled) == []


def test_a_file_that_is_no_text_is_a_diagnostic(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "")
    (tmp_path / "main.py").write_bytes(b"\xff")
    (problem,) = session.check("main.py")
    assert (problem.code, problem.range.start) == ("syntax", Position(0, 0))


def test_nothing_runs_in_a_workspace_that_is_not_trusted(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "# ANN f: 1 / 0\ndef f(): ...\n# >>> f()\n", trusted=False)
    with pytest.raises(UntrustedWorkspaceError, match="evaluating snippets"):
        session.evaluate("main.py")
    with pytest.raises(UntrustedWorkspaceError, match="starting an interpreter"):
        _ = session.interpreter
    with pytest.raises(UntrustedWorkspaceError, match="reloading"):
        session.reload()
    assert session.annotations() == []
    assert session.load().diagnostics == ()


def test_trust_may_come_and_go(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "", trusted=False)
    session.set_options(session.options.replace(trusted=True))
    assert session.interpreter.status().state == "stopped"
    session.set_options(session.options.replace(trusted=False))
    with pytest.raises(UntrustedWorkspaceError):
        _ = session.interpreter


def test_many_threads_may_ask_at_once(tmp_path: Path) -> None:
    session, _ = opened(tmp_path, "x = 1\n")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                session.set_buffer("main.py", f"x{number} = {turn}\n")
                session.load()
                session.module_graph()
                session.parsed("main.py").hole_sites  # noqa: B018
                session.annotations()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_hole_reads_as_much_as_the_options_ask_for() -> None:
    place = Range(Position(0, 0), Position(0, 1))
    fits = (
        Fit("side", "int", "parameter", ()),
        Fit("area(_)", "int", "", ()),
    )
    hole = Hole(Path("/m.py"), place, "_", "int", constraints=("has attribute real",), fits=fits)
    assert hole_diagnostic(hole, HoleOptions()).message == textwrap.dedent("""\
        Hole `_`: int
          has attribute real
        Fits:
          side : int  (parameter)
          area(_) : int""")
    brief = HoleOptions(
        show_type_of_hole_fits=False, show_provenance_of_hole_fits=False, show_hole_constraints=False
    )
    assert hole_diagnostic(hole, brief).message == "Hole `_`: int\nFits:\n  side\n  area(_)"
    assert (
        hole_diagnostic(hole, HoleOptions(show_valid_hole_fits=False)).message
        == "Hole `_`: int\n  has attribute real"
    )
    assert hole_diagnostic(hole, HoleOptions()).severity is Severity.ERROR
    assert hole_diagnostic(hole, HoleOptions(defer_typed_holes=True)).severity is Severity.WARNING
