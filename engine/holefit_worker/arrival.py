"""Brings the worker to where its files are not: ``python -S -c TEXT-OF-THIS-FILE FINGERPRINT WANTED``, started by a spawn command.

Runs on its own, before anything of ours is there. Where the folder FINGERPRINT is not in the user's cache it writes WANTED (a frame, in hexadecimal), passes
over the frame that the session sent unasked, and unpacks the archive that comes as the next one. Then the worker proper takes its place.
"""

import os
import sys


def _cache() -> str:
    """A folder that is this user's alone."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for folder in (os.path.join(home, "holefit"), os.path.join("/tmp", f"holefit-{user}")):
        try:
            os.makedirs(folder, 0o700, exist_ok=True)
            found = os.stat(folder)
            if found.st_uid == user and not found.st_mode & 0o022 and os.access(folder, os.W_OK):
                return folder
        except OSError:
            continue
    sys.exit(f"holefit: there is no folder to put the worker into: neither {home} nor /tmp can be written")


def _frame() -> bytes:
    """The next frame."""
    return _bytes(int.from_bytes(_bytes(4), "little"))


def _bytes(size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = os.read(0, min(size - len(data), 1 << 20))
        if not more:
            sys.exit("holefit: the session has gone")
        data += more
    return bytes(data)


def _unpack(data: bytes, folder: str) -> None:
    """Put the archive there, entirely or not at all."""
    import io
    import shutil
    import tempfile
    import zipfile

    fresh = tempfile.mkdtemp(dir=os.path.dirname(folder))
    zipfile.ZipFile(io.BytesIO(data)).extractall(fresh)
    try:
        os.rename(fresh, folder)
    except OSError:  # another one was faster
        shutil.rmtree(fresh)


def _main() -> None:
    if sys.version_info < (3, 10):  # noqa: UP036  # nobody has looked before
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"holefit: {sys.executable} is Python {version}; evaluation needs 3.10 or newer")
    fingerprint, wanted = sys.argv[1:3]
    folder = os.path.join(_cache(), fingerprint)
    if not os.path.isdir(folder):
        os.write(1, bytes.fromhex(wanted))
        _frame()
        _unpack(_frame(), folder)
    main = os.path.join(folder, "holefit_worker", "__main__.py")
    os.execv(sys.executable, [sys.executable, "-X", "utf8", main])


_main()
