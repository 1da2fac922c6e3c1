"""What is counted of how names are used, and how it is kept up to date."""

from __future__ import annotations

from holefit.holes.usage import Usage, chunks, nearby, observed

SOURCE = """import os

class Box:
    width: int = 3

    @property
    def area(self) -> int:
        return self.width * 2

    def put(self, key: str, *, style: str) -> None:
        draw(self.width, key, style=style)

def draw(size: int, key: str, style: str) -> None:
    name = os.sep
"""


def test_a_text_is_cut_at_functions_and_classes_with_their_decorators() -> None:
    firsts = [chunk.split("\n")[0].strip() for _, chunk in chunks(SOURCE)]
    assert firsts == ["import os", "class Box:", "@property", "def put(self, key: str, *, style: str) -> None:",
                      "def draw(size: int, key: str, style: str) -> None:"]  # fmt: skip
    assert "".join(chunk for _, chunk in chunks(SOURCE)) == SOURCE


def test_arguments_shapes_returned_and_assigned_values_are_counted() -> None:
    counts = Usage()
    counts.update("a.py", SOURCE)
    seen = counts.project
    assert seen.of("argument", "draw", "0") == {"self.width": 1}
    assert seen.of("argument", "draw", "style") == {"style": 1}
    assert seen.of("call", "draw") == {"2,style": 1}
    assert seen.of("returned") == {"self.width * 2": 1}
    assert seen.of("assigned", "name") == {"os.sep": 1}
    assert seen.of("attribute")["width"] == 2


def test_an_edit_counts_as_if_the_whole_text_were_looked_at_again() -> None:
    edited = Usage()
    edited.update("a.py", SOURCE)
    edited.update("a.py", SOURCE.replace("os.sep", "os.curdir"))
    fresh = Usage()
    fresh.update("a.py", SOURCE.replace("os.sep", "os.curdir"))
    assert edited.project.groups == fresh.project.groups
    edited.forget("a.py")
    assert edited.project.groups == {}


def test_a_chunk_that_cannot_be_parsed_counts_nothing_and_spoils_nothing() -> None:
    assert observed("def broken(:\n    pass").groups == {}
    usage = Usage()
    usage.update("a.py", "x = (\n\ndef f() -> None:\n    print(one)\n")
    assert usage.project.of("argument", "print", "0") == {"one": 1}


def test_what_is_near_a_line_is_the_function_around_it() -> None:
    near = nearby(Usage(), "a.py", SOURCE)(10)
    assert set(near.reads) == {"draw", "self", "key", "style", "str"}
    assert near.line == 1
    assert near.function.of("text")["self.width"] == 1
    assert near.file.of("text")["self.width"] == 2
