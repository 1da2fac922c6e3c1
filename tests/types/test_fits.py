"""What is put together by search, and what is not offered."""

from __future__ import annotations

from typing import Any

from holefit.types.workspace import Workspace
from holefit_wire.types import HolesFound


def test_calls_with_arguments_are_put_together(check: Any) -> None:
    check("""
        from dataclasses import dataclass
        @dataclass
        class Box:
            width: int
            title: str
            def find(self, key: str) -> "Box": ...
            @classmethod
            def parse(cls, text: str) -> "Box": ...
        def f(width: int, name: str) -> Box:
            return _
            #      ^ Box; fits Box(width, name) , Box.parse(name)
        def g(box: Box, key: str) -> Box:
            return _
            #      ^ Box; fits box , box.find(key) , Box.parse(key)
    """)


def test_parts_of_containers(check: Any) -> None:
    check("""
        class Box:
            title: str
        def f(boxes: list[Box], by_name: dict[str, Box], name: str, pair: tuple[int, Box]) -> Box:
            return _
            #      ^ Box; fits boxes[0] , boxes[-1] , by_name[name] , pair[1]
        def g(boxes: list[Box]) -> list[str]:
            return _
            #      ^ list[str]; fits [box.title for box in boxes] , [] , [_ for box in boxes]
        def h(size: int, label: str) -> tuple[int, str]:
            return _
            #      ^ tuple[int, str]; fits (size, label) , h(size, label)
        def i(classes: list[Box]) -> list[int]:
            return _
            #      ^ list[int]; fits [_ for one_class in classes]
    """)


def test_tests_of_truth_and_awaited_calls(check: Any) -> None:
    check("""
        class Page: ...
        async def fetch(url: str) -> Page: ...
        def f(page: Page | None, ready: bool) -> bool:
            return _
            #      ^ bool; fits ready , not ready , page is None , page is not None
        async def g(url: str) -> Page:
            return _
            #      ^ Page; fits await fetch(url)
        def h(url: str) -> Page:
            return _
            #      ^ Page; fits Page() ; not await fetch(url)
    """)


def test_attributes_of_attributes_and_methods_that_need_arguments(check: Any) -> None:
    check("""
        class Size:
            width: int
            def scaled(self, by: float) -> int: ...
        class Box:
            size: Size
            def area(self, by: float) -> int:
                print(self.size.scaled(by))
                return _
                #      ^ int; fits self.size.width , self.size.scaled(by)
    """)


def test_what_is_not_there_yet_is_not_offered(check: Any) -> None:
    check("""
        def load(text: str) -> str: ...
        class Box:
            def __init__(self, text: str) -> None:
                self.first = text
                self.second = load(_)
                #                  ^ str; fits text , self.first ; not self.second , self.third
                self.third = text
        def f(flag: bool, text: str) -> str:
            if flag:
                other = text
            else:
                return _
                #      ^ str; fits text ; not other
            return other
    """)


def test_attributes_that_cannot_be_set_are_no_fits_where_they_are_set(check: Any) -> None:
    check("""
        from typing import NamedTuple
        class Point(NamedTuple):
            height: int
        class Box:
            height: int = 3
        class View:
            @property
            def height(self) -> int: ...
        def f(point: Point, box: Box, view: View) -> None:
            _.height = 3
            #<^ object; has attribute height; fits box; not point, view
            print(_.height)
            #     ^ object; has attribute height; fits point , box , view
    """)


def test_holes_that_depend_on_each_other_are_filled_together(workspace: Workspace) -> None:
    path = workspace.root / "joined.py"
    path.write_text("def f(a: int, b: str) -> None:\n    _x + _y\n    print(_p, _q)\n")
    found = workspace.holes(str(path), None)
    assert isinstance(found, HolesFound)
    left, right, *apart = found.holes
    goes_with = {fit.text: [(one.name, one.text) for one in fit.partners] for fit in left.fits}
    assert goes_with["b"] == [("_y", "b")]
    assert goes_with["a"] == [("_y", "a")]
    places = [(one.line, one.column) for fit in right.fits for one in fit.partners]
    assert set(places) == {(1, 4)}
    assert all(fit.partners == () for hole in apart for fit in hole.fits)


def test_a_quick_answer_is_completed_by_the_next(workspace: Workspace) -> None:
    path = workspace.root / "quick.py"
    path.write_text(
        "def pad(text: str, size: int) -> bytes: ...\ndef f(text: str, size: int) -> bytes:\n    return _\n"
    )
    quick = workspace.holes(str(path), None, quick=True)
    full = workspace.holes(str(path), None)
    again = workspace.holes(str(path), None, quick=True)
    assert isinstance(quick, HolesFound)
    assert isinstance(full, HolesFound)
    assert not quick.holes[0].complete
    assert "pad(text, size)" not in [fit.text for fit in quick.holes[0].fits]
    assert full.holes[0].complete
    assert "pad(text, size)" in [fit.text for fit in full.holes[0].fits]
    assert again == full


def test_attributes_that_are_assigned_first_at_the_hole(check: Any) -> None:
    check("""
        class Config:
            def __init__(self, path: str, size: int) -> None:
                self.path = _
                #           ^ object; first path; fits size
                self.size = size
        class Store:
            def __init__(self, path: str | None) -> None:
                self.values: dict[str, str] = _
                #                             ^ dict[str, str]; fits {}; not path, None
                if path:
                    self.values = dict(a=path)
    """)


def test_what_a_deleted_module_gave_is_gone(workspace: Workspace) -> None:
    folder = workspace.root
    gone, path = folder / "going.py", folder / "staying.py"
    gone.write_text("class Box: ...\n")
    path.write_text("from going import Box\ndef f(box: Box) -> Box:\n    return _\n")
    before = workspace.holes(str(path), None)
    gone.unlink()
    workspace.file_changed(str(gone))
    after = workspace.holes(str(path), None)
    assert isinstance(before, HolesFound)
    assert isinstance(after, HolesFound)
    assert (before.holes[0].expected, after.holes[0].expected) == ("Box", "object")


def test_quotes_and_braces_are_no_fits_in_an_f_string(check: Any) -> None:
    check("""
        def join(parts: list[str]) -> str: ...
        def f(parts: dict[str, str], name: str) -> str:
            return f"{name + _}"
            #                ^ str; fits name , parts[name] ; not ""
        def g(parts: dict[str, int], name: str) -> str:
            return "{} {}".format(name + _)
            #                            ^ str; fits ""
        def size(of: dict[str, str]) -> int: ...
        def h(of: dict[str, str]) -> str:
            return f"{size(_)}"
            #              ^ dict[str, str]; fits of ; not {}
    """)
