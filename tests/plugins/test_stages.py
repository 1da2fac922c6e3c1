"""Stages: in which order they run, what they get and give, what happens when they fail."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.session import Session

Write = Callable[[str, str], Path]
Open = Callable[..., Session]
Echo = Callable[..., Callable[[], list[str]]]


def messages(session: Session, code: str) -> list[tuple[str, str]]:
    return [(one.path.name, one.message) for one in session.load().diagnostics if one.code == code]


def test_a_plugin_without_fields_does_nothing(write: Write, open_session: Open) -> None:
    write("plugins/nothing.py", "from holefit import Plugin\nplugin = Plugin()\n")
    session = open_session("nothing")
    assert session.load().diagnostics == ()
    assert [one.reason for one in session.load().modules] == []


def test_modules_are_seen_behind_those_that_they_use_and_plugins_in_their_order(
    echo: Echo, open_session: Open
) -> None:
    noted = echo("second")
    echo("first")
    open_session("first", "second", "-fplugin-opt=first:A", "-fplugin-opt=first:B").load()
    lines = noted()
    assert lines.index("first shapes A B") + 1 == lines.index("second shapes")
    assert lines.index("second shapes") < lines.index("first main A B")
    assert len(lines) == 6


def test_the_flags_of_a_file_concern_that_file_alone(echo: Echo, write: Write, open_session: Open) -> None:
    noted = echo("one")
    echo("two")
    write("project/main.py", "# holefit: -fclear-plugins -fplugin=two -fplugin-opt=two:'a b'\n")
    write("project/alone.py", "# holefit: -fplugin=two\nx = 1  # holefit: -fplugin=one\n")
    session = open_session("one")
    session.load()
    assert sorted(noted()) == ["one alone", "one shapes", "two alone", "two main a b"]
    session.set_buffer("main.py", "\n")
    assert [one.name for one in session.load().modules] == ["main"]
    assert noted() == ["one main"]


def test_wrong_flags_of_a_file_are_told_at_their_place(write: Write, open_session: Open) -> None:
    write("project/main.py", "\n# holefit: -fplugin=gone -fplugin-opt=other:x -funknown\n")
    session = open_session()
    found = [one for one in session.load().diagnostics if one.path.name == "main.py"]
    assert {one.range.start.line for one in found} == {1}
    assert sorted(one.message.split(".")[0].split(";")[0] for one in found) == [
        "`-funknown` is no flag for plugins",
        "there are options for the plugin `other`, which no flag names",
        "there is no plugin `gone`",
    ]
    assert [one.message for one in session.check("main.py")] == [one.message for one in found]


def test_what_a_plugin_says_of_unsaved_text_is_there_at_once(open_session: Open) -> None:
    session = open_session("deprecations")
    session.set_buffer("main.py", "import shapes\n\nshapes.area(2)\n")
    (found,) = session.check("main.py")
    assert (found.code, found.message) == ("deprecated", "`area` is deprecated: use surface")
    assert session.parsed("main.py").source.slice(found.range) == "shapes.area"


@pytest.mark.parametrize(
    ("body", "what", "budget_ms"),
    [
        ("raise ValueError('no')", "raised ValueError: no (", 60_000),
        ("raise SystemExit(1)", "raised SystemExit: 1 (", 60_000),
        ("return None", "gave NoneType in", 60_000),
        ("return type(result)(None)", "gave another module than it got", 60_000),
        ("return type(result)(result.parsed, (), {'x': 1})", "gave fields that were not made by", 60_000),
        ("return type(result)(result.parsed, ('text',))", "gave messages that are no diagnostics", 60_000),
        ("return result.with_field(__import__('holefit').ExtensionField('x', 1, dict), {1: 2})", "raised ExtensionFieldError: x has the key 1", 60_000),
        ("while True: pass", "took more than 300 ms", 300),
        ("time.sleep(0.6)\n    return result", "took more than 300 ms", 300),
    ],
)  # fmt: skip
def test_one_that_fails_is_named_with_its_stage_and_the_rest_works_on(
    body: str, what: str, budget_ms: int, write: Write, echo: Echo, open_session: Open
) -> None:
    write("plugins/bad.py", f"import time\nfrom holefit import Plugin\ndef parsed(options, summary, result):\n    if summary.module != 'main': return result\n    {body}\nplugin = Plugin(parsed=parsed)\n")  # fmt: skip
    noted = echo("good")
    session = open_session("bad", "good", budget_ms=budget_ms)
    ((name, message),) = messages(session, "plugin-error")
    assert name == "main.py"
    assert message.startswith(f"the plugin `bad` {what}")
    assert "in its stage `parsed`" in message
    assert len(noted()) == 3
    assert session.load().modules == ()
    time.sleep(0.02)  # were the interruption late, it would come now


def test_code_can_be_traced_after_one_that_took_too_long(write: Write, open_session: Open) -> None:
    write("plugins/bad.py", "from holefit import Plugin\ndef parsed(*_):\n    while True: pass\nplugin = Plugin(parsed=parsed)\n")  # fmt: skip
    assert messages(open_session("bad", budget_ms=100), "plugin-error")
    traced: list[str] = []

    def trace() -> None:
        sys.setprofile(lambda frame, event, argument: traced.append(event))
        (lambda: None)()
        sys.setprofile(None)

    thread = threading.Thread(target=trace, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_a_failure_is_tried_again_by_the_next_session(write: Write, open_session: Open) -> None:
    bad = "from holefit import Plugin, pure\ndef parsed(*_): raise ValueError\nplugin = Plugin(parsed=parsed, recompile=pure)\n"
    write("plugins/bad.py", bad)
    open_session("bad").load()
    write("plugins/bad.py", bad.replace("raise ValueError", "return _[2]"))
    assert open_session("bad").load().diagnostics == ()


def test_a_driver_has_its_say_in_the_options(open_session: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert not open_session("strict_in_ci").options.type_errors
    monkeypatch.setenv("CI", "true")
    session = open_session("strict_in_ci")
    assert session.options.type_errors
    assert session.options.holes.hole_budget_ms == 5000
    session.set_options(session.options.replace(plugins=(), type_errors=False))
    assert not session.options.type_errors
    monkeypatch.setenv("RELEASE", "1")
    assert open_session("strict_in_ci", "-fplugin-opt=strict_in_ci:RELEASE").options.type_errors


def test_a_driver_that_fails_changes_nothing_and_is_named(write: Write, open_session: Open) -> None:
    write(
        "plugins/bad.py", "from holefit import Plugin\nplugin = Plugin(driver=lambda options, env: 1 / 0)\n"
    )
    session = open_session("bad", "strict_in_ci")
    assert [one.message.split(" (")[0] for one in session.problems] == [
        "the plugin `bad` raised ZeroDivisionError: division by zero"
    ]


def test_a_driver_trusts_nothing(write: Write, open_session: Open) -> None:
    text = "import dataclasses\nfrom holefit import Plugin\nplugin = Plugin(driver=lambda o, env: dataclasses.replace(env, options=env.options.replace(trusted=False, plugins=())))\n"
    write("plugins/p.py", text)
    session = open_session("p")
    assert session.options.trusted
    assert session.options.plugins == ("p",)


def test_interfaces_are_changed_for_those_that_read_them(
    write: Write, open_session: Open, tmp_path: Path
) -> None:
    table = write("table.toml", "[shapes]\nsurface = 'use volume'\n")
    write("project/main.py", "from shapes import area\nimport shapes\nshapes.surface\n")
    flags = ("deprecated_elsewhere", f"-fplugin-opt=deprecated_elsewhere:{table}", "deprecations")
    session = open_session(*flags)
    assert messages(session, "deprecated") == [
        ("main.py", "`area` is deprecated: use surface"),
        ("main.py", "`surface` is deprecated: use volume"),
    ]
    table.write_text("")
    result = session.load()
    assert {one.reason for one in result.modules} == {"the plugin deprecated_elsewhere changed"}
    assert [one.message for one in result.diagnostics] == ["`area` is deprecated: use surface"]
