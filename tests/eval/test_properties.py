"""Properties: `# prop>` with hypothesis in the user's process."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.edits import apply
from holefit.eval import Evaluation, evaluate
from holefit.session import Session

pytestmark = pytest.mark.e2e


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(tmp_path, trusted=True) as session:
        yield session


def written(session: Session, text: str) -> tuple[str, Evaluation]:
    """``text`` with its results, of which a second evaluation writes no more, and that second evaluation."""
    path = session.root / "main.py"
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    session.saved(path)
    after = apply(session.parsed(path).source, evaluate(session, path).edits)
    path.write_text(after, encoding="utf-8")
    session.saved(path)
    again = evaluate(session, path)
    assert again.edits == ()
    return after, again


def test_a_property_that_holds_says_so(session: Session) -> None:
    after, again = written(
        session,
        """
        def rev(xs):
            return xs[::-1]
        # prop> rev(rev(xs)) == xs for xs in lists(integers())

        # prop> n < 5 for n in range(3)
        """,
    )
    assert after.splitlines()[2:] == [
        "# prop> rev(rev(xs)) == xs for xs in lists(integers())",
        "# +++ OK, 100 examples",
        "",
        "# prop> n < 5 for n in range(3)",
        "# +++ OK, 3 examples",
    ]
    assert all(result.ok and result.agrees for result in again.results)


def test_the_least_failing_example_is_kept_as_a_snippet(session: Session) -> None:
    after, again = written(
        session,
        """
        class C:
            # prop> xs == sorted(xs) for xs in list[int]
            # ... if len(xs) > 1
            x = 1
        """,
    )
    shown = after.splitlines()
    assert shown[1:3] == ["    # prop> xs == sorted(xs) for xs in list[int]", "    # ... if len(xs) > 1"]
    assert shown[3].startswith("    # *** Failed! Falsified, after ")
    assert shown[3].endswith(": xs = [1, 0]") or shown[3].endswith(": xs = [0, -1]")
    assert shown[4] == f"    # >>> (lambda xs: xs == sorted(xs))({shown[3].rpartition(' = ')[2]})"
    assert shown[5:] == ["    # False", "        x = 1".removeprefix("    ")]
    failed, kept = again.results
    assert not failed.ok
    assert not failed.agrees, "a property that fails is never right"
    assert kept.agrees


def test_a_function_is_tried_by_its_annotations_and_what_it_raises_is_told(session: Session) -> None:
    after, _ = written(
        session,
        """
        def share(n: int) -> float:
            print("noise")
            return 1 / n + 1
        # prop> share
        """,
    )
    shown = after.splitlines()
    assert shown[4].startswith("# *** Failed! ZeroDivisionError: division by zero, after ")
    assert shown[4].endswith(": n = 0")
    assert shown[5:] == ["# >>> share(0)", "# noise", "# ZeroDivisionError: division by zero"]


def test_an_example_that_is_kept_stays_when_the_property_holds_again(session: Session) -> None:
    after, _ = written(
        session,
        """
        # prop> abs(n) >= 0 for n in integers()
        # *** Failed! Falsified, after 2 examples: n = -1
        # >>> (lambda n: abs(n) >= 0)(-1)
        # False
        """,
    )
    assert after.splitlines()[1:] == ["# +++ OK, 100 examples", "# >>> (lambda n: abs(n) >= 0)(-1)", "# True"]


def test_inputs_may_depend_on_those_before(session: Session) -> None:
    after, _ = written(
        session, "# prop> a <= b <= 9 for a, _b in tuples(integers(0, 9), none()) for b in integers(a, 9)\n"
    )
    assert after.splitlines()[1].startswith("# +++ OK")


def test_the_number_of_examples_is_not_compared(session: Session) -> None:
    _, again = written(session, "# prop> n < 5 for n in range(3)\n# +++ OK, 42 examples\n")
    assert [result.agrees for result in again.results] == [True]


@pytest.mark.parametrize("text", ["1", "lambda x: x", "len"])
def test_a_property_without_inputs_says_what_to_write(session: Session, text: str) -> None:
    after, again = written(session, f"# prop> {text}\n")
    assert "write EXPRESSION for NAME in STRATEGY" in after or "ValueError" in after
    assert not again.results[0].ok


def test_a_mistaken_strategy_is_its_own_error(session: Session) -> None:
    after, _ = written(session, "# prop> x for x in integer()\n")
    assert after.splitlines()[1] == "# NameError: name 'integer' is not defined"


def test_an_environment_without_hypothesis_is_told_what_to_install(session: Session) -> None:
    (session.root / "hypothesis.py").write_text("raise ModuleNotFoundError('hypothesis')\n")
    after, again = written(session, "# prop> n < 5 for n in range(3)\n")
    assert after.splitlines()[1].startswith("# hypothesis is not installed in the project's environment.")
    assert after.splitlines()[1].endswith("python -m pip install hypothesis")
    assert not again.results[0].agrees
