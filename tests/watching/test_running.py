"""Functions that run while a reload would change them: reported, waited for, or a reason to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from holefit import ReloadReport, Session

WORK = "import time\ndef work(until):\n    while not until.is_set():\n        time.sleep(0.001)\n    return 'old'\n"


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Sessions in which ``work`` runs in a thread, and has been edited."""
    sessions: list[Session] = []

    def opened(running: Literal["report", "wait", "refuse"], wait_s: float = 120.0) -> Session:
        (tmp_path / "jobs.py").write_text(WORK)
        session = Session.open(tmp_path)
        sessions.append(session)
        reload = replace(session.options.reload, running=running, wait_s=wait_s)
        session.set_options(session.options.replace(reload=reload))
        session.interpreter.eval_stmt(
            "import jobs, threading\nbegan = threading.Event()\n"
            "class Until(threading.Event):\n"
            "    def is_set(self):\n        began.set()\n        return super().is_set()\n"
            "until = Until()\n"
            "threading.Thread(target=jobs.work, args=(until,), name='worker').start()\nbegan.wait()"
        )
        (tmp_path / "jobs.py").write_text(WORK.replace("old", "new"))
        return session

    yield opened
    for session in sessions:
        session.interpreter.eval_stmt("until.set()")
        session.close()


def now(session: Session) -> str:
    text: str = (
        session.interpreter.eval_stmt("done = threading.Event(); done.set(); jobs.work(done)")
        .result.values[0]
        .text
    )
    return text


def frames(report: ReloadReport) -> list[tuple[str, str, str]]:
    return [(one.module, one.function, one.thread) for one in report.stale_frames]


def test_a_running_call_is_reported(changed: Callable[..., Session]) -> None:
    session = changed("report")
    report = session.reload()
    assert (report.reloaded, frames(report)) == (("jobs",), [("jobs", "work", "worker")])
    assert now(session) == "'new'"


def test_a_reload_is_refused_with_the_frames_that_stand_in_its_way(changed: Callable[..., Session]) -> None:
    session = changed("refuse")
    report = session.reload()
    assert frames(report) == [("jobs", "work", "worker")]
    assert [error.message for error in report.errors] == ["jobs.work would change, and is running in worker"]
    assert report.errors[0].path.name == "jobs.py"
    assert report.errors[0].range.start.line in (2, 3)
    assert (report.reloaded, report.generation, now(session)) == ((), 0, "'old'")
    session.interpreter.eval_stmt(
        "until.set()\nfor one in threading.enumerate():\n    if one.name == 'worker': one.join()"
    )
    assert session.reload().reloaded == ("jobs",)
    assert now(session) == "'new'"


def test_a_reload_waits_until_the_call_has_ended(changed: Callable[..., Session]) -> None:
    session = changed("wait")
    session.interpreter.eval_stmt("threading.Timer(0.3, until.set).start()")
    report = session.reload()
    assert (report.reloaded, report.stale_frames, report.errors) == (("jobs",), (), ())
    assert now(session) == "'new'"


def test_a_wait_has_a_bound(changed: Callable[..., Session]) -> None:
    session = changed("wait", 0.2)
    assert frames(session.reload()) == [("jobs", "work", "worker")]
    assert now(session) == "'old'"


def test_other_functions_may_run(changed: Callable[..., Session], tmp_path: Path) -> None:
    session = changed("refuse")
    (tmp_path / "jobs.py").write_text(WORK + "def other():\n    return 1\n")
    assert session.reload().reloaded == ("jobs",)
