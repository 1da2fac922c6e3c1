"""Files keep what is theirs when results are written into them."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from holefit.cli.rewriting import FileChangedError, NotWritableError, rewrite
from holefit.syntax import read_source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"# -*- coding: latin-1 -*-\r\nx = '\xe9'\r\n",
            b"# -*- coding: latin-1 -*-\r\nx = '\xe9'\r\n# \\u2192",
        ),
        (codecs.BOM_UTF8 + b"x = 1\n", codecs.BOM_UTF8 + b"x = 1\n# \xe2\x86\x92"),
        (b"x = 1\r", b"x = 1\r# \xe2\x86\x92"),
    ],
)
def test_encoding_byte_order_mark_and_line_ends_stay(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "m.py"
    path.write_bytes(before)
    source = read_source(path)
    rewrite(source, source.text + "# →")
    assert path.read_bytes() == after
    assert os.listdir(tmp_path) == ["m.py"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "m.py", tmp_path / "link.py"
    path.write_text("x = 1\n")
    path.chmod(0o750)
    link.symlink_to(path)
    rewrite(read_source(link), "x = 2\n")
    assert link.is_symlink()
    assert path.read_text() == "x = 2\n"
    assert path.stat().st_mode & 0o777 == 0o750


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("x = 1\n")
    source = read_source(path)
    path.write_text("x = 3\n")
    with pytest.raises(FileChangedError):
        rewrite(source, "x = 2\n")
    assert path.read_text() == "x = 3\n"


def test_a_folder_that_lets_nothing_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.py"
    path.write_text("x = 1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(NotWritableError, match="No space left on device"):
        rewrite(read_source(path), "x = 2\n")
    assert os.listdir(tmp_path) == ["m.py"]
    assert path.read_text() == "x = 1\n"
