"""Interfaces: what a module shows to the modules that use it.

Note [Fingerprints ignore bodies]
~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
Who imports a module depends on its names and their types, not on its statements: with bodies in the hash, every keystroke
would process every importer again. So the fingerprint of an interface is over names, signatures, bases, decorators and the
initialisers from which an unwritten type follows. Default values count, since a reader of the signature sees them; comments,
docstrings, places and the order of definitions do not.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NewType

from holefit.annotations.annotation import Annotation
from holefit.annotations.staging import Request
from holefit.diagnostics import Diagnostic
from holefit.syntax import Import, ParsedModule, statements_in

Fingerprint = NewType("Fingerprint", bytes)


@dataclass(frozen=True, slots=True)
class Export:
    """A name that a module shows: ``area``, ``Circle`` or ``Circle.radius``.

    ``kind`` is ``function``, ``class``, ``variable``, ``type`` or ``import``. ``type`` is as written in the source: a signature
    with its decorators, bases in parentheses, an annotation, the type of a literal, or the name an import stands for; ``""``
    when only inference can tell, and then ``initialiser`` is what it would be inferred from. ``line`` is 1-based.
    """

    name: str
    kind: str
    type: str
    initialiser: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class StoredAnnotation:
    """An annotation's request and, once it was evaluated, its value; ``inputs`` is the fingerprint of all that the value follows from."""

    request: Request
    inputs: Fingerprint | None = None
    annotation: Annotation | None = None


@dataclass(frozen=True)
class Interface:
    """What one module shows to others, and what it was made from.

    ``source`` is the fingerprint of its text, ``options`` of the options, ``uses`` has the fingerprint of each interface that it
    uses. ``fields`` are the extension fields of plugins (see ``holefit.ExtensionField``), ``flags`` the module's own flags for plugins,
    ``plugins`` what stands for each plugin that acted on it. ``unaltered`` is False when one that is not called trustworthy did.
    """

    module: str
    path: Path
    source: Fingerprint
    options: Fingerprint
    is_package: bool
    exports: tuple[Export, ...] = ()
    imports: tuple[Import, ...] = ()
    uses: Mapping[str, Fingerprint] = field(default_factory=dict)
    annotations: tuple[StoredAnnotation, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()
    fingerprint: Fingerprint = Fingerprint(b"")
    flags: tuple[str, ...] = ()
    plugins: tuple[tuple[str, bytes], ...] = ()
    unaltered: bool = True


def fingerprint_of(*parts: object) -> Fingerprint:
    """A fingerprint over the texts and bytes of ``parts``; no two sequences of parts run into each other."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "little"))
        made.update(data)
    return Fingerprint(made.digest())


def text_fingerprint(data: bytes) -> Fingerprint:
    """The fingerprint of a module's source, as its bytes on disk are."""
    return Fingerprint(hashlib.blake2b(data, digest_size=16).digest())


def surface(exports: Iterable[Export]) -> Fingerprint:
    """The fingerprint of what a module shows. See Note [Fingerprints ignore bodies]."""
    rows = sorted((one.name, one.kind, one.type, one.initialiser) for one in exports)
    return fingerprint_of(*(part for row in rows for part in row))


def exports(parsed: ParsedModule) -> tuple[Export, ...]:
    """The names that a module's text shows; none when it has a syntax error."""
    tree = parsed.tree
    return () if tree is None else tuple(_Reader(parsed).in_body(tree.body, ""))


_LOOSE = re.compile(r"([(\[]) |,? ([)\]])")  # what breaking a signature into lines adds to it
_LITERALS = {bool, int, float, complex, str, bytes}


class _Reader:
    """Reads exports off a tree; types are cut out of the text, which is much faster than printing them from the tree."""

    def __init__(self, parsed: ParsedModule) -> None:
        self._parsed = parsed
        self._text = parsed.source.text
        self._starts = parsed.source.line_starts
        self._ascii = self._text.isascii() and not self._text.startswith("\ufeff")

    def in_body(self, body: Iterable[ast.stmt], prefix: str) -> Iterator[Export]:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield Export(prefix + node.name, "function", self._signature(node), "", node.lineno)
                if prefix:
                    yield from self._attributes_of_self(node, prefix)
            elif isinstance(node, ast.ClassDef):
                yield Export(prefix + node.name, "class", self._bases(node), "", node.lineno)
                yield from self.in_body(node.body, prefix + node.name + ".")
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from self._variables(target, node.value, prefix)
            elif isinstance(node, ast.AnnAssign):
                if isinstance(node.target, ast.Name):
                    yield Export(
                        prefix + node.target.id, "variable", self._of(node.annotation), "", node.lineno
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    origin = "." * node.level + (node.module or "")
                    yield Export(
                        prefix + (alias.asname or alias.name),
                        "import",
                        f"{origin}:{alias.name}",
                        "",
                        node.lineno,
                    )
            elif type(node).__name__ == "TypeAlias":  # ast.TypeAlias, from Python 3.12 on
                name, value = getattr(node, "name"), getattr(node, "value")  # noqa: B009
                yield Export(prefix + name.id, "type", self._of(value), "", node.lineno)
            else:
                yield from self.in_body(statements_in(node), prefix)

    def _variables(self, target: ast.expr, value: ast.expr, prefix: str) -> Iterator[Export]:
        if isinstance(target, ast.Name):
            if isinstance(value, ast.Constant) and type(value.value) in _LITERALS:
                yield Export(prefix + target.id, "variable", type(value.value).__name__, "", target.lineno)
            else:
                yield Export(prefix + target.id, "variable", "", self._short(value), target.lineno)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for inner in target.elts:
                yield from self._variables(inner, value, prefix)
        elif isinstance(target, ast.Starred):
            yield from self._variables(target.value, value, prefix)

    def _attributes_of_self(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str
    ) -> Iterator[Export]:
        """What a method makes an attribute of: ``self.x = ...``."""
        arguments = [*node.args.posonlyargs, *node.args.args]
        if not arguments:
            return
        own, work = arguments[0].arg, [*reversed(node.body)]
        while work:
            inner = work.pop()
            if isinstance(inner, (ast.Assign, ast.AnnAssign)):
                targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
                for target in targets:
                    if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
                        continue
                    if target.value.id != own:
                        continue
                    if isinstance(inner, ast.AnnAssign):
                        yield Export(
                            prefix + target.attr, "variable", self._of(inner.annotation), "", inner.lineno
                        )
                    else:
                        yield Export(
                            prefix + target.attr, "variable", "", self._short(inner.value), inner.lineno
                        )
            elif not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                work += reversed([*statements_in(inner)])

    def _signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        start = self._offset(node.lineno, node.col_offset)
        start = self._text.index(
            node.name, start + (9 if isinstance(node, ast.AsyncFunctionDef) else 3)
        ) + len(node.name)
        first: ast.stmt | ast.expr = node.body[0]
        if isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and first.decorator_list:
            first = first.decorator_list[0]
        header = self._cut(start, self._offset(first.lineno, first.col_offset)).rstrip().removesuffix("@")
        header = header.rstrip().removesuffix(":").rstrip()
        words = [*("@" + self._of(one) for one in node.decorator_list)]
        if isinstance(node, ast.AsyncFunctionDef):
            words.append("async")
        return " ".join([*words, header])

    def _bases(self, node: ast.ClassDef) -> str:
        inner = [self._of(base) for base in node.bases]
        inner += [
            f"{one.arg}={self._of(one.value)}" if one.arg else f"**{self._of(one.value)}"
            for one in node.keywords
        ]
        words = ["@" + self._of(one) for one in node.decorator_list]
        parameters = getattr(node, "type_params", None)
        if parameters:
            words.append("[" + ", ".join(self._of(one) for one in parameters) + "]")
        return " ".join([*words, f"({', '.join(inner)})"])

    def _of(self, node: ast.expr) -> str:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._cut(
            self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)
        )

    def _short(self, node: ast.expr) -> str:
        """The text of ``node``, its fingerprint where it is long."""
        text = self._of(node)
        return text if len(text) <= 200 else fingerprint_of(text).hex()

    def _cut(self, start: int, end: int) -> str:
        """The text between two offsets on one line, without comments."""
        text = self._text[start:end]
        if "#" in text:
            comments = [(a - start, b - start) for a, b in self._parsed.lexed.comments if start <= a < end]
            for first, last in reversed(comments):
                text = text[:first] + text[last:]
        if "\n" not in text and "\r" not in text:
            return text
        return _LOOSE.sub(r"\1\2", " ".join(text.split()))

    def _offset(self, line: int, byte_column: int) -> int:
        if self._ascii:
            return self._starts[line - 1] + byte_column
        return self._parsed.source.offset(self._parsed.place(line, byte_column))
