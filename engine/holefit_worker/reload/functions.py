"""Functions: finding the living ones, and giving them new code in place.

A function object is permanent. What a reload replaces is inside it: code, defaults, annotations, docstring. So everything that holds a
function (from-imports, callbacks, bound methods, partials, timers, registries) runs the new code at its next call.
"""

from __future__ import annotations

import functools
import gc
import sys
import types
from types import CellType, CodeType, FunctionType

from .codes import children, docstring, forwarder, function_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .journal import Journal

_WALK_LIMIT = 3000  # values looked at from one hint
_DEPTH = 5
_FEW = 4
_LRU_CACHE = type(functools.lru_cache(lambda: None))
_SUSPENDED = frozenset({types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType})
_METHOD_WRAPPERS = (classmethod, staticmethod)


class Found:
    """Living functions by the identity of their code, what wraps them, and what is suspended in them."""

    __slots__ = ("by_code", "caches", "suspended", "wrappers")

    def __init__(self) -> None:
        self.by_code: dict[int, list[FunctionType]] = {}
        self.wrappers: list[tuple[Any, Any]] = []
        self.caches: list[Any] = []
        self.suspended: list[Any] = []


# Note [Finding functions without walking the heap]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Which functions run a given code object? The collector could tell (gc.get_referrers), but it looks at every object there is. Most functions
# are found by walking a few steps from the names that their statement bound, and the code object's reference count says whether any are
# missing: it is held by the tuple of constants that it was compiled into, by us, by each running frame, and by its functions. Only when the
# count is higher than that is the heap searched, once for all code objects of a reload.


def live(olds: list[CodeType], hints: Iterable[object], running: dict[int, int], spare: int = 0) -> Found:
    """Living functions with one of the codes ``olds``. ``running`` counts the frames that run a code object, by its identity;
    ``spare`` is how many more trees of constants hold each code than the one it was compiled into.

    See Note [Finding functions without walking the heap].
    """
    found = Found()
    wanted = {id(code) for code in olds}
    for hint in hints:
        _walk(hint, wanted, found)
    missing: list[CodeType] = []
    for code in olds:
        known = len(found.by_code.get(id(code), ())) + running.get(id(code), 0)
        if sys.getrefcount(code) - known > _OWN_REFERENCES + spare:
            missing.append(code)
    if missing:
        _search(missing, found)
    return found


def _search(missing: list[CodeType], found: Found) -> None:
    seen = {id(function) for functions in found.by_code.values() for function in functions}
    wanted = {id(code) for code in missing}
    known = {id(cache) for cache in found.caches}
    if len(missing) <= _FEW:
        holders = gc.get_referrers(*missing)
        functions = [
            holder for holder in holders if type(holder) is FunctionType and id(holder.__code__) in wanted
        ]
        found.suspended += [holder for holder in holders if type(holder) in _SUSPENDED]
        caches = (
            [holder for holder in gc.get_referrers(*functions) if type(holder) is _LRU_CACHE]
            if functions
            else []
        )
    else:
        # get_referrers compares every reference on the heap with every code object: with many of them it is the slower way
        heap = [
            value for value in gc.get_objects() if type(value) is FunctionType or type(value) is _LRU_CACHE
        ]
        functions = [value for value in heap if type(value) is FunctionType and id(value.__code__) in wanted]
        caches = [value for value in heap if type(value) is _LRU_CACHE]
    for function in functions:
        if id(function) not in seen:
            found.by_code.setdefault(id(function.__code__), []).append(function)
    found.caches += [cache for cache in caches if id(cache) not in known]


def _walk(hint: object, wanted: set[int], found: Found) -> None:
    seen: set[int] = set()
    pending: list[tuple[Any, int]] = [(hint, 0)]
    owner = hint if isinstance(hint, type) else None
    while pending and len(seen) < _WALK_LIMIT:
        value, depth = pending.pop()
        if value is None or id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind is FunctionType:
            if id(value.__code__) in wanted:
                functions = found.by_code.setdefault(id(value.__code__), [])
                if not any(function is value for function in functions):
                    functions.append(value)
            inside = _cells(value)
            wrapped = value.__dict__.get("__wrapped__") if value.__dict__ else None
            if wrapped is not None:
                found.wrappers.append((value, wrapped))
                inside.append(wrapped)
        elif depth > _DEPTH:
            continue
        elif kind is _LRU_CACHE:
            found.caches.append(value)
            found.wrappers.append((value, value.__wrapped__))
            inside = [value.__wrapped__]
        elif kind in _METHOD_WRAPPERS:
            inside = [value.__func__]
        elif kind is property:
            inside = [value.fget, value.fset, value.fdel]
            if value.fget is not None:
                found.wrappers.append((value, value.fget))
        elif kind is types.MethodType:
            inside = [value.__func__]
        elif kind is functools.partial:
            inside = [value.func, *value.args]
        elif issubclass(type(value), type):
            if value is not owner and not _belongs(value, owner):
                continue
            inside = list(vars(value).values())
        elif kind in (list, tuple, set, frozenset):
            inside = list(value)[:1000]
        elif kind is dict:
            inside = list(value.values())[:1000]
        else:
            inside = _attributes(value)
            if "__doc__" in (state_of(value) or ()):  # it shows the documentation of what it holds
                found.wrappers += [(value, held) for held in inside if type(held) is FunctionType]
        pending += [(item, depth + 1) for item in inside if type(item) not in _DULL]


_DULL = frozenset({int, str, bytes, float, bool, complex, types.ModuleType, CodeType})


def _belongs(cls: type, owner: type | None) -> bool:
    return (
        owner is not None
        and cls.__module__ == owner.__module__
        and cls.__qualname__.startswith(owner.__qualname__ + ".")
    )


def _cells(function: FunctionType) -> list[Any]:
    inside: list[Any] = []
    for cell in function.__closure__ or ():
        try:
            inside.append(cell.cell_contents)
        except ValueError:  # an empty cell
            continue
    return [value for value in inside if not issubclass(type(value), type)]


def _attributes(value: Any) -> list[Any]:
    return list((state_of(value) or {}).values())[:100]


# Note [Looking at strangers]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Values in a user's module may answer to anything: proxies that fetch what they stand for when asked for ``__class__`` (which isinstance
# does), objects whose ``__getattr__`` or ``__eq__`` raises. So strangers are asked for their type only, by type(), and for their
# attributes by object.__getattribute__; they are compared by identity.
def state_of(value: Any) -> dict[str, Any] | None:
    """The attributes of an instance, if it keeps them in a plain dictionary. See Note [Looking at strangers]."""
    if issubclass(type(value), (type, types.ModuleType)):
        return None
    try:
        state = object.__getattribute__(value, "__dict__")
    except Exception:
        return None
    return state if type(state) is dict else None


def wraps(wrapper: FunctionType, functions: list[FunctionType]) -> bool:
    """Whether ``wrapper`` holds one of ``functions`` and so was made around it."""
    found = Found()
    _walk(wrapper, {id(function.__code__) for function in functions}, found)
    inside = {id(function) for group in found.by_code.values() for function in group}
    return any(id(function) in inside for function in functions)


def _own_references() -> int:
    """How often a code object is held by its constants and by :func:`live`: counted, since it varies between versions of CPython."""
    space: dict[str, Any] = {}
    module = compile("def sample(): pass", "<holefit>", "exec", dont_inherit=True)
    exec(module, space)
    olds = children(module)
    counts = [sys.getrefcount(code) - 1 for code in olds]  # as in live(): one function is known
    return counts[0]


_OWN_REFERENCES = _own_references()


def running_frames() -> tuple[dict[int, int], list[tuple[int, int, str, int]]]:
    """How many frames run each code object (by identity); and each frame's thread, code (by identity), function and line.

    The frames themselves are not kept: ours is among them, and a frame that holds itself would keep code objects alive.
    """
    counts: dict[int, int] = {}
    frames: list[tuple[int, int, str, int]] = []
    for thread, frame in sys._current_frames().items():
        while frame is not None:
            key = id(frame.f_code)
            counts[key] = counts.get(key, 0) + 1
            name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
            frames.append((thread, key, name, frame.f_lineno or 0))
            frame = frame.f_back  # type: ignore[assignment]  # ends in None
    return counts, frames


def put_code(journal: Journal, function: FunctionType, new: CodeType, owner: type | None) -> str:
    """Have ``function`` run ``new`` from its next call on. Returns why that is impossible, or nothing.

    ``owner`` is the class in whose body the function was written.
    """
    old = function.__code__
    if old.co_freevars == new.co_freevars:
        journal.set(function, "__code__", new)
    else:
        cells = dict(zip(old.co_freevars, function.__closure__ or (), strict=False))
        if "__class__" in new.co_freevars and "__class__" not in cells and owner is not None:
            cells["__class__"] = CellType(owner)
        lacking = [name for name in new.co_freevars if name not in cells]
        if lacking:
            return f"it now uses {', '.join(lacking)} of the function around it"
        successor = function_of(new, function, tuple(cells[name] for name in new.co_freevars))
        if owner is not None and vars(owner).get(function.__name__) is function:
            journal.set_class_attribute(owner, function.__name__, successor)
        forward(journal, function, successor)
        return ""
    before, after = docstring(old), docstring(new)
    if before != after and function.__doc__ == before:
        journal.set(function, "__doc__", after)
    return ""


def forward(journal: Journal, function: FunctionType, target: Callable[..., object]) -> None:
    """Have ``function`` hand its calls on to ``target``."""
    asynchronous = bool(getattr(getattr(target, "__code__", None), "co_flags", 0) & 0x80)
    journal.set(function, "__code__", forwarder(function.__code__, target, asynchronous=asynchronous))
    journal.set(function, "__defaults__", None)
    journal.set(function, "__kwdefaults__", None)
    journal.set_item(function.__dict__, "__wrapped__", target)


def bury(journal: Journal, function: FunctionType, error: Callable[[], BaseException]) -> None:
    """Have ``function`` raise what ``error`` makes: it was removed from the source."""

    def removed(*_args: object, **_kwargs: object) -> object:
        raise error()

    journal.set(function, "__code__", forwarder(function.__code__, removed))
    journal.set(function, "__defaults__", None)
    journal.set(function, "__kwdefaults__", None)


def give_header(
    journal: Journal, function: FunctionType, new: FunctionType, wrappers: list[tuple[Any, Any]]
) -> None:
    """Give ``function`` the defaults and annotations of ``new``; so too what wraps it and shows its annotations."""
    annotations = None if hasattr(function, "__annotate__") else function.__annotations__
    for attribute in ("__defaults__", "__kwdefaults__"):
        if getattr(function, attribute) != getattr(new, attribute) or getattr(new, attribute):
            journal.set(function, attribute, getattr(new, attribute))
    if annotations is None:
        journal.set(function, "__annotate__", new.__annotate__)  # type: ignore[attr-defined]  # since 3.14
    else:
        journal.set(function, "__annotations__", new.__annotations__)
        for wrapper, inner in wrappers:
            if inner is function and getattr(wrapper, "__annotations__", None) is annotations:
                journal.set(wrapper, "__annotations__", new.__annotations__)
    if hasattr(new, "__type_params__"):
        journal.set(function, "__type_params__", new.__type_params__)


def become(journal: Journal, old: FunctionType, new: FunctionType) -> bool:
    """Make ``old`` all that ``new`` is. True when ``old`` can stand for ``new`` from now on; False when it only hands calls on."""
    if old is new:
        return True
    if not _take_closure(journal, old, new):
        forward(journal, old, new)
        return False
    journal.set(old, "__code__", new.__code__)
    give_header(journal, old, new, [])
    for attribute in ("__doc__", "__name__", "__qualname__", "__module__"):
        journal.set(old, attribute, getattr(new, attribute))
    for name, value in new.__dict__.items():
        journal.set_item(old.__dict__, name, value)
    for name in ("__wrapped__", "__isabstractmethod__"):
        if name not in new.__dict__:
            journal.delete_item(old.__dict__, name)
    return True


def _take_closure(journal: Journal, old: FunctionType, new: FunctionType) -> bool:
    if old.__globals__ is not new.__globals__ or old.__code__.co_freevars != new.__code__.co_freevars:
        return False
    shared = [count > _CELL_REFERENCES for count in _counts(old.__closure__ or ())]
    contents = []
    for i, other in enumerate(new.__closure__ or ()):
        mine = (old.__closure__ or ())[i]
        try:
            if mine is not other and mine.cell_contents is not other.cell_contents:
                if shared[i]:  # some other function uses this cell: it must not be written to
                    return False
                contents.append((mine, other.cell_contents))
        except ValueError:
            return False
    for mine, value in contents:
        journal.set(mine, "cell_contents", value)
    return True


def _counts(closure: tuple[CellType, ...]) -> list[int]:
    return [sys.getrefcount(cell) for cell in closure]


def _private_cell() -> Callable[[], object]:
    value = object()
    return lambda: value


_CELL_REFERENCES = max(_counts(getattr(_private_cell(), "__closure__", ())))


def clear_caches(journal: Journal, found: Found, changed: set[int]) -> list[str]:
    """Have every ``lru_cache`` over a function whose code (by identity) has changed emptied at the end; says which."""
    notes: list[str] = []
    for cache in {id(cache): cache for cache in found.caches}.values():
        inner = cache
        while inner is not None and not (type(inner) is FunctionType and id(inner.__code__) in changed):
            inner = getattr(inner, "__wrapped__", None)
        if inner is None:
            continue
        journal.when_done(cache.cache_clear)
        if cache.cache_info().currsize:
            notes.append(
                f"the cache of {inner.__module__}.{inner.__qualname__} was cleared: it held results of the old code"
            )
    return notes
