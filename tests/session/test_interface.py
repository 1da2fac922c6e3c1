"""What a module shows, and when that changes."""

import textwrap
from pathlib import Path

import pytest

from holefit.session import Session
from holefit.session.interface import exports, surface
from holefit.syntax import Source, parse


def shown(text: str) -> dict[str, tuple[str, str]]:
    parsed = parse(Source(Path("/m.py"), textwrap.dedent(text)))
    return {one.name: (one.kind, one.type or one.initialiser) for one in exports(parsed)}


def print_of(text: str) -> bytes:
    return surface(exports(parse(Source(Path("/m.py"), textwrap.dedent(text)))))


def test_names_come_with_their_types_as_written() -> None:
    assert shown("""
        import os
        from shapes import area as a
        LIMIT = 3
        names: list[str] = []
        made, *rest = build()
        @cache
        def f(x: int, *,  # the x
              y: str = "a,b") -> list[int]:
            @inner
            def g(): ...
        async def h(x: T) -> T: ...
        class C(Base, metaclass=M):
            size: int = 0
            def __init__(self, v):
                self.v = v
                if v:
                    self.w: float = 1
            class Inner: ...
        if os.name == "nt":
            def only_here(): ...
    """) == {
        "a": ("import", "shapes:area"),
        "LIMIT": ("variable", "int"),
        "names": ("variable", "list[str]"),
        "made": ("variable", "build()"),
        "rest": ("variable", "build()"),
        "f": ("function", '@cache (x: int, *, y: str = "a,b") -> list[int]'),
        "h": ("function", "async (x: T) -> T"),
        "C": ("class", "(Base, metaclass=M)"),
        "C.size": ("variable", "int"),
        "C.__init__": ("function", "(self, v)"),
        "C.v": ("variable", "v"),
        "C.w": ("variable", "float"),
        "C.Inner": ("class", "()"),
        "only_here": ("function", "()"),
    }


BASE = """
X = 1
def f(a: int = 1) -> int:
    return a
class C:
    def m(self): ...
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return a", "return a + 1"),
        ("X = 1", "X = 2  # other"),
        ("X = 1", "\n\n'''doc'''\nX = 1"),
        ("def f", "# a remark\ndef f"),
        ("m(self): ...", "m(self): self"),
        ("a: int = 1", "a: int = 1  # one\n"),
        ("X = 1\n", ""),
    ],
)
def test_bodies_comments_and_order_do_not_count(old: str, new: str) -> None:
    changed = (
        BASE.replace(old, new, 1) if new or old != "X = 1\n" else BASE.replace("X = 1\n", "") + "X = 1\n"
    )
    assert changed != BASE
    assert print_of(changed) == print_of(BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X = 1", "X = 'a'"),
        ("X = 1", "Y = 1"),
        ("X = 1", "X = g()"),
        ("a: int = 1", "a: int = 2"),
        ("a: int = 1", "a: str = 1"),
        ("-> int", "-> str"),
        ("def f", "async def f"),
        ("def f", "@deco\ndef f"),
        ("class C", "class C(B)"),
        ("m(self)", "m(self, x)"),
        ("m(self): ...", "m(self): self.y = 1"),
        ("def f(a: int = 1) -> int:\n    return a\n", ""),
    ],
)
def test_names_and_types_count(old: str, new: str) -> None:
    assert old in BASE
    assert print_of(BASE.replace(old, new, 1)) != print_of(BASE)


def test_a_link_out_of_the_project_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "project"
    for folder in (outside, root):
        folder.mkdir()
    (root / ".holefit").symlink_to(outside)
    (root / "m.py").write_text("x = 1\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Session.open(root, trusted=False) as session:
        session.load()
    assert list(outside.iterdir()) == []
    assert list((tmp_path / "cache/holefit").glob("*/interfaces/m.msgpack"))
