"""What may be imported for a hole: names from the index whose type may be what is expected, bound to mypy's symbols, so that they are tried as all
other candidates are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mypy import nodes as N
from mypy import types as T

from holefit.holes.names import similarity
from holefit.holes.terms import Attribute, Name, Term, parts
from holefit.index.building import pointed
from holefit.index.import_edit import Wanted
from holefit.index.search import Lookup
from holefit.index.store import Entry
from holefit.index.type import ANYTHING, NONE, Anything, Function, Named, Tuple, Union, union
from holefit.index.type import Type as Indexed
from holefit.types.loading import Loading
from holefit.types.program import Program
from holefit.types.scope import Visible, binders
from holefit.types.tree import Dug

NOT_IMPORTED = 5
_MOST = 24
_LOOKED_AT = 80
# Of a type that so many things have, only those are offered whose name is like the one that the place gives.
_COMMON = 30
_ALIKE = 0.5
_KEPT = 200


@dataclass(frozen=True, slots=True)
class Importing(Visible):
    """A name that is not in scope before ``wanted`` is imported."""

    wanted: Wanted


class Importable:
    """Looks names up for the holes of one program. ``folder`` is where the project's index lies; there need be none."""

    def __init__(self, folder: Path, program: Program) -> None:
        self.loading = Loading(program)
        self._folder = folder
        self._program = program
        self._lookup: Lookup | None = None
        self._paths: tuple[Path, ...] = ()
        self._found: dict[Indexed, list[Entry]] = {}
        self._through: set[tuple[str, str]] = set()

    def refresh(self) -> bool:
        """Look at the index as it is now; whether it has changed since this was last done."""
        paths = pointed(self._folder)
        if paths != self._paths:
            if self._lookup is not None:
                self._lookup.close()
            self._lookup, self._paths = (Lookup(paths) if paths else None), paths
        if self._lookup is None or not self._lookup.changed():
            return False
        self._found.clear()
        self._through.clear()
        return True

    def terms(
        self, wanted: T.Type, hints: Sequence[str], scope: Sequence[Visible], hole: Dug, own: N.MypyFile
    ) -> list[Term]:
        """Candidates for a hole of the module ``own`` where ``wanted`` is expected; ``hints`` are names that the place gives to its value."""
        asked = [one for one in _questions(indexed(wanted)) if _tells(one)]
        if not asked or self._lookup is None:
            return []
        here = {id(visible.node) for visible in scope}
        modules = {visible.node.fullname for visible in scope if isinstance(visible.node, N.MypyFile)}
        taken = {visible.name for visible in scope} | own.names.keys() | _locals(hole)
        found: list[Term] = []
        for question in asked:
            for entry in self._likely(question, hints):
                if entry.module in modules or entry.module == own.fullname or len(found) >= _MOST:
                    continue
                one = self._bound(entry, taken, here)
                if one is not None:
                    found.append(one)
        return found

    def _likely(self, question: Indexed, hints: Sequence[str]) -> list[Entry]:
        assert self._lookup is not None
        entries = self._found.get(question)
        if entries is None:
            if len(self._found) >= _KEPT:
                self._found.clear()
            entries = self._found[question] = [
                one for one in self._lookup.giving(question, _LOOKED_AT) if one.module != "builtins"
            ]
            self._through |= self._lookup.through_modules(entries)
        if len(entries) <= _COMMON:
            return entries
        like = [
            (max((similarity(hint, one.name.rpartition(".")[2]) for hint in hints), default=0.0), one)
            for one in entries
        ]
        return [one for alike, one in sorted(like, key=lambda pair: -pair[0]) if alike >= _ALIKE]

    def _bound(self, entry: Entry, taken: set[str], here: set[int]) -> Term | None:
        """The candidate that an entry is; None while its module is not loaded, or when there is no name left for it."""
        outer, *inner = entry.name.split(".")
        module = self._program.manager.modules.get(entry.module)
        if module is None:
            self.loading.want(entry.module)
            return None
        symbol = module.names.get(outer)
        if symbol is None or symbol.node is None or id(symbol.node) in here:
            return None
        through = outer in taken or (entry.module, entry.name) in self._through
        if through and "." not in entry.module and entry.module not in taken:
            term: Term = Attribute(_name(entry.module, module, Wanted(entry.module, None)), outer)
        elif outer not in taken:
            term = _name(outer, symbol.node, Wanted(entry.module, outer))
        else:
            return None
        for name in inner:
            term = Attribute(term, name)
        return term


def _locals(hole: Dug) -> set[str]:
    """All that the functions around a hole bind somewhere: what they bind later is no name of the module there either."""
    if "locals" not in hole.seen:
        bodies = [node.body for node in hole.above if isinstance(node, N.FuncDef)]
        hole.seen["locals"] = {name for body in bodies for name, *_ in binders(body)}
    found: set[str] = hole.seen["locals"]
    return found


def _name(name: str, node: N.SymbolNode, wanted: Wanted) -> Name:
    return Name(name, Importing(name, node, N.GDEF, NOT_IMPORTED, wanted.text, 0, wanted))


def imports_of(term: Term) -> Iterator[Wanted]:
    """What has to be imported for ``term``."""
    if isinstance(term, Name) and isinstance(term.symbol, Importing):
        yield term.symbol.wanted
    for part in parts(term):
        yield from imports_of(part)


def indexed(type: T.Type) -> Indexed:
    """A type of mypy's as the index has it."""
    proper = T.get_proper_type(type)
    match proper:
        case T.Instance():
            return Named(proper.type.fullname, tuple(map(indexed, proper.args)))
        case T.UnionType():
            return union([indexed(item) for item in proper.items])
        case T.NoneType():
            return NONE
        case T.TupleType():
            if proper.partial_fallback.type.fullname != "builtins.tuple":
                return Named(proper.partial_fallback.type.fullname)
            return Tuple(tuple(map(indexed, proper.items)))
        case T.CallableType():
            if proper.is_ellipsis_args or any(kind.is_star() for kind in proper.arg_kinds):
                return Function(None, indexed(proper.ret_type))
            needed = zip(proper.arg_kinds, proper.arg_types, strict=True)
            return Function(
                tuple(indexed(one) for kind, one in needed if kind.is_required()), indexed(proper.ret_type)
            )
        case T.LiteralType():
            return indexed(proper.fallback)
        case T.TypedDictType():
            return Named(proper.fallback.type.fullname)
        case T.TypeType():
            return Named("builtins.type", (indexed(proper.item),))
        case _:
            return ANYTHING


def _questions(type: Indexed) -> list[Indexed]:
    """The alternatives that are looked up one by one."""
    return list(type.items) if isinstance(type, Union) else [type]


def _tells(type: Indexed) -> bool:
    """Whether something particular is expected."""
    match type:
        case Anything() | Named("None" | "builtins.object"):
            return False
        case Function(parameters, result):
            return parameters is not None and not isinstance(result, Anything)
        case _:
            return True
