"""The files that a type service has open, and its answers about them."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from mypy.errors import CompileError
from mypy.options import Options as MypyOptions

from holefit.holes.usage import NOTHING, Nearby, Usage, nearby
from holefit.index.import_edit import import_edit
from holefit.session.hole_flags import hole_options
from holefit.session.options import HoleOptions, Options
from holefit.syntax import Position, Source, parse
from holefit.types.answers import Answers
from holefit.types.bound import BoundNames
from holefit.types.checking import FoundFit, FoundHole, Holes
from holefit.types.configuration import configure
from holefit.types.constructing import Constructing, PlacedHole, construction_info
from holefit.types.graft import graft
from holefit.types.hole_plugins import HolePlugins
from holefit.types.ignoring import looked_at
from holefit.types.importable import Importable
from holefit.types.live import Live
from holefit.types.naming import key
from holefit.types.problems import problems_of, type_of
from holefit.types.program import Program
from holefit_wire.types import (
    ChangeInfo,
    ConstructionsFound,
    FitInfo,
    HoleInfo,
    HolesFound,
    PartnerInfo,
    ProblemInfo,
    ProblemsFound,
    TypeFound,
    TypesFailed,
    TypesHello,
)

log = logging.getLogger(__name__)
_LINE_END = re.compile(r"\r\n|\r|\n")
# Files that are not open are looked at (one stat each) not more often than this.
_LOOK_EVERY_S = 1.0
_FIELDS = {field.name for field in fields(HoleOptions)}


class Workspace:
    """One program with its buffers. Not thread-safe; the service calls it from one place.

    ``grafts`` False has every edit checked as a whole; ``grafted`` counts the edits that were not.
    """

    def __init__(
        self, hello: TypesHello, on_progress: Callable[[str, float], None], cancelled: Callable[[], bool]
    ) -> None:
        self.root = Path(hello.root)
        self._bases = [Path(base) for base in hello.bases]
        self._cache = Path(hello.cache)
        self._python = Path(hello.python)
        self._plugins = hello.plugins
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._texts: dict[str, tuple[str, int | None]] = {}
        self._closed: set[str] = set()
        self._live: dict[str, Live] = {}
        self._looked = float("-inf")
        self._program: Program | None = None
        self._answers: dict[str, Answers] = {}
        self._bound: dict[str, BoundNames] = {}
        self._usage = Usage()
        self._index = None if hello.index is None else Path(hello.index)
        self._importable: Importable | None = None
        self._plugin_options = Options(
            plugins=hello.plugin_flags,
            plugin_path=hello.plugin_path,
            plugin_budget_ms=hello.plugin_budget_ms,
            trusted=hello.plugins,
        )
        self._hole_plugins = (
            HolePlugins(self.root, self._plugin_options, self._bases)
            if hello.plugins and hello.plugin_flags
            else None
        )
        self._recovered = False
        self.grafts = True
        self.grafted = 0
        self.set_options(hello.options)
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            writable = os.access(self._cache, os.W_OK)
        except OSError:
            writable = False
        if not writable:  # a project that may only be read
            self._cache = Path(tempfile.mkdtemp(prefix="holefit-types-"))
        # mypy takes the working directory for an import folder: nothing in ours can shadow a module.
        os.chdir(self._cache)

    def set_options(self, options: dict[str, Any]) -> None:
        """Replace the hole options; unknown names are ignored."""
        self._options = HoleOptions(**{name: value for name, value in options.items() if name in _FIELDS})
        for known in self._answers.values():
            known.forget()

    def set_buffer(self, path: str, text: str, version: int | None) -> None:
        """Remember a text; it is checked when something is asked about it."""
        self._texts[key(Path(path))] = (text, version)
        self._closed.discard(key(Path(path)))

    def close_buffer(self, path: str) -> None:
        """The file on disk counts again."""
        self._bound.pop(key(Path(path)), None)
        if self._texts.pop(key(Path(path)), None) is not None:
            self._closed.add(key(Path(path)))

    def set_live(self, path: str, globals: dict[str, str], locals: dict[str, str], line: int) -> None:
        """The classes of live values in a file; its holes are looked at anew."""
        self._live[key(Path(path))] = Live(globals, locals, line)
        if (known := self._answers.get(key(Path(path)))) is not None:
            known.forget()

    def file_changed(self, path: str) -> None:
        """A file was written: look at the disk at the next question."""
        self._looked = float("-inf")

    def recover(self) -> None:
        """After an internal error of mypy: its state is not to be trusted any more. Should it come again, only the code that it comes from has no answer."""
        if self._program is not None:
            self._begin_anew(self._program)
        self._answers.clear()
        self._recovered = True

    def idle(self) -> None:
        """Nothing was asked for a while: check as a whole what was only grafted."""
        for file, known in list(self._answers.items()):
            if known.stale and known.text is not None and self._program is not None:
                self._program.forget(file)
                triggered = self._program.update(file, known.text.encode("utf-8", "surrogatepass"))
                known.updated(known.text, same=not triggered)
                if triggered:
                    self._answers = {file: known}

    def rest(self) -> None:
        """Nothing was asked for a long while: begin anew from the cache if edits may not have reached everything, and all is saved."""
        program = self._program
        if (
            program is None
            or not program.drifted
            or any(not _saved(file, text) for file, (text, _) in self._texts.items())
        ):
            return
        program.rebuild()
        self._answers.clear()
        for file in list(self._texts):
            if self._cancelled():
                return
            self._bring(program, file, self._text(file)[0])

    def learn(self) -> bool:
        """Look at how one more file of the project uses names, or load a module for fits from it; False when all is done."""
        if self._program is None:
            return False
        if self._importable is not None and self._importable.loading.wanted:
            self._load_wanted(0.001)
            return True
        for path in self._program.files_below(self.root):
            if path in self._texts or self._usage.knows(path):
                continue
            try:
                text = Path(path).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                text = ""
            self._usage.update(path, text)
            return True
        return False

    def holes(self, path: str, line: int | None, quick: bool = False) -> HolesFound | TypesFailed:
        """The holes of a file; with ``line`` (0-based) those of the code that is checked together with that line."""
        file = key(Path(path))
        text, version = self._text(file)
        self._update(file, text)
        program = self._program
        assert program is not None
        if messages := program.blocked.get(file):
            if not any("[syntax]" in message for message in messages):
                return TypesFailed("blocked", "mypy cannot check this file: " + "; ".join(messages))
            return HolesFound([], version)
        if program.tree(file) is None:
            return TypesFailed("blocked", f"mypy has no tree of {file}")
        if self._importable is not None and self._importable.refresh():
            for other in self._answers.values():
                other.forget()
        known = self._answers.setdefault(file, Answers())
        finder = self._finder(program, nearby(self._usage, file, text), text=text, quick=quick)
        with self._plugged(program, file, text, known):
            found = known.holes(finder, file, text, line)
            if not quick and self._load_wanted(self._options.hole_budget_ms / 2000):
                found = known.holes(finder, file, text, line)
        self._recovered = False
        bound = self._bound.setdefault(file, BoundNames())
        module, is_package = program.module(file), Path(file).stem == "__init__"
        infos = [_info(hole, text, module, is_package) for hole in found]
        return HolesFound(bound.unbound(infos, file, text), version)

    @contextlib.contextmanager
    def _plugged(self, program: Program, file: str, text: str, known: Answers) -> Iterator[None]:
        """While the context is open, the plugins that take part in holes are at hand, if there are any."""
        plugins = self._hole_plugins
        if plugins is None and "-fplugin" in text and self._plugin_options.trusted:
            plugins = self._hole_plugins = HolePlugins(self.root, self._plugin_options, self._bases)
        if plugins is None:
            yield
            return
        with plugins.of(Path(file), text) as changed:
            if changed:
                known.forget()
            program.hooks.plugins = plugins
            try:
                yield
            finally:
                program.hooks.plugins = None

    def _load_wanted(self, timeout_s: float) -> bool:
        """Load modules that hold what may be imported for a hole; whether answers were found without them."""
        if self._importable is None:
            return False
        end = time.monotonic() + timeout_s
        loaded = self._importable.loading.load(lambda: time.monotonic() < end and not self._cancelled())
        for known in self._answers.values() if loaded else ():
            known.forget()
        return loaded

    def constructions(self, path: str, line: int, column: int) -> ConstructionsFound | TypesFailed:
        """What can be built at a place (0-based) of a file, tried by the checker."""
        file = key(Path(path))
        text, version = self._text(file)
        self._update(file, text)
        program = self._program
        assert program is not None
        if file in program.blocked or program.tree(file) is None:
            return ConstructionsFound([], version)
        asked = Constructing(program, file, text, column_of, self._cancelled)
        found = [construction_info(asked.layout.source, draft) for draft in asked.at(Position(line, column))]
        self._answers[file] = fresh = Answers()  # the trees are others now
        if program.is_current(file, text.encode("utf-8", "surrogatepass")):
            fresh.updated(text)
        return ConstructionsFound(found, version)

    def problems(self, path: str) -> ProblemsFound:
        """mypy's errors in a file."""
        file = key(Path(path))
        text, version = self._text(file)
        if self._program is not None:
            self._program.forget(file)
        self._update(file, text)
        assert self._program is not None
        if text != self._written(file)[0]:  # the file asks for no errors
            return ProblemsFound([], version)
        return ProblemsFound(problems_of(self._program, file), version)

    def syntax(self, path: str) -> ProblemsFound:
        """The syntax error of a file as Python words it; mypy's own for what only mypy cannot parse. Checks nothing."""
        file = key(Path(path))
        text, version = self._text(file)
        program = self._program
        if program is not None and program.is_current(file, text.encode("utf-8", "surrogatepass")):
            return ProblemsFound([], version)
        if (error := parse(Source(Path(path), text, version)).error) is not None:
            start, end = error.range.start, error.range.end
            place = (start.line, start.column, end.line, end.column)
            return ProblemsFound([ProblemInfo(*place, "error", "syntax", error.message)], version)
        found = problems_of(program, file) if program is not None and file in program.blocked else []
        return ProblemsFound([one for one in found if one.code == "syntax"][:1], version)

    def type_of(self, path: str, expression: str, line: int) -> TypeFound | TypesFailed:
        """The type of ``expression`` at the end of ``line`` (0-based)."""
        file = key(Path(path))
        text, _ = self._text(file)
        self._update(file, text)
        assert self._program is not None
        found = type_of(self._program, file, text, expression, line)
        self._program.forget(file)
        self._answers.pop(file, None)
        return found

    def _text(self, file: str) -> tuple[str, int | None]:
        """The text of a file as mypy is shown it, and its version."""
        text, version = self._written(file)
        return looked_at(text), version

    def _written(self, file: str) -> tuple[str, int | None]:
        """The text of a file as it was written."""
        known = self._texts.get(file)
        if known is not None:
            return known
        try:
            return Path(file).read_text(encoding="utf-8"), None
        except UnicodeDecodeError:
            return Path(file).read_text(encoding="latin-1"), None

    def _update(self, file: str, text: str) -> None:
        program = self._program
        if program is None:
            program = self._program = Program(
                self._bases, self._cache, self._python, self._configure, self._on_progress
            )
            program.hooks.live = self._live
            if self._index is not None:
                self._importable = program.hooks.importable = Importable(self._index, program)
        self._look_at_disk(program)
        for name in self._texts:
            if name != file and not program.is_current(name, (other := self._text(name)[0]).encode()):
                self._bring(program, name, other)
        self._bring(program, file, text)
        program.remember_files(self.root)

    def _look_at_disk(self, program: Program) -> None:
        """Bring in what was closed, or changed by others, since the last look."""
        for name in sorted(self._closed):
            if program.has_text(name):
                if os.path.isfile(name):
                    self._bring(program, name, self._text(name)[0])
                program.drop_text(name)
        self._closed.clear()
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY_S:
            return
        self._looked = now
        changed = program.changed_on_disk(self.root)
        if any(name not in self._texts and not os.path.exists(name) for name in changed):
            self._begin_anew(program)  # what imported a module that is gone does not know it
        for name in changed:
            self._usage.forget(name)
            if name not in self._texts and os.path.isfile(name):
                self._bring(program, name, self._text(name)[0])
                program.drop_text(name)

    def _begin_anew(self, program: Program) -> None:
        """Forget all trees; of the files only those that are open will be read again at once."""
        for name in [name for name in program.files.texts if name not in self._texts]:
            program.drop_text(name)
        program.rebuild()
        self._answers.clear()

    def _bring(self, program: Program, file: str, text: str) -> None:
        """Check ``file`` as ``text``: by a graft where one function's body has changed, else as a whole."""
        data = text.encode("utf-8", "surrogatepass")
        if program.is_current(file, data):
            return
        known = self._answers.setdefault(file, Answers())
        if self.grafts and known.text is not None:
            grafted = graft(program, file, known.text, text, known.may_graft)
            if grafted is not None:
                self.grafted += 1
                known.grafted(grafted, self._finder(program), text)
                return
        try:
            triggered = program.update(file, data)
        except CompileError as error:
            program.rebuild()
            program.blocked[file] = list(error.messages)
            triggered = {file}
        if triggered:
            # What other files show may have changed with what this one gives them.
            self._answers = {file: known}
        known.updated(text if program.is_current(file, data) else None)

    def _finder(
        self,
        program: Program,
        near: Callable[[int], Nearby] = lambda _: NOTHING,
        *,
        text: str = "",
        quick: bool = False,
    ) -> Holes:
        options = hole_options(self._options, text)
        return Holes(program, options, self._cancelled, near, quick=quick, sparing=self._recovered)

    def _configure(self, options: MypyOptions) -> None:
        configure(options, self.root, plugins=self._plugins)


def _saved(file: str, text: str) -> bool:
    try:
        return Path(file).read_bytes() == text.encode("utf-8", "surrogatepass")
    except OSError:
        return False


def column_of(hole: FoundHole | PlacedHole, text: str) -> int:
    """The column of a hole in code points. mypy's parser takes off the extra bytes of what is not ASCII twice, and a byte order mark."""
    if text.isascii():
        return hole.column
    line = _LINE_END.split(text)[hole.line - 1]
    if line.isascii():
        return hole.column
    for found in re.finditer(rf"(?<![\w.]){hole.name}(?!\w)", line):
        before = line[: found.start()].removeprefix("\ufeff")
        if 2 * len(before) - len(before.encode(errors="surrogatepass")) == hole.column:
            return found.start()
    return hole.column


def _fit_info(fit: FoundFit, hole: FoundHole, text: str, module: str, is_package: bool) -> FitInfo | None:
    """A fit with what it needs imported; None when nobody can say where the import would go."""
    changes = []
    for wanted in fit.imports:
        change = import_edit(text, wanted, module=module, is_package=is_package)
        if change is None:
            return None
        (start, end), new = (change[0].start, change[0].end), change[1]
        changes.append(ChangeInfo(start.line, start.column, end.line, end.column, new))
    needed = "\n".join(wanted.text for wanted in fit.imports) or None
    partners = []
    for one in fit.partners:
        other = PlacedHole(hole.line + one.below, one.column, one.name)
        partners.append(PartnerInfo(other.line - 1, column_of(other, text), one.name, one.text))
    return FitInfo(
        fit.text,
        fit.type,
        fit.provenance,
        fit.kind.value,
        fit.level,
        needed,
        tuple(changes),
        fit.documentation,
        tuple(partners),
    )


def _info(hole: FoundHole, text: str, module: str, is_package: bool) -> HoleInfo:
    return HoleInfo(
        hole.line - 1,
        column_of(hole, text),
        hole.name,
        hole.expected,
        list(hole.constraints),
        [list(binding) for binding in hole.bindings],
        [one for fit in hole.fits if (one := _fit_info(fit, hole, text, module, is_package)) is not None],
        hole.complete,
        hole.elapsed_ms,
        hole.tried,
        hole.misspelled,
        hole.messages,
    )
