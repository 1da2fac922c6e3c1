"""Projects whose worker runs elsewhere: in another folder, another environment, as another user, without our files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from holefit.session import Session

SHOP = """\
def price(pieces: int) -> float:
    each = 12 / pieces
    return each
"""
PROJECT = """\
[tool.holefit.interpreter]
spawn = ["/bin/sh", "{wrapper}", "{python}", "{{worker}}"]
path-map = {{ "." = "{far}" }}
"""


class Far:
    """A project here, ``root``, and its copy there, ``far``, of which the worker alone knows."""

    def __init__(self, folder: Path, python: Path, wrapper: str) -> None:
        self.root = folder / "here" / "project"
        self.far = folder / "there" / "app"
        self.cache = folder / "there" / "cache"
        self.python = python
        for made in (self.root, self.far, self.cache):
            made.mkdir(parents=True)
        script = folder / "wrapper.sh"
        script.write_text(wrapper.format(cache=self.cache))
        config = PROJECT.format(wrapper=script, python=python, far=self.far)
        (self.root / "pyproject.toml").write_text(config)
        self.write("shop.py", SHOP)

    def write(self, name: str, text: str) -> Path:
        """A file of the project, which something keeps in step with its copy; gives the one here."""
        (self.far / name).write_text(text)
        (self.root / name).write_text(text)
        return self.root / name

    def session(self) -> Session:
        """A session here."""
        return Session.open(self.root)


ANOTHER_ENVIRONMENT = """\
cd /
exec env -i HOME=/nonexistent XDG_CACHE_HOME={cache} ELSEWHERE=yes "$@"
"""
ANOTHER_USER = """\
cd /
exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i HOME=/nonexistent XDG_CACHE_HOME={cache} ELSEWHERE=yes "$@"
"""


def python_for_all() -> Path | None:
    """A Python of a version that we support, which the user nobody can run."""
    program = "import sys; sys.exit(sys.version_info < (3, 10))"
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable):
        if Path(candidate).exists():
            asked = subprocess.run([*nobody, candidate, "-c", program], capture_output=True, check=False)
            if asked.returncode == 0:
                return Path(candidate)
    return None
