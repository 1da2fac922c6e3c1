"""Flame graphs: the files of speedscope that are written."""

from __future__ import annotations

from holefit.interpreter.profiling import Profile, Stack
from holefit.interpreter.speedscope import speedscope
from holefit_wire.interpreter import CostCentre, EvalComplete, EvalSuccess

MAIN, F, G = CostCentre("main"), CostCentre("f", "/p/m.py", 3), CostCentre("g", "/p/m.py", 0)
DONE = EvalComplete(EvalSuccess([]), "", "", 1.0, 0)


def test_a_stack_is_a_sample_with_its_own_time() -> None:
    stacks = (Stack(-1, MAIN, 1, 5, 0), Stack(0, F, 2, 10, 100), Stack(1, G, 3, 0, -7), Stack(0, G, 1, 20, 1))
    made = speedscope(Profile(DONE, stacks, (), allocation=True), "work")
    assert made["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert made["shared"]["frames"] == [
        {"name": "main"},
        {"name": "f", "file": "/p/m.py", "line": 3},
        {"name": "g", "file": "/p/m.py", "line": 1},
    ]
    time, memory = made["profiles"]
    assert (time["type"], time["unit"], time["startValue"], time["endValue"]) == (
        "sampled",
        "nanoseconds",
        0,
        35,
    )
    assert list(zip(time["samples"], time["weights"], strict=True)) == [([0], 5), ([0, 1], 10), ([0, 2], 20)]
    assert (memory["unit"], memory["samples"], memory["weights"]) == ("bytes", [[0, 1], [0, 2]], [100, 1])


def test_each_thread_is_a_profile() -> None:
    stacks = (Stack(-1, MAIN, 1, 5, 0), Stack(-1, CostCentre("helper"), 1, 7, 0), Stack(1, F, 1, 2, 0))
    made = speedscope(Profile(DONE, stacks, ()), "work")
    assert [one["name"] for one in made["profiles"]] == ["work (main)", "work (helper)"]
    assert made["profiles"][1]["weights"] == [7, 2]
