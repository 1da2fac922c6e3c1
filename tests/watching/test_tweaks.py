"""Tweaking live globals: in place, without a reload, while code runs."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit import Session, TweakRefusedError, apply
from holefit.reload.tweak import edit_of

SETTINGS = """
    SPEED = 3.0  # holefit: tweak(0, 10, 0.1)
    LIVES: int = 3  # holefit: tweak(1, 9)
    NAME = "é"  # holefit: tweak()
    DEBUG = False  # holefit: tweak()
    PLAIN = 1
    TABLE = {"a": 1}  # holefit: tweak()
    """
GAME = """
    import time
    from settings import SPEED

    def run(began):
        open(began, "w").close()
        while SPEED < 9:
            time.sleep(0.001)
        return SPEED
    """


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "settings.py").write_text(textwrap.dedent(SETTINGS).lstrip("\n"), encoding="utf-8")
    (tmp_path / "game.py").write_text(textwrap.dedent(GAME).lstrip("\n"))
    with Session.open(tmp_path) as session:
        session.interpreter.eval_stmt("import settings, game")
        yield session


def value(session: Session, expression: str) -> str:
    text: str = session.interpreter.eval_stmt(expression).result.values[0].text
    return text


def test_marked_globals_are_listed_with_their_bounds_and_live_values(session: Session) -> None:
    session.interpreter.eval_stmt("settings.LIVES = 2")
    assert [(one.name, one.line, one.value, one.low, one.high, one.step) for one in session.tweaks()] == [
        ("SPEED", 0, 3.0, 0, 10, 0.1),
        ("LIVES", 1, 2, 1, 9, None),
        ("NAME", 2, "é", None, None, None),
        ("DEBUG", 3, False, None, None, None),
    ]


def test_a_tweak_acts_at_once_where_the_name_was_imported_too(session: Session) -> None:
    generation = session.interpreter.status().generation
    assert session.tweak("settings", "SPEED", 4).value == 4.0
    assert value(session, "settings.SPEED, game.SPEED") == "(4.0, 4.0)"
    assert session.interpreter.status().generation == generation


def test_running_code_sees_a_tweak(session: Session, tmp_path: Path) -> None:
    answers: list[str] = []
    began = tmp_path / "began"
    running = threading.Thread(target=lambda: answers.append(value(session, f"game.run({str(began)!r})")))
    running.start()
    deadline = time.monotonic() + 60
    while not began.exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)
    assert session.tweaks()[0].value == 3.0
    session.tweak("settings", "SPEED", 9.5)
    running.join(60)
    assert answers == ["9.5"]


def test_values_out_of_range_or_of_another_type_are_refused(session: Session) -> None:
    for name, given, reason in [
        ("SPEED", 11, "goes from 0 to 10: 11.0 is too high"),
        ("LIVES", 0, "goes from 1 to 9: 0 is too low"),
        ("NAME", 1, "is of type str, not int"),
        ("PLAIN", 2, "no live global marked"),
        ("TABLE", 2, "no live global marked"),
        ("NOWHERE", 2, "no live global marked"),
    ]:
        with pytest.raises(TweakRefusedError, match=reason):
            session.tweak("settings", name, given)
    with pytest.raises(TweakRefusedError, match="nothing is not loaded"):
        session.tweak("nothing", "SPEED", 1)
    assert value(session, "settings.SPEED, settings.LIVES, settings.NAME") == "(3.0, 3, 'é')"


def test_without_loaded_code_there_is_nothing_to_tweak(tmp_path: Path) -> None:
    with Session.open(tmp_path) as session:
        assert session.tweaks() == []
        with pytest.raises(TweakRefusedError, match="no code is loaded"):
            session.tweak("settings", "SPEED", 1)


def test_a_later_edit_of_the_source_takes_effect(session: Session, tmp_path: Path) -> None:
    session.tweak("settings", "SPEED", 4)
    path = tmp_path / "settings.py"
    path.write_text(path.read_text().replace("3.0", "5.0"))
    assert session.reload().kept == ()
    assert value(session, "settings.SPEED, game.SPEED") == "(5.0, 5.0)"


def test_the_live_value_is_written_into_the_source(session: Session, tmp_path: Path) -> None:
    source = session.parsed("settings.py").source
    assert [edit_of(source, one) for one in session.tweaks()] == [None] * 3 + [None]
    session.tweak("settings", "SPEED", 4.5)
    session.tweak("settings", "NAME", "ü")
    session.tweak("settings", "LIVES", 5)
    edits = [edit for one in session.tweaks() if (edit := edit_of(source, one)) is not None]
    written = apply(source, edits)
    assert written.splitlines()[:3] == [
        "SPEED = 4.5  # holefit: tweak(0, 10, 0.1)",
        "LIVES: int = 5  # holefit: tweak(1, 9)",
        "NAME = 'ü'  # holefit: tweak()",
    ]
    (tmp_path / "settings.py").write_text(written, encoding="utf-8")
    report = session.reload()
    assert (report.kept, report.errors) == ((), ())
    assert value(session, "settings.SPEED, settings.LIVES, settings.NAME") == "(4.5, 5, 'ü')"


def test_whole_numbers_stay_whole(session: Session) -> None:
    assert session.tweak("settings", "LIVES", 4.0).text == "4"
    assert session.tweak("settings", "LIVES", 4.5).text == "4.5"
