"""What people install: the built wheel, in a fresh environment, with the sources out of reach."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path, status: int = 0) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "-q", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv/bin/python"
    pins = ROOT / "requirements.lock"
    unhashed = folder / "constraints.txt"
    unhashed.write_text(
        "".join(
            line.partition(" \\")[0] + "\n"
            for line in pins.read_text().splitlines()
            if line and not line.startswith((" ", "#"))
        )
    )
    run(python, "-m", "pip", "install", "-q", "-c", unhashed, next(dist.glob("*.whl")), cwd=folder)
    return python


def test_the_wheel_carries_every_package_and_the_sdist_builds(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        tops = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info" not in name}
        names = set(wheel.namelist())
    assert tops == {"holefit", "holefit_wire", "holefit_worker", "holefit_runtime", "holefit_lsp"}
    assert {"holefit/py.typed", "holefit_runtime/py.typed"} <= names
    assert len(list(dist.glob("*.tar.gz"))) == 1


def test_the_installed_command_finds_and_fills_a_hole(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    (tmp_path / "shapes.py").write_text("def area(side: int) -> int:\n    return _\n")
    holefit = installed.parent / "holefit"
    (hole,) = json.loads(run(holefit, "holes", "shapes.py", "--json", cwd=tmp_path))
    assert hole["expected"] == "int"
    assert "side" in [fit["text"] for fit in hole["fits"]]


def test_the_installed_worker_evaluates(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.holefit]\n")
    file = tmp_path / "sums.py"
    file.write_text("# >>> 1 + 1\n")
    run(installed.parent / "holefit", "eval", "sums.py", cwd=tmp_path)
    assert file.read_text() == "# >>> 1 + 1\n# 2\n"
