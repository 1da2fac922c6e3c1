"""``holefit watch``: a script that is reloaded while it runs."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import urllib.request

import pytest

from .conftest import PATIENCE_S, Watched

pytestmark = pytest.mark.e2e

LOOP = """
    import time
    from steps import step

    def turn(number):
        return f"turn {number}"

    number = 0
    while True:
        time.sleep(0.005)
        number += 1
        print(turn(number), step(), flush=True)
    """


def test_a_loop_calls_the_new_code_at_its_next_turn(watched: Watched) -> None:
    watched.write(app=LOOP, steps="def step():\n    return 'one'\n")
    watched.start("app.py")
    watched.until_said("turn 3 one")
    watched.write(steps="def step():\n    return 'two'\n")
    watched.until_said("generation 1: reloaded steps", " two")
    assert "turn 1 one\nturn 2 one\n" in watched.out
    assert watched.interrupt() == 130


def test_functions_of_the_script_itself_change_while_its_last_statement_runs(watched: Watched) -> None:
    watched.write(app=LOOP, steps="def step():\n    return 'one'\n")
    watched.start("app.py")
    watched.until_said("turn 3 one")
    watched.write(app=LOOP.replace("turn {number}", "TURN {number}"))
    watched.until_said("generation 1: reloaded __main__")
    watched.until(lambda: any(line.startswith("TURN") for line in watched.lines))
    first = next(line for line in watched.lines if line.startswith("TURN"))
    assert int(first.split()[1]) > 3  # the loop went on, it did not begin anew


def test_an_edit_of_the_running_statement_waits_for_the_next_start(watched: Watched) -> None:
    watched.write(app=LOOP, steps="def step():\n    return 'one'\n")
    watched.start("app.py")
    watched.until_said("turn 3 one")
    watched.write(app=LOOP.replace("number += 1", "number += 1000"))
    watched.until_said("app.py:8 goes on as it was: its edit takes effect at the next start")
    said = len(watched.lines)
    watched.until(lambda: len(watched.lines) > said + 5)
    numbers = [int(line.split()[1]) for line in watched.lines]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_stands_below_the_running_statement_is_taken_when_its_time_comes(watched: Watched) -> None:
    text = """
        import sys
        print("first", flush=True)
        line = sys.stdin.readline()
        print("second", line)
        """
    watched.write(app=text)
    watched.start("app.py")
    watched.until_said("first")
    watched.write(app=text.replace('print("second", line)', 'sys.exit(f"changed {line}")'))
    watched.until_said("what stands below app.py:3 has not run yet")
    watched.tell("line\n")
    assert watched.end() == 1
    assert "changed line" in watched.err
    assert "second" not in watched.out


def test_the_script_is_run_as_python_runs_it(watched: Watched) -> None:
    watched.write(
        app="""
        import os, sys, pickle
        class Point: pass
        print(sys.argv, __name__, __file__ == os.path.abspath("app.py"), __spec__, sys.path[0] == os.getcwd())
        print(pickle.loads(pickle.dumps(Point())).__class__ is Point, sys.modules["__main__"].Point is Point)
        print([name for name in sys.modules if name.startswith("holefit")], "holefit" in repr(sys.path))
        sys.exit(int(sys.stdin.readline()))
        """
    )
    watched.start("app.py", "-x", "--plan", "y")
    watched.tell("7\n")
    assert watched.end() == 7
    assert watched.out == "['app.py', '-x', '--plan', 'y'] __main__ True None True\nTrue True\n[] False\n"
    assert watched.err == ""


def test_an_exception_ends_the_script_with_its_own_traceback(watched: Watched) -> None:
    watched.write(app="def f():\n    return 1 / 0\nf()\n")
    watched.start("app.py")
    assert watched.end() == 1
    folder = watched.folder
    assert watched.err.splitlines()[:5] == [
        "Traceback (most recent call last):",
        f'  File "{folder}/app.py", line 3, in <module>',
        "    f()",
        f'  File "{folder}/app.py", line 2, in f',
        "    return 1 / 0",
    ]


def test_a_syntax_error_is_told_and_the_old_code_goes_on(watched: Watched) -> None:
    watched.write(app=LOOP, steps="def step():\n    return 'one'\n")
    watched.start("app.py")
    watched.until_said("turn 3 one")
    watched.write(steps="def step(:\n    return 'two'\n")
    watched.until_said("holefit: not reloaded: steps.py:1: SyntaxError")
    watched.write(app=LOOP.replace("def turn(number)", "def turn(number"))
    watched.until_said("holefit: not reloaded: app.py:4: SyntaxError")
    watched.write(app=LOOP.replace("turn {", "TURN {"), steps="def step():\n    return 'three'\n")
    watched.until_said("TURN", " three")
    assert "two" not in watched.out


def test_one_line_tells_what_was_kept_and_what_still_runs(watched: Watched) -> None:
    watched.write(
        app="import work\nwork.forever()\n",
        work="""
        import time
        turns = 0
        def forever():
            global turns
            while True:
                turns += 1
                print(turns, flush=True)
                time.sleep(0.005)
        """,
    )
    watched.start("app.py")
    watched.until_said("3\n")
    text = (watched.folder / "work.py").read_text()
    watched.write(work=text.replace("turns = 0", "turns = 1000").replace("turns += 1", "turns += 2"))
    watched.until_said("generation 1")
    watched.until(lambda: watched.err.endswith("ms)\n"))
    line = next(line for line in watched.err.splitlines() if "generation 1" in line)
    assert "kept work.turns (its value has changed since it was initialised)" in line
    assert "work.forever still runs its old code at line" in line
    assert "in MainThread" in line


def test_a_script_may_refuse_to_mix_old_and_new_code(watched: Watched) -> None:
    watched.write(
        app="import work\nwork.forever()\n",
        work="import time\ndef forever():\n    print('runs', flush=True)\n    while True: time.sleep(0.01)\n",
    )
    watched.start("--running", "refuse", "app.py")
    watched.until_said("runs")
    watched.write(work="import time\ndef forever():\n    while True: time.sleep(0.02)\n")
    watched.until_said("not reloaded: work.py:4: work.forever would change, and is running in MainThread")


def test_waiting_for_a_function_that_ends(watched: Watched) -> None:
    (watched.folder / "pyproject.toml").write_text("[tool.holefit.reload]\nrunning = 'wait'\nwait-s = 120\n")
    watched.write(
        app="""
        import time, work
        work.once()
        while True:
            time.sleep(0.01)
            print(work.value(), flush=True)
        """,
        work="""
        import sys
        def once():
            print("began", flush=True)
            return sys.stdin.readline(), "old"
        def value():
            return "old"
        """,
    )
    watched.start("app.py")
    watched.until_said("began")
    watched.write(work=(watched.folder / "work.py").read_text().replace("old", "new"))
    watched.until_said("holefit: waiting")
    assert "generation" not in watched.err
    watched.tell("line\n")
    watched.until_said("generation 1: reloaded work", "new\n")
    assert "still runs" not in watched.err


def test_an_event_loop_reloads_between_two_steps_of_its_tasks(watched: Watched) -> None:
    watched.write(
        app="""
        import asyncio, parts
        async def main():
            while True:
                await asyncio.sleep(0.005)
                print(parts.value(), flush=True)
        asyncio.run(main())
        """,
        parts="def value():\n    return 'one'\n",
    )
    watched.start("app.py")
    watched.until_said("one")
    watched.write(
        parts="""
        import asyncio
        asyncio.get_running_loop().call_soon(print, 'called')
        def value():
            return 'two'
        """
    )
    watched.until_said("two", "called")
    assert watched.interrupt() == 130


def test_a_server_in_threads_answers_with_new_code(watched: Watched) -> None:
    watched.write(
        app="""
        import http.server, threading, handlers
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handlers.Handler)
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever).start()
        """,
        handlers="""
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"one")
            def log_message(self, *arguments):
                pass
        """,
    )
    watched.start("app.py")
    watched.until(lambda: watched.out.endswith("\n"))

    def answer() -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{int(watched.out)}", timeout=PATIENCE_S) as reply:
            content: bytes = reply.read()
            return content

    assert answer() == b"one"
    watched.write(handlers=(watched.folder / "handlers.py").read_text().replace("one", "two"))
    watched.until_said("generation 1: reloaded handlers")
    assert answer() == b"two"
    assert watched.interrupt() == 130


def test_a_module_is_run_as_by_python_m(watched: Watched) -> None:
    package = watched.folder / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("def value():\n    return 'one'\n")
    (package / "__main__.py").write_text(
        "import sys, time\nfrom .part import value\nprint(__name__, __package__, sys.argv[1:])\n"
        "while True:\n    print(value(), flush=True)\n    time.sleep(0.01)\n"
    )
    watched.start("-m", "package", "word")
    watched.until_said("__main__ package ['word']", "one")
    (package / "part.py").write_text("def value():\n    return 'two'\n")
    watched.until_said("generation 1: reloaded package.part", "two")


def test_a_module_of_the_library_runs_code_of_the_project(watched: Watched) -> None:
    watched.write(
        test_it="""
        import unittest, time, part
        class T(unittest.TestCase):
            def test(self):
                print("began", flush=True)
                while part.value() < 2:
                    time.sleep(0.01)
        """,
        part="def value():\n    return 1\n",
    )
    watched.start("-m", "unittest", "test_it")
    watched.until_said("began")
    watched.write(part="def value():\n    return 2\n")
    assert watched.end() == 0
    assert "generation 1: reloaded part" in watched.err
    assert "OK" in watched.err


def test_what_runs_at_the_end_is_what_the_text_says_at_the_end(watched: Watched) -> None:
    watched.write(
        app="""
        import sys, parts
        print("ready", flush=True)
        sys.stdin.readline()
        """,
        parts="""
        import atexit
        def bye(x): print("old", x)
        atexit.register(bye, 1)
        atexit.register(bye, 2)
        @atexit.register
        def gone(): print("gone")
        """,
    )
    watched.start("app.py")
    watched.until_said("ready")
    watched.write(parts="import atexit\natexit.register(print, 'wrong')\n1 / 0\n")
    watched.until_said("not reloaded: parts.py:3: ZeroDivisionError")
    watched.write(
        parts="""
        import atexit
        def bye(x): print("new", x)
        atexit.register(bye, 1)
        atexit.register(bye, 3)
        """
    )
    watched.until_said("generation 1: reloaded parts")
    watched.tell("line\n")
    assert watched.end() == 0
    assert watched.lines == ["ready", "new 3", "new 1"]


def test_signals_are_the_scripts_own(watched: Watched) -> None:
    watched.write(
        app="""
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        print("ready", flush=True)
        while True: time.sleep(1)
        """
    )
    watched.start("app.py")
    watched.until_said("ready")
    watched.process.send_signal(signal.SIGTERM)
    assert watched.end() == 9


def test_a_reload_waits_for_an_import_to_be_over(watched: Watched) -> None:
    watched.write(
        app="import slow, part\nwhile True:\n    print(slow.done, part.value(), flush=True)\n",
        part="def value():\n    return 1\n",
        slow="import part, sys\nprint('began', flush=True)\nsys.stdin.readline()\ndone = part.value()\n",
    )
    watched.start("app.py")
    watched.until_said("began")
    watched.write(part="def value():\n    return 2\n")
    watched.until_said("holefit: waiting")
    watched.tell("line\n")
    watched.until_said("1 2\n")


def test_a_checkout_of_200_files_is_one_generation(watched: Watched) -> None:
    names = [f"m{number}" for number in range(200)]
    watched.write(**dict.fromkeys(names, "def value():\n    return 1\n"))
    imports = "\n".join(f"import {name}" for name in names)
    total = " + ".join(f"{name}.value()" for name in names)
    loop = "while True:\n    print(total(), flush=True)\n    time.sleep(0.01)\n"
    watched.write(app=f"{imports}\nimport time\ndef total(): return {total}\n{loop}")

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(command, cwd=watched.folder, check=True, capture_output=True)

    git("init", "-q")
    git("add", *[f"{name}.py" for name in names])
    git("commit", "-qm", "one")
    for name in names:
        (watched.folder / f"{name}.py").write_text("def value():\n    return 2\n")
    git("commit", "-qam", "two")
    git("checkout", "-q", "HEAD~1")
    watched.start("app.py")
    watched.until_said("200\n")
    git("checkout", "-q", "-")
    watched.until_said("400\n", "generation")
    assert watched.err.count("generation") == 1
    assert {int(line) for line in watched.lines} == {200, 400}  # nothing half reloaded was ever seen


def test_options_that_have_no_effect_on_a_script_are_named(watched: Watched) -> None:
    (watched.folder / "pyproject.toml").write_text("[tool.holefit.interpreter]\nmemory-mb = 500\n")
    watched.write(app="print('ran')\n")
    watched.start("app.py")
    assert watched.end() == 0
    assert watched.out == "ran\n"
    assert "holefit: interpreter.memory-mb: without effect here" in watched.err


def test_an_untrusted_project_runs_nothing(watched: Watched) -> None:
    (watched.folder / "pyproject.toml").write_text("[tool.holefit]\ntrusted = false\n")
    watched.write(app="print('ran')\n")
    watched.start("app.py")
    assert watched.end() == 2
    assert "not trusted" in watched.err
    assert watched.out == ""


def test_on_a_terminal_the_script_reads_it_and_has_its_ctrl_c_once(watched: Watched) -> None:
    watched.write(
        app="""
        import time
        print(input("name? "), flush=True)
        try:
            print("ready", flush=True)
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            time.sleep(0.2)
            raise SystemExit(5)
        """
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(watched.folder)
        os.execv(sys.executable, [sys.executable, "-m", "holefit", "watch", "app.py"])
    seen = b""

    def until(text: bytes) -> None:
        nonlocal seen
        while text not in seen:
            assert select.select([terminal], [], [], PATIENCE_S)[0], seen
            seen += os.read(terminal, 4096)

    until(b"name? ")
    os.write(terminal, b"Ann\n")
    until(b"Ann\r\nAnn\r\nready\r\n")
    os.write(terminal, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    os.close(terminal)
