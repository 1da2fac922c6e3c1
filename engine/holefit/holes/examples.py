"""Examples decide: the doctests and snippets of the function around a hole, as what a fit is tried on.

A trial is made of the definition at the top level that holds the hole, with the fit in its place, and of the snippets; it runs in a forked copy of the
worker, and is judged as doctest judges.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from holefit.edits import apply
from holefit.eval import comparison
from holefit.eval.comparison import Outcome
from holefit.holes.hole import Fit, Hole
from holefit.syntax import ParsedModule, Snippet, Source
from holefit_wire.interpreter import EvalSource
from holefit_wire.interpreter.holes import Tried

Function = ast.FunctionDef | ast.AsyncFunctionDef
_MOST = 50


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples for one hole. ``first`` and ``last`` (1-based) are the lines of the definition that holds it."""

    source: Source
    hole: Hole
    first: int
    last: int
    snippets: tuple[Snippet, ...]

    def sources(self, fit: Fit) -> list[EvalSource] | None:
        """What is run to try ``fit``; None where its text does not parse."""
        text = apply(self.source, fit.edits)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return None
        added = len(Source(self.source.path, text).lines) - len(self.source.lines)
        path, lines = str(self.source.path), Source(self.source.path, text).lines
        definition = [
            EvalSource("\n".join(lines[_first(node) - 1 : node.end_lineno]), path, _first(node))
            for node in tree.body
            if _first(node) >= self.first and (node.end_lineno or 0) <= self.last + added
        ]
        needed = [EvalSource(fit.import_text)] if fit.import_text else []
        return [*needed, *definition, *(EvalSource(one.text, path, one.line) for one in self.snippets)]

    def judged(self, told: Tried) -> tuple[str, str | None]:
        """``passed`` or ``failed``, and what the first example that has a result gave."""
        results = told.results[max(len(told.results) - len(self.snippets), 0) :]
        if told.ended or len(results) < len(self.snippets):
            return "failed", None
        value: str | None = None
        passed = True
        for snippet, result in zip(self.snippets, results, strict=True):
            printed = result.output + (f"{result.value}\n" if result.value else "")
            if snippet.want and value is None:
                value = result.error or printed.strip() or None
            flags = comparison.flags_of(snippet.text)
            if comparison.skips(flags) or (not snippet.want and not result.error and snippet.setup):
                continue
            passed = passed and comparison.agrees(snippet.want, Outcome(printed, result.error or None), flags)
        return ("passed" if passed else "failed"), value


def examples_of(parsed: ParsedModule, hole: Hole) -> Examples | None:
    """The examples that a fit of ``hole`` can be tried on; None where there are none that expect anything."""
    tree = parsed.tree
    if tree is None:
        return None
    line = hole.range.start.line + 1
    top = next((node for node in tree.body if _first(node) <= line <= (node.end_lineno or 0)), None)
    if not isinstance(top, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return None
    around = [
        node
        for node in ast.walk(top)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    if not around:
        return None
    function = around[0]  # the outermost: what is nested cannot be called from an example
    names = {function.name, top.name}
    own = [one for one in parsed.snippets if function.lineno <= one.line <= (function.end_lineno or 0)]
    groups = {one.group for one in own}
    near = [
        one
        for one in parsed.snippets
        if not one.docstring and one.group not in groups and (_calls(one) & {function.name})
    ]
    groups |= {one.group for one in near}
    chosen = tuple(
        one for one in parsed.snippets if (one.setup or one.group in groups) and not one.text.startswith(":")
    )
    if not any(one.want and _calls(one) & names for one in chosen):
        return None
    return Examples(parsed.source, hole, _first(top), top.end_lineno or 0, chosen[:_MOST])


def _first(node: ast.stmt) -> int:
    lines: list[int] = [node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))]
    return min(lines)


def _calls(snippet: Snippet) -> set[str]:
    """Names that a snippet uses."""
    try:
        tree = ast.parse(snippet.text)
    except (SyntaxError, ValueError):
        return set()
    return {
        one.id if isinstance(one, ast.Name) else one.attr
        for one in ast.walk(tree)
        if isinstance(one, (ast.Name, ast.Attribute))
    }
