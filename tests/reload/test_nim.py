"""Where Nim's hot code reloading goes wrong: each of its failures, and what happens here."""

from __future__ import annotations

from live import Live


def test_a_symbol_inserted_above_a_global_does_not_reset_it(live: Live) -> None:
    live.edit(m="first = [1]\nsecond = [2]\n")
    live.run("import m; m.first.append(10); m.second.append(20)")
    live.reload(m="inserted = [0]\nfirst = [1]\nalso = [9]\nsecond = [2]\n")
    assert live.value("m.first, m.second, m.inserted, m.also") == ([1, 10], [2, 20], [0], [9])


def test_a_type_change_of_a_global_is_no_crash(live: Live) -> None:
    live.edit(m="value = 1\ndef read(): return value\n")
    live.run("import m; m.value += 1")
    done = live.reload(m="value = 'text'\ndef read(): return value\n")
    assert (live.value("m.read()"), [kept.name for kept in done.kept]) == (2, ["value"])
    live.reloader.reset("m", "value")
    assert live.value("m.read()") == "text"


def test_a_type_that_grows_overruns_nothing(live: Live) -> None:
    live.edit(
        m="class Point:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\npoint = Point(1)\nother = Point(2)\n"
    )
    live.run("import m; p = m.point")
    live.reload(
        m="class Point:\n    __slots__ = ('x', 'y', 'z')\n    def __init__(self, x): self.x = self.y = self.z = x\npoint = Point(1)\nother = Point(2)\n"
    )
    assert live.value("p.x, m.other.x, m.Point(5).z") == (1, 2, 5)
    assert isinstance(live.error("p.y"), AttributeError)


def test_a_call_to_a_removed_function_says_so(live: Live) -> None:
    live.edit(m="def name(): return 'text'\n", n="from m import name\ndef show(): return name()\n")
    live.run("import n")
    live.reload(m="")
    assert "m.name" in str(live.error("n.show()"))


def test_reloading_below_a_running_frame_lets_it_finish(live: Live) -> None:
    live.edit(
        m="import holefit_runtime\ndef outer(n):\n    if n: return outer(n - 1) + ['old']\n    holefit_runtime.reload()\n    return ['bottom']\n"
    )
    live.run("import m")
    live.edit(m="def outer(n): return 'new'\n")
    assert live.value("m.outer(3)") == ["bottom", "old", "old", "old"]
    assert live.value("m.outer(3)") == "new"
