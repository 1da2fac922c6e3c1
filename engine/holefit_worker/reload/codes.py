"""Code objects: comparing them, pairing old with new, moving them to other lines.

The compiler has already thrown away what does not matter to a run (comments, layout, redundant brackets), so code objects are what a
reload compares. A code object is a tree: its constants hold those of nested functions and classes.

*Shape* is everything but positions. *Skeleton* is the shape of what runs when a statement runs: the bodies of functions and lambdas are
left out, those of classes and comprehensions are kept. Two versions of a statement with equal skeletons differ only in what functions do
when they are called, and so the new version need not run.
"""

from __future__ import annotations

import sys
from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_OPTIMIZED = 0x1
_HAS_DOCSTRING = 0x4000000
_HAS_DOCSTRING_FLAG = sys.version_info >= (3, 14)


def is_function(code: CodeType) -> bool:
    """Whether ``code`` is the body of a function or lambda, which runs only when called."""
    name = code.co_name
    return (
        bool(code.co_flags & _OPTIMIZED)
        and (name == "<lambda>" or not name.startswith("<"))
        and name != "__annotate__"
    )


def children(code: CodeType) -> list[CodeType]:
    """The code objects directly inside ``code``, in order."""
    return [constant for constant in code.co_consts if type(constant) is CodeType]


def tree(code: CodeType) -> Iterator[CodeType]:
    """All code objects inside ``code``, itself left out."""
    for child in children(code):
        yield child
        yield from tree(child)


def shape(code: CodeType) -> Any:
    """A value equal for two code objects that do the same, wherever they stand."""
    return _form(code, shape)


def skeleton(code: CodeType) -> Any:
    """The shape of a statement with the bodies of the functions in it left out."""
    return _form(code, lambda child: ("def", child.co_name) if is_function(child) else skeleton(child))


def _form(code: CodeType, inside: Callable[[CodeType], Any]) -> Any:
    constants = [
        inside(constant) if type(constant) is CodeType else (type(constant), repr(constant))
        for constant in code.co_consts
    ]
    return (
        code.co_name,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        getattr(code, "co_exceptiontable", b""),
        constants,
    )


def same(old: CodeType, new: CodeType) -> bool:
    """Whether two code objects are equal, positions and all."""
    return old is new or (
        old == new
        and old.co_linetable == new.co_linetable
        and getattr(old, "co_qualname", "") == getattr(new, "co_qualname", "")
        and old.co_filename == new.co_filename
        and all(same(a, b) for a, b in zip(children(old), children(new), strict=False))
    )


def pair(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Pairs of what is inside ``old`` and its successor inside ``new``; what has no successor is left out.

    Among those of one name, equal shapes belong together; the rest go by order. A lambda has no name to go by: lambdas that differ are
    paired only when there are as many as before.
    """
    groups: dict[str, tuple[list[CodeType], list[CodeType]]] = {}
    for child in children(old):
        groups.setdefault(child.co_name, ([], []))[0].append(child)
    for child in children(new):
        if child.co_name in groups:
            groups[child.co_name][1].append(child)
    for name, (before, after) in groups.items():
        if len(before) == len(after) == 1:
            matched = [(before[0], after[0])]
        else:
            matched = _pair_group(name, before, after)
        for one, other in matched:
            yield one, other
            yield from pair(one, other)


def _pair_group(name: str, before: list[CodeType], after: list[CodeType]) -> list[tuple[CodeType, CodeType]]:
    matched, left = [], []
    rest = [(shape(code), code) for code in after]
    for code in before:
        form = shape(code)
        for i, (candidate, new) in enumerate(rest):
            if candidate == form:
                matched.append((code, new))
                del rest[i]
                break
        else:
            left.append(code)
    if name != "<lambda>" or len(left) == len(rest):
        matched += [(code, new) for code, (_, new) in zip(left, rest, strict=False)]
    return matched


def graft(old: CodeType, new: CodeType) -> CodeType:
    """``new`` with those parts taken from ``old`` that are the same, so that living functions need not be touched."""
    if same(old, new):
        return old
    # a part that stands in two places (equal lambdas in one line) is better left alone
    successors = {id(after): before for before, after in _direct_pairs(old, new)}
    constants: list[Any] = []
    changed = False
    for constant in new.co_consts:
        before = successors.get(id(constant)) if type(constant) is CodeType else None
        grafted = graft(before, constant) if before is not None else constant
        changed = changed or grafted is not constant
        constants.append(grafted)
    return new.replace(co_consts=tuple(constants)) if changed else new


def _direct_pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    groups: dict[str, tuple[list[CodeType], list[CodeType]]] = {}
    for child in children(old):
        groups.setdefault(child.co_name, ([], []))[0].append(child)
    for child in children(new):
        if child.co_name in groups:
            groups[child.co_name][1].append(child)
    pairs: list[tuple[CodeType, CodeType]] = []
    for name, (before, after) in groups.items():
        pairs += (
            [(before[0], after[0])] if len(before) == len(after) == 1 else _pair_group(name, before, after)
        )
    return pairs


def shift(code: CodeType, lines: int) -> CodeType:
    """``code`` as if it stood ``lines`` further down. Its line table is relative, so only first lines change."""
    constants = code.co_consts
    if any(type(constant) is CodeType for constant in constants):
        constants = tuple(
            shift(constant, lines) if type(constant) is CodeType else constant for constant in constants
        )
    first = max(1, code.co_firstlineno + lines)  # a statement's own code always begins at 1
    return code.replace(co_firstlineno=first, co_consts=constants)


def docstring(code: CodeType) -> str | None:
    """The docstring of a function with this code."""
    if _HAS_DOCSTRING_FLAG and not code.co_flags & _HAS_DOCSTRING:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if type(first) is str else None


_TARGET = "<holefit target>"
_FORWARDERS: dict[tuple[tuple[str, ...], bool], CodeType] = {}


def forwarder(like: CodeType, target: object, *, asynchronous: bool = False) -> CodeType:
    """Code that fits into a function of code ``like`` and hands every call on to ``target``."""
    key = (like.co_freevars, asynchronous)
    if key not in _FORWARDERS:
        _FORWARDERS[key] = _forwarder(*key)
    template = _FORWARDERS[key]
    constants: tuple[Any, ...] = template.co_consts
    return template.replace(
        co_consts=tuple(target if constant == _TARGET else constant for constant in constants),
        co_name=like.co_name,
        co_filename=like.co_filename,
        co_firstlineno=like.co_firstlineno,
    )


def _forwarder(free: tuple[str, ...], asynchronous: bool) -> CodeType:
    # the free names are mentioned, not read: a function can only take code with as many free names as it has cells
    names = [name for name in free if name != "__class__"]
    mention = "".join(f"        if 0: {name}\n" for name in free)
    call = "await target(*args, **kwargs)" if asynchronous else "target(*args, **kwargs)"
    lines = [
        f"def outside({', '.join(names)}):\n",
        "    __class__ = None\n" if "__class__" in free else "",
        f"    {'async ' if asynchronous else ''}def forward(*args, **kwargs):\n",
        mention,
        f"        target = {_TARGET!r}\n",
        f"        return {call}\n",
    ]
    outside = children(compile("".join(lines), "<holefit>", "exec", dont_inherit=True))[0]
    code = next(child for child in children(outside) if child.co_name == "forward")
    if code.co_freevars != free:  # pragma: no cover - names sort alike in every CPython that we know
        raise ValueError(f"no forwarder for free names {free}")
    return code


def function_of(code: CodeType, like: FunctionType, closure: tuple[Any, ...] | None) -> FunctionType:
    """A function of ``code`` that is otherwise as ``like``."""
    made = FunctionType(code, like.__globals__, like.__name__, like.__defaults__, closure)
    made.__kwdefaults__ = like.__kwdefaults__
    made.__qualname__ = like.__qualname__
    made.__module__ = like.__module__
    made.__doc__ = docstring(code)
    made.__dict__.update(like.__dict__)
    if hasattr(like, "__annotate__"):
        made.__annotate__ = like.__annotate__  # type: ignore[attr-defined]  # since 3.14
    else:
        made.__annotations__ = like.__annotations__
    return made
