"""The frame of the command line: help, version, errors, and how quickly it answers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from holefit import __version__
from holefit.cli import main
from holefit.cli.entry import COMMANDS


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"holefit {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"usage: holefit {command}" in said
    assert len(said.splitlines()) > 8


def test_without_a_command_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "examples:" in capsys.readouterr().out


def test_a_command_that_does_not_exist_is_an_error_that_names_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chek"])
    assert ended.value.code == 2
    assert "check" in capsys.readouterr().err


def test_an_error_is_a_message_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["holes", "no/such/file.py"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("holefit: no/such/file.py: no such file or folder\n  Name a Python file")


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_and_version_wait_for_no_checker_and_no_server(word: str) -> None:
    code = (
        "import sys; from holefit.cli import main\n"
        f"try: main([{word!r}])\n"
        "except SystemExit: pass\n"
        "print(sorted({'mypy', 'pygls', 'lsprotocol', 'rich', 'msgpack', 'asyncio'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
