"""Values that stay in the worker: how they show, and when they are freed; annotations' values as data."""

from __future__ import annotations

import base64
import gc

import msgpack  # type: ignore[import-untyped]  # has no types
import pytest

from holefit.interpreter import ForeignRef
from holefit.testing.prompt import Prompt


def test_a_long_value_is_cut_without_being_built(prompt: Prompt) -> None:
    value = prompt.run("[[0] * 10_000_000] * 1000", output_limit=50).result.values[0]
    assert (value.cut, value.text) == (True, "[[" + "0, " * 16)
    text = prompt.run("'x' * 100_000_000", output_limit=10).result.values[0]
    assert (text.cut, text.text) == (True, "'xxxxxxxxx")


@pytest.mark.parametrize(
    "text",
    [
        "()",
        "(1,)",
        "[]",
        "{}",
        "set()",
        "{1}",
        "frozenset({2})",
        "frozenset()",
        "{'a': [1, (2, {3})]}",
        "bytearray(b'x')",
        "'it\\'s'",
        "1.5",
        "...",
    ],
)
def test_a_bounded_repr_is_the_repr(prompt: Prompt, text: str) -> None:
    assert (
        prompt.value(text)
        == prompt.value(f"print(repr({text})); None") + prompt.run(f"print(repr({text}))").stdout.strip()
    )


def test_cyclic_values_show_as_python_shows_them(prompt: Prompt) -> None:
    assert prompt.value("a = [1]; a.append(a); a") == "[1, [...]]"
    assert prompt.value("d = {}; d['me'] = d; d") == "{'me': {...}}"


def test_a_repr_that_raises_does_not_lose_the_value(prompt: Prompt) -> None:
    value = prompt.info("class Shy:\n    def __repr__(self): raise LookupError('not here')\nShy()")
    assert value.repr_error == "LookupError: not here"
    assert value.text == "<Shy object whose repr raised LookupError: not here>"
    assert value.ref > 0


def test_representations_come_as_a_mime_bundle(prompt: Prompt) -> None:
    value = prompt.info(
        "class Rich:\n"
        "    def __repr__(self): return 'plain'\n"
        "    def _repr_html_(self): return '<b>rich</b>'\n"
        "    def _repr_png_(self): return b'\\x89PNG'\n"
        "    def _repr_svg_(self): raise ValueError\n"
        "    def _repr_json_(self): return {'a': 1}\n"
        "Rich()"
    )
    bundle = prompt.interpreter.display(value.ref)
    assert bundle == {
        "text/html": "<b>rich</b>",
        "image/png": base64.b64encode(b"\x89PNG").decode(),
        "application/json": '{"a": 1}',
        "text/plain": "plain",
    }
    assert prompt.interpreter.display(value.ref, ["text/html"]) == {"text/html": "<b>rich</b>"}


def test_a_mimebundle_method_has_the_say(prompt: Prompt) -> None:
    value = prompt.info(
        "class Own:\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/html': '<i>own</i>', 'image/png': b'png'}, {'meta': 1}\n"
        "Own()"
    )
    bundle = prompt.interpreter.display(value.ref)
    assert bundle["text/html"] == "<i>own</i>"
    assert base64.b64decode(bundle["image/png"]) == b"png"


def test_refs_free_themselves_with_the_next_call(alone: Prompt) -> None:
    alone.value("import weakref\nclass Big: pass\nbig = Big(); seen = weakref.ref(big)")
    ref = alone.info("big").ref
    assert isinstance(ref, ForeignRef)
    alone.value("del big; _ = None; None")
    alone.value("import builtins, gc; builtins._ = None")
    assert alone.value("seen() is None") == "False"
    del ref
    gc.collect()
    alone.value("1")
    assert alone.value("gc.collect() and None; seen() is None") == "True"


def test_annotation_values_are_plain_data(prompt: Prompt) -> None:
    (prompt.root / "owners.py").write_text(
        "from dataclasses import dataclass\nfrom enum import Enum\nfrom typing import NamedTuple\n"
        "@dataclass\nclass Owner:\n    name: str\n    since: int = 1\n"
        "class Layer(Enum):\n    TOP = 'top'\n"
        "class Pair(NamedTuple):\n    a: int\n    b: list\n"
        "class Plain: pass\n"
    )
    texts = [
        "Owner('geometry', since=2)",
        "Layer.TOP",
        "Pair(1, [2.5])",
        "{'layer': ('domain', None, b'x')}",
        "Plain()",
        "1 / 0",
        "{1: 2}",
        "1 << 70",
    ]
    answer = prompt.interpreter.eval_annotations(
        "shapes",
        filename=str(prompt.root / "shapes.py"),
        imports="from owners import *",
        expressions=texts,
        lines=list(range(1, 9)),
    )
    owner, layer, pair, data, *failed = answer.values
    assert (owner.type, owner.repr) == ("owners.Owner", "Owner(name='geometry', since=2)")
    assert msgpack.unpackb(owner.data) == {"name": "geometry", "since": 2}
    assert (layer.type, msgpack.unpackb(layer.data)) == ("owners.Layer", {"name": "TOP", "value": "top"})
    assert msgpack.unpackb(pair.data) == {"a": 1, "b": [2.5]}
    assert (data.type, msgpack.unpackb(data.data)) == ("dict", {"layer": ["domain", None, b"x"]})
    assert [(one.error.type, one.error.message[:40]) for one in failed] == [
        ("TypeError", "owners.Plain is not data that an annotat"),
        ("ZeroDivisionError", "division by zero"),
        ("TypeError", "a dict in an annotation needs text keys,"),
        ("ValueError", "an annotation's integers have at most 64"),
    ]
    assert failed[1].error.frames[-1].line == 6


def test_annotations_that_cannot_import_all_say_so(prompt: Prompt) -> None:
    answer = prompt.interpreter.eval_annotations(
        "pkg.shapes",
        filename="pkg/shapes.py",
        imports="import there_is_none",
        expressions=["1", "2"],
        lines=[1, 2],
    )
    assert [one.error.type for one in answer.values] == ["ModuleNotFoundError", "ModuleNotFoundError"]


def test_buffers_reach_the_worker_before_the_next_evaluation(prompt: Prompt) -> None:
    path = prompt.root / "unsaved_one.py"
    path.write_text("answer = 'file'\n")
    prompt.interpreter.set_buffers({path: "answer = 'buffer'\n"})
    try:
        assert prompt.value("answer", module="unsaved_one") == "'buffer'"
        prompt.interpreter.set_buffers({path: "answer = 'newer'\n"})
        assert prompt.interpreter.changed_modules() == ["unsaved_one"]
        report = prompt.interpreter.reload()
        assert (report.reloaded, report.errors) == (("unsaved_one",), ())
        assert prompt.value("answer", module="unsaved_one") == "'newer'"
        assert prompt.run("1").generation == report.generation
    finally:
        prompt.interpreter.set_buffers({})
