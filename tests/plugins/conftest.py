"""A project, a folder of plugins beside it, and sessions on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holefit.session import Options, Session

EXAMPLES = Path(__file__).parents[2] / "examples/plugins"

Write = Callable[[str, str], Path]
Open = Callable[..., Session]

FILES = {
    "shapes.py": "# ANN area: 'deprecated: use surface'\ndef area(side: int) -> int: ...\n\ndef surface(side: int) -> int: ...\n",
    "main.py": "from shapes import surface\n\nsurface(2)\n",
    "alone.py": "X = 1\n",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the temporary folder: ``project/...`` or ``plugins/...``."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    for name, text in FILES.items():
        put(f"project/{name}", text)
    (tmp_path / "plugins").mkdir()
    return put


@pytest.fixture
def root(tmp_path: Path, write: Write) -> Path:
    """The project."""
    return tmp_path / "project"


@pytest.fixture
def open_session(root: Path) -> Iterator[Open]:
    """Open a session with plugins: flags as in ``[tool.holefit] plugins``."""
    path, modules, opened = [*sys.path], {*sys.modules}, []

    def made(*flags: str, trusted: bool = True, budget_ms: int = 1000) -> Session:
        folders = (str(root.parent / "plugins"), str(EXAMPLES))
        options = Options(plugins=flags, plugin_path=folders, trusted=trusted, plugin_budget_ms=budget_ms)
        opened.append(Session.open(root, options=options))
        return opened[-1]

    yield made
    for session in opened:
        session.close()
    sys.path[:] = path
    for name in sys.modules.keys() - modules:
        if str(root.parent) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


ECHO = """
from holefit import Plugin{names}

def parsed(options, summary, result):
    with open({log!r}, "a") as log:
        print({name!r}, summary.module, *options, file=log)
    return result

plugin = Plugin(parsed=parsed{more})
"""


@pytest.fixture
def echo(tmp_path: Path, write: Write) -> Callable[..., Callable[[], list[str]]]:
    """Write a plugin that notes each module that it sees; what it gives reads the notes and forgets them."""

    def made(name: str, recompile: str = "") -> Callable[[], list[str]]:
        log = tmp_path / "log"
        names = f", {recompile}" if recompile else ""
        more = f", recompile={recompile}" if recompile else ""
        write(f"plugins/{name}.py", ECHO.format(name=name, log=str(log), names=names, more=more))

        def noted() -> list[str]:
            lines = log.read_text().splitlines() if log.exists() else []
            log.write_text("")
            return lines

        return noted

    return made
