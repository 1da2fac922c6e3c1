"""Look-ups: what answers a query, and what gives a value of an expected type."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from holefit.index.matching import Classes, cost, value_cost
from holefit.index.query import Query, parsed
from holefit.index.store import ENTRY_COLUMNS, PARAMETER, RESULT, ClassEntry, Entry, Store, entry_of
from holefit.index.summary import Kind, Parameter
from holefit.index.type import (
    ANY,
    FUNCTION,
    NONE,
    OPEN,
    Anything,
    Function,
    Named,
    Tuple,
    Type,
    Union,
    Variable,
    heads,
    written,
)

_KEPT = 20_000
_MOST_SUBCLASSES = 300
_MOST_LOOKED_AT = 3000
_TOO_FAR = 4.7
# What is so much farther than the nearest is of no interest any more.
_FARTHER = 2.8
_LOOSEST_CALL = 1.6
_ENOUGH = 0.75
_USUAL = 0.25
_SELDOM = 20
_AWAITED = ("typing.Coroutine", "typing.Awaitable")
# The layers: the standard library, packages, the project.
_LAYER_COST = (0.0, 0.3, -0.4)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that answers a query, and how far it is from an exact answer (0). ``path`` is its file, if that is known."""

    entry: Entry
    cost: float
    score: float
    path: Path | None

    @property
    def signature(self) -> str:
        """Its type as a programmer writes it: ``(self: str, sep: str | None = ...) -> list[str]``."""
        return signature(self.entry)


class Lookup:
    """The layers of one project, read only. May be used from several threads; files that are written meanwhile are seen."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._stores = [Store(path, read_only=True) for path in paths]
        self._entries: OrderedDict[tuple[int, int], Entry] = OrderedDict()
        self._types: dict[Type, Type] = {}
        self._files: dict[tuple[int, str], Path | None] = {}
        self._classes = Classes(self._class)
        self._subclasses: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, list[str]] = {}
        self._protocols: dict[str, tuple[str, ...]] = {}
        self._seen: list[tuple[int, ...]] = []

    def close(self) -> None:
        """Let the files go."""
        for store in self._stores:
            store.close()

    @property
    def ready(self) -> bool:
        """Whether there is anything to look at."""
        return any(store.rows("SELECT 1 FROM units LIMIT 1") for store in self._stores)

    def search(self, text: str, limit: int = 20) -> list[Found]:
        """What answers the query, best first: each name once.

        Raises: QueryError.
        """
        self.changed()
        found: dict[tuple[str, str], tuple[float, float, Entry, int]] = {}
        for reading, query in enumerate(parsed(text, self.classes_called, self._resembling)):
            self._classes.forget_pairs()
            for layer, entry in self._candidates(query):
                far = self._cost(entry, query)
                if far is None or far >= _TOO_FAR:
                    continue
                key = (entry.module, entry.name)
                score = far + entry.rank + _LAYER_COST[layer] + 0.5 * reading + _kind_cost(entry, query)
                if key not in found or score < found[key][1]:
                    found[key] = (far, score, entry, layer)
        nearest = min((far for far, *_ in found.values()), default=0.0)
        found = {key: one for key, one in found.items() if one[0] <= nearest + _FARTHER}
        near = sorted(found.values(), key=lambda one: (one[1], len(one[2].name), one[2].name))[
            : 4 * limit + 40
        ]
        uses = self._uses(near)
        popular = [
            Found(entry, far, score - uses.get((entry.module, entry.name), 0.0), self._path(entry, layer))
            for far, score, entry, layer in near
        ]
        return sorted(popular, key=lambda one: (one.score, len(one.entry.name), one.entry.name))[:limit]

    def giving(self, wanted: Type, limit: int = 60) -> list[Entry]:
        """Names that are a value of type ``wanted``, or can be called for one; likeliest first.

        Where a callable is wanted, these are functions and classes that may be called so. Of what wants arguments only classes, functions of the
        project, and those that are used often are given.
        """
        self.changed()
        calls = isinstance(wanted, Function)
        query = (
            Query(wanted.parameters, wanted.result) if isinstance(wanted, Function) else Query(None, wanted)
        )
        found: list[tuple[float, int, Entry]] = []
        self._classes.forget_pairs()
        for layer, entry in self._candidates(query, with_arguments=True):
            if entry.kind in (Kind.METHOD, Kind.PROPERTY) or entry.flags:
                continue
            far = self._cost(entry, query)
            if far is not None and far < (_LOOSEST_CALL if calls else _TOO_FAR):
                far += 0.0 if calls else 0.4 * entry.required
                found.append((far + entry.rank + _LAYER_COST[layer], layer, entry))
        found.sort(key=lambda one: (one[0], len(one[2].name), one[2].name))
        near = [(far, far, entry, layer) for far, layer, entry in found[: 3 * limit]]
        uses = self._uses(near)
        near.sort(key=lambda one: one[1] - uses.get((one[2].module, one[2].name), 0.0))
        # What just is of the type leaves nothing to be said for its subclasses elsewhere.
        enough = near[0][0] + _ENOUGH if near else 0.0
        own = len(self._stores) - 1
        kept = [
            one
            for one in near
            if one[3] == own
            or (
                one[0] <= enough and (calls or _is_usual(one[2], uses.get((one[2].module, one[2].name), 0.0)))
            )
        ]
        return list({(one[2].module, one[2].name): one[2] for one in kept}.values())[:limit]

    def classes_called(self, name: str) -> list[str]:
        """Full names of the classes that ``name`` may mean, those of the project first, then builtins; public before private."""
        known = self._names.get(name)
        if known is None:
            short = name.rpartition(".")[2]
            found: list[tuple[bool, bool, bool, int, int, str]] = []
            for layer, store in enumerate(self._stores):
                for (full,) in store.rows("SELECT name FROM classes WHERE short = ?", (short,)):
                    written = full == name or "." not in name or full.endswith(f".{name}")
                    if not written and not self._given_as(name, full):
                        continue
                    private = any(part.startswith("_") for part in full.split("."))
                    builtin = full == f"builtins.{name}"
                    used = self._counted({full}).get(full, 0)
                    found.append(
                        (not builtin, private and not used, layer != 2, -used, full.count("."), full)
                    )
            found.sort()
            if found and "." not in name:  # what next to nobody means has to be written with its module
                least = max(-one[3] for one in found) / _SELDOM
                found = [one for number, one in enumerate(found) if number == 0 or -one[3] >= least]
            known = self._names[name] = [one[-1] for one in found]
        return known

    def _given_as(self, name: str, full: str) -> bool:
        """Whether a class is imported as ``name``: ``httpx.Client`` is defined in ``httpx._client``."""
        module, _, short = name.rpartition(".")
        return full.startswith(f"{module.partition('.')[0]}.") and any(
            store.rows(
                "SELECT 1 FROM entries WHERE module = ? AND (name = ? OR name LIKE ?)",
                (module, short, f"{short}.%"),
            )
            for store in self._stores
        )

    def _resembling(self, name: str) -> list[str]:
        short = name.rpartition(".")[2]
        lowered: dict[str, str] = {}
        for store in reversed(self._stores):  # the project's own first
            for (one,) in store.rows("SELECT DISTINCT short FROM classes ORDER BY short"):
                if not one.startswith("_"):
                    lowered.setdefault(one.lower(), one)
        return [lowered[one] for one in get_close_matches(short.lower(), lowered, 2, 0.75)]

    # Inside

    def changed(self) -> bool:
        """Forget what was looked up when a file has changed since; whether one has."""
        seen = [store.state() for store in self._stores]
        if seen == self._seen:
            return False
        for store, now, before in zip(self._stores, seen, self._seen or seen, strict=True):
            if now[:1] != before[:1]:  # another file in the old one's place
                store.close()
        self._seen = seen
        self._entries.clear()
        self._types.clear()
        self._files.clear()
        self._subclasses.clear()
        self._names.clear()
        self._protocols.clear()
        self._classes = Classes(self._class)
        return True

    def _class(self, name: str) -> ClassEntry | None:
        for store in self._stores:
            if (found := store.class_entry(name)) is not None:
                return found
        return None

    def _below(self, name: str) -> tuple[str, ...]:
        """``name`` and the classes that derive from it."""
        known = self._subclasses.get(name)
        if known is None:
            found = {name: None}
            queue = [name]
            while queue and len(found) < _MOST_SUBCLASSES:
                some, queue = queue[:100], queue[100:]
                marks = ",".join("?" * len(some))
                for store in self._stores:
                    for (one,) in store.rows(f"SELECT name FROM bases WHERE base IN ({marks})", some):
                        if one not in found:
                            found[one] = None
                            queue.append(one)
            known = self._subclasses[name] = tuple(found)
        return known

    def _result_heads(self, wanted: Type) -> set[str] | None:
        """Heads of results that may be ``wanted``; None: any. What gives ``Any`` answers only who asks for any type."""
        if isinstance(wanted, Anything):
            return None
        found = {OPEN, *_AWAITED}
        for head in heads(wanted):
            if head not in (OPEN, ANY) and (head != "None" or wanted == NONE):
                found.update(self._below(head))
        return found

    def _parameter_heads(self, given: Type) -> set[str] | None:
        """Heads of parameters that may take ``given``; None: any."""
        found = {OPEN, ANY, "builtins.object"}
        for one in given.items if isinstance(given, Union) else [given]:
            match one:
                case Anything():
                    return None
                case Named():
                    found.update(base.name for base, _ in self._classes.supertypes(one))
                    found.update(self._met(one.name))
                case Tuple():
                    found.update(base.name for base, _ in self._classes.supertypes(Named("builtins.tuple")))
                case Function():
                    found.add(FUNCTION)
        return found

    def _met(self, name: str) -> tuple[str, ...]:
        """The protocols that a class meets by the names of its members."""
        known = self._protocols.get(name)
        if known is None:
            every = (
                row[0]
                for store in self._stores
                for row in store.rows("SELECT name FROM classes WHERE protocol")
            )
            known = self._protocols[name] = tuple(one for one in every if self._classes.meets(name, one))
        return known

    def _candidates(self, query: Query, *, with_arguments: bool = False) -> Iterable[tuple[int, Entry]]:
        """Entries that may answer, by the heads of their types and the number of their parameters.

        Where a value is looked for, ``with_arguments`` gives functions too that want some.
        """
        results = self._result_heads(query.result)
        taken = [heads for one in query.parameters or () if (heads := self._parameter_heads(one)) is not None]
        taken.sort(key=len)
        if query.parameters is None:
            most = 3 if with_arguments else 0
            arity = f"(required <= {most} OR kind = {int(Kind.CLASS)})"
        else:
            count = len(query.parameters)
            arity = f"most >= {count}" + ("" if query.more else f" AND required <= {count}")
        wanted = [(RESULT, results), *((PARAMETER, one) for one in taken[:2])]
        for layer, store in enumerate(self._stores):
            numbers: list[int] = []
            if all(some is None for _, some in wanted):
                question = f"SELECT id FROM entries WHERE {arity} ORDER BY rank LIMIT {_MOST_LOOKED_AT}"
                numbers = [row[0] for row in store.rows(question)]
            else:
                several = [_posted(store, role, some, arity) for role, some in wanted if some is not None]
                numbers = sorted(set.intersection(*several))[:_MOST_LOOKED_AT]
            missing = [number for number in numbers if (layer, number) not in self._entries]
            for start in range(0, len(missing), 500):
                part = missing[start : start + 500]
                marks = ",".join("?" * len(part))
                for number, *row in store.rows(
                    f"SELECT id, {ENTRY_COLUMNS} FROM entries WHERE id IN ({marks})", part
                ):
                    self._entries[layer, number] = self._with_shared_types(entry_of(row))
            for number in numbers:
                if (entry := self._entries.get((layer, number))) is not None:
                    yield layer, entry
        while len(self._entries) > _KEPT:
            self._entries.popitem(last=False)

    def _cost(self, entry: Entry, query: Query) -> float | None:
        if query.parameters is None:
            if isinstance(query.result, Variable) or not _tells(entry.result):
                return None
            return value_cost(entry.result, query.result, self._classes)
        if entry.kind in (Kind.VALUE, Kind.MEMBER):
            if isinstance(entry.result, Function) and entry.result.parameters is not None:
                as_parameters = tuple(Parameter("", one, "/") for one in entry.result.parameters)
                return cost(as_parameters, entry.result.result, query.parameters, query.result, self._classes)
            return None
        return cost(
            entry.parameters, entry.result, query.parameters, query.result, self._classes, more=query.more
        )

    def _uses(self, near: Sequence[tuple[float, float, Entry, int]]) -> dict[tuple[str, str], float]:
        """How much each entry gains by being used often, from 0 to 0.7: what everybody uses is what is most often meant."""
        targets: dict[tuple[str, str], tuple[str, ...]] = {}
        for _, _, entry, _ in near:
            outer, last = entry.name.partition(".")[0], entry.name.rpartition(".")[2]
            full = f"{entry.defined}.{outer}"
            targets[entry.module, entry.name] = (full, f"{full}()", entry.module, f".{last}")
        counts = self._counted({target for some in targets.values() for target in some})
        found: dict[tuple[str, str], float] = {}
        for _, _, entry, _ in near:
            name, dotted, module, called = (counts.get(one, 0) for one in targets[entry.module, entry.name])
            used = _EVERYWHERE if entry.module == "builtins" else name + dotted + 0.3 * module
            gained = min(0.12 * math.log1p(used), 0.6)
            if entry.kind in _OF_OBJECTS:
                gained = 0.6 * gained + min(0.05 * math.log1p(called), 0.3)
            found[entry.module, entry.name] = gained
        return found

    def through_modules(self, entries: Sequence[Entry]) -> set[tuple[str, str]]:
        """Those of ``entries``, by module and name, that are called as ``module.name`` more often than they are imported by name."""
        outer = {(one.module, one.name): f"{one.defined}.{one.name.partition('.')[0]}" for one in entries}
        counts = self._counted({*outer.values(), *(f"{full}()" for full in outer.values())})
        return {key for key, full in outer.items() if counts.get(f"{full}()", 0) > counts.get(full, 0)}

    def _counted(self, targets: set[str]) -> dict[str, int]:
        """How often each of ``targets`` is used in the project and in packages."""
        counts: dict[str, int] = {}
        ordered = sorted(targets)
        for start in range(0, len(ordered), 500):
            some = ordered[start : start + 500]
            marks = ",".join("?" * len(some))
            for store in self._stores:
                for name, number in store.rows(
                    f"SELECT target, count FROM uses WHERE target IN ({marks})", some
                ):
                    counts[name] = counts.get(name, 0) + number
        return counts

    def _path(self, entry: Entry, layer: int) -> Path | None:
        key = (layer, entry.defined)
        if key not in self._files:
            rows = self._stores[layer].rows("SELECT path FROM modules WHERE name = ?", (entry.defined,))
            self._files[key] = Path(rows[0][0]) if rows else None
        return self._files[key]

    def _with_shared_types(self, entry: Entry) -> Entry:
        """The entry with every type that another one has too replaced by that very object."""
        if len(self._types) > _KEPT:
            self._types.clear()
        share = self._types.setdefault
        parameters = tuple(replace(one, type=share(one.type, one.type)) for one in entry.parameters)
        return replace(entry, parameters=parameters, result=share(entry.result, entry.result))


_OF_OBJECTS = (Kind.METHOD, Kind.CLASS_METHOD, Kind.STATIC_METHOD)
# Builtins need no import, so that nobody counts them.
_EVERYWHERE = 400


def _posted(store: Store, role: int, heads: set[str], arity: str) -> set[int]:
    """The entries that have one of ``heads`` in that role, and as many parameters as ``arity`` says."""
    marks = ",".join("?" * len(heads))
    question = f"SELECT entry FROM postings WHERE role = {role} AND head IN ({marks}) AND {arity}"
    return {row[0] for row in store.rows(question, sorted(heads))}


def _tells(type: Type) -> bool:
    """Whether something of the type says anything: not just any value."""
    if isinstance(type, Union):
        return all(map(_tells, (one for one in type.items if one != NONE)))
    return not isinstance(type, (Variable, Anything)) and type != NONE


def _is_usual(entry: Entry, used: float) -> bool:
    """Whether it needs no arguments, or is a class, or is called so often that one may think of it."""
    return not entry.required or entry.kind is Kind.CLASS or used >= _USUAL


def _kind_cost(entry: Entry, query: Query) -> float:
    """Where a value is looked for, what is one goes before what is called for one."""
    if query.parameters is None:
        return 0.0 if entry.kind in (Kind.VALUE, Kind.MEMBER) else 0.2 + 0.3 * entry.required
    return 0.1 if entry.kind is Kind.CLASS else 0.0


def signature(entry: Entry) -> str:
    """The type of an entry as a programmer writes it."""
    if entry.kind in (Kind.VALUE, Kind.MEMBER):
        return written(entry.result)
    parts: list[str] = []
    starred = False
    for one in entry.parameters:
        if one.kind == "k" and not starred:
            parts.append("*")
            starred = True
        starred = starred or one.kind == "*"
        stars = one.kind if one.kind in ("*", "**") else ""
        text = f"{stars}{one.name}" + ("" if isinstance(one.type, Anything) else f": {written(one.type)}")
        parts.append(f"{text} = ..." if one.optional and not stars else text)
    return f"({', '.join(parts)}) -> {written(entry.result)}"
