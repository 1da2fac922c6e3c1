"""In a big project the system tells which files have changed; nothing that changes may be missed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live import Live

from holefit_worker.reload import notices, reloader, source


def write(path: Path, text: str) -> None:
    path.write_text(text)


def write_anew(path: Path, text: str) -> None:
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text)
    os.replace(fresh, path)


def write_keeping_the_time(path: Path, text: str) -> None:
    found = os.stat(path)
    path.write_text(text)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def swap_the_folder(path: Path, text: str) -> None:
    folder = path.parent
    other = folder.with_name("other")
    other.mkdir()
    (other / path.name).write_text(text)
    folder.rename(folder.with_name("gone"))
    other.rename(folder)
    for left in folder.with_name("gone").iterdir():
        left.unlink()
    folder.with_name("gone").rmdir()


def remove_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def through_a_link(path: Path, text: str) -> None:
    other = path.with_name("linked.txt")
    other.write_text(text)
    path.unlink()
    path.symlink_to(other)


WAYS = [write, write_anew, write_keeping_the_time, swap_the_folder, remove_and_write, through_a_link, write]


class Watching:
    """Notices in use for projects of any size."""

    def __enter__(self) -> None:
        self.before = notices.WORTHWHILE
        notices.WORTHWHILE = 0

    def __exit__(self, *_: object) -> None:
        notices.WORTHWHILE = self.before


def trusted(*paths: Path) -> None:
    """Wait until the files are old enough for what a look at them tells to be believed."""
    while not all(source.read(str(path))[1] for path in paths):
        time.sleep(0.01)


def numbered() -> Iterator[int]:
    number = 1
    while True:
        yield number
        number += 1


def test_every_way_of_writing_a_file_is_noticed(live: Live) -> None:
    live.edit(p__m="value = 0\n", p__n="value = 0\n")
    live.run("import p.m, p.n")
    path = live.folder / "p" / "m.py"
    numbers = numbered()
    with Watching():
        for _ in range(3):
            for way in WAYS:
                number = next(numbers)
                way(path, f"value = {number}\n")
                assert live.reload().reloaded[:1] == ["p.m"], way
                assert live.value("p.m.value") == number, way
                assert live.reload().reloaded == [], way


def test_a_change_behind_a_failed_reload_or_a_buffer_is_not_lost(live: Live) -> None:
    live.edit(m="value = 0\n")
    live.run("import m")
    path = live.folder / "m.py"
    with Watching():
        write(path, "value = 1 +\n")
        assert live.try_reload().errors
        assert live.try_reload().errors
        write(path, "value = 2\n")
        assert live.reloader.changed() == ["m"]
        assert live.reload().reloaded == ["m"]
        live.reloader.set_buffers({str(path): "value = 3\n"})
        live.reload()
        write(path, "value = 4\n")
        assert live.reload().reloaded == []
        live.reloader.set_buffers({})
        live.reload()
        assert live.value("m.value") == 4
        path.unlink()
        live.reload()
        write(path, "value = 5\n")
        live.reload()
        assert live.value("m.value") == 5


def test_a_file_written_and_asked_about_while_it_reloads_is_not_lost(live: Live) -> None:
    live.edit(m="value = 0\n")
    live.run("import m")
    path = live.folder / "m.py"
    with Watching():
        live.reload()
        live.edit(
            m=f"""
            import pathlib
            import holefit_runtime
            value = 1
            @holefit_runtime.after_reload
            def write_again():
                pathlib.Path({str(path)!r}).write_text("value = 2\\n")
                assert holefit_runtime.reload_needed()
            """
        )
        trusted(path)
        assert live.reload().reloaded == ["m"]
        assert live.value("m.value") == 1
        assert live.reload().reloaded == ["m"]
        assert live.value("m.value") == 2


def test_a_look_in_another_thread_takes_no_notice_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    live.edit(m="value = 0\n")
    live.run("import m")
    path = live.folder / "m.py"
    begun, go_on = threading.Event(), threading.Event()
    read = reloader.read

    def slowly(path: str) -> tuple[str, tuple[int, ...]]:
        begun.set()
        go_on.wait(60)
        return read(path)

    trusted(path)
    with Watching():
        live.reload()
        write(path, "value = 1\n")
        monkeypatch.setattr(reloader, "read", slowly)
        other = threading.Thread(target=live.reloader.changed)
        other.start()
        assert begun.wait(60)
        threading.Timer(0.2, go_on.set).start()
        assert live.reload().reloaded == ["m"]
        other.join()


def test_a_file_that_two_modules_were_made_of_is_noticed_for_both(live: Live) -> None:
    live.edit(p__m="value = 0\n")
    live.run(f"import sys; sys.path.append({str(live.folder / 'p')!r}); import p.m, m")
    path = live.folder / "p" / "m.py"
    trusted(path)
    live.reload()
    with Watching():
        for number in (1, 2):
            write(path, f"value = {number}\n")
            live.reload()
            assert (live.value("m.value"), live.value("p.m.value")) == (number, number)


def test_a_file_that_becomes_a_link_is_no_longer_relied_on(live: Live) -> None:
    elsewhere = live.folder.with_name("elsewhere")
    elsewhere.mkdir()
    live.edit(p__m="value = 0\n", p__n="value = 0\n")
    live.run("import p.m, p.n")
    with Watching():
        live.reload()
        for name, link in (("m", os.symlink), ("n", os.link)):
            path, other = live.folder / "p" / f"{name}.py", elsewhere / f"{name}.py"
            os.replace(path, other)
            link(other, path)
            trusted(path)
            live.reload()
            write(other, "value = 1\n")
            live.reload()
            assert live.value(f"p.{name}.value") == 1, link


def test_another_folder_in_place_of_one_around_the_project_is_noticed(tmp_path: Path) -> None:
    around = tmp_path / "around"
    (around / "project").mkdir(parents=True)
    live = Live(around / "project")
    try:
        live.edit(m="value = 0\n")
        live.run("import m")
        trusted(around / "project" / "m.py")
        with Watching():
            live.reload()
            around.rename(tmp_path / "gone")
            (around / "project").mkdir(parents=True)
            write(around / "project" / "m.py", "value = 1\n")
            assert live.reload().reloaded == ["m"]
    finally:
        live.close()


def test_a_clock_that_is_set_back_or_counts_whole_seconds_hides_no_edit(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.edit(m="value = 0\n")
    path = str(live.folder / "m.py")
    written = os.stat(path).st_ctime_ns
    monkeypatch.setattr(time, "time", lambda: written / 1e9 - 60)
    assert source.read(path)[1] == ()
    monkeypatch.setattr(time, "time", lambda: written / 1e9 + 60)
    assert source.read(path)[1] == source.stamp(path)
    second = written // 1_000_000_000
    monkeypatch.setattr(source, "stamp", lambda _: (second * 10**9, 1, 1, second * 10**9))
    monkeypatch.setattr(time, "time", lambda: second + 1.5)
    assert source.read(path)[1] == ()


def test_code_that_closes_all_descriptors_does_no_harm(live: Live) -> None:
    live.edit(m="value = 0\n")
    live.run("import m")
    path = live.folder / "m.py"
    looked: Callable[[], int] = lambda: live.reloader._notices._descriptor  # noqa: E731
    with Watching():
        live.reload()
        if looked() < 0:
            return  # this system has no notices
        os.close(looked())
        taken = os.open(live.folder, os.O_RDONLY)
        write(path, "value = 1\n")
        live.reload()
        assert live.value("m.value") == 1
        os.close(taken)
