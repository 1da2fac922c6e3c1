"""Cost centres: what time and memory are charged to, on Pythons that monitor and on those that trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from holefit.interpreter import Interpreter, RequestFailedError
from holefit.interpreter.profiling import Profile
from holefit.session.options import Options
from holefit.testing.prompt import Prompt
from holefit_wire.interpreter import EvalException

PYTHONS = ("3.10", "3.11", "3.12", "3.13")

PROGRAM = """\
import asyncio
import threading
from holefit_runtime import cost_centre


def spin(n):
    return sum(i * i for i in range(n))


def twice(n):
    return spin(n) + spin(n)


def top(n):
    return twice(n) + spin(n)


def recursive(n):
    return 0 if n == 0 else 1 + recursive(n - 1)


def numbers(n):
    for i in range(n):
        yield i


def failing():
    try:
        deep()
    except ValueError:
        return spin(1)


def deep():
    raise ValueError


async def leaf():
    await asyncio.sleep(0)
    return spin(10)


async def tree():
    return await asyncio.gather(leaf(), leaf())


def by_hand():
    with cost_centre("reading"):
        first = spin(10)
    with cost_centre("writing"):
        return first + named()


@cost_centre("named")
def named():
    return spin(10)


def hoard():
    return [bytes(1000) for _ in range(1000)]


def in_thread():
    thread = threading.Thread(target=spin, args=(100,), name="helper")
    thread.start()
    thread.join()


class Shape:
    def area(self):
        return spin(10)

    @property
    def size(self):
        return spin(10)
"""


def _python(version: str) -> Path | None:
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return found[0] if found else None


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("3.11"),
        pytest.param("3.13"),
        "internal",
        *(pytest.param(one, marks=pytest.mark.e2e) for one in ("3.10", "3.12")),
    ],
)
def interpreter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interpreter]:
    root = tmp_path_factory.mktemp("project")
    (root / "costly.py").write_text(PROGRAM)
    python = _python(request.param)
    if request.param == "internal":
        made = Interpreter(root, Options(), kind="internal")
    elif python is None:
        pytest.skip(f"there is no CPython {request.param} on this machine")
    else:
        made = Interpreter(root, Options(), python=python)
    made.eval_stmt("import costly")
    yield made
    made.stop()


def profile(interpreter: Interpreter, text: str, **wishes: object) -> Profile:
    """The profile of ``text`` with the functions of the program as cost centres."""
    wishes.setdefault("modules", ["costly"])
    made = interpreter.profiling.run(text, timeout_s=60, **wishes)  # type: ignore[arg-type]  # tests' wishes
    assert not isinstance(made.complete.result, EvalException), made.complete.result.error.traceback
    return made


def tree(made: Profile) -> dict[str, int]:
    """``main;top;spin`` and how often it was entered."""
    names: list[str] = []
    for stack in made.stacks:
        name = stack.centre.name
        names.append(name if stack.parent < 0 else f"{names[stack.parent]};{name}")
    return {name: stack.entries for name, stack in zip(names, made.stacks, strict=True)}


def test_time_is_charged_to_the_stack_of_who_called(interpreter: Interpreter) -> None:
    made = profile(interpreter, "costly.top(2000)")
    entered = tree(made)
    assert entered["main;top"] == 1
    assert entered["main;top;twice;spin"] == 2
    assert entered["main;top;spin"] == 1
    assert made.complete.result.values[0].text.isdigit()
    assert all(stack.nanoseconds >= 0 for stack in made.stacks)
    assert made.nanoseconds == sum(stack.nanoseconds for stack in made.stacks)
    by_name = {cost.centre.name: cost for cost in made.costs}
    assert by_name["spin"].entries == 3
    assert by_name["twice"].with_inner > by_name["twice"].nanoseconds
    assert by_name["spin"].centre.line == next(
        n for n, line in enumerate(PROGRAM.splitlines(), 1) if line == "def spin(n):"
    )


def test_recursion_goes_on_with_the_stack_that_it_had(interpreter: Interpreter) -> None:
    assert tree(profile(interpreter, "costly.recursive(50)")) == {"main": 1, "main;recursive": 51}


def test_a_generator_is_entered_and_left_again(interpreter: Interpreter) -> None:
    made = profile(interpreter, "list(costly.numbers(100))")
    assert list(tree(made)) == ["main", "main;numbers"]


def test_exceptions_leave_what_they_unwind(interpreter: Interpreter) -> None:
    entered = tree(profile(interpreter, "costly.failing()"))
    assert entered["main;failing;deep"] == 1
    assert entered["main;failing;spin"] == 1


def test_an_exception_that_ends_the_evaluation_is_told_with_the_profile(interpreter: Interpreter) -> None:
    made = interpreter.profiling.run("costly.deep()", modules=["costly"])
    assert made.complete.result.error.type == "ValueError"
    assert "main;deep" in tree(made)


def test_coroutines_are_charged_where_they_run(interpreter: Interpreter) -> None:
    entered = tree(profile(interpreter, "await costly.tree()"))
    assert any(name.endswith("leaf;spin") for name in entered)
    assert sum(count for name, count in entered.items() if name.endswith("leaf;spin")) == 2


def test_code_names_cost_centres_of_its_own(interpreter: Interpreter) -> None:
    entered = tree(profile(interpreter, "costly.by_hand()"))
    assert entered["main;by_hand;reading;spin"] == 1
    assert any(name.startswith("main;by_hand;writing;") and ";named;" in name for name in entered)


def test_cost_centres_can_be_made_for_chosen_functions(interpreter: Interpreter) -> None:
    made = interpreter.profiling.make("costly", ["twice", "Shape.area", "Shape.size", "named"])
    assert [centre.name for centre in made][:2] == [made[0].name, made[1].name]
    assert made[0].path.endswith("costly.py")
    entered = tree(
        profile(
            interpreter,
            "costly.top(10); shape = costly.Shape(); shape.area(), shape.size",
            every=False,
            modules=(),
        )
    )
    assert set(entered) >= {"main", "main;twice"}
    assert not any("spin" in name for name in entered)
    assert len(interpreter.profiling.make("costly")) > 10
    with pytest.raises(RequestFailedError, match="costly has no function nobody"):
        interpreter.profiling.make("costly", ["nobody"])


def test_the_names_on_a_stack_are_told(interpreter: Interpreter) -> None:
    made = profile(interpreter, "costly.top(10)")
    deepest = max(range(len(made.stacks)), key=lambda at: made.stacks[at].parent)
    names = interpreter.profiling.stack_names(made, deepest)
    assert names[0] == "main"
    assert "costly.py:" in names[-1]
    with pytest.raises(Exception, match="no longer there"):
        interpreter.profiling.stack_names(made, 10_000)


def test_memory_is_charged_when_asked_for(interpreter: Interpreter) -> None:
    made = profile(interpreter, "kept = costly.hoard()", allocation=True)
    inside = (
        "hoard",
        "<listcomp>",
    )  # a function of its own before 3.12, without a qualified name before 3.11
    hoard = sum(cost.allocated for cost in made.costs if cost.centre.name.startswith(inside))
    assert hoard > 900_000
    interpreter.eval_stmt("del kept")


def test_threads_have_stacks_of_their_own(interpreter: Interpreter) -> None:
    entered = tree(profile(interpreter, "costly.in_thread()"))
    inside = interpreter.status().pid == os.getpid()  # there other threads may be anybody's
    assert entered.get("helper;spin", 0) == (0 if inside else 1)
    assert "main;in_thread" in entered


def test_hot_lines_are_found(interpreter: Interpreter) -> None:
    text = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end:\n    found = costly.spin(1000)"
    made = profile(interpreter, text)
    line = next(number for number, one in enumerate(PROGRAM.splitlines(), 1) if "i * i" in one)
    hottest = made.lines[0]
    assert (hottest.path.name, hottest.line) == ("costly.py", line)
    assert hottest.with_calls >= hottest.nanoseconds > 0


def test_other_evaluations_are_not_slowed_by_a_profile_that_is_over(interpreter: Interpreter) -> None:
    profile(interpreter, "costly.top(10)")
    assert Prompt(interpreter).value("import sys\nsys.getprofile() is None") == "True"
    assert Prompt(interpreter).value("not hasattr(sys, 'monitoring') or sys.monitoring.get_tool(4)") in (
        "True",
        "",
    )
