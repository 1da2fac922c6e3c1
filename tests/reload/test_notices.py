"""In a big project the system tells which files have changed; nothing that changes may be missed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from live import Live

from holefit_worker.reload import notices


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
