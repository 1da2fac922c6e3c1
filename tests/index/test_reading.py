"""What the text of one module tells."""

from __future__ import annotations

from textwrap import dedent

import msgpack

from holefit.index.reading import Runtime, summarised
from holefit.index.summary import Definition, Kind, Summary, from_plain, to_plain
from holefit.index.type import written


def read(
    text: str, *, version: tuple[int, int] = (3, 12), package: bool = False, stub: bool = False
) -> Summary:
    runtime = Runtime(version, "linux")
    found = summarised(dedent(text), "pkg.mod", runtime, is_package=package, is_stub=stub)
    assert from_plain(msgpack.unpackb(msgpack.packb(to_plain(found)))) == found
    return found


def shown(one: Definition) -> str:
    taken = ", ".join(
        f"{each.kind}{each.name}: {written(each.type)}{'=' if each.optional else ''}"
        for each in one.parameters
    )
    return f"{one.name}({taken}) -> {'?' if one.result is None else written(one.result)}"


def test_kinds_of_parameters() -> None:
    found = read("def f(a, /, b: int, *c: str, d: bool = True, e: 'list[int]', **f: float) -> None: ...")
    assert shown(found.definitions[0]) == (
        "f(/a: Any, b: int, *c: str=, kd: bool=, ke: list[int], **f: float=) -> None"
    )


def test_branches_are_taken_as_the_python_and_the_platform_have_it() -> None:
    text = """
        import sys
        if sys.version_info >= (3, 13):
            def new() -> int: ...
        elif sys.platform == "win32":
            def windows() -> int: ...
        else:
            def old() -> int: ...
        if sys.version_info < (3, 11) or not sys.platform.startswith("linux"):
            def other() -> int: ...
    """
    assert [one.name for one in read(text).definitions] == ["old"]
    assert [one.name for one in read(text, version=(3, 13)).definitions] == ["new"]


def test_overloads_stand_for_their_implementation() -> None:
    text = """
        from typing import overload
        @overload
        def f(a: int) -> int: ...
        @overload
        def f(a: str) -> str: ...
        def f(a): return a
    """
    assert [shown(one) for one in read(text).definitions] == ["f(a: int) -> int", "f(a: str) -> str"]


def test_types_that_initialisers_tell() -> None:
    text = """
        import logging
        from typing import Final
        LIMIT = 3
        NAME: Final = "x"
        RATE = -0.5
        log = logging.getLogger(__name__)
        table = {}
        anything = f()[0]
    """
    assert {
        one.name: None if one.result is None else written(one.result) for one in read(text).definitions
    } == {
        "LIMIT": "int",
        "NAME": "str",
        "RATE": "float",
        "log": "call[getLogger]",
        "table": "dict",
        "anything": None,
    }


def test_aliases_type_variables_and_new_types() -> None:
    text = """
        from typing import NewType, TypeVar, Union
        T = TypeVar("T", bound=int)
        Text = Union[str, bytes]
        Id = NewType("Id", int)
    """
    found = read(text)
    assert set(found.variables) == {"T"}
    assert written(found.aliases["Text"]) == "Union[str, bytes]"
    assert "Id" in found.classes


def test_members_of_a_class() -> None:
    text = """
        class Box:
            size: int
            name: str = ""
            shared: ClassVar[int] = 0
            def __init__(self, size: int, owner: str) -> None:
                self.owner = owner
                self.count: int = 0
                self._inner = size
            @property
            def area(self) -> int: ...
            @area.setter
            def area(self, to: int) -> None: ...
            @classmethod
            def unit(cls) -> "Box": ...
            @staticmethod
            def twice(n: int) -> int: ...
            class Inner:
                def f(self) -> int: ...
    """
    found = read(text)
    members = {one.name: one.kind for one in found.classes["Box"].members}
    assert members == {
        "size": Kind.VALUE,
        "name": Kind.VALUE,
        "shared": Kind.VALUE,
        "__init__": Kind.METHOD,
        "owner": Kind.PROPERTY,
        "count": Kind.PROPERTY,
        "area": Kind.PROPERTY,
        "unit": Kind.CLASS_METHOD,
        "twice": Kind.STATIC_METHOD,
    }
    assert "Box.Inner" in found.classes


def test_what_is_imported_for_types_only_is_not_given_on() -> None:
    text = """
        from typing import TYPE_CHECKING
        from pkg.other import real as real
        if TYPE_CHECKING:
            from pkg.other import Shown as Shown
        else:
            from pkg.other import replacement as replacement
    """
    found = read(text)
    assert found.exported == {"real", "replacement"}
    assert found.typing_only == {"Shown"}


def test_a_package_gives_on_what_it_imports_of_its_own() -> None:
    found = read("from pkg.inner import Engine\nimport os", package=True)
    assert found.exported == {"Engine"}


def test_relative_imports_and_all() -> None:
    found = read("from . import a\nfrom .b import c\n__all__ = ['a']\n__all__ += ['c']")
    assert found.imported == {"a": "pkg.a", "c": "pkg.b.c"}
    assert found.public == ["a", "c"]


def test_coroutines_and_context_managers() -> None:
    text = """
        from contextlib import contextmanager
        from collections.abc import Iterator
        async def fetch() -> int: ...
        @contextmanager
        def opened() -> Iterator[str]: ...
    """
    assert [shown(one) for one in read(text).definitions] == [
        "fetch() -> Coroutine[Any, Any, int]",
        "opened() -> AbstractContextManager[str]",
    ]
