"""The same examples under every Python that the worker supports and this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENGINE = HERE.parents[1] / "engine"
SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
import live
failures = live.run_plainly(Path(sys.argv[2]), Path(sys.argv[3]))
print("\\n".join(failures))
sys.exit(bool(failures))
"""


def other_pythons() -> list[str]:
    """Interpreters of other versions than the one that runs the tests."""
    found = []
    for minor in range(10, 15):
        if minor != sys.version_info.minor:
            name = f"python3.{minor}"
            places = [
                shutil.which(name),
                *map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/{name}")),
            ]
            found += [place for place in places if place and _works(place)][:1]
    return found


def _works(python: str) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


@pytest.mark.e2e
@pytest.mark.e2e
@pytest.mark.parametrize("python", other_pythons())
def test_the_examples_hold_under(python: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [python, "-c", SCRIPT, str(ENGINE), str(HERE), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
