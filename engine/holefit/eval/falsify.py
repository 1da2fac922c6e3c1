"""Search for values that a property does not hold for, with hypothesis. This text is sent to the user's process and runs there, on Python 3.10 and newer.

A property is an expression with its inputs, in the words of a comprehension: ``f(x) == x for x in integers() if x``; what stands behind ``in`` is a strategy (the
names of ``hypothesis.strategies`` are known), a type, or a collection to choose from. Or it is a function whose parameters are annotated.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import json
import traceback
import typing
from collections.abc import Callable
from typing import Any

EXAMPLES = 100
LONGEST = 1000  # characters of an example that is kept
_NO_INPUTS = "a property needs inputs: write EXPRESSION for NAME in STRATEGY, or a function whose parameters are annotated"


class Falsified(Exception):
    """The property is false for the values at hand."""


class Property:
    """What is to hold, and the values that it was tried with last."""

    def __init__(
        self, text: str, namespace: dict[str, Any], strategies: Any, assume: Callable[[object], Any]
    ) -> None:
        self.values: dict[str, Any] = {}
        self.namespace = namespace
        self.known = {name: getattr(strategies, name) for name in strategies.__all__} | namespace
        self._strategies, self._assume = strategies, assume
        tree = ast.parse(f"({text}\n)", mode="eval").body
        self._loops: list[tuple[str, str, list[str]]] = []
        if isinstance(tree, ast.GeneratorExp):
            self._loops = [
                (ast.unparse(one.target), ast.unparse(one.iter), [ast.unparse(test) for test in one.ifs])
                for one in tree.generators
            ]
            self.formula = ast.unparse(tree.elt)
            return
        self.formula = ast.unparse(tree)
        self._function = eval(text, namespace)
        if not callable(self._function):
            raise TypeError(_NO_INPUTS)
        self._hints = typing.get_type_hints(self._function)
        self._names = list(inspect.signature(self._function).parameters)
        if not self._names or set(self._names) - set(self._hints):
            raise TypeError(_NO_INPUTS)

    def hold(self, draw: Callable[[Any], Any]) -> None:
        """Try it with values that are drawn. Raises: Falsified, and what the property raises."""
        if self._loops:
            result = self._formula(draw)
        else:
            self.values = {name: draw(self._strategies.from_type(self._hints[name])) for name in self._names}
            result = self._function(**self.values)
        if result is not None and not result:
            raise Falsified

    def call(self) -> str:
        """An expression that tries it with the last values again."""
        given = ", ".join(ascii(value) for value in self.values.values())
        if self._loops:
            return f"(lambda {', '.join(self.values)}: {self.formula})({given})"
        return f"{self.formula}({given})" if self.formula.isidentifier() else f"({self.formula})({given})"

    def _formula(self, draw: Callable[[Any], Any]) -> object:
        space, self.values = dict(self.known), {}
        for target, source, tests in self._loops:
            place: dict[str, Any] = {}
            exec(f"{target} = given", {"given": draw(self._strategy(eval(source, space)))}, place)
            self.values.update(place)
            space.update(place)
            for test in tests:
                self._assume(eval(test, space))
        return eval(self.formula, space)

    def _strategy(self, given: Any) -> Any:
        if isinstance(given, self._strategies.SearchStrategy):
            return given
        if isinstance(given, type) or typing.get_origin(given) is not None:
            return self._strategies.from_type(given)
        return self._strategies.sampled_from(given if isinstance(given, range) else list(given))


def told(text: str, namespace: dict[str, Any]) -> str:
    """What to say of the property, and an example that it fails for with what that prints, as JSON."""
    try:
        hypothesis = importlib.import_module("hypothesis")
        strategies = importlib.import_module("hypothesis.strategies")
    except ImportError:
        said = "hypothesis is not installed in the project's environment. Install it there: python -m pip install hypothesis"
        return json.dumps([said, False, "", ""])
    claim = Property(text, namespace, strategies, hypothesis.assume)
    tried, failure = 0, None

    def once(data: Any) -> None:
        nonlocal tried, failure
        try:
            claim.hold(data.draw)
        except hypothesis.errors.UnsatisfiedAssumption:
            raise
        except Exception as error:
            tried += failure is None
            failure = error
            raise
        tried += failure is None

    checked = hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
    )(hypothesis.given(strategies.data())(once))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            checked()
    except Exception:
        if failure is None:
            raise
    if failure is None:
        return json.dumps([f"+++ OK, {_counted(tried)}", True, "", ""])
    example = ", ".join(f"{name} = {value!r}" for name, value in claim.values.items())
    why = "Falsified" if isinstance(failure, Falsified) else _line(failure)
    if not claim.values:  # a strategy is mistaken
        raise failure
    call, printed = _kept(claim)
    return json.dumps([f"*** Failed! {why}, after {_counted(tried)}: {example}", False, call, printed])


def _kept(claim: Property) -> tuple[str, str]:
    """The failing example as an expression and what that prints; empty where the values cannot be written down."""
    call, printed = claim.call(), io.StringIO()
    if len(call) > LONGEST or "\n" in call:
        return "", ""
    try:
        for value in claim.values.values():
            if eval(ascii(value), dict(claim.namespace)) != value:
                return "", ""
    except Exception:  # a representation that is no expression
        return "", ""
    with contextlib.redirect_stdout(printed):
        try:
            value = eval(call, dict(claim.namespace))
            if value is not None:
                print(repr(value))
        except Exception as error:
            print("".join(traceback.format_exception_only(type(error), error)).rstrip("\n"))
    return call, printed.getvalue()[:LONGEST]


def _line(error: BaseException) -> str:
    lines = "".join(traceback.format_exception_only(type(error), error)).splitlines()
    return lines[-1] if isinstance(error, SyntaxError) else lines[0]


def _counted(number: int) -> str:
    return f"{number} example{'s' * (number != 1)}"
