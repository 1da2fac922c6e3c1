"""Case split: the statement around a hole once for each way that a value in scope can be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from holefit.holes.constructions.construction import Change, ConstructionKind, Draft
from holefit.holes.constructions.facts import Case, Facts, Subject
from holefit.holes.constructions.layout import Layout

_MATCH = (3, 10)


def case_splits(layout: Layout, offset: int, facts: Facts) -> Iterator[Draft]:
    """A draft for each subject: ``match``, or ``if`` for two cases and for a Python without ``match``."""
    statement = layout.simple_statement(offset)
    if statement is None:
        return
    for subject in facts.subjects:
        title = f"Split on {subject.text}"
        draft = _draft(layout, statement, subject, title)
        rest = replace(subject, cases=(*subject.cases, Case("_", "")))
        yield replace(draft, otherwise=_draft(layout, statement, rest, title))


def _draft(layout: Layout, statement: ast.stmt, subject: Subject, title: str) -> Draft:
    start, end = layout.start(statement), layout.end(statement)
    begin = layout.line_start(start)
    head = layout.text[begin:start]
    indent = layout.indent(start)
    declared, text = _without_annotation(layout, statement)
    opening = ""
    if head.strip():  # behind a colon: the block gets lines of its own
        begin, indent = begin + len(head.rstrip()), indent + layout.unit
        opening = layout.newline
    lines = [indent + declared] if declared else []

    def body(deeper: str) -> list[str]:
        return layout.moved(statement, deeper, text)

    if layout.python >= _MATCH and not _reads_as_if(subject):
        lines.append(f"{indent}match {subject.text}:")
        for case in subject.cases:
            lines += [f"{indent}{layout.unit}case {case.pattern}:", *body(indent + 2 * layout.unit)]
    else:
        # ``if x is None`` is how one begins.
        for number, case in enumerate(sorted(subject.cases, key=lambda one: one.pattern != "None")):
            last = number == len(subject.cases) - 1
            test = case.test.format(subject.text)
            word = "if" if number == 0 else "elif"
            lines.append(f"{indent}else:" if last and number else f"{indent}{word} {test}:")
            lines += body(indent + layout.unit)
    changes = [Change(begin, end, opening + layout.block(lines))]
    imports = {one for case in subject.cases for one in case.imports}
    if imports:
        place = layout.import_place()
        changes.insert(0, Change(place, place, layout.import_text(imports)))
    return Draft(ConstructionKind.SPLIT, title, tuple(changes))


def _reads_as_if(subject: Subject) -> bool:
    """``bool`` and ``X | None`` read better as ``if`` and ``else``."""
    patterns = [case.pattern for case in subject.cases if case.pattern != "_"]
    return len(patterns) == 2 and (set(patterns) == {"True", "False"} or "None" in patterns)


def _without_annotation(layout: Layout, statement: ast.stmt) -> tuple[str, str | None]:
    """``x: int = _`` declares once and assigns in every case."""
    if (
        not isinstance(statement, ast.AnnAssign)
        or not isinstance(statement.target, ast.Name)
        or not statement.value
    ):
        return "", None
    text = layout.text
    declared = text[layout.start(statement) : layout.end(statement.annotation)]
    value = text[layout.start(statement.value) : layout.end(statement)]
    return declared, f"{statement.target.id} = {value}"
