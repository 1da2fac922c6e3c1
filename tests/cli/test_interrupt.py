"""Ctrl-C ends a command at once, with its own exit status, and leaves files as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_endless_snippet_is_given_up(tmp_path: Path, jobs: str) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    text = f"open({os.fspath(tmp_path)!r} + '/ran-' + __name__, 'w').close()\n# >>> while True: pass\n"
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "holefit", "eval", "--jobs", jobs, "a.py", "b.py"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 20
            while not (tmp_path / "ran-a").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            said = process.stderr.read()
            assert process.wait(20) == 130
        finally:
            process.kill()
    assert said == "holefit: interrupted\n"
    assert [(tmp_path / name).read_text() for name in ("a.py", "b.py")] == [text, text]
