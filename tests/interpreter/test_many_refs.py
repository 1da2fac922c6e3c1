"""Refs that are dropped are forgotten by the worker, however many there were."""

from __future__ import annotations

import gc

import pytest

from holefit.testing.prompt import Prompt

HELD = "import gc; [len(one) for one in gc.get_objects() if type(one).__name__ == 'Refs']"
RESIDENT_KB = "int(open('/proc/self/statm').read().split()[1]) * 4"


@pytest.mark.e2e
def test_a_million_refs_leave_the_table_empty_and_the_memory_flat(alone: Prompt) -> None:
    values = alone.interpreter.values
    code = [compile("1", "<code>", "eval")] * 10_000
    values.create_code(code)
    alone.value("None")
    before_kb = int(alone.value(RESIDENT_KB))
    for _ in range(100):
        assert len(values.create_code(code)) == 10_000
    gc.collect()
    alone.value("None")  # takes the last ones along
    assert alone.value(HELD) == "[0]"
    assert int(alone.value(RESIDENT_KB)) - before_kb < 30_000


def test_dropped_refs_ride_on_the_next_call(alone: Prompt) -> None:
    alone.value("class Big: pass\nimport weakref\nbig = Big(); seen = weakref.ref(big)")
    info = alone.info("big")
    alone.value("del big; 0")
    assert alone.value("seen() is None") == "False"
    del info
    gc.collect()
    assert alone.value("seen() is None") == "True"
