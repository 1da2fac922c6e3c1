"""Break arrays and their sites: which lines hold code, what stands on them, and how they move when the text changes."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType

OFF = -1
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<string>", "<frozen ", "<attrs ", "<condition>")
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Site:
    """A breakpoint that is set: counter ``index`` of array ``array``. ``line`` is 1-based; ``count`` is as SetupBreakpoint has it."""

    __slots__ = ("array", "code", "condition", "count", "hits", "index", "line", "nested", "problem")

    def __init__(self, array: int, index: int, line: int) -> None:
        self.array = array
        self.index = index
        self.line = line
        self.count = 0
        self.hits = 0
        self.condition = ""
        self.code: CodeType | None = None
        self.nested = False
        self.problem = ""

    def set_condition(self, text: str) -> None:
        """Stop only where the expression ``text`` holds; empty: always. Raises SyntaxError."""
        self.code = compile(text.strip(), "<condition>", "eval", 0, True) if text.strip() else None
        self.condition = text
        self.nested = self.code is not None and any(
            type(constant) is type(self.code) for constant in self.code.co_consts
        )

    def stops(self, frame: FrameType) -> bool:
        """The line is reached: whether to stop there. A condition that raises stops, and leaves word in ``problem``."""
        self.problem = ""
        if self.code is not None:
            names = frame.f_locals
            try:
                if self.nested:  # its comprehensions and lambdas see globals alone
                    holds = eval(self.code, {**frame.f_globals, **names})
                else:
                    holds = eval(self.code, frame.f_globals, names)
            except Exception as error:  # user code
                self.problem = f"the condition {self.condition} raised {type(error).__name__}: {error}"
                holds = True
            if not holds:
                return False
        self.hits += 1
        if self.count > 0:
            self.count -= 1
            return False
        return True


class Array:
    """Counters for the lines of one file. An index keeps its meaning when its line moves; ``lines`` has 0 where the line is gone."""

    def __init__(self, path: str, text: str, extra: Iterable[int]) -> None:
        """Raises SyntaxError. ``extra`` are lines that hold code which is not the file's: snippets in comments."""
        self.path = path
        self.text = text
        self.lines = sorted({*_lines_of(text, path), *extra})
        self.sites: dict[int, Site] = {}
        self.hits: dict[int, int] = {}  # of sites that were switched off

    def follow(self, text: str) -> dict[int, int]:
        """The file's text is now ``text``: move the lines. Gives where each old line went; those that are gone are left out. Raises SyntaxError."""
        fresh = _lines_of(text, self.path)
        moved = moved_lines(self.text, text)
        self.lines = [moved.get(line, 0) for line in self.lines]
        self.lines += sorted(fresh.difference(self.lines))
        for index, site in list(self.sites.items()):
            site.line = self.lines[index]
            if not site.line:
                del self.sites[index]
        self.text = text
        return moved


def moved_lines(old: str, new: str) -> dict[int, int]:
    """Where the lines of ``old`` are in ``new``, 1-based. A line that was edited is where its edited form is."""
    before, after = old.splitlines(), new.splitlines()
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    moved = {line: line for line in range(1, head + 1)}
    moved.update({len(before) - i: len(after) - i for i in range(tail)})
    if len(before) - tail == head:
        return moved
    from difflib import SequenceMatcher

    inner = SequenceMatcher(
        None, before[head : len(before) - tail], after[head : len(after) - tail], autojunk=False
    )
    for kind, start, end, new_start, new_end in inner.get_opcodes():
        if kind in ("equal", "replace"):
            for i in range(end - start):
                moved[head + start + i + 1] = head + min(new_start + i, new_end - 1) + 1
    return moved


def text_of(path: str, loaded: str | None) -> str:
    """The text of the file at ``path``: ``loaded`` where it is known what runs. Raises OSError, SyntaxError, UnicodeError."""
    if loaded is not None:
        return loaded
    import tokenize

    with tokenize.open(path) as file:
        return file.read()


class Names:
    """File names as code objects have them, which may go through links."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def real(self, filename: str) -> str:
        """One name for each file."""
        found = self._known.get(filename)
        if found is None:
            found = filename if filename.startswith("<") else os.path.realpath(filename)
            self._known[filename] = found
        return found


def _lines_of(text: str, path: str) -> set[int]:
    return set(_lines(compile(text, path, "exec", 0, True)))


def _lines(code: CodeType) -> list[int]:
    """The lines that hold code, of inner functions too."""
    found = [line for _, _, line in code.co_lines() if line]
    for constant in code.co_consts:
        if type(constant) is type(code):
            found += _lines(constant)
    return found


def own_lines(code: CodeType) -> set[int]:
    """The lines of one code object."""
    return {line for _, _, line in code.co_lines() if line}


def is_library(filename: str) -> bool:
    """Whether it is code that its user did not write: the standard library, what is installed, what has no source."""
    return filename.startswith(_LIBRARY) or any(part in filename for part in _INSTALLED)
