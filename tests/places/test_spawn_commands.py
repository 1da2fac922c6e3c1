"""A worker behind a spawn command, as ssh or docker exec would be: another folder, another environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.interpreter import Interpreter, WorkerDiedError
from holefit.session.options import InterpreterOptions, Options
from holefit.testing.prompt import Prompt

WRAPPER = """\
#!/bin/sh
echo "the wrapper says hello" >&2
cd /
exec env -i HOME=/ XDG_CACHE_HOME="$(dirname "$0")" ELSEWHERE=yes "$@"
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Prompt]:
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text(WRAPPER)
    project = tmp_path / "project"
    project.mkdir()
    options = Options(interpreter=InterpreterOptions(spawn=("/bin/sh", str(wrapper), "{python}")))
    interpreter = Interpreter(project, options, python=Path(sys.executable))
    yield Prompt(interpreter)
    interpreter.stop()


def test_evaluation_works_through_a_wrapper(elsewhere: Prompt) -> None:
    assert elsewhere.value("import os; os.environ.get('ELSEWHERE'), 'PATH' in os.environ") == "('yes', False)"
    assert elsewhere.value("os.getcwd()") == repr(str(elsewhere.root))
    (elsewhere.root / "there.py").write_text("def f(): return 5\n")
    assert elsewhere.value("f()", module="there") == "5"
    answer = elsewhere.run("while True: pass", timeout_s=0.1)
    assert answer.result.error.type == "KeyboardInterrupt"


def test_state_survives_there_too(elsewhere: Prompt) -> None:
    elsewhere.value("x = 1")
    with pytest.raises(WorkerDiedError) as caught:
        elsewhere.run("import os; os._exit(2)")
    assert caught.value.survived
    assert elsewhere.value("x") == "1"


def test_a_wrapper_that_fails_is_quoted(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text("echo 'no such container: shop' >&2; exit 125")
    options = Options(interpreter=InterpreterOptions(spawn=("/bin/sh", str(wrapper), "{python}")))
    interpreter = Interpreter(tmp_path, options, python=Path(sys.executable))
    with pytest.raises(Exception, match="no such container: shop"):
        interpreter.eval_stmt("1")
