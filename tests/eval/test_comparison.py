"""Agreement as the doctest module has it: judged by running the same example through doctest itself."""

from __future__ import annotations

import doctest
import io

import pytest

from holefit.eval import Outcome, UnknownDoctestOptionError
from holefit.eval.comparison import agrees, flags_named, flags_of

CASES = [
    ("1 + 1", "2"),
    ("1 + 1", "3"),
    ("1 == 1", "1"),
    ("1 == 1  # doctest: +DONT_ACCEPT_TRUE_FOR_1", "1"),
    ("print('a\\n\\nb')", "a\n<BLANKLINE>\nb"),
    ("print('a\\n\\nb')  # doctest: +DONT_ACCEPT_BLANKLINE", "a\n<BLANKLINE>\nb"),
    ("list(range(20))  # doctest: +ELLIPSIS", "[0, 1, ..., 19]"),
    ("list(range(20))", "[0, 1, ..., 19]"),
    ("print('a   b')  # doctest: +NORMALIZE_WHITESPACE", "a b"),
    ("print('a   b')  # doctest: +NORMALIZE_WHITESPACE -NORMALIZE_WHITESPACE", "a b"),
    ("print('x', end='')", "x"),
    ("None", ""),
    ("x = 1", "1"),
    ("1 / 0", "Traceback (most recent call last):\n    ...\nZeroDivisionError: division by zero"),
    ("1 / 0", "Traceback (most recent call last):\nZeroDivisionError: division by zero"),
    ("1 / 0", "ZeroDivisionError: division by zero"),
    ("1 / 0", "Traceback (most recent call last):\n    ...\nZeroDivisionError: something else"),
    (
        "1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL",
        "Traceback (most recent call last):\n    ...\nother.ZeroDivisionError: something else",
    ),
    (
        "1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL",
        "Traceback (most recent call last):\n    ...\nKeyError: 1",
    ),
    (
        "raise ValueError('a\\nb')  # doctest: +ELLIPSIS",
        "Traceback (most recent call last):\n    ...\nValueError: a\n...",
    ),
    ("1", "Traceback (most recent call last):\n    ...\nValueError: a"),
    (
        "import decimal; decimal.Decimal('x')",
        "Traceback (most recent call last):\n  ...\ndecimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]",
    ),
    ("'\\u00e9'", "'é'"),
]


def outcome_of(code: str) -> Outcome:
    """What doctest itself gets from ``code``."""
    caught: list[Outcome] = []

    class Recorder(doctest.DocTestRunner):
        def report_success(self, out, test, example, got):  # type: ignore[no-untyped-def,override]
            caught.append(Outcome(got))

        report_failure = report_success

        def report_unexpected_exception(self, out, test, example, exc_info):  # type: ignore[no-untyped-def,override]
            name = exc_info[0].__qualname__
            module = exc_info[0].__module__
            caught.append(
                Outcome("", f"{name if module == 'builtins' else f'{module}.{name}'}: {exc_info[1]}")
            )

    test = doctest.DocTestParser().get_doctest(f">>> {code}\n", {}, "code", None, 0)
    Recorder(verbose=False).run(test, out=io.StringIO().write)
    return caught[0]


@pytest.mark.parametrize(("code", "want"), CASES)
def test_agreement_is_doctests(code: str, want: str) -> None:
    test = doctest.DocTestParser().get_doctest(f">>> {code}\n{want}\n", {}, "code", None, 0)
    failed = doctest.DocTestRunner(verbose=False).run(test, out=io.StringIO().write).failed
    assert agrees(want, outcome_of(code), flags_of(code)) is (failed == 0)


def test_a_flag_that_doctest_does_not_have_is_named() -> None:
    assert flags_named(["ELLIPSIS", "SKIP"]) == doctest.ELLIPSIS | doctest.SKIP
    with pytest.raises(UnknownDoctestOptionError, match="ELIPSIS") as caught:
        flags_named(["ELIPSIS"])
    assert "ELLIPSIS" in caught.value.remedy


def test_unknown_directives_are_passed_over() -> None:
    assert flags_of("f()  # doctest: +NO_SUCH_FLAG +ELLIPSIS") == doctest.ELLIPSIS
    assert flags_of("f()  # doctest:", doctest.SKIP) == doctest.SKIP
