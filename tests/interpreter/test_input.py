"""What user code reads from standard input, on every Python: a person is asked, through a callback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from holefit.interpreter import InputPrompt, WorkerDiedError
from holefit.interpreter.patience import Patience
from holefit.testing.prompt import Prompt

LONG_S = 60.0


@pytest.fixture
def ask(prompt: Prompt) -> Iterator[Callable[..., list[InputPrompt]]]:
    """Has answers given in order; what was asked is in the list that comes back."""

    def answer_with(*answers: str | None) -> list[InputPrompt]:
        asked: list[InputPrompt] = []
        left = iter(answers)

        def on_input(question: InputPrompt) -> str | None:
            asked.append(question)
            return next(left)

        prompt.interpreter.on_input = on_input
        return asked

    yield answer_with
    prompt.interpreter.on_input = None


class Silence:
    """Gives no answer until nobody waits for it any more."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.withdrawn = threading.Event()

    def __call__(self, question: InputPrompt) -> str | None:
        self.asked.set()
        if question.withdrawn.wait(LONG_S):
            self.withdrawn.set()
        return "too late"


@pytest.fixture
def silence(prompt: Prompt) -> Iterator[Silence]:
    made = Silence()
    prompt.interpreter.on_input = made
    yield made
    prompt.interpreter.on_input = None


def test_input_gives_what_was_answered(prompt: Prompt, ask: Callable[..., list[InputPrompt]]) -> None:
    asked = ask("Ada ☕")
    answer = prompt.run("name = input('Name? ')\nname")
    assert answer.result.values[0].text == "'Ada ☕'"
    assert (answer.stdout, asked) == ("Name? ", ["Name? "])
    assert not asked[0].secret


def test_what_is_printed_before_a_read_is_the_prompt(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    asked = ask("1", "2", "3")
    prompt.value(
        "import sys; print('first line')\nprint('> ', end=''); sys.stdin.readline(); input(); input('next ')"
    )
    assert asked == ["> ", "", "next "]


def test_a_file_like_reader_reads_until_the_end_and_can_go_on(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    ask("a", "b", None, "c", None, "d")
    assert prompt.value("import sys; [line for line in sys.stdin]") == r"['a\n', 'b\n']"
    assert prompt.value("sys.stdin.read()") == r"'c\n'"
    assert prompt.value("sys.stdin.buffer.readline()") == r"b'd\n'"


def test_several_lines_at_once_are_read_one_by_one(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    asked = ask("one\ntwo")
    assert prompt.value("input('?'), input('??')") == "('one', 'two')"
    assert asked == ["?"]


def test_getpass_asks_for_a_secret_and_warns_of_nothing(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    asked = ask("sesame")
    answer = prompt.run("import getpass; getpass.getpass('Key: ')")
    assert answer.result.values[0].text == "'sesame'"
    assert (asked, asked[0].secret) == (["Key: "], True)
    assert "arning" not in answer.stderr


def test_the_end_of_input_is_an_eof_error(prompt: Prompt, ask: Callable[..., list[InputPrompt]]) -> None:
    ask(None)
    error = prompt.error("input()")
    assert error.type == "EOFError"
    assert "holefit" not in error.traceback


def test_a_callback_that_fails_is_the_end_of_input(prompt: Prompt) -> None:
    def on_input(question: InputPrompt) -> str:
        raise EOFError

    prompt.interpreter.on_input = on_input
    try:
        assert prompt.error("input()").type == "EOFError"
    finally:
        prompt.interpreter.on_input = None


def test_an_interrupt_takes_the_question_back(prompt: Prompt, silence: Silence) -> None:
    def interrupt() -> None:
        silence.asked.wait(LONG_S)
        prompt.interpreter.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert prompt.error("input('still there? ')").type == "KeyboardInterrupt"
    thread.join()
    assert silence.withdrawn.wait(LONG_S)
    assert prompt.value("'in step'") == "'in step'"


def test_cancelling_takes_the_question_back(prompt: Prompt, silence: Silence) -> None:
    answer = prompt.run("input()", cancelled=silence.asked)
    assert answer.result.error.type == "KeyboardInterrupt"
    assert silence.withdrawn.wait(LONG_S)
    assert prompt.value("'in step'") == "'in step'"


def test_interrupts_at_any_moment_of_asking_leave_the_pipe_in_step(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    done = threading.Event()

    def fire() -> None:
        while not done.wait(0.0007):
            prompt.interpreter.interrupt()

    prompt.interpreter.on_input = lambda question: f"answer to {question}"
    thread = threading.Thread(target=fire)
    thread.start()
    try:
        for number in range(60):
            result = prompt.run(f"input('{number}')").result
            if hasattr(result, "error"):
                assert result.error.type == "KeyboardInterrupt"
            else:
                assert result.values[0].text == repr(f"answer to {number}")
    finally:
        done.set()
        thread.join()
    assert prompt.value("input('last')") == "'answer to last'"


def test_waiting_for_a_person_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("holefit.interpreter.patience.time.monotonic", lambda: now[0])
    patience = Patience(10.0)
    for moment, held in [(4.0, True), (1000.0, True), (2000.0, False), (2005.0, False)]:
        now[0] = moment
        patience.hold(held)
        assert not patience.must_interrupt()
    now[0] = 2007.0
    patience.hold(False)
    assert patience.must_interrupt()


@pytest.mark.e2e
def test_a_person_who_takes_long_is_waited_for(alone: Prompt) -> None:
    def on_input(question: InputPrompt) -> str:
        assert not question.withdrawn.wait(7.0)
        return "at last"

    alone.interpreter.on_input = on_input
    answer = alone.run("input()", timeout_s=5.0)
    assert (answer.result.values[0].text, answer.notes) == ("'at last'", ())


def test_death_takes_the_question_back_and_state_stays(alone: Prompt) -> None:
    silence = Silence()
    alone.interpreter.on_input = silence
    alone.value("kept = 1")
    with pytest.raises(WorkerDiedError) as caught:
        alone.run(
            "import os, threading, time\n"
            "def end():\n    while not asking: time.sleep(0.01)\n    os.kill(os.getpid(), 9)\n"
            "asking = []\nthread = threading.Thread(target=end); thread.start()\n"
            "print('?', end=''); asking.append(1); input()"
        )
    assert caught.value.survived
    assert alone.value("kept") == "1"
    assert not silence.asked.is_set() or silence.withdrawn.wait(LONG_S)


def test_what_runs_again_is_not_asked_again(alone: Prompt) -> None:
    asked: list[str] = []

    def on_input(question: InputPrompt) -> str:
        asked.append(question)
        return f"number {len(asked)}"

    alone.interpreter.on_input = on_input
    alone.value("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()")
    alone.value("first = input('a'); second = input('b')")
    alone.value("third = input('c')")
    with pytest.raises(WorkerDiedError):
        alone.run("import os; os._exit(1)")
    assert alone.value("first, second, third") == "('number 1', 'number 2', 'number 3')"
    assert asked == ["a", "b", "c"]


@pytest.mark.external
def test_processes_of_user_code_cannot_ask(prompt: Prompt, ask: Callable[..., list[InputPrompt]]) -> None:
    asked = ask("never")
    answer = prompt.run(
        "import os, subprocess, sys\n"
        "run = subprocess.run([sys.executable, '-c', 'import sys; print(repr(sys.stdin.read()))'], capture_output=True)\n"
        "pid = os.fork()\n"
        "if not pid:\n    os._exit(0 if sys.stdin.read() == '' else 1)\n"
        "run.stdout.strip(), os.waitpid(pid, 0)[1]"
    )
    assert answer.result.values[0].text == "(b\"''\", 0)"
    assert asked == []


@pytest.mark.external
def test_another_thread_may_ask_while_nothing_is_evaluated(
    prompt: Prompt, ask: Callable[..., list[InputPrompt]]
) -> None:
    ask("from afar")
    prompt.value(
        "import threading\nheard, go = [], threading.Event()\n"
        "def listen():\n    go.wait()\n    heard.append(input())\n"
        "thread = threading.Thread(target=listen); thread.start(); threading.Timer(0.2, go.set).start()"
    )
    assert prompt.value("thread.join(); heard") == "['from afar']"
