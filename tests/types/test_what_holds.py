"""Fits that the statement alone would take, and the code around it does not."""

from __future__ import annotations

from typing import Any

import pytest

from holefit.types import examination
from holefit.types.workspace import Workspace
from holefit_wire.types import HolesFound


def test_a_container_that_takes_its_type_from_below(check: Any) -> None:
    check("""
        def quote(parts: list[str]) -> str: ...
        def f(words: list[str]) -> str:
            parts = []
            if words:
                quoted = quote(_)
                #              ^ list[str]; fits words ; not [parts[0]] , [parts[-1]]
                parts.append(quoted)
            return "".join(parts)
    """)


def test_a_function_is_checked_for_each_value_of_its_type_variable(check: Any) -> None:
    check("""
        from typing import AnyStr
        class Box: ...
        def like(value: str, other: AnyStr) -> AnyStr:
            return value if isinstance(other, _str) else value.encode()
            #                                 ^^^^ type | UnionType | tuple[type | UnionType | tuple[type | UnionType | tuple[..., ...], ...], ...]; not Exception , TypeError
    """)


def test_an_exit_that_always_gives_false_says_so(check: Any) -> None:
    check("""
        class Lock:
            def __exit__(self, *error: object) -> bool:
                return _
                #      ^ bool; fits True ; not False
    """)


def test_an_attribute_keeps_the_type_that_the_statement_declares(check: Any) -> None:
    check("""
        from typing import Callable
        App = Callable[[str], int]
        class Router:
            def __call__(self, path: str) -> int: ...
        class Limit:
            def __init__(self, app: App) -> None: ...
            def __call__(self, path: str) -> int: ...
        class Mount:
            def __init__(self, app: App | None, most: int | None) -> None:
                if app is not None:
                    self.base: App = _
                    #                ^ App; fits app , Limit(app) ; not Router()
                else:
                    self.base = Router()
                self.app = self.base
                if most is not None:
                    self.app = Limit(self.app)
    """)


def test_what_is_awaited_elsewhere_is_not_awaited_in_plain_functions(check: Any) -> None:
    check("""
        async def fetch(url: str) -> bytes: ...
        async def first(url: str) -> bytes:
            return await fetch(url)
        def second(url: str) -> bytes:
            return _
            #      ^ bytes; fits b"" ; not await fetch(url) , await first(url)
    """)


def test_type_variables_are_no_values(check: Any) -> None:
    check("""
        from typing import Any, Generic, TypeVar
        Key = TypeVar("Key")
        class Table(Generic[Key]):
            def rows(self, name: str) -> list[tuple[Any, Any]]:
                return _
                #      ^ list[tuple[Any, Any]]; fits [] ; not [(Key, Key)] , [(Key, name)]
    """)


def test_attributes_without_a_type_yet_stop_nothing(check: Any) -> None:
    check("""
        class Box:
            def __init__(self, name: str | None) -> None:
                self.items = []
                self.name = name or _title()
                #                   ^^^^^^ object; is called with ()
                self.items.append(self.name)
            def label(self, name: str) -> str:
                return _
                #      ^ str; fits name
    """)


def test_what_the_checker_has_written_into_a_class_is_no_name(check: Any) -> None:
    check("""
        from dataclasses import dataclass
        @dataclass
        class Box:
            title: str
            label: str = str(_)
            #                ^ object; fits None ; not __init__ , __mypy-replace
    """)


def test_what_makes_the_checker_fail_again_leaves_other_functions_their_answers(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace.root / "failing.py"
    path.write_text("def f(a: int) -> int:\n    return _bad\ndef g(b: str) -> str:\n    return _good\n")
    gather = examination.gather

    def failing(site: Any, *rest: Any, **more: Any) -> Any:
        if site.name == "_bad":
            raise RuntimeError("a type that cannot be compared")
        return gather(site, *rest, **more)

    monkeypatch.setattr(examination, "gather", failing)
    with pytest.raises(RuntimeError):
        workspace.holes(str(path), None)
    workspace.recover()
    answer = workspace.holes(str(path), None)
    assert isinstance(answer, HolesFound)
    bad, good = answer.holes
    assert (bad.fits, bad.complete) == ([], False)
    assert good.fits[0].text == "b"
