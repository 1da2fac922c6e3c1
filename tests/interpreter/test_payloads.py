"""Large payloads, in both directions, on every Python."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from holefit.interpreter import RequestFailedError, WorkerDiedError
from holefit.testing.prompt import Prompt
from holefit_wire import passage


@pytest.mark.parametrize("size", [0, 1, passage.LARGE - 1, passage.LARGE, 3_000_001])
def test_bytes_come_back_as_they_went(prompt: Prompt, size: int) -> None:
    data = (os.urandom(997) * (size // 997 + 1))[:size]
    ref = prompt.interpreter.values.malloc(data)
    assert prompt.interpreter.values.fetch(ref) == data


def test_buffers_and_texts_are_fetched_as_bytes(prompt: Prompt) -> None:
    values = prompt.interpreter.values
    assert values.fetch(prompt.info("bytearray(300_000)").ref) == bytes(300_000)
    assert values.fetch(prompt.info("'é' * 200_000").ref) == ("é" * 200_000).encode()
    with pytest.raises(RequestFailedError, match="has no bytes"):
        values.fetch(prompt.info("object()").ref)


def test_a_large_payload_outlives_the_worker_that_took_it(alone: Prompt) -> None:
    values = alone.interpreter.values
    alone.value("1")
    ref = values.malloc(bytes(1_000_000))
    alone.value("x = 1")
    with pytest.raises(WorkerDiedError) as caught:
        alone.run("import os; os._exit(1)")
    assert caught.value.survived
    assert len(values.fetch(ref)) == 1_000_000


def test_nothing_is_left_behind(alone: Prompt) -> None:
    ref = alone.interpreter.values.malloc(bytes(1_000_000))
    alone.interpreter.values.fetch(ref)
    left = [name for name in os.listdir("/dev/shm") if name.startswith(f"holefit-{os.getpid()}-")]
    assert left == []


def test_a_payload_that_nobody_takes_is_an_error(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage, "PATIENCE_S", 0.1)
    path = f"{tmp_path}/pipe"
    filling = passage.Filling(path, bytes(10))
    filling.end()
    with pytest.raises(passage.StalledError):
        passage.take(path, 10)
    assert not os.path.exists(path)


def test_the_same_bytes_may_go_from_several_threads_at_once(alone: Prompt) -> None:
    values = alone.interpreter.values
    data = bytes(range(256)) * 4000
    with ThreadPoolExecutor(4) as pool:
        refs = list(pool.map(values.malloc, [data] * 8))
        assert set(pool.map(values.fetch, refs)) == {data}
