"""Values looked into, forced, called and moved, on every Python."""

from __future__ import annotations

import gc

import pytest

from holefit.interpreter import RemoteError, RequestFailedError, StaleRemoteRefError, WormholeError
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import CreateCode, EvalComplete, Refs


def text(answer: object) -> str:
    assert isinstance(answer, EvalComplete), answer
    assert hasattr(answer.result, "values"), answer.result.error.traceback
    return "".join(value.text for value in answer.result.values)


def test_a_value_opens_as_a_lazy_tree(prompt: Prompt) -> None:
    ref = prompt.info(
        "class Node:\n"
        "    __slots__ = ('left', '__dict__')\n"
        "    def __getattr__(self, name): raise LookupError\n"
        "node = Node(); node.left = [1, 'two', node]; node.extra = {'k': (None, 2.5)}\n"
        "{'node': node}"
    ).ref
    prompt.value("def refuse(self): raise SystemExit\nNode.__repr__ = refuse")
    top = prompt.interpreter.values.closure(ref)
    assert (top.type, top.total, [(c.name, c.text, c.leaf) for c in top.children]) == (
        "dict",
        1,
        [("['node']", "<Node>", False)],
    )
    node = prompt.interpreter.values.closure(top.children[0].ref)
    assert [(c.name, c.text) for c in node.children] == [(".extra", "<dict of 1>"), (".left", "<list of 3>")]
    left = prompt.interpreter.values.closure(node.children[1].ref)
    assert [(c.name, c.text, c.leaf) for c in left.children] == [
        ("[0]", "1", True),
        ("[1]", "'two'", True),
        ("[2]", "<Node>", False),
    ]


def test_a_big_value_opens_by_pages(prompt: Prompt) -> None:
    ref = prompt.info("list(range(1_000_000))").ref
    page = prompt.interpreter.values.closure(ref, start=999_990, count=5)
    assert (page.total, [child.text for child in page.children]) == (
        1_000_000,
        ["999990", "999991", "999992", "999993", "999994"],
    )
    assert page.size > 8_000_000


def test_forcing(prompt: Prompt) -> None:
    seq = prompt.interpreter.values.seq
    assert text(seq(prompt.info("(n * n for n in range(4))").ref)) == "[0, 1, 4, 9]"
    assert text(seq(prompt.info("map(str, [1, 2])").ref)) == "['1', '2']"
    assert text(seq(prompt.info("import asyncio\nasync def later(): return 7\nlater()").ref)) == "7"
    assert (
        text(seq(prompt.info("import concurrent.futures as cf\nf = cf.Future(); f.set_result(3); f").ref))
        == "3"
    )
    assert text(seq(prompt.info("5").ref)) == "5"
    failed = seq(prompt.info("(1 / n for n in (1, 0))").ref)
    assert isinstance(failed, EvalComplete)
    assert failed.result.error.type == "ZeroDivisionError"


def test_forcing_may_stop_at_a_breakpoint(prompt: Prompt) -> None:
    ref = prompt.info("def numbers():\n    breakpoint()\n    yield 1\nnumbers()").ref
    stop = prompt.interpreter.values.seq(ref, breaks=True)
    assert text(prompt.interpreter.breakpoints.resume(stop)) == "[1]"  # type: ignore[arg-type]  # it stopped


def test_values_are_called_and_applied(prompt: Prompt) -> None:
    values = prompt.interpreter.values
    add = prompt.info("lambda a: lambda b: a + b").ref
    two, three = prompt.info("2").ref, prompt.info("3").ref
    assert text(values.apply(add, two, three)) == "5"
    assert text(values.this(prompt.info("lambda: 'called'").ref)) == "'called'"
    assert text(values.this(prompt.info("[1]").ref)) == "[1]"
    answer = values.io(prompt.info("lambda: print('effect')").ref)
    assert (text(answer), answer.stdout) == ("", "effect\n")
    assert values.string(prompt.info("lambda: 'té'").ref) == "té"
    assert values.string_to_string(prompt.info("str.upper").ref, "loud") == "LOUD"


def test_an_exception_is_raised_again_on_our_side(prompt: Prompt) -> None:
    with pytest.raises(RemoteError) as caught:
        prompt.interpreter.values.string(
            prompt.info("def fails():\n    raise LookupError('gone')\nfails").ref
        )
    assert str(caught.value).startswith("Traceback (most recent call last):\n")
    assert str(caught.value).endswith("LookupError: gone")
    with pytest.raises(RemoteError, match="TypeError: text was expected, not int"):
        prompt.interpreter.values.string(prompt.info("lambda: 5").ref)


def test_bytes_go_in_and_out(prompt: Prompt) -> None:
    values = prompt.interpreter.values
    for data in (b"small", bytes(range(256)) * 20_000):
        ref = values.malloc(data)
        assert values.fetch(ref) == data
        assert text(values.apply(prompt.info("len").ref, ref)) == str(len(data))
    assert values.fetch(prompt.info("'čaj'").ref) == "čaj".encode()
    assert values.fetch(prompt.info("import array; array.array('h', [1, 2])").ref) == b"\x01\x00\x02\x00"
    with pytest.raises(RequestFailedError, match="has no bytes"):
        values.fetch(prompt.info("object()").ref)


def test_code_is_shipped_to_the_same_python(alone: Prompt) -> None:
    source = "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\n"
    codes = [
        constant
        for constant in compile(source, "<shipped>", "exec").co_consts
        if hasattr(constant, "co_code")
    ]
    values = alone.interpreter.values
    even, _ = values.create_code(codes)
    alone.value("def odd(n): return n != 0 and (n == 1)")
    assert text(values.apply(even, alone.info("2").ref)) == "True"
    many = values.create_code([codes[0]] * 950)
    assert len(many) == 950


def test_code_of_another_python_is_refused(prompt: Prompt) -> None:
    with pytest.raises(RequestFailedError, match=r"code of Python 2.7 does not run on 3\."):
        prompt.interpreter.ask(CreateCode("__main__", "2.7", []), Refs)


def test_the_static_table(prompt: Prompt) -> None:
    values = prompt.interpreter.values
    values.add_static(b"\x01print", prompt.info("'entry'").ref)
    found = values.lookup_static(b"\x01print")
    assert found is not None
    assert values.fetch(found) == b"entry"
    values.add_static(b"\x01print", None)
    assert values.lookup_static(b"\x01print") is None


@pytest.mark.external
def test_a_wormhole_needs_the_same_process(prompt: Prompt) -> None:
    with pytest.raises(WormholeError, match="lies in the worker's process"):
        prompt.interpreter.values.wormhole(1)


def test_a_stale_ref_is_a_typed_error(prompt: Prompt) -> None:
    for use in (
        prompt.interpreter.values.closure,
        prompt.interpreter.values.seq,
        prompt.interpreter.values.this,
    ):
        with pytest.raises(StaleRemoteRefError):
            use(987654)


def test_many_refs_leave_nothing_behind(alone: Prompt) -> None:
    before = alone.value("import gc; gc.collect(); import sys; sys.getallocatedblocks()").partition("\n")[0]
    ref = alone.info("list(range(100_000))").ref
    for start in range(0, 100_000, 5000):
        alone.interpreter.values.closure(ref, start=start, count=1000)
    del ref
    gc.collect()
    alone.value("'something else'")
    after = alone.value("sys.getallocatedblocks()")
    assert int(after) - int(before) < 20_000
