"""Watching files: what is seen, and what is one burst."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.reload.watching import Watch


class Bursts:
    """Gathers what a watch yields."""

    def __init__(self, watch: Watch) -> None:
        self.found: list[frozenset[Path]] = []
        self._watch = watch
        self._thread = threading.Thread(target=self._gather, daemon=True)
        self._thread.start()

    def until_quiet(self) -> list[frozenset[Path]]:
        """All bursts so far, once one has come and nothing more for a while."""
        deadline = time.monotonic() + 10
        while not self.found and time.monotonic() < deadline:
            time.sleep(0.005)
        seen = -1
        while seen != len(self.found):
            seen = len(self.found)
            time.sleep(0.3)
        found, self.found = self.found, []
        return found

    def close(self) -> None:
        self._watch.stop.set()
        self._thread.join(5)

    def _gather(self) -> None:
        for burst in self._watch:
            self.found.append(burst)


@pytest.fixture(params=[False, True], ids=["notices", "polling"])
def bursts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bursts]:
    (tmp_path / "a.py").write_text("a = 1\n")
    for ignored in (".git", ".venv/lib", "node_modules", "__pycache__"):
        (tmp_path / ignored).mkdir(parents=True)
    bursts = Bursts(Watch([tmp_path], polling=request.param))
    yield bursts
    bursts.close()


def test_a_save_is_seen(bursts: Bursts, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 22\n")
    assert bursts.until_quiet() == [frozenset({tmp_path / "a.py"})]


def test_a_save_by_renaming_is_seen(bursts: Bursts, tmp_path: Path) -> None:
    (tmp_path / ".a.py.swp").write_text("a = 2\n")
    os.replace(tmp_path / ".a.py.swp", tmp_path / "a.py")
    assert {tmp_path / "a.py"} <= frozenset().union(*bursts.until_quiet())


def test_a_file_that_goes_is_seen(bursts: Bursts, tmp_path: Path) -> None:
    (tmp_path / "a.py").unlink()
    assert bursts.until_quiet() == [frozenset({tmp_path / "a.py"})]


def test_a_new_package_is_seen_and_watched(bursts: Bursts, tmp_path: Path) -> None:
    (tmp_path / "new" / "inner").mkdir(parents=True)
    (tmp_path / "new" / "inner" / "b.py").write_text("b = 1\n")
    assert tmp_path / "new" / "inner" / "b.py" in frozenset().union(*bursts.until_quiet())
    (tmp_path / "new" / "inner" / "b.py").write_text("b = 22\n")
    assert bursts.until_quiet() == [frozenset({tmp_path / "new" / "inner" / "b.py"})]


def test_many_files_are_one_burst(bursts: Bursts, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    bursts.found.clear()
    paths = [tmp_path / "many" / f"m{number}.py" for number in range(200)]
    for path in paths:
        path.write_text("x = 1\n")
    bursts.until_quiet()
    (tmp_path / ".git" / "index.lock").touch()  # as git has it while it writes
    for number, path in enumerate(paths):
        path.write_text("x = 22\n")
        if number % 50 == 0:
            time.sleep(0.12)
    (tmp_path / ".git" / "index.lock").unlink()
    assert bursts.until_quiet() == [frozenset(paths)]


def test_environments_and_caches_are_left_alone(bursts: Bursts, tmp_path: Path) -> None:
    for ignored in (".venv/lib/x.py", "node_modules/x.py", "__pycache__/x.py", "notes.txt"):
        (tmp_path / ignored).write_text("")
    (tmp_path / "a.py").write_text("a = 22\n")
    assert bursts.until_quiet() == [frozenset({tmp_path / "a.py"})]


def test_twenty_saves_in_a_row_are_all_seen(bursts: Bursts, tmp_path: Path) -> None:
    last = ""
    for number in range(20):
        last = f"a = {number}  # {'x' * number}\n"
        (tmp_path / "a.py").write_text(last)
        time.sleep(0.12)
    assert len(bursts.until_quiet()) == 20
