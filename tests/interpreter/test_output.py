"""What user code prints, on every Python."""

from __future__ import annotations

import time

import pytest

from holefit.testing.prompt import Prompt


def test_prints_belong_to_their_evaluation(prompt: Prompt) -> None:
    first = prompt.run(
        "import sys; print('one'); print('oops', file=sys.stderr); n = sys.stdout.write('no newline')"
    )
    assert (first.stdout, first.stderr) == ("one\nno newline", "oops\n")
    assert prompt.run("2").stdout == ""


@pytest.mark.external
def test_c_code_subprocesses_and_prints_come_in_order(prompt: Prompt) -> None:
    text = """
import os, subprocess
print("python")
n = os.write(1, b"descriptor\\n")
n = subprocess.run(["echo", "child"])
print("end")
n = os.write(2, b"to stderr\\n")
n = os.system("echo shell")
"""
    answer = prompt.run(text)
    assert (answer.stdout, answer.stderr) == ("python\ndescriptor\nchild\nend\nshell\n", "to stderr\n")


def test_megabytes_are_cut_and_it_says_how_much(prompt: Prompt) -> None:
    answer = prompt.run("print('a' * 5_000_000 + 'z')", output_limit=1000)
    assert answer.stdout.startswith("a" * 750 + "\n[4999002 bytes left out]\n")
    assert answer.stdout.endswith("az\n")
    assert (answer.stdout_cut, len(answer.stdout) < 1100) == (4_999_002, True)


def test_many_small_prints_are_all_there(prompt: Prompt) -> None:
    answer = prompt.run("for i in range(20000): print(i)", output_limit=10_000_000)
    assert answer.stdout == "".join(f"{i}\n" for i in range(20000))


def test_threads_print_into_the_evaluation_that_runs(prompt: Prompt) -> None:
    text = """
import sys, threading
def say(n):
    for _ in range(50): sys.stdout.write(f"from {n}\\n")
threads = [threading.Thread(target=say, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
"""
    assert sorted(prompt.run(text).stdout.split("\n")[:-1]) == sorted(
        f"from {n}" for n in range(4) for _ in range(50)
    )


@pytest.mark.external
def test_output_between_evaluations_is_passed_on(prompt: Prompt) -> None:
    heard: list[tuple[str, str]] = []
    prompt.interpreter.on_output = lambda stream, text: heard.append((stream, text))
    try:
        assert prompt.run("import threading; threading.Timer(0.5, print, ['later ☕']).start()").stdout == ""
        deadline = time.monotonic() + 60
        while "\n" not in "".join(text for _, text in heard) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        prompt.interpreter.on_output = None
    assert "".join(text for _, text in heard) == "later ☕\n"


def test_output_streams_when_it_is_not_captured(prompt: Prompt) -> None:
    heard: list[tuple[str, str]] = []
    prompt.interpreter.on_output = lambda stream, text: heard.append((stream, text))
    try:
        answer = prompt.run("import time; print('now'); time.sleep(0.3); print('then')", capture=False)
        prompt.run("1")
    finally:
        prompt.interpreter.on_output = None
    assert answer.stdout == ""
    assert "".join(text for _, text in heard) == "now\nthen\n"


def test_input_meets_the_end_of_the_file(prompt: Prompt) -> None:
    assert prompt.error("input('name? ')").type == "EOFError"
    assert prompt.value("import sys; sys.stdin.read()") == "''"


@pytest.mark.external
def test_a_forked_child_ends_where_the_evaluation_ends(prompt: Prompt) -> None:
    text = """
import os
pid = os.fork()
if pid:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
else:
    print("in the child")
status if pid else 5
"""
    answer = prompt.run(text)
    assert (answer.stdout, answer.result.values[0].text) == ("in the child\n", "0")
    text = """
pid = os.fork()
if not pid: raise LookupError("child fails")
os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""
    answer = prompt.run(text)
    assert answer.result.values[0].text == "1"
    assert "LookupError: child fails" in answer.stderr
    assert prompt.value("1 + 1") == "2"


@pytest.mark.external
def test_multiprocessing_works(prompt: Prompt) -> None:
    text = """
import multiprocessing
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    found = pool.map(abs, [-1, -2, -3])
found
"""
    assert prompt.value(text) == "[1, 2, 3]"


@pytest.mark.external
def test_characters_cut_in_two_by_a_write_are_mended(prompt: Prompt) -> None:
    heard: list[str] = []
    prompt.interpreter.on_output = lambda stream, text: heard.append(text)
    try:
        prompt.run(
            "import os, time\nfor byte in '☕é'.encode(): n = os.write(1, bytes([byte])); time.sleep(0.03)",
            capture=False,
        )
        prompt.run("1")
    finally:
        prompt.interpreter.on_output = None
    assert "".join(heard) == "☕é"
