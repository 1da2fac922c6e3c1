"""A loaded project module, and running its statements."""

from __future__ import annotations

import atexit
import sys

from .exits import Exits
from .seals import Seal
from .source import Chunk, Leaf, Parse, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, ModuleType
    from typing import Any

    from .journal import Journal

_MISSING: Any = object()
_DEFERS_ANNOTATIONS = sys.version_info >= (3, 14)


class Module:
    """What is known of a loaded module.

    ``text`` is what runs; ``seen`` what was last found in the file or buffer (another text after a rollback). ``stamp`` is the
    file's when ``seen`` was read, empty where it must not be relied on.
    """

    __slots__ = (
        "chunks",
        "eager",
        "imports",
        "lines",
        "marked",
        "module",
        "name",
        "parse",
        "path",
        "seen",
        "stamp",
        "text",
    )

    def __init__(self, name: str, module: ModuleType, path: str, parse: Parse) -> None:
        self.name = name
        self.module = module
        self.path = path
        self.parse = parse
        self.text = ""
        self.seen = ""
        self.lines: list[str] = []
        self.stamp: tuple[int, ...] = ()
        self.chunks: list[Chunk] = []
        self.imports: list[str] = []  # names of the modules that it imports anywhere, in order
        self.eager: list[str] = []  # those that it imports when it runs, not in functions
        self.marked = False  # whether any of its statements runs at every reload

    @property
    def namespace(self) -> dict[str, Any]:
        """The module's own dictionary."""
        return self.module.__dict__

    def statements(self) -> Iterator[Statement]:
        """All statements that ran, in order."""
        for chunk in self.chunks:
            yield from chunk.statements


class Running:
    """Runs statements; knows which one is running, so that what it registers can be put down to it."""

    __slots__ = ("exits", "stack")

    def __init__(self) -> None:
        self.stack: list[tuple[str, Statement]] = []
        self.exits = Exits(self)

    def leaf(self, record: Module, leaf: Leaf, ran: list[Statement]) -> None:
        """Run one statement, and below a guard those of the branch that it opens. ``ran`` gets what ran."""
        statement = leaf.statement
        self.statement(record, statement)
        ran.append(statement)
        if statement.kind == "guard":
            for inner in leaf.body if statement.truth else leaf.orelse:
                self.leaf(record, inner, ran)
        else:
            seal(statement, record.namespace)

    def statement(self, record: Module, statement: Statement) -> None:
        """Run one statement's own code."""
        namespace = record.namespace
        self.stack.append((record.name, statement))
        register, atexit.register = atexit.register, self.exits.register
        try:
            if statement.kind == "guard":
                statement.truth = bool(eval(statement.code, namespace))
            elif statement.kind != "text":
                execute(statement.code, namespace)
        finally:
            self.stack.pop()
            atexit.register = register

    def current(self, module: str) -> Statement | None:
        """The statement of ``module`` that is running, if one is."""
        for name, statement in reversed(self.stack):
            if name == module:
                return statement
        return None


def execute(code: CodeType, namespace: dict[str, Any]) -> None:
    """Run the code of one statement in a module's namespace."""
    if not _DEFERS_ANNOTATIONS:
        exec(code, namespace)
        return
    before = namespace.get("__annotate__")
    exec(code, namespace)
    after = namespace.get("__annotate__")
    if before is not None and after is not before and after is not None:
        # each statement was compiled alone, and brings its own function for its own annotations
        def annotate(form: int, /) -> dict[str, Any]:
            return {**before(form), **after(form)}

        namespace["__annotate__"] = annotate


def seal(statement: Statement, namespace: dict[str, Any]) -> None:
    """Seal what ``statement`` has just bound, and the attributes of a class."""
    if statement.kind in {"import", "guard", "text", "doc", "del"}:
        return
    statement.seals = {name: Seal(namespace[name]) for name in statement.names if name in namespace}
    for path in statement.attributes:
        value: Any = namespace
        for part in path.split("."):
            inside = value if value is namespace else vars(value) if issubclass(type(value), type) else {}
            value = inside.get(part, _MISSING)
        if value is not _MISSING:
            statement.seals[path] = Seal(value)


def keep_namespace(journal: Journal, record: Module) -> None:
    """Remember a module's namespace, docstring and annotations among it."""
    journal.snapshot(record.namespace)
    annotations = record.namespace.get("__annotations__")
    if type(annotations) is dict:
        journal.snapshot(annotations)
