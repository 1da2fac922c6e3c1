"""Planning a reload of one module: which statements are new, which are as they were, which have changed and how."""

from __future__ import annotations

from . import codes
from .source import Chunk, Leaf, Parse, Statement, lines_of, reparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .module import Module

EQUAL = "equal"  # does what it did; at most it stands elsewhere
BODIES = "bodies"  # differs only in what functions do when called: it need not run
CHANGED = "changed"  # has a predecessor, but has to run or to be patched
NEW = "new"


class Match:
    """A new statement's relation to the old one that it continues."""

    __slots__ = ("chunk", "old", "relation")

    def __init__(self, relation: str, old: Statement | None, chunk: Chunk | None) -> None:
        self.relation = relation
        self.old = old
        self.chunk = chunk


_FRESH = Match(NEW, None, None)


class Plan:
    """How the text of ``record`` becomes ``text``.

    The first ``head`` chunks stay, the last ``tail`` ones move by ``delta`` lines, ``chunks`` come between. ``pool`` holds old
    statements that have no successor yet, with their chunks. ``parse`` is given for a module that lies in another file now. Raises
    SyntaxError and what else the compiler may.
    """

    def __init__(
        self,
        record: Module,
        text: str,
        stamp: tuple[int, ...],
        *,
        force: bool = False,
        parse: Parse | None = None,
    ) -> None:
        self.record = record
        self.path = record.path if parse is None else parse.path
        self.package = record.parse.package if parse is None else parse.package
        self.text = text
        self.stamp = stamp
        self.force = force
        self.lines = lines_of(text)
        flags = record.parse.flags
        try:
            if parse is not None:
                self.head, self.tail, self.chunks = 0, 0, parse.chunks(self.lines)
                record.parse.flags = parse.flags
            elif force:
                self.head, self.tail, self.chunks = 0, 0, record.parse.chunks(self.lines)
            else:
                self.head, self.tail, self.chunks = reparse(
                    record.parse, record.lines, record.chunks, self.lines
                )
        finally:
            self.flags, record.parse.flags = record.parse.flags, flags
        self.delta = len(self.lines) - len(record.lines)
        old = record.chunks[self.head : len(record.chunks) - self.tail]
        self._open: dict[int, tuple[Statement, Chunk]] = {
            id(statement): (statement, chunk) for chunk in old for statement in chunk.statements
        }
        self.matches: dict[int, Match] = {}
        leaves = [leaf for chunk in self.chunks for leaf in chunk.leaves]
        self.match(self._resolved(leaves))

    @property
    def pool(self) -> list[tuple[Statement, Chunk]]:
        """Old statements that have no successor yet, with their chunks, in order."""
        return list(self._open.values())

    def kept(self) -> list[Chunk]:
        """Chunks at the beginning that stay as they are."""
        return self.record.chunks[: self.head]

    def moved(self) -> list[Chunk]:
        """Chunks at the end, in their old form."""
        return self.record.chunks[len(self.record.chunks) - self.tail :] if self.tail else []

    def of(self, leaf: Leaf) -> Match:
        """How ``leaf`` relates to what was."""
        return self.matches.get(id(leaf), _FRESH)

    def leaves(self) -> list[Leaf]:
        """All statements between, those of branches that are closed too."""
        found: list[Leaf] = []
        pending = [leaf for chunk in self.chunks for leaf in chunk.leaves]
        while pending:
            leaf = pending.pop(0)
            found.append(leaf)
            pending = [*leaf.body, *leaf.orelse, *pending]
        return found

    def has_to_run(self) -> bool:
        """Whether code of the user's runs that may reach beyond its module."""
        for leaf in self.leaves():
            match = self.of(leaf)
            if match.relation in (EQUAL, BODIES):
                continue
            if leaf.statement.kind != "def" or getattr(leaf.node, "decorator_list", None):
                return True
        return bool(self.pool)

    def eager_imports(self) -> list[str]:
        """Names of the modules that the new text imports when it runs, not in functions or branches that are closed."""
        statements = [statement for chunk in self.kept() for statement in chunk.statements]
        pending = [leaf for chunk in self.chunks for leaf in chunk.leaves]
        while pending:
            leaf = pending.pop(0)
            statements.append(leaf.statement)
            known = leaf.statement.kind == "guard" and self.of(leaf).relation == EQUAL
            if not known or leaf.statement.truth:
                pending = [*leaf.body, *pending]
            if not known or not leaf.statement.truth:
                pending = [*leaf.orelse, *pending]
        statements += [statement for chunk in self.moved() for statement in chunk.statements]
        return imports_of(statement for statement in statements if is_eager(statement))

    def _resolved(self, leaves: Iterable[Leaf]) -> list[Leaf]:
        """``leaves`` with what stands below guards, as far as it is known which branch is open.

        A guard whose test is as it was keeps its answer: unchanged statements do not run again.
        """
        found: list[Leaf] = []
        for leaf in leaves:
            if leaf.former is not None:
                chunk, old = leaf.former
                self._open.pop(id(old), None)
                self.matches[id(leaf)] = Match(EQUAL, old, chunk)
                continue
            if leaf.statement.kind != "guard":
                found.append(leaf)
                continue
            form = codes.shape(leaf.statement.code)
            for old, chunk in self.pool:
                if old.kind == "guard" and codes.shape(old.code) == form:
                    del self._open[id(old)]
                    leaf.statement.truth = old.truth
                    leaf.statement.key = old.key
                    self.matches[id(leaf)] = Match(EQUAL, old, chunk)
                    found += self._resolved(leaf.body if old.truth else leaf.orelse)
                    break
        return found

    def match(self, leaves: list[Leaf]) -> None:
        """Find the old statements that ``leaves`` continue, and take them out of the pool."""
        before: dict[Any, list[tuple[Statement, Chunk]]] = {}
        for old, chunk in self.pool:
            if old.kind != "guard":
                before.setdefault((old.kind, old.names), []).append((old, chunk))
        rest: list[Leaf] = []
        groups: dict[Any, list[Leaf]] = {}
        for leaf in leaves:
            groups.setdefault((leaf.statement.kind, leaf.statement.names), []).append(leaf)
        for key, group in groups.items():
            candidates = before.get(key, [])
            for relation, form in ((EQUAL, codes.shape), (BODIES, codes.skeleton)):
                if self.force and relation == EQUAL:
                    continue
                forms = (
                    [(form(old.code), old, chunk) for old, chunk in candidates]
                    if group and candidates
                    else []
                )
                unmatched = []
                for leaf in group:
                    wanted = form(leaf.statement.code) if forms else None
                    for i, (had, old, chunk) in enumerate(forms):
                        if had == wanted:
                            del forms[i]
                            self._claim(leaf, relation if not self.force else CHANGED, old, chunk)
                            break
                    else:
                        unmatched.append(leaf)
                group = unmatched
                candidates = [(old, chunk) for old, chunk in candidates if id(old) in self._open]
            if key[1]:
                for leaf, (old, chunk) in zip(list(group), candidates, strict=False):
                    self._claim(leaf, CHANGED, old, chunk)
                    group.remove(leaf)
            rest += group
        for leaf in rest:
            self._match_by_name(leaf)

    def _match_by_name(self, leaf: Leaf) -> None:
        """A statement of another kind that binds one of the names: an assignment become two, a function become a class."""
        names = leaf.statement.names
        if not names and leaf.statement.kind != "doc":
            return
        for old, chunk in self.pool:
            if old.kind == leaf.statement.kind and (
                leaf.statement.kind == "doc" or not set(names).isdisjoint(old.names)
            ):
                self._claim(leaf, CHANGED, old, chunk)
                return

    def _claim(self, leaf: Leaf, relation: str, old: Statement, chunk: Chunk) -> None:
        self._open.pop(id(old), None)
        statement = leaf.statement
        statement.key = old.key
        statement.code = codes.graft(old.code, statement.code)
        statement.seals = dict(old.seals)
        self.matches[id(leaf)] = Match(relation, old, chunk)


def imports_of(statements: Iterable[Statement]) -> list[str]:
    """Names of the modules that ``statements`` import, in order."""
    return list(dict.fromkeys(name for statement in statements for name in statement.imports))


def is_eager(statement: Statement) -> bool:
    """Whether what ``statement`` imports is imported when it runs; functions and methods import when they are called."""
    return statement.kind not in {"def", "class"}
