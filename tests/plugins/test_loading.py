"""Loading: what a name means, and what is said of one that cannot be used."""

import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from holefit.plugins import loading
from holefit.session import Session

Write = Callable[[str, str], Path]
Open = Callable[..., Session]
Echo = Callable[..., Callable[[], list[str]]]
SAYS = """
from holefit import Plugin
def parsed(options, summary, result):
    return result.with_message(result.parsed.range_of(result.parsed.tree.body[0]), {text!r} + "".join(options))
plugin = Plugin(parsed=parsed)
"""


def said(session: Session) -> list[str]:
    return sorted({one.message for one in session.load().diagnostics})


def test_a_module_beside_the_project(write: Write, open_session: Open) -> None:
    write("plugins/pack/__init__.py", "")
    write("plugins/pack/inner.py", SAYS.format(text="inner "))
    assert said(open_session("pack.inner", "-fplugin-opt=pack.inner:A")) == ["inner A"]


def test_an_entry_point(write: Write, open_session: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    write("plugins/behind.py", SAYS.format(text="by its entry point").replace("plugin =", "other ="))
    entry = EntryPoint("lint", "behind:other", loading.GROUP)
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: [entry] if group == loading.GROUP else []
    )
    assert said(open_session("lint")) == ["by its entry point"]


@pytest.mark.parametrize("kind", ["file", "folder", "archive"])
def test_a_library(kind: str, write: Write, open_session: Open, tmp_path: Path) -> None:
    file = write("lib/Lint.py", SAYS.format(text="from a library "))
    path = file if kind == "file" else file.parent
    if kind == "archive":
        path = tmp_path / "lint.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(file, "Lint.py")
    assert said(open_session(f'-fplugin-library={path};unit;Lint;["A", "B"]')) == ["from a library AB"]


def test_a_module_of_the_project_itself_is_refused_with_the_reason(write: Write, open_session: Open) -> None:
    write("project/lint.py", "raise SystemExit('it must not run')\n")
    session = open_session("lint")
    (problem,) = session.load().diagnostics
    assert problem.code == "plugin-error"
    assert problem.message.startswith("the plugin `lint` is a module of this project (lint.py)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no plugin `p`. Install its package"),
        ("1 / 0", "the plugin `p` cannot be imported: ZeroDivisionError: division by zero. Mend it"),
        ("raise SystemExit(3)", "the plugin `p` cannot be imported: SystemExit: 3. Mend it"),
        ("import nothing_of_that_name", "the plugin `p` cannot be imported: ModuleNotFoundError"),
        ("def (", "the plugin `p` cannot be imported: SyntaxError"),
        ("plugin = 1", "`p` has no global `plugin` that is a holefit.Plugin. A plugin's module has"),
    ],
)  # fmt: skip
def test_one_that_cannot_be_used_is_said_once_and_the_others_act(
    text: str | None, message: str, write: Write, open_session: Open
) -> None:
    if text is not None:
        write("plugins/p.py", text + "\n")
    write("plugins/good.py", SAYS.format(text="good"))
    session = open_session("p", "good")
    wrong = [one for one in session.load().diagnostics if one.code == "plugin-error"]
    assert len(wrong) == 1
    assert wrong[0].message.startswith(message)
    assert session.problems == tuple(wrong)
    assert len([one for one in session.load().diagnostics if one.message == "good"]) == 3


def test_two_sessions_may_have_plugins_of_one_name(write: Write, open_session: Open, tmp_path: Path) -> None:
    write("plugins/p.py", SAYS.format(text="first"))
    first = open_session("p")
    assert said(first) == ["first"]
    write("others/p.py", SAYS.format(text="second"))
    second = open_session("p")
    second.set_options(second.options.replace(plugin_path=(str(tmp_path / "others"),)))
    assert said(second) == ["second"]
    assert said(first) == ["first"]


def test_an_untrusted_workspace_loads_none(write: Write, open_session: Open) -> None:
    write("plugins/p.py", "raise SystemExit('it must not run')\n")
    write("project/main.py", "# holefit: -fplugin=p\n")
    session = open_session("p", trusted=False)
    assert session.load().diagnostics == ()
    assert session.check("main.py") == []
    assert session.problems == ()


def test_trust_that_comes_later_brings_them(write: Write, open_session: Open) -> None:
    write("plugins/p.py", SAYS.format(text="trusted"))
    session = open_session("p", trusted=False)
    session.load()
    session.set_options(session.options.replace(trusted=True))
    assert said(session) == ["trusted"]
    session.set_options(session.options.replace(trusted=False))
    assert said(session) == []
