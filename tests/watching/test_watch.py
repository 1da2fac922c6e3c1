"""Watching files: what is seen, and what is one burst."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holefit.reload import watching
from holefit.reload.watching import Watch

PATIENCE_S = 60.0


class Bursts:
    """Gathers what a watch yields, with what the files held at that moment."""

    def __init__(self, watch: Watch) -> None:
        self.found: list[frozenset[Path]] = []
        self.texts: dict[Path, list[str]] = {}
        self.watch = watch
        self._thread = threading.Thread(target=self._gather, daemon=True)
        self._thread.start()

    @property
    def paths(self) -> frozenset[Path]:
        """All that has been told of."""
        return frozenset().union(*self.found)

    def until(self, what: Callable[[], bool]) -> None:
        """Wait for something."""
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < deadline, self.found
            time.sleep(0.005)

    def until_told(self, path: Path, text: str) -> None:
        """Wait for a burst that has ``path`` with this content."""
        self.until(lambda: text in self.texts.get(path, ()))

    def close(self) -> None:
        self.watch.stop.set()
        self.watch._notices.put(0)  # it wakes up
        self._thread.join(PATIENCE_S)

    def _gather(self) -> None:
        for burst in self.watch:
            for path in burst:
                if path.exists():
                    self.texts.setdefault(path, []).append(path.read_text())
            self.found.append(burst)


def save(path: Path, text: str) -> None:
    """Save by renaming a new file over the old one: there is no moment at which the file is half written."""
    fresh = path.with_name(f".{path.name}.swp")
    fresh.write_text(text)
    os.replace(fresh, path)


@pytest.fixture(params=[False, True], ids=["notices", "polling"])
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Bursts]]:
    """Begins to watch the project."""
    begun: list[Bursts] = []
    (tmp_path / "a.py").write_text("a = 1\n")
    for ignored in (".git", ".venv/lib", "node_modules", "__pycache__"):
        (tmp_path / ignored).mkdir(parents=True)

    def begin() -> Bursts:
        begun.append(Bursts(Watch([tmp_path], polling=request.param)))
        return begun[-1]

    yield begin
    for bursts in begun:
        bursts.close()


def test_a_save_is_seen(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts = watch()
    (tmp_path / "a.py").write_text("a = 22\n")
    bursts.until_told(tmp_path / "a.py", "a = 22\n")
    assert bursts.paths == {tmp_path / "a.py"}


def test_a_save_by_renaming_is_one_burst(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts = watch()
    for number in range(8):
        save(tmp_path / "a.py", f"a = {number}\n")
        bursts.until_told(tmp_path / "a.py", f"a = {number}\n")
    bursts.until(lambda: len(bursts.found) >= 8)
    assert bursts.found == [frozenset({tmp_path / "a.py"})] * 8


def test_a_save_that_keeps_the_time_and_the_size_is_seen(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts, path = watch(), tmp_path / "a.py"
    before = path.stat()
    text = "x" * before.st_size
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    bursts.until_told(path, text)


def test_a_file_that_was_emptied_is_waited_for(
    watch: Callable[[], Bursts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REFILL_S", PATIENCE_S)
    looked = threading.Event()
    look = Watch.changes

    def noticed(watch: Watch) -> frozenset[Path]:
        changes = look(watch)
        if changes:
            looked.set()
        return changes

    monkeypatch.setattr(Watch, "changes", noticed)
    bursts = watch()
    with open(tmp_path / "a.py", "w") as file:
        assert looked.wait(PATIENCE_S)
        file.write("a = 22\n")
    bursts.until_told(tmp_path / "a.py", "a = 22\n")
    assert "" not in bursts.texts[tmp_path / "a.py"]


def test_a_file_that_stays_empty_is_seen(
    watch: Callable[[], Bursts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REFILL_S", 0.05)
    bursts = watch()
    (tmp_path / "a.py").write_text("")
    bursts.until_told(tmp_path / "a.py", "")
    (tmp_path / "new.py").touch()
    bursts.until_told(tmp_path / "new.py", "")


def test_a_file_that_goes_is_seen(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts = watch()
    (tmp_path / "a.py").unlink()
    bursts.until(lambda: bool(bursts.found))
    assert bursts.found == [frozenset({tmp_path / "a.py"})]


def test_a_new_package_is_seen_and_watched(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts = watch()
    path = tmp_path / "new" / "inner" / "b.py"
    path.parent.mkdir(parents=True)
    save(path, "b = 1\n")
    bursts.until_told(path, "b = 1\n")
    save(path, "b = 22\n")
    bursts.until_told(path, "b = 22\n")
    assert bursts.paths == {path}


def test_many_files_are_one_burst_while_git_holds_its_lock(
    watch: Callable[[], Bursts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GIT_QUIET_S", PATIENCE_S)
    monkeypatch.setattr(watching, "LONGEST_S", PATIENCE_S)
    (tmp_path / "many").mkdir()
    paths = [tmp_path / "many" / f"m{number}.py" for number in range(200)]
    for path in paths:
        path.write_text("x = 1\n")
    bursts = watch()
    (tmp_path / ".git" / "index.lock").touch()
    for number, path in enumerate(paths):
        path.write_text("x = 22\n")
        if number % 100 == 50:
            time.sleep(0.12)  # long enough to be over, were it not for the lock
    assert bursts.found == []
    (tmp_path / ".git" / "index.lock").unlink()
    bursts.until(lambda: bool(bursts.found))
    assert bursts.found == [frozenset(paths)]


def test_a_lock_that_git_left_behind_is_waited_for_once(
    watch: Callable[[], Bursts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GIT_QUIET_S", 0.2)
    bursts = watch()
    (tmp_path / ".git" / "index.lock").touch()
    save(tmp_path / "a.py", "a = 2\n")
    bursts.until_told(tmp_path / "a.py", "a = 2\n")
    monkeypatch.setattr(watching, "GIT_QUIET_S", PATIENCE_S * 10)
    save(tmp_path / "a.py", "a = 3\n")
    bursts.until_told(tmp_path / "a.py", "a = 3\n")


def test_environments_and_caches_are_left_alone(watch: Callable[[], Bursts], tmp_path: Path) -> None:
    bursts = watch()
    for ignored in (".venv/lib/x.py", "node_modules/x.py", "__pycache__/x.py", "notes.txt"):
        (tmp_path / ignored).write_text("")
    save(tmp_path / "a.py", "a = 22\n")
    bursts.until_told(tmp_path / "a.py", "a = 22\n")
    assert bursts.paths == {tmp_path / "a.py"}
