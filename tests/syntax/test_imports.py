"""The imports of a module."""

import ast

import pytest

from holefit.syntax import Import, imports


def found(text: str, module: str = "pkg.mod", *, is_package: bool = False) -> list[Import]:
    return list(imports(ast.parse(text), module, is_package))


def test_every_form() -> None:
    assert found("import a, b.c as d\nfrom e.f import g, h as i\nfrom j import *\n") == [
        Import("a", (), 1),
        Import("b.c", (), 1),
        Import("e.f", ("g", "h"), 2),
        Import("j", ("*",), 3),
    ]


@pytest.mark.parametrize(
    ("text", "is_package", "module"),
    [
        ("from . import x", False, "pkg"),
        ("from .other import x", False, "pkg.other"),
        ("from .. import x", True, "pkg"),
        ("from . import x", True, "pkg.mod"),
        ("from ..up import x", False, "up"),
    ],
)
def test_relative_ones_are_resolved(text: str, is_package: bool, module: str) -> None:
    assert [one.module for one in found(text, is_package=is_package)] == [module]


def test_one_beyond_the_top_is_left_out() -> None:
    assert found("from .... import x") == []


def test_they_are_found_at_any_depth_in_text_order() -> None:
    text = """
if x:
    import a
else:
    try:
        import b
    except E:
        import c
    finally:
        import d
class C:
    import e
    def f(self):
        import g
        def h():
            from i import j
match x:
    case 1:
        import k
"""
    assert [(one.module, one.lazy) for one in found(text)] == [
        ("a", False),
        ("b", False),
        ("c", False),
        ("d", False),
        ("e", False),
        ("g", True),
        ("i", True),
        ("k", False),
    ]


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_those_for_typing_are_marked(test: str) -> None:
    assert [one.typing_only for one in found(f"if {test}:\n    import a\nelse:\n    import b\n")] == [
        True,
        False,
    ]
