"""Errors say what happened and what to do, in whole sentences."""

import pytest

from holefit.errors import HolefitError, SessionClosedError, UntrustedWorkspaceError, with_remedy


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("the file is gone", "the file is gone. Write it again."),
        ("There is no such file.", "There is no such file. Write it again."),
        ("did you mean that one?", "did you mean that one? Write it again."),
    ],
)
def test_the_remedy_stands_behind_a_whole_sentence(said: str, told: str) -> None:
    error = HolefitError(said)
    error.remedy = "Write it again."
    assert with_remedy(error) == told


def test_without_a_remedy_there_is_only_what_happened() -> None:
    assert with_remedy(HolefitError("the file is gone")) == "the file is gone"


@pytest.mark.parametrize("error", [UntrustedWorkspaceError(action="a reload"), SessionClosedError()])
def test_an_error_is_told_with_its_remedy(error: HolefitError) -> None:
    assert with_remedy(error).endswith(f". {error.remedy}")
