"""Which Python runs the user's code, and in what environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from holefit.interpreter.errors import PythonNotFoundError
from holefit.session.options import Options

OLDEST = (3, 10)
_BIN = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"


def project_python(root: Path, options: Options) -> Path:
    """The Python of the project at ``root``: the option, else its ``.venv``, its ``venv``, else the one that runs Holefit.

    Raises: PythonNotFoundError, when the option names none.
    """
    named = options.interpreter.python
    if named:
        return _named(root, named)
    return next((python for python in _environments(root) if python.exists()), Path(sys.executable))


def broken_environment(root: Path) -> Path | None:
    """The Python of an environment of the project that leads nowhere: most often the one it was made from is gone."""
    return next(
        (python for python in _environments(root) if python.is_symlink() and not python.exists()), None
    )


def _environments(root: Path) -> list[Path]:
    return [root / folder / _BIN for folder in (".venv", "venv")]


def environment(python: Path) -> dict[str, str]:
    """The environment of the worker: ours, with the virtual environment of ``python`` active, so that subprocesses find its commands."""
    variables = dict(os.environ)
    variables.pop("__PYVENV_LAUNCHER__", None)
    folder = python.parent
    if (folder.parent / "pyvenv.cfg").exists():
        variables["VIRTUAL_ENV"] = str(folder.parent)
        variables["PATH"] = os.pathsep.join([str(folder), variables.get("PATH", os.defpath)])
    return variables


def version_of(python: str) -> tuple[int, ...] | None:
    """Its version, asked of it; None when it gives no answer."""
    program = "import sys; sys.stdout.write(' '.join(map(str, sys.version_info[:3])))"
    try:
        answer = subprocess.run(
            [python, "-S", "-c", program], capture_output=True, timeout=10, check=False
        ).stdout
        return tuple(int(part) for part in answer.split())[:3] or None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _named(root: Path, named: str) -> Path:
    path = Path(named).expanduser()
    if path.parent == Path() and not (root / path).exists():
        found = shutil.which(named)
        if found is None:
            raise PythonNotFoundError(named, "there is no such command")
        return Path(found)
    path = root / path
    if (path / _BIN).exists():  # a virtual environment's folder
        path = path / _BIN
    if not path.exists():
        raise PythonNotFoundError(str(path), "there is no such file")
    if path.is_dir() or not os.access(path, os.X_OK):
        raise PythonNotFoundError(str(path), "it is not an executable file")
    return path
