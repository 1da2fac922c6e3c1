"""Random programs, randomly edited: after every reload, functions and classes give what a fresh process gives."""

from __future__ import annotations

import random
import re
import sys
import tempfile
import types
from pathlib import Path

import hypothesis.strategies as st
import projects
import pytest
from hypothesis import HealthCheck, given, settings
from live import Live

from holefit_worker.reload.source import Chunk, Parse, lines_of, reparse

pytestmark = pytest.mark.e2e

NAMES = ["alpha", "beta", "gamma", "delta"]
HEAD = "import functools\n\ndef wrap(fn):\n    @functools.wraps(fn)\n    def inner(*args):\n        return ['wrapped', fn(*args)]\n    return inner\n\ndef times(n):\n    def deco(fn):\n        def inner(*args):\n            return [n, fn(*args)]\n        return inner\n    return deco\n\n"


def piece(draw: random.Random, name: str) -> str:
    """One definition, of any of many forms."""
    number = draw.randint(0, 9)
    callee = draw.choice(NAMES)
    call = draw.choice(
        [
            str(number),
            f"[{number}, x]",
            f"safe('{callee}')",
            "[i * x for i in range(3)]",
            "(lambda y: y + x)(1)",
        ]
    )
    decorator = draw.choice(
        ["", "", "", "@wrap\n", f"@times({number})\n", "@functools.lru_cache(maxsize=None)\n"]
    )
    if "safe" in call and "cache" in decorator:
        decorator = ""  # a cache may keep what it got from another function
    forms = [
        f"{decorator}def {name}(x=1):\n    return {call}\n",
        f"{decorator}def {name}(x=1, *, k={number}):\n    'doc {number}'\n    # a comment\n    y = {call}\n    return y, k\n",
        f"def {name}(x=1):\n    def nested(z):\n        return x, z, {number}\n    return nested({call})\n",
        f"{name} = lambda x=1: {call}\n",
        f"if {number} % 2:\n    def {name}(x=1):\n        return 'odd', {call}\nelse:\n    def {name}(x=1):\n        return 'even', {call}\n",
        f"class {name}:\n    n = {number}\n    def __init__(self, x=1):\n        self.x = x\n    def __repr__(self):\n        x = self.x\n        return repr(('{name}', self.n, {call}))\n",
        f"class {name}(Base):\n    def __repr__(self):\n        x = 1\n        return repr((super().tag(), {call}))\n",
        f"def {name}(x=1):\n    yield {number}\n    yield {call}\n",
    ]
    return draw.choice(forms)


def program(seed: int, pieces: dict[str, str], order: list[str]) -> str:
    """A module of the pieces in some order. ``safe`` keeps calls from running on for ever."""
    safe = "depth = [0]\ndef safe(name):\n    fn = globals().get(name)\n    if fn is None or depth[0] > 2:\n        return None\n    depth[0] += 1\n    try:\n        return repr(fn())\n    finally:\n        depth[0] -= 1\n\nclass Base:\n    def tag(self):\n        return 'base'\n\n"
    filler = "# filler\n" * (seed % 4)
    return filler + HEAD + safe + "\n".join(pieces[name] for name in order)


def result(space: dict[str, object], name: str) -> str:
    """What calling ``name`` gives, as text without addresses."""
    value = space.get(name)
    if value is None:
        return "absent"
    try:
        got = value()  # type: ignore[operator]
        return re.sub(r"0x[0-9a-f]+", "0x", repr(list(got) if isinstance(got, types.GeneratorType) else got))
    except Exception as error:
        return f"{type(error).__name__}"


@settings(max_examples=9, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_sequence_of_edits_gives_what_a_fresh_process_gives(seed: int) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        live = Live(Path(folder))
        try:
            pieces = {name: piece(draw, name) for name in NAMES}
            live.edit(m=program(0, pieces, NAMES))
            live.run("import m")
            for step in range(5):
                for name in draw.sample(NAMES, draw.randint(1, 2)):
                    pieces[name] = piece(draw, name)
                order = draw.sample(NAMES, draw.randint(2, 4)) if draw.random() < 0.4 else NAMES
                held = {name: vars(sys.modules["m"]).get(name) for name in NAMES}
                text = program(draw.randint(0, 9), pieces, order)
                live.reload(m=text)
                fresh: dict[str, object] = {"__name__": "m"}
                exec(compile(text, "m.py", "exec"), fresh)
                space = vars(sys.modules["m"])
                for name in NAMES:
                    expected = result(fresh, name)
                    assert result(space, name) == expected, (seed, step, name, text)
                    former = held[name]
                    if isinstance(former, types.FunctionType) and name in order and callable(space[name]):
                        assert result({name: former}, name) == expected, ("held", seed, step, name, text)
        finally:
            live.close()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_edits_of_modules_that_use_each_other_give_what_a_fresh_process_gives(seed: int) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        live = Live(Path(folder))
        try:
            project = projects.Project(draw)
            project.begin()
            live.edit(**project.texts())
            live.run("import " + ", ".join(projects.MODULES))
            for step in range(5):
                held = {
                    one.name: (getattr(sys.modules[project.home(number)], one.name), one.form)
                    for number, one in enumerate(project.definitions)
                }
                project.edit()
                texts = project.texts()
                expected = projects.results(project, projects.fresh(texts))
                live.reload(**texts)
                loaded = {name: sys.modules[name] for name in projects.MODULES}
                assert projects.results(project, loaded) == expected, (seed, step)
                for one in project.definitions:
                    former, form = held.get(one.name, (None, ""))
                    if {form, one.form} <= projects.HELD and projects.is_held(former):
                        assert projects.outcome(former) == expected[one.name], ("held", seed, step, one.name)
        finally:
            live.close()


FRAGMENTS = [
    "x = 1\n",
    "def f():\n    return 1\n",
    "\n",
    "# c\n",
    "if x:\n    y = 1\n",
    "else:\n    y = 2\n",
    "    z = 3\n",
    "@deco\n",
    "s = '''\n",
    "'''\n",
    "(\n",
    ")\n",
    "a = 1; b = 2\n",
    "class C:\n    pass\n",
    "x = \\\n",
    "'doc'\n",
    "from __future__ import annotations\n",
    "\x0c\n",
    "\tq = 1\n",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=14),
    st.lists(st.sampled_from(FRAGMENTS), max_size=4),
    st.integers(0, 14),
    st.integers(0, 4),
)
def test_parsing_only_what_changed_gives_what_parsing_all_gives(
    old: list[str], inserted: list[str], at: int, cut: int
) -> None:
    before = "".join(old)
    after = "".join([*old[:at], *inserted, *old[at + cut :]])
    parse = Parse("m.py", "")
    try:
        chunks = parse.chunks(lines_of(before))
    except SyntaxError:
        return
    for chunk in chunks:
        chunk.statements = [leaf.statement for leaf in chunk.leaves]
    whole = Parse("m.py", "")
    try:
        expected = whole.chunks(lines_of(after))
    except SyntaxError:
        expected = None
    try:
        head, tail, middle = reparse(parse, lines_of(before), chunks, lines_of(after))
    except SyntaxError:
        assert expected is None
        return
    assert expected is not None, "what does not compile was taken"
    delta = len(lines_of(after)) - len(lines_of(before))
    kept = [(c.start, c.end, _kinds(c)) for c in chunks[:head]]
    new = [(c.start, c.end, _kinds(c)) for c in middle]
    moved = (
        [(c.start + delta, c.end + delta, _kinds(c)) for c in chunks[len(chunks) - tail :]] if tail else []
    )
    assert kept + new + moved == [(c.start, c.end, _kinds(c)) for c in expected]
    assert parse.flags == whole.flags


def _kinds(chunk: Chunk) -> list[tuple[str, tuple[str, ...]]]:
    return [(leaf.statement.kind, leaf.statement.names) for leaf in chunk.leaves]
