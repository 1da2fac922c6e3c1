"""A project that is run and edited from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_S = 60.0


class Watched:
    """A script under ``holefit watch``, in a project in ``folder``. What it and Holefit say is gathered in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / ".out").touch()
        (folder / ".err").touch()

    def write(self, **modules: str) -> None:
        """Write modules by name, each by renaming a new file over the old one, as many editors do."""
        for name, text in modules.items():
            fresh = self.folder / f".{name}.fresh"
            fresh.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
            fresh.rename(self.folder / f"{name}.py")

    def start(self, *words: str) -> None:
        """Begin ``holefit watch`` with these words."""
        with open(self.folder / ".out", "wb") as out, open(self.folder / ".err", "wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "holefit", "watch", *words],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        """What the script has printed."""
        return (self.folder / ".out").read_text()

    @property
    def lines(self) -> list[str]:
        """The lines that the script has printed to their ends."""
        return self.out.split("\n")[:-1]

    @property
    def err(self) -> str:
        """What the script and Holefit have said."""
        return (self.folder / ".err").read_text()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running command."""
        assert self._process is not None
        return self._process

    def until(self, what: Callable[[], bool]) -> None:
        """Wait for something; what was said stands in the failure."""
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < deadline, f"out:\n{self.out}\nerr:\n{self.err}"
            time.sleep(0.005)

    def until_said(self, *texts: str) -> None:
        """Wait until each text has been printed or said."""
        for text in texts:
            self.until(lambda text=text: text in self.out or text in self.err)  # type: ignore[misc]

    def tell(self, text: str) -> None:
        """Write to the script's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def interrupt(self) -> int:
        """What a terminal does at a Ctrl-C to a process that is not in its foreground; gives the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """The exit status."""
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """End everything."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    watched = Watched(tmp_path)
    yield watched
    watched.close()
