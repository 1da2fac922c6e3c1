"""Every case that fuzzing has kept: each end answers as it should, and goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import random

from cases import TO_SESSION, TO_WORKER, Case, Worker, kept, outcome
from making import make

KEPT = [Case.read(path) for path in kept()]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    made = Worker(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.end()


def of(direction: str) -> list[object]:
    return [pytest.param(case, id=case.name) for case in KEPT if case.direction == direction]


@pytest.mark.parametrize("case", of(TO_SESSION))
def test_a_session_stands_what_a_worker_may_say(case: Case) -> None:
    assert outcome(case)


@pytest.mark.e2e
@pytest.mark.parametrize("case", of(TO_WORKER))
def test_a_worker_stands_what_a_session_may_say(case: Case, worker: Worker) -> None:
    outcome(case, worker)


def test_the_corpus_speaks_in_both_directions_and_each_file_is_named_after_what_is_in_it() -> None:
    assert {case.direction for case in KEPT} == {TO_WORKER, TO_SESSION}
    assert [path.stem for path in kept()] == [case.name for case in KEPT]


@given(st.lists(st.binary(max_size=60), max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_session_stands_any_bytes(pieces: list[bytes]) -> None:
    assert outcome(Case(TO_SESSION, tuple(pieces)))


@given(st.integers(0, 1 << 32))
@settings(max_examples=60, deadline=None)
def test_a_session_stands_any_messages(seed: int) -> None:
    chance = random.Random(seed)
    case = make(chance)
    while case.direction != TO_SESSION:
        case = make(chance)
    assert outcome(case)


@pytest.mark.e2e
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_worker_stands_any_messages(worker: Worker, seed: int) -> None:
    chance = random.Random(seed)
    case = make(chance)
    while case.direction != TO_WORKER:
        case = make(chance)
    outcome(case, worker)
