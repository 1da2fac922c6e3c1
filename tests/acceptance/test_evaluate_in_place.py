"""What a person who evaluates snippets may rely on, with whole processes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from holefit.session.options import EvalOptions, Options
from holefit.testing import Project, project

pytestmark = pytest.mark.e2e


def test_an_unfilled_hole_is_never_the_last_value() -> None:
    with project("""
        def answer() -> int:
            return _

        # >>> 6 * 7

        # >>> [1, 2][0]
        # ... answer()
    """) as made:
        assert made.evaluate().count("NameError: name '_' is not defined") == 1
        assert made.evaluate().count("NameError: name '_' is not defined") == 1


def test_underscore_is_the_last_value_in_a_snippet_as_at_the_prompt() -> None:
    with project("""
        # >>> 6 * 7
        # >>> _ + 1
        # >>> (lambda: _)()
        # >>> [_ for _ in range(2)]
    """) as made:
        assert made.evaluate() == (
            "# >>> 6 * 7\n# 42\n# >>> _ + 1\n# 43\n# >>> (lambda: _)()\n# 43\n# >>> [_ for _ in range(2)]\n# [0, 1]\n"
        )


def test_a_gettext_that_is_installed_keeps_its_underscore() -> None:
    with project("""
        import gettext
        gettext.install("app")
        def greeting() -> str:
            return _("hello")

        # >>> 6 * 7

        # >>> greeting()
        # ... _("bye")
    """) as made:
        assert made.evaluate().endswith("# 'hello'\n# 'bye'\n")


ENDS = {
    "a loop, and a value": (
        "# >>> for i in range(2):\n# ...     i\n# ... 'x'\n",
        "# ... 'x'\n# 0\n# 1\n# 'x'\n",
    ),
    "a name of the module": ("def f(): 1 / 0\n# >>> f()\n", "# ZeroDivisionError: division by zero\n"),
    "print": ("# >>> print('a'); print('b')\n", "# a\n# b\n"),
    "sys.exit": ("# >>> import sys; sys.exit(3)\n\n# >>> 1\n", "# SystemExit: 3\n\n# >>> 1\n# 1\n"),
    "os._exit": ("# >>> import os; os._exit(3)\n\n# >>> 1\n", "_exit(3)\n\n# >>> 1\n# 1\n"),
    "a segmentation fault": (
        "# >>> import ctypes; ctypes.string_at(0)\n\n# >>> 1\n",
        "at(0)\n\n# >>> 1\n# 1\n",
    ),
    "SIGTERM": ("# >>> import os; os.kill(os.getpid(), 15)\n\n# >>> 1\n", "15)\n\n# >>> 1\n# 1\n"),
    "no input": ("# >>> input()\n", "# EOFError: EOF when reading a line\n"),
    "a subprocess": ("# >>> import subprocess; subprocess.run(['echo', 'hi']).returncode\n", "# hi\n# 0\n"),
    "a fork": (
        "# >>> import os\n# >>> pid = os.fork()\n# >>> os._exit(0) if pid == 0 else os.waitpid(pid, 0)[1]\n",
        "[1]\n# 0\n",
    ),
    "await": ("import asyncio\n# >>> await asyncio.sleep(0, 5)\n", "# 5\n"),
    "endless recursion": (
        "def f(): return f()\n# >>> f()\n",
        "# RecursionError: maximum recursion depth exceeded\n",
    ),
    "too much memory": ("# >>> len('x' * 10**15)\n", "# MemoryError\n"),
    "a group of exceptions": (
        "# >>> raise ExceptionGroup('g', [ValueError(1)])\n",
        "# ExceptionGroup: g (1 sub-exception)\n",
    ),
    "a syntax error in a snippet": (
        "# >>> 1 +\n\n# >>> 2\n",
        "# SyntaxError: invalid syntax\n\n# >>> 2\n# 2\n",
    ),
    "control characters": ("# >>> print('a\\x0cb\\x00c\\u2028d')\n", "# a\\x0cb\\x00c\\u2028d\n"),
    "a character that is none": ("# >>> '\\ud800'\n", "# '\\ud800'\n"),
    "DOS line ends": ("# >>> [1,\r\n# ... 2]\r\n", "# ... 2]\r\n# [1, 2]\r\n"),
    "tabs": ("def f():\n\tpass\n\t# >>> 1 + 1\n", "\t# >>> 1 + 1\n\t# 2\n"),
    "a form feed": ("x = 1\n\x0c\n# >>> x\n", "\n\x0c\n# >>> x\n# 1\n"),
    "old output": ("# >>> 1 + 1\n# old\n# lines\nx = 1\n", "# >>> 1 + 1\n# 2\nx = 1\n"),
    "a doctest": (
        'def f():\n    """\n    >>> f()\n    """\n    return 1\n',
        ">>> f()\n    1\n" + '    """\n    return 1\n',
    ),
    "a raw docstring": ("def f():\n    r'''\n    >>> '\\\\'\n    '''\n", "'\\\\'\n    '\\\\'\n    '''\n"),
}


@pytest.fixture(scope="module")
def made() -> Iterator[Project]:
    with project("x = 1\n") as made:
        yield made


@pytest.mark.parametrize("name", ENDS)
def test_the_text_ends_with_the_result_of(name: str, made: Project) -> None:
    text, end = ENDS[name]
    path = made.path(re.sub(r"\W", "_", name) + ".py")
    path.write_bytes(text.encode())
    evaluated = made.evaluate(path.name)
    assert evaluated.endswith(end)
    made.session.set_buffer(path, evaluated)
    if "os." not in text:
        assert made.evaluate(path.name) == evaluated


@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass",
        "type('A', (), {'__repr__': lambda self: exec('while True: pass')})()",
        "exec('while True:\\n try:\\n  while True: pass\\n except BaseException: pass')",
    ],
    ids=["a loop", "a repr", "a loop that catches everything"],
)
def test_what_runs_too_long_is_interrupted_and_what_follows_runs(endless: str) -> None:
    options = Options().replace(eval=EvalOptions(timeout_s=1.5))
    with project(f"# >>> {endless}\n\n# >>> 1 + 1\n", options=options) as made:
        assert made.evaluate() == f"# >>> {endless}\n\n# >>> 1 + 1\n# 2\n"


def test_megabytes_do_not_go_into_the_text(made: Project) -> None:
    path = made.path("much.py")
    path.write_text("# >>> print('x\\n' * 2_000_000)\n\n# >>> list(range(1_000_000))\n\n# >>> 2\n")
    evaluated = made.evaluate("much.py")
    assert len(evaluated) < 250_000
    assert evaluated.endswith("# >>> 2\n# 2\n")


@pytest.mark.parametrize("closing", ["os.close(1)", "os.closerange(0, 200)"])
def test_a_program_that_closes_what_is_not_its_own_is_got_over(closing: str) -> None:
    with project(f"# >>> import os; {closing}\n\n# >>> 1 + 1\n") as made:
        assert made.evaluate().endswith("# >>> 1 + 1\n# 2\n")
