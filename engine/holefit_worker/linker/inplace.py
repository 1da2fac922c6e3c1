"""Changing objects of CPython's own where they lie: builtin functions, modules, the class of an instance.

Only objects whose memory was seen to be laid out as expected are touched, see :func:`is_known`.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

BUILTIN_FUNCTION = type(len)
_HEAD = object.__basicsize__  # what every object begins with; its class comes last in it
_MANAGED_DICT = 1 << 4
_INLINE_VALUES = 1 << 2 if sys.version_info >= (3, 13) else 0
# heap type, garbage collected, managed weak references and dictionary, and the eight that say which builtin type it derives from
_FLAGS = 1 << 9 | 1 << 14 | 1 << 3 | _MANAGED_DICT | 0xFF << 24


def is_known() -> bool:
    """Whether this Python lays out what is changed here as all that it was tried with do."""
    global _known
    if _known is None:
        _known = _look()
    return _known


_known: bool | None = None


def _look() -> bool:
    import ctypes

    size = ctypes.sizeof(ctypes.c_void_p)
    return (
        sys.implementation.name == "cpython"
        and BUILTIN_FUNCTION.__basicsize__ == _HEAD + 5 * size
        and _pointer(len, _HEAD + size).value == id(sys.modules["builtins"])
        and _pointer(sys, _HEAD).value == id(vars(sys))
        and _pointer(sys, _HEAD - size).value == id(type(sys))
    )


def can_become(old: object, new: object) -> bool:
    """Whether the function ``old`` can be made what ``new`` is."""
    return type(old) is BUILTIN_FUNCTION and type(new) is BUILTIN_FUNCTION and is_known()


def become(old: Any, new: Any) -> Callable[[], None]:
    """Make the builtin function ``old`` what ``new`` is, wherever it is held; gives what takes it back. :func:`can_become` was asked before."""
    import ctypes

    size = ctypes.sizeof(ctypes.c_void_p)
    places = [_HEAD + size * i for i in (0, 1, 2, 4)]  # method, self, module, entry; the weak references stay
    before = [_pointer(old, place).value for place in places]
    for owned in (1, 2):
        _retain(_pointer(new, places[owned]))  # what was held before is never let go: a call may be under way
    for place in places:
        _pointer(old, place).value = _pointer(new, place).value

    def back() -> None:
        for place, value in zip(places, before, strict=True):
            _pointer(old, place).value = value

    return back


def share_namespace(module: Any, namespace: dict[str, Any]) -> Callable[[], None]:
    """Let a module have ``namespace`` for its own; gives what takes it back."""
    if not is_known() or not isinstance(module, type(sys)):
        return lambda: None
    before = vars(module)  # stays alive with what takes it back, and after that for good
    _KEPT.append(before)
    place = _pointer(module, _HEAD)
    _retain_object(namespace)
    place.value = id(namespace)

    def back() -> None:
        place.value = id(before)

    return back


_KEPT: list[object] = []


def alike(old: type, new: type) -> bool:
    """Whether instances of both take the same room in memory and are looked after alike: needed for a move, and not enough."""
    return (
        is_known()
        and old.__basicsize__ == new.__basicsize__
        and old.__itemsize__ == new.__itemsize__
        and old.__dictoffset__ == new.__dictoffset__
        and old.__weakrefoffset__ == new.__weakrefoffset__
        and old.__flags__ & _FLAGS == new.__flags__ & _FLAGS
        and not (old.__flags__ | new.__flags__) & _INLINE_VALUES
        and not issubclass(old, type)
    )


def move(
    instance: object, cls: type, successors: dict[int, object], moved: dict[int, int]
) -> Callable[[], None]:
    """Make ``instance`` one of ``cls``, which is :func:`alike`; gives what takes it back.

    In its own memory, addresses of objects become those of their ``successors``, and other addresses those that ``moved`` says.
    """
    import ctypes

    place = _pointer(instance, _HEAD - ctypes.sizeof(ctypes.c_void_p))
    address = id(type(instance))
    if type(instance).__flags__ & _MANAGED_DICT:
        object.__getattribute__(
            instance, "__dict__"
        )  # its values are in the class's order until there is one
    _retain_object(cls)  # as an instance of a class made at run time does
    _retain_object(type(instance))
    words: Any = (
        ctypes.c_size_t * ((cls.__basicsize__ - _HEAD) // ctypes.sizeof(ctypes.c_size_t))
    ).from_address(id(instance) + _HEAD)
    before: dict[int, int] = {}
    for i, word in enumerate(words):
        if word in successors:
            before[i] = word
            _retain_object(successors[word])
            words[i] = id(successors[word])
        elif word in moved:
            before[i] = word
            words[i] = moved[word]
    place.value = id(cls)

    def back() -> None:
        place.value = address
        for i, word in before.items():
            words[i] = word

    return back


def state_of(module: object) -> int:
    """The address of what C code keeps for a module; 0 where it keeps nothing so."""
    import ctypes

    if not isinstance(module, type(sys)):
        return 0
    ask = ctypes.pythonapi.PyModule_GetState
    ask.argtypes, ask.restype = [ctypes.py_object], ctypes.c_void_p
    found: int | None = ask(module)
    return found or 0


def instances(classes: Iterable[type]) -> tuple[list[object], list[dict[Any, Any]]]:
    """Living instances of exactly ``classes``, and dictionaries that hold one of them, which the collector does not know.

    It knows neither instances and classes of which C code has said that they refer to nothing, nor tuples and dictionaries that hold nothing else.
    They are found as far as something that it knows leads to them.
    """
    import gc

    wanted = set(map(id, classes))  # a class may be of a kind that has no hash
    found: dict[int, object] = {}
    holders: dict[int, dict[Any, Any]] = {}
    seen: set[int] = set()
    pending: list[object] = [*gc.get_objects(), *sys._current_frames().values()]
    while pending:
        holder = pending.pop()
        if id(type(holder)) in wanted:
            found[id(holder)] = holder
        for part in gc.get_referents(holder):
            kind = type(part)
            if id(kind) in wanted:
                found[id(part)] = part
            elif (kind is tuple or kind is dict) and not gc.is_tracked(part) and id(part) not in seen:
                seen.add(id(part))
                pending.append(part)
            elif (
                type(holder) is dict
                and issubclass(kind, type)
                and id(part) in wanted
                and not gc.is_tracked(holder)
            ):
                holders[id(holder)] = holder
    return list(found.values()), list(holders.values())


def _pointer(owner: object, offset: int) -> Any:
    import ctypes

    return ctypes.c_void_p.from_address(id(owner) + offset)


def _retain(pointer: Any) -> None:
    import ctypes

    if pointer.value:
        _retain_object(ctypes.cast(pointer, ctypes.py_object).value)


def _retain_object(value: object) -> None:
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
