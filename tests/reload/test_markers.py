"""Markers, which code tells by identity, stay what they are for everybody who holds one."""

from __future__ import annotations

from live import Live

TEXT = """
MISSING = object()
STORE = {}
class Slotted:
    __slots__ = ("value",)
    def __init__(self): self.value = MISSING
class Loop:
    after = MISSING
    def __init__(self): self.mine = MISSING
    def is_done(self): return self.after is MISSING and self.mine is MISSING
def get(key, default=MISSING, *, other=MISSING):
    return default is MISSING and other is MISSING
def rows(): return [MISSING]
"""
USE = """
from m import MISSING
import m
loop, slotted, held = m.Loop(), m.Slotted(), m.rows()
"""
SEEN = "loop.is_done(), m.Loop().is_done(), m.get(1), slotted.value is m.MISSING, held[0] is m.MISSING, MISSING is m.MISSING"


def test_a_marker_made_anew_is_told_wherever_it_is_held(live: Live) -> None:
    live.edit(m=TEXT)
    live.run(USE)
    assert live.value(SEEN) == (True,) * 6
    named = "class Missing:\n    def __repr__(self): return 'missing'\nMISSING = Missing()"
    live.reload(m=TEXT.replace("MISSING = object()", named))
    assert live.value(SEEN) == (True,) * 6
    assert live.value("repr(m.get.__defaults__)") == "(missing,)"


def test_a_marker_is_put_back_when_the_reload_fails(live: Live) -> None:
    live.edit(m=TEXT)
    live.run(USE)
    before = live.value("m.MISSING")
    after = TEXT.replace("MISSING = object()", "class Missing: pass\nMISSING = Missing()")
    fails = "import holefit_runtime\n@holefit_runtime.after_reload\ndef fail(): raise ValueError\n"
    assert live.try_reload(m=after + fails).errors
    assert live.value("m.MISSING") is before
    assert live.value(SEEN) == (True,) * 6


def test_a_name_that_is_pointed_at_another_marker_leaves_both_alone(live: Live) -> None:
    text = "ONE = object()\nTWO = object()\nchosen = ONE\ndef is_one(which=ONE): return which is ONE\n"
    live.edit(m=text)
    live.run("import m")
    live.reload(m=text.replace("chosen = ONE", "chosen = TWO"))
    assert live.value("m.is_one() and m.chosen is m.TWO and m.ONE is not m.TWO")


def test_a_class_that_is_exchanged_is_found_where_the_interpreter_remembers_the_old_one(live: Live) -> None:
    live.edit(
        m="class A:\n    __slots__ = ('x',)\nMARK = object()\n",
        n="import m\nclass Holder:\n    kind, both, mark = m.A, (m.A, 1), m.MARK\n    def get(self): return self.kind, self.both[0], self.mark\n",
    )
    live.run("import m, n; held = n.Holder()")
    for _ in range(50):
        live.value("held.get(), n.Holder.kind")
    live.reload(m="class A:\n    __slots__ = ('x', 'y')\nclass Mark: pass\nMARK = Mark()\n")
    assert live.value("held.get() == (m.A, m.A, m.MARK)")
    assert live.value("n.Holder.kind is m.A")
