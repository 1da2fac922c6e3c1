"""The command line that starts a worker, and what is sent along where our files are not."""

from __future__ import annotations

import hashlib
import io
import shlex
import zipfile
from functools import cache
from pathlib import Path

import msgpack

from holefit.interpreter.places import Places
from holefit_wire.interpreter.life import WorkerWanted
from holefit_wire.packing import Packing

ENGINE = Path(__file__).parent.parent.parent
WORKER = ENGINE / "holefit_worker" / "__main__.py"
PACKAGES = ("holefit_wire", "holefit_worker", "holefit_runtime")


def worker_command(python: Path, spawn: tuple[str, ...], places: Places) -> list[str]:
    """The plain command, or ``spawn`` with its words replaced.

    ``{python}`` is the Python, as it is called there, ``{worker}`` all that comes after it, ``{command}`` both as one word for a shell to take apart. Where neither
    ``{worker}`` nor ``{command}`` stands, what is missing is added at the end.
    """
    if not spawn:
        return [str(python), "-X", "utf8", str(WORKER)]
    there = places.there(str(python))
    worker = ["-S", "-c", (ENGINE / "holefit_worker" / "arrival.py").read_text(), fingerprint(), _wanted()]
    replacements = {"{python}": [there], "{worker}": worker, "{command}": [shlex.join([there, *worker])]}
    named = [name for name in replacements if any(name in word for word in spawn)]
    if "{worker}" not in named and "{command}" not in named:
        spawn = (*spawn, *(() if "{python}" in named else ("{python}",)), "{worker}")
    command: list[str] = []
    for word in spawn:
        if word in replacements:
            command += replacements[word]
            continue
        for name in named:
            word = word.replace(
                name, shlex.join(replacements[name]) if name == "{worker}" else replacements[name][0]
            )
        command.append(word)
    return command


@cache
def archive() -> bytes:
    """The worker's files, zipped: the same bytes for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for package in PACKAGES:
            for path in sorted((ENGINE / package).rglob("*.py")):
                packed.writestr(zipfile.ZipInfo(path.relative_to(ENGINE).as_posix()), path.read_bytes())
    return data.getvalue()


@cache
def fingerprint() -> str:
    """What the folder of these files is called elsewhere."""
    return hashlib.sha256(archive()).hexdigest()[:24]


def _wanted() -> str:
    return Packing(msgpack).pack(WorkerWanted(fingerprint())).hex()
