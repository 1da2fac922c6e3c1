"""Trials: whether a whole file has new errors with an edit, asked and then taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from holefit.types.checking import Target, check
from holefit.types.graft import changed, find, graft
from holefit.types.problems import problems_of
from holefit.types.program import Program

Errors = Counter[str]


class Trial:
    """Texts tried in the place of a file's own. ``text`` is what the program has of it."""

    def __init__(self, program: Program, path: str, text: str) -> None:
        self.program = program
        self.path = path
        self.text = text
        self._whole: Errors | None = None
        self._known: dict[tuple[int, int], Errors] = {}

    def accepts(self, text: str) -> bool:
        """Whether the file has no error with ``text`` that it does not have with its own."""
        inside = self._in_function(text)
        if inside is not None:
            return inside
        if self._whole is None:
            self.program.forget(self.path)
            with self.instead(self.text):
                self._whole = self._errors()
        with self.instead(text) as good:
            return good and not self._errors() - self._whole

    @contextmanager
    def instead(self, text: str) -> Iterator[bool]:
        """While the context is open the program has ``text`` for the file; False where it cannot be parsed or checked."""
        program, path = self.program, self.path
        program.update(path, text.encode("utf-8", "surrogatepass"))
        try:
            yield path not in program.blocked
        finally:
            program.blocked.pop(path, None)
            program.forget(path)
            program.update(path, self.text.encode("utf-8", "surrogatepass"))

    def _errors(self) -> Errors:
        found = problems_of(self.program, self.path)
        return Counter(f"{one.code}: {one.message}" for one in found if one.severity == "error")

    def _in_function(self, text: str) -> bool | None:
        """The same for a change inside one function's body, by looking at that alone; None where that does not do."""
        program, path = self.program, self.path
        tree = program.tree(path)
        if tree is None:
            return None
        start, end, _ = changed(self.text.split("\n"), text.split("\n"))
        site = find(tree, start + 1)
        if site is None:
            return None
        key = (site.function.line, end)
        if key not in self._known:
            self._known[key] = self._checked(site.checked[1], site.info)
        made = graft(program, path, self.text, text, lambda _: True)
        if made is None:
            return None
        try:
            return not self._checked(made.site.checked[1], made.site.info) - self._known[key]
        finally:
            if graft(program, path, text, self.text, lambda _: True) is None:
                program.forget(path)
                program.update(path, self.text.encode("utf-8", "surrogatepass"))

    def _checked(self, node: object, info: object) -> Errors:
        """The errors of one function."""
        state = self.program.graph[self.program.module(self.path)]
        self.program.manager.errors.set_file(self.path, state.id, options=state.options)
        found = check(state.type_checker(), Target(node, info))  # type: ignore[arg-type]  # what a graft says is checked
        state.free_state()
        return Counter(message for _, message in found)
