"""Projects as they are found on people's disks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from holefit.edits import apply
from holefit.session import Session

pytestmark = pytest.mark.e2e

TEXT = "def f(a: int) -> int:\n    return _\n\n# >>> (6 * 7, __name__)\n"


def _expected(path: Path) -> list[str]:
    with Session.open(path.parent) as session:
        return [hole.expected for hole in session.holes(path)]


def _evaluated(path: Path) -> str:
    with Session.open(path.parent) as session:
        evaluation = session.evaluate(path)
        return apply(session.parsed(path).source, evaluation.edits)


@pytest.mark.parametrize("name", ["with space", "ünï日本", "quo'te", "dash-ed.dots", "%41"])
def test_any_folder_name(name: str, tmp_path: Path, warm: Callable[[Path], Path]) -> None:
    path = warm(tmp_path / name) / "main.py"
    path.write_text(TEXT)
    assert _expected(path) == ["int"]
    assert _evaluated(path).endswith("# (42, 'main')\n")


def test_a_project_behind_a_symbolic_link(tmp_path: Path, warm: Callable[[Path], Path]) -> None:
    warm(tmp_path / "real")
    (tmp_path / "real" / "main.py").write_text(TEXT)
    (tmp_path / "real" / "gone.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert _expected(tmp_path / "link" / "main.py") == ["int"]
    assert _evaluated(tmp_path / "link" / "main.py").endswith("# (42, 'main')\n")


@pytest.mark.parametrize("name", ["types", "abc", "builtins", "typing_extensions", "enum", "mypy", "msgpack"])
def test_a_module_named_like_one_of_the_standard_library(name: str, folder: Path) -> None:
    (folder / f"{name}.py").write_text("x: int = 1\n")
    (folder / "main.py").write_text(TEXT)
    assert _expected(folder / "main.py") == ["int"]


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (b"\xef\xbb\xbfdef f(a: int) -> int:\n    return _\n# >>> 1\n", b"# >>> 1\n# 1\n"),
        (
            b"# coding: latin-1\ndef f(a: int) -> int:\n    return _\n# >>> '\xe9'\n",
            b"# >>> '\xe9'\n# '\xe9'\n",
        ),
        (b"def f(a: int) -> int:\r\n\treturn _\r\n# >>> 1\r\n", b"# >>> 1\r\n# 1\r\n"),
        (b"def f(a: int) -> int:\n    return _\n\x0c\n# >>> 1", b"\x0c\n# >>> 1\n# 1"),
    ],
    ids=[
        "a byte order mark",
        "an encoding of its own",
        "DOS line ends and tabs",
        "a form feed, no last line end",
    ],
)
def test_any_text(data: bytes, ends: bytes, folder: Path) -> None:
    path = folder / "main.py"
    path.write_bytes(data)
    assert _expected(path) == ["int"]
    run = subprocess.run([sys.executable, "-m", "holefit", "eval", str(path)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert path.read_bytes().endswith(ends)
    assert path.read_bytes().startswith(data.split(b"\n")[0])


@pytest.mark.parametrize(
    "settings", ["html_report = out", "junit_xml = out.xml", "ignore_errors = true", "files = other.py"]
)
def test_settings_of_mypy_that_are_for_its_own_runs(settings: str, folder: Path) -> None:
    (folder / "mypy.ini").write_text(f"[mypy]\n{settings}\n[mypy-main]\n{settings}\n")
    (folder / "main.py").write_text(TEXT)
    assert _expected(folder / "main.py") == ["int"]
    assert not [*folder.glob("out*")]


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("return _", "return _  # type: ignore"),
        TEXT.replace("return _", "return _  # type: ignore[name-defined]  # noqa"),
    ],
    ids=["for the line", "for the line and the error"],
)
def test_a_hole_shows_where_other_errors_are_ignored(text: str, folder: Path) -> None:
    (folder / "main.py").write_text(text)
    assert _expected(folder / "main.py") == ["int"]


def test_twenty_thousand_lines(folder: Path) -> None:
    body = "".join(f"def f{n}(a: int, b: str) -> str:\n    return b * a\n\n\n" for n in range(5_000))
    (folder / "main.py").write_text(body + TEXT)
    assert _expected(folder / "main.py") == ["int"]
    assert _evaluated(folder / "main.py").endswith("# (42, 'main')\n")


@pytest.mark.parametrize("python", ["a dangling link", "a program that fails"])
def test_an_environment_that_is_broken(python: str, folder: Path) -> None:
    (folder / "main.py").write_text(TEXT)
    broken = folder / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    if python == "a dangling link":
        broken.symlink_to(folder / "nowhere" / "python")
    else:
        broken.write_text("#!/bin/sh\nexit 7\n")
        broken.chmod(0o755)
    assert _expected(folder / "main.py") == ["int"]
    run = subprocess.run(
        [sys.executable, "-m", "holefit", "doctor"], cwd=folder, capture_output=True, text=True
    )
    assert Path(".venv", "bin", "python").as_posix() in run.stdout


def test_a_trust_that_cannot_be_read_is_no_trust(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.holefit]\ntrusted = "false"\n')
    with Session.open(folder) as session:
        assert not session.options.trusted
        assert [problem.message for problem in session.problems] == [
            '`trusted` takes true or false, not "false"'
        ]
