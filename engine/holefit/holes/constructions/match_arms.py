"""Generate missing match arms: a ``case`` with a hole for each way that the subject can be and no arm takes.

What is missing is asked of the checker: a trial text has an arm for everything (``case _``) where new ones would go, and a hole in it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.facts import Facts
from holefit.holes.constructions.layout import Layout

TRIAL = "_holefit_missing"


@dataclass(frozen=True, slots=True)
class Arms:
    """A ``match`` to which arms can be added: at offset ``place``, indented by ``indent``."""

    place: int
    indent: str
    body: str
    opening: str
    closing: str

    def trial(self, layout: Layout) -> tuple[str, int]:
        """The text with an arm for everything, and the offset of the hole in it."""
        arm = f"{self.indent}case _:{layout.newline}{self.indent}{layout.unit}"
        text = f"{self.opening}{arm}{TRIAL}{self.closing}"
        return (
            layout.text[: self.place] + text + layout.text[self.place :],
            self.place + len(self.opening) + len(arm),
        )

    def draft(self, layout: Layout, facts: Facts) -> Draft | None:
        """The arms that are missing, by what the trial told."""
        subject = facts.matched
        if subject is None or not subject.cases:
            return None
        lines = []
        for case in subject.cases:
            lines += [f"{self.indent}case {case.pattern}:", f"{self.indent}{layout.unit}{self.body}"]
        changes = [Change(self.place, self.place, self.opening + layout.block(lines) + self.closing)]
        imports = {one for case in subject.cases for one in case.imports}
        if imports:
            at = layout.import_place()
            changes.insert(0, Change(at, at, layout.import_text(imports)))
        plural = "arm" if len(subject.cases) == 1 else "arms"
        return Draft(ConstructionKind.ARMS, f"Add {len(subject.cases)} missing {plural}", tuple(changes))


def arms_at(layout: Layout, offset: int) -> Arms | None:
    """The ``match`` whose head or ``case`` lines hold ``offset``, or whose arm is a hole there."""
    for node in reversed(layout.chain(offset)):
        if isinstance(node, ast.Match):
            return _arms(layout, node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return None
    return None


def _arms(layout: Layout, node: ast.Match) -> Arms | None:
    first, last = node.cases[0], node.cases[-1]
    indent = layout.indent(layout.start(first.pattern))
    body = _body(layout, [case for case in node.cases if not _takes_all(case)] or node.cases)
    if _takes_all(last):
        place = layout.line_start(layout.start(last.pattern))
        return Arms(place, indent, body, "", layout.newline)
    end = layout.line_end(layout.end(node))
    ends_line = layout.text[end - 1 : end] in ("\r", "\n")
    return Arms(end, indent, body, "" if ends_line else layout.newline, layout.newline if ends_line else "")


def _takes_all(case: ast.match_case) -> bool:
    pattern = case.pattern
    return case.guard is None and isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _body(layout: Layout, cases: list[ast.match_case]) -> str:
    """What a new arm does: as the others do, with a hole."""
    last = cases[-1].body[-1]
    if isinstance(last, ast.Return) and last.value is not None:
        return "return _"
    if isinstance(last, ast.Assign) and len(last.targets) == 1:
        return f"{layout.text[layout.start(last.targets[0]) : layout.end(last.targets[0])]} = _"
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield):
        return "yield _"
    return "_"
