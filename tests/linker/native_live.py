"""A live session whose project has C sources."""

from __future__ import annotations

import shutil
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
