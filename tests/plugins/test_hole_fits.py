"""Plugins choose candidates, sort fits, set options for one hole, and keep state that is given up in any case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.session import Session

pytestmark = pytest.mark.e2e

Write = Callable[[str, str], Path]
Open = Callable[..., Session]

HOLES = """\
# holefit: -fplugin=hole_modules{option}
import math
import statistics
from collections.abc import Callable

Summary = Callable[[list[float]], float]

f: Summary = _too_long
j: Summary = _
i: Summary = _sort_by_mod_desc
k: Summary = _sort_by_mod
g: Summary = _only_statistics
h: Summary = _only_math
"""


def shown(session: Session, name: str = "holes.py") -> str:
    """The holes of a file with their fits and what plugins say, for a reader."""
    lines = []
    for hole in session.holes(name):
        lines.append(f"{hole.name} :: {hole.expected}")
        lines += [f"  {line}" for message in hole.messages for line in message.splitlines()]
        lines += [f"  {fit.text}  ({fit.provenance})" for fit in hole.fits]
    return "\n".join(lines)


def only(session: Session, name: str) -> list[str]:
    """The fits of one hole."""
    return next([fit.text for fit in hole.fits] for hole in session.holes("holes.py") if hole.name == name)


def test_the_names_of_holes_tell_the_example_where_to_look(write: Write, open_session: Open) -> None:
    write("project/holes.py", HOLES.format(option=""))
    session = open_session()
    assert only(session, "_only_math") == ["math.fsum"]
    statistics = only(session, "_only_statistics")
    assert "statistics.mean" in statistics
    assert {text.rpartition(".")[0] for text in statistics} == {"statistics"}
    rising, falling = only(session, "_sort_by_mod"), only(session, "_sort_by_mod_desc")
    assert rising.index("min") < rising.index("f")  # builtins, and the module itself
    assert falling.index("min") > falling.index("f")


def test_out_of_time_is_said_in_the_place_of_fits(write: Write, open_session: Open) -> None:
    write("project/holes.py", HOLES.format(option=" -fplugin-opt=hole_modules:0"))
    lines = shown(open_session()).splitlines()
    first, *rest = [index for index, line in enumerate(lines) if line.startswith("_")]
    assert len(lines[first : rest[0]]) > 2  # the first search is not stopped
    assert lines[rest[-1] :] == [
        "_only_math :: Summary",
        "  Error: The time ran out, and the search was aborted for this hole.",
        "         Try again with a longer timeout.",
    ]


NOTES = """
from holefit import HoleFitCandidate, HoleFitPlugin, HoleFitPluginR, Plugin
from dataclasses import replace

def make(options):
    log = open(options[0], "a")
    def init():
        log.write("init "); log.flush()
        return []
    def run(state):
        def candidates(hole, found):
            if hole.name == "_broken":
                raise ValueError("no idea")
            state.append(hole.name)
            own = [HoleFitCandidate("len(text) * 2"), HoleFitCandidate("nowhere"), HoleFitCandidate("text")]
            return own if hole.name == "_mine" else found
        def settings(hole, given):
            return replace(given, max_valid_hole_fits=1) if hole.name == "_few" else given
        return HoleFitPlugin(candidates, None, settings)
    def stop(state):
        log.write("stop:" + ",".join(sorted(set(state))) + " "); log.flush()
    return HoleFitPluginR(init, run, stop)

plugin = Plugin(hole_fit_plugin=make)
"""


def test_state_is_given_up_even_after_an_error(write: Write, open_session: Open, tmp_path: Path) -> None:
    log = tmp_path / "log"
    write("plugins/notes.py", NOTES)
    write("project/holes.py", "def f(text: str) -> int:\n    return _few\n\nx: int = _broken\ny: int = 1\n")
    session = open_session("-fplugin=notes", f"-fplugin-opt=notes:{log}")
    few, broken = session.holes("holes.py")
    assert len([fit for fit in few.fits if not fit.level]) == 1
    assert broken.messages[0].startswith("the plugin `notes` raised ValueError: no idea")
    assert log.read_text() == "init stop:_few "
    assert any("no idea" in one.message for one in session.check("holes.py"))


def test_a_plugin_may_put_candidates_in_which_are_checked(
    write: Write, open_session: Open, tmp_path: Path
) -> None:
    write("plugins/notes.py", NOTES)
    write("project/holes.py", "def f(text: str) -> int:\n    return _mine\n")
    session = open_session("-fplugin=notes", f"-fplugin-opt=notes:{tmp_path / 'log'}")
    assert [fit.text for hole in session.holes("holes.py") for fit in hole.fits] == ["len(text) * 2"]


def test_an_edited_plugin_acts_at_the_next_look(write: Write, open_session: Open, tmp_path: Path) -> None:
    source = "from holefit import HoleFitPlugin, Plugin\nplugin = Plugin(hole_fit_plugin=lambda options: HoleFitPlugin(fits=lambda hole, fits: fits[:{n}]))\n"
    write("plugins/first.py", source.format(n=1))
    write("project/holes.py", "def f(text: str, n: int) -> int:\n    return _x\n")
    session = open_session("-fplugin=first")
    assert [len(hole.fits) for hole in session.holes("holes.py")] == [1]
    write("plugins/first.py", source.format(n=2) + "#\n")
    assert [len(hole.fits) for hole in session.holes("holes.py")] == [2]


def test_where_nothing_is_trusted_no_plugin_takes_part(write: Write, open_session: Open) -> None:
    write("project/holes.py", HOLES.format(option=""))
    session = open_session(trusted=False)
    assert all(not hole.messages for hole in session.holes("holes.py"))
