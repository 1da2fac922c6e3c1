"""Statements and values, on every Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from holefit.interpreter import RemoteError
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import EvalException, EvalSuccess


def test_state_persists(prompt: Prompt) -> None:
    assert prompt.value("count = 1") == ""
    assert prompt.value("count += 1\ncount") == "2"


def test_the_last_expression_is_the_value_and_earlier_ones_print(prompt: Prompt) -> None:
    answer = prompt.run("1 + 1\nfor i in range(2): i * 10\nNone\n'last'")
    assert isinstance(answer.result, EvalSuccess)
    assert (answer.stdout, [one.text for one in answer.result.values]) == ("2\n0\n10\n", ["'last'"])
    assert prompt.value("_") == "'last'"


def test_a_value_that_cannot_be_shown_leaves_no_name_behind(prompt: Prompt) -> None:
    failed = prompt.run("class Bad:\n    def __repr__(self): raise ValueError('no')\nBad()\n1")
    assert isinstance(failed.result, EvalException)
    assert prompt.value("'_' in vars(__import__('builtins'))") == "False"


def test_none_is_no_text(prompt: Prompt) -> None:
    only = prompt.info("None")
    assert (only.is_none, only.text, only.ref) == (True, "", 0)


def test_a_value_names_its_type(prompt: Prompt) -> None:
    one = prompt.info("import decimal; decimal.Decimal('1.5')")
    assert (one.type, one.text) == ("decimal.Decimal", "Decimal('1.5')")


def test_await_stands_at_top_level_and_tasks_live_on(prompt: Prompt) -> None:
    prompt.value(
        "import asyncio\nseen = []\nasync def work():\n    await asyncio.sleep(0.001)\n    seen.append(1)",
    )
    prompt.value("task = asyncio.ensure_future(work()); await asyncio.sleep(0)")
    assert prompt.value("await task; seen") == "[1]"
    assert prompt.value("[await asyncio.sleep(0, n) for n in (1, 2)]") == "[1, 2]"


def test_a_module_is_imported_and_its_namespace_used(prompt: Prompt) -> None:
    (prompt.root / "shop.py").write_text(
        "from __future__ import annotations\nprice = 3\ndef total(n): return n * price\n"
    )
    assert prompt.value("total(4)", module="shop") == "12"
    prompt.value("price = 5", module="shop")
    assert prompt.value("import shop; shop.total(4)") == "20"
    assert (
        prompt.value("def f(x: int): ...\nf.__annotations__['x']", module="shop") == "'int'"
    )  # its future imports hold


def test_a_scope_is_a_private_copy(prompt: Prompt) -> None:
    prompt.value("shared = 1")
    prompt.value("shared = 2; own = 3", scope="a")
    assert prompt.value("shared, own", scope="a") == "(2, 3)"
    assert prompt.value("shared") == "1"
    assert prompt.error("own", scope="b").type == "NameError"


def test_only_the_newest_scopes_are_kept(prompt: Prompt) -> None:
    for number in range(40):
        prompt.value(f"mine = {number}", scope=f"scope{number}")
    assert prompt.value("mine", scope="scope39") == "39"
    assert prompt.error("mine", scope="scope0").type == "NameError"


def test_an_exception_has_the_users_frames_only(prompt: Prompt) -> None:
    found = prompt.error(
        "def inner():\n    return 1 / 0\ndef outer():\n    return inner()\nouter()",
        filename="<cell>",
        line=11,
    )
    assert (found.type, found.message, found.classes[1]) == (
        "ZeroDivisionError",
        "division by zero",
        "ArithmeticError",
    )
    assert [(frame.function, frame.line, frame.text) for frame in found.frames] == [
        ("<module>", 15, "outer()"),
        ("outer", 14, "return inner()"),
        ("inner", 12, "return 1 / 0"),
    ]
    assert "holefit" not in found.traceback
    assert found.traceback.startswith('Traceback (most recent call last):\n  File "<cell')


def test_causes_contexts_and_notes_are_told(prompt: Prompt) -> None:
    text = """
try:
    {}["key"]
except KeyError as problem:
    failure = ValueError("wrapped")
    if hasattr(failure, "add_note"): failure.add_note("a note")
    else: failure.__notes__ = ["a note"]
    raise failure from problem
"""
    found = prompt.error(text)
    assert (found.type, found.notes, found.cause.type, found.cause.message) == (
        "ValueError",
        ["a note"],
        "KeyError",
        "'key'",
    )
    assert "direct cause" in found.traceback
    hidden = prompt.error("try: 1/0\nexcept ZeroDivisionError: raise ValueError from None")
    assert hidden.cause is None
    context = prompt.error("try: 1/0\nexcept ZeroDivisionError: nonsense_")
    assert (context.type, context.cause.type) == ("NameError", "ZeroDivisionError")


def test_a_cycle_of_causes_ends(prompt: Prompt) -> None:
    found = prompt.error(
        "a = ValueError('a'); b = ValueError('b'); a.__cause__ = b; b.__cause__ = a\nraise a"
    )
    assert (found.message, found.cause.message, found.cause.cause) == ("a", "b", None)


def test_a_syntax_error_has_its_place(prompt: Prompt) -> None:
    found = prompt.error("ok = 1\nprint(1", filename="<cell>", line=5)
    assert (found.type, found.place.line, found.place.column, found.place.text) == (
        "SyntaxError",
        6,
        5,
        "print(1",
    )
    assert found.frames == []


def test_the_last_exception_is_where_a_debugger_looks(prompt: Prompt) -> None:
    prompt.error("1 / 0")
    assert prompt.value("import sys; sys.last_value, sys.last_traceback.tb_frame.f_code.co_name") == (
        "(ZeroDivisionError('division by zero'), '<module>')"
    )


def test_exit_is_an_exception_not_an_end(prompt: Prompt) -> None:
    pid = prompt.value("import os, sys; os.getpid()")
    assert prompt.error("sys.exit(3)").message == "3"
    assert prompt.error("raise SystemExit").type == "SystemExit"
    assert prompt.error("quit()").type == "SystemExit"
    assert prompt.value("os.getpid()") == pid


def test_endless_recursion_is_an_exception(prompt: Prompt) -> None:
    found = prompt.error("def down(n): return down(n + 1)\ndown(0)")
    assert found.type == "RecursionError"
    assert len(found.frames) == 100


def test_an_exception_whose_text_raises_is_told(prompt: Prompt) -> None:
    found = prompt.error("class Odd(Exception):\n    def __str__(self): raise RuntimeError\nraise Odd")
    assert (found.type, found.message) == ("Odd", "<exception str() failed>")


def test_unicode_and_lone_surrogates_come_through(prompt: Prompt) -> None:
    assert prompt.value("'čaj ☕ 𝄞'") == "'čaj ☕ 𝄞'"
    assert prompt.value("'čaj'.upper() + chr(0xD800)") == r"'ČAJ\ud800'"
    assert (
        prompt.error(
            "class S:\n    def __repr__(self): return chr(0xD800)\nraise ValueError(repr(S()))"
        ).message
        == "\ud800"
    )
    found = prompt.info("S()")
    assert found.text == "\ud800"
    assert prompt.run("print('čaj ☕')").stdout == "čaj ☕\n"
    assert prompt.error("x = '\ud800'").type == "UnicodeEncodeError"


def test_source_of_evaluated_functions_is_found(prompt: Prompt) -> None:
    assert prompt.value("def double(x):\n    return x * 2\nimport inspect; inspect.getsource(double)") == (
        repr("def double(x):\n    return x * 2\n")
    )
    prompt.value("def other(): ...")
    assert "return x * 2" in prompt.value("inspect.getsource(double)")


def test_a_traceback_points_into_the_file_a_snippet_stands_in(prompt: Prompt) -> None:
    path = prompt.root / "notes.py"
    path.write_text("# one\n# >>> 1 / 0\n")
    (frame,) = prompt.error("1 / 0", filename=str(path), line=2).frames
    assert (frame.path, frame.line, frame.text) == (str(path), 2, "# >>> 1 / 0")


def test_an_import_that_fails_shows_the_modules_own_frames(prompt: Prompt) -> None:
    (prompt.root / "broken.py").write_text("def load():\n    raise LookupError('no table')\nload()\n")
    found = prompt.error("1", module="broken")
    assert (found.type, [Path(frame.path).name for frame in found.frames]) == (
        "LookupError",
        ["broken.py", "broken.py"],
    )
    (prompt.root / "unread.py").write_text("def (:\n")
    found = prompt.error("1", module="unread")
    assert (found.type, Path(found.place.path).name, found.place.line) == ("SyntaxError", "unread.py", 1)
    assert prompt.error("1", module="there_is_none").type == "ModuleNotFoundError"


@pytest.mark.parametrize("doing", ["del sys.modules['__main__']", "sys.modules['__main__'] = None"])
def test_code_that_loses_its_main_module_keeps_its_names(alone: Prompt, doing: str) -> None:
    alone.value("import sys; kept = 1")
    alone.run(doing)
    assert alone.value("kept + 1") == "2"
    assert alone.value("sys.modules['__main__'].kept") == "1"


@pytest.mark.external
def test_user_code_sees_a_plain_python(prompt: Prompt) -> None:
    seen = prompt.value(
        "import sys, threading\n"
        "[n for n in sys.modules if 'holefit' in n and n != 'holefit_runtime'], [p for p in sys.path if 'engine' in p], sys.argv,"
        " threading.active_count(), __name__, sys.modules['__main__'].__dict__ is globals()",
    )
    assert seen == "([], [], [''], 1, '__main__', True)"
    assert prompt.value("sys.path[0]") == repr(str(prompt.root))
    assert prompt.error("import holefit_wire").type == "ModuleNotFoundError"


def test_the_runtime_can_be_imported(prompt: Prompt) -> None:
    assert prompt.value("import holefit_runtime; holefit_runtime.__name__") == "'holefit_runtime'"


@pytest.mark.external
def test_patched_builtins_do_not_break_the_worker(prompt: Prompt) -> None:
    text = """
import builtins
saved = dict(vars(builtins))
try:
    for name in ("print", "repr", "open", "len", "str", "isinstance", "type", "dict", "list", "getattr", "BaseException", "KeyboardInterrupt"):
        delattr(builtins, name)
except NameError:
    pass
"""
    prompt.value(text)
    try:
        assert prompt.value("6 * 7") == "42"
        assert prompt.error("1 / 0").type == "ZeroDivisionError"
        assert prompt.run("raise ValueError('x')").result.error.message == "x"
    finally:
        prompt.value("vars(builtins).update(saved) if 0 else __builtins__.__dict__.update(saved)")
    assert prompt.value("len('ok')") == "2"


@pytest.mark.external
def test_patched_streams_do_not_break_the_worker(prompt: Prompt) -> None:
    prompt.value("import sys, io, os; mine = io.StringIO(); sys.stdout = mine")
    assert prompt.run("print('to mine')").stdout == ""
    assert prompt.value("mine.getvalue()") == r"'to mine\n'"
    prompt.value("sys.stdout.close()")
    assert prompt.run("print('mended')").stdout == "mended\n"
    prompt.value("sys.stdout = None; sys.stderr = object()")
    assert prompt.run("print('again')").stdout == "again\n"
    prompt.value("sys.stderr = sys.__stderr__")


def test_a_value_is_given_or_the_exception_raised_as_python_shows_it(prompt: Prompt) -> None:
    value = prompt.interpreter.value("6 * 7")
    assert value is not None
    assert value.text == "42"
    assert prompt.interpreter.value("x = 1") is None
    text = "def fail():\n    raise LookupError('gone') from OSError('why')\nfail()"
    with pytest.raises(RemoteError) as caught:
        prompt.interpreter.value(text)
    shown = str(caught.value)
    assert "OSError: why\n\nThe above exception was the direct cause of the following exception:" in shown
    assert shown.startswith("OSError: why")
    assert shown.endswith("in fail\n    raise LookupError('gone') from OSError('why')\nLookupError: gone")
    assert caught.value.info.cause.message == "why"
    assert [frame.function for frame in caught.value.info.frames] == ["<module>", "fail"]


def test_memory_is_measured_on_request(prompt: Prompt) -> None:
    answer = prompt.run("kept = [object() for _ in range(50_000)]", alloc=True)
    assert answer.blocks > 45_000
    assert 50_000 * 16 < answer.alloc < 50_000 * 100
    assert prompt.run("del kept", alloc=True).blocks < -45_000
    answer = prompt.run("gone = len(bytearray(30_000_000))", alloc=True)
    assert 30_000_000 < answer.alloc < 40_000_000
    answer = prompt.run("gone = len(bytearray(30_000_000))")
    assert (answer.alloc, answer.blocks) == (0, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("6 * 7", "42"),
        ("  6 * 7", "IndentationError"),
        ("(6 *\n7)", "42"),
        ("lambda: 0", "<function"),
        ("await __import__('asyncio').sleep(0, 5)", "5"),
        ("x = 5", ""),
        ("assert 1", ""),
        ("'a' 'b' # c", "'ab'"),
        ("6 *", "SyntaxError"),
        ("", ""),
        ("# only words", ""),
    ],
)
def test_expressions_and_statements_are_told_apart(prompt: Prompt, text: str, shown: str) -> None:
    result = prompt.run(text).result
    given = result.error.type if isinstance(result, EvalException) else "".join(v.text for v in result.values)
    assert given.startswith(shown) if shown else given == ""
