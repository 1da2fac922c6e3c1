"""A live session whose project has C sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reload"))
from live import Live

needs_compiler = pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("gcc")), reason="there is no C compiler on this machine"
)


def require(version: str) -> Path:
    """An interpreter of that version with its headers, or the test is skipped."""
    for name in (f"python{version}", *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))):
        path = shutil.which(name)
        if path is not None and _headers(path):
            return Path(path)
    pytest.skip(f"there is no CPython {version} with its headers on this machine")


def _headers(python: str) -> bool:
    code = (
        "import os, sysconfig; print(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))"
    )
    return (
        subprocess.run([python, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
        == "True"
    )


class NativeLive(Live):
    """A live session that also writes files that are no Python."""

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def reload_native(self, name: str, text: str) -> Any:
        """Write a file and reload; the reload must succeed."""
        self.write(name, text)
        return self.reload()

    def try_native(self, name: str, text: str) -> Any:
        """Write a file and reload, whether it succeeds or not."""
        self.write(name, text)
        return self.try_reload()
