"""What answers a query, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from holefit.index.query import QueryError
from holefit.index.search import Found

Search = Callable[..., list[Found]]
MODELS = """
    from dataclasses import dataclass
    from enum import Enum
    from pathlib import Path
    from typing import TypeVar
    from collections.abc import Iterable, Sequence

    T = TypeVar("T")

    class Color(Enum):
        RED = 1
        BLUE = 2

    @dataclass
    class User:
        name: str
        color: Color = Color.RED

        @classmethod
        def guest(cls) -> "User": ...

        def renamed(self, name: str) -> "User": ...

        @property
        def label(self) -> str: ...

    class Admin(User): ...

    def first(users: list[User]) -> User: ...
    def pick(users: Sequence[User], index: int = 0) -> User: ...
    def find(name: str, users: list[User]) -> User | None: ...
    def head(items: Iterable[T]) -> T: ...
    async def fetch(name: str) -> User: ...
    def boss(users: list[User]) -> Admin: ...
    def count(users: list[User], strict: bool) -> int: ...
    def _hidden(users: list[User]) -> User: ...
    ROOT = User("root")
"""


def names(found: list[Found]) -> list[str]:
    return [one.entry.name for one in found]


def test_the_same_type_comes_before_what_needs_conversions(search: Search) -> None:
    found = search("(list[User]) -> User", models=MODELS)
    assert names(found)[0] == "first"
    order = [name for name in names(found) if name in ("first", "pick", "boss", "head")]
    assert order == ["first", "boss", "pick", "head"]
    assert found[0].cost == 0


def test_private_names_come_last(search: Search) -> None:
    assert names(search("list[User] -> User", 30, models=MODELS)).index("_hidden") > 3


def test_arguments_come_in_any_order(search: Search) -> None:
    for query in ("(list[User], str) -> User | None", "(str, list[User]) -> User | None"):
        assert names(search(query, models=MODELS))[0] == "find"


def test_what_may_be_none_answers_too_but_later(search: Search) -> None:
    found = search("(str, list[User]) -> User", models=MODELS)
    assert "find" in names(found)
    assert next(one for one in found if one.entry.name == "find").cost > 2


def test_required_arguments_must_be_among_those_given(search: Search) -> None:
    assert "count" not in names(search("list[User] -> int", models=MODELS))
    assert "count" in names(search("(list[User], ...) -> int", models=MODELS))
    assert "count" in names(search("(list[User], bool) -> int", models=MODELS))


def test_methods_are_functions_of_their_object(search: Search) -> None:
    assert names(search("(User, str) -> User", models=MODELS))[0] == "User.renamed"
    assert names(search("User -> str", models=MODELS))[:2] in (
        ["User.name", "User.label"],
        ["User.label", "User.name"],
    )
    assert "str.split" in names(search("(str, str) -> list[str]", models=MODELS))


def test_a_subclass_has_the_methods_of_its_base(search: Search) -> None:
    assert "User.renamed" in names(search("(Admin, str) -> User", models=MODELS))


def test_a_type_alone_finds_values_and_what_makes_them(search: Search) -> None:
    found = names(search("User", models=MODELS))
    assert found[0] == "ROOT"
    assert {"User.guest", "User"} <= set(found)
    assert set(names(search("Color", models=MODELS))) == {"Color.RED", "Color.BLUE"}


def test_class_methods_that_give_what_they_are_called_on_count_for_subclasses(search: Search) -> None:
    assert names(search("str -> datetime", models=MODELS))[0] == "datetime.fromisoformat"


def test_type_variables_of_a_query_stand_for_one_type(search: Search) -> None:
    found = names(search("(Iterable[T]) -> T", models=MODELS))
    assert found[0] == "head"
    assert "first" not in found
    assert names(search("(list[a], int) -> a", models=MODELS))[0] == "list.pop"


def test_any_type_is_written_as_an_underscore(search: Search) -> None:
    found = names(search("(list[User], _) -> _", models=MODELS))
    assert {"count", "find"} <= set(found)


def test_functions_can_be_arguments(search: Search) -> None:
    query = "(Iterable[T], Callable[[T], bool]) -> Iterator[T]"
    assert names(search(query, models=MODELS))[0] == "filter"
    assert names(search("(Iterable[T], (T) -> bool) -> Iterator[T]", models=MODELS))[0] == "filter"


def test_what_is_awaited_answers_at_a_cost(search: Search) -> None:
    found = {one.entry.name: one.cost for one in search("str -> User", models=MODELS)}
    assert found["User"] < found["fetch"]


def test_functions_that_are_methods_of_a_hidden_object_are_found(search: Search) -> None:
    assert ("random", "choice") in {
        (one.entry.module, one.entry.name) for one in search("list[T] -> T", models=MODELS)
    }


def test_what_everybody_imports_is_named_so(search: Search) -> None:
    found = search("(str, str) -> str", 60, models=MODELS)
    modules = {one.entry.module for one in found}
    assert "posixpath" not in modules
    assert "genericpath" not in modules


def test_a_name_is_imported_from_where_the_project_does(search: Search) -> None:
    found = search(
        "int -> Engine",
        **{
            "pkg/__init__": "from pkg._inner import Engine as Engine",
            "pkg/_inner": "class Engine:\n    def __init__(self, size: int) -> None: ...",
            "main": "from pkg import Engine",
            "other": "from pkg import Engine",
        },
    )
    assert (found[0].entry.module, found[0].entry.name) == ("pkg", "Engine")
    assert found[0].entry.defined == "pkg._inner"


def test_of_classes_with_one_name_the_project_s_is_meant(search: Search) -> None:
    found = search("Path -> int", own="class Path: ...\ndef depth(path: Path) -> int: ...")
    assert names(found)[0] == "depth"
    found = search("pathlib.Path -> str", own="class Path: ...\ndef depth(path: Path) -> str: ...")
    assert "depth" not in names(found)


@pytest.mark.parametrize(
    ("query", "column", "problem"),
    [
        ("", 0, "nothing to look for"),
        ("(list[Usr]) -> User", 6, "did you mean User?"),
        ("list[int -> str", 9, "expected a comma or ']'"),
        ("(int) -> ", 9, "a type is missing"),
        ("int -> str str", 11, "unexpected 'str'"),
        ("(int -> str", 11, "expected ')', found the end"),
        ("Literal['a'] -> int", 8, "values of literals"),
        ("int -> %", 7, "expected a type"),
    ],
)
def test_what_is_wrong_with_a_query_has_a_place(
    search: Search, query: str, column: int, problem: str
) -> None:
    with pytest.raises(QueryError) as caught:
        search(query, models=MODELS)
    assert (caught.value.column, problem in str(caught.value)) == (column, True), str(caught.value)


def test_private_modules_of_a_project_are_no_reason_to_come_last(search: Search) -> None:
    files = {"pkg/_inner": "class Box: ...\ndef box() -> Box: ...\ndef _secret() -> Box: ..."}
    found = {one.entry.name: one.entry.flags for one in search("() -> Box", **files)}
    assert found == {"box": "", "Box": "", "_secret": "p"}
