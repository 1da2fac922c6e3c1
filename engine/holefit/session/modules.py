"""All modules of a project: which there are, what they show and use, and which have to be processed again.

One look goes over the files and buffers, takes the interfaces of those whose text is as it was (in memory, else from the store),
and makes the others anew. Those that use an interface whose fingerprint changed are processed again as well, without a parse.
See Note [Fingerprints ignore bodies].
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from holefit.annotations import metadata, stage
from holefit.diagnostics import Diagnostic, Severity
from holefit.plugins import Plugins, flags_of
from holefit.session.graph import dependency_order, reachable, used_modules
from holefit.session.interface import (
    Fingerprint,
    Interface,
    StoredAnnotation,
    exports,
    fingerprint_of,
    surface,
    text_fingerprint,
)
from holefit.session.options import Options
from holefit.session.project import Project
from holefit.session.store import Stamp, Store
from holefit.session.texts import Buffer, Texts
from holefit.syntax import (
    Import,
    ParsedModule,
    Position,
    Range,
    Source,
    UndecodableSourceError,
    decode,
    imports,
    parse,
)

_TICK_NS = 20_000_000


@dataclass(frozen=True, slots=True)
class BuiltModule:
    """A module that was processed, and why."""

    name: str
    path: Path
    reason: str


class Modules:
    """The modules as of the last look. Not safe to share between threads: the session holds a lock around it."""

    def __init__(self, root: Path, options: Options, texts: Texts, store: Store, plugins: Plugins) -> None:
        self._texts, self._store, self._plugins = texts, store, plugins
        self._stamps = store.read_stamps()
        self._written = dict(self._stamps)
        self.interfaces: dict[str, Interface] = {}
        self.edges: dict[str, tuple[str, ...]] = {}
        self._fresh: dict[str, ParsedModule] = {}  # parsed, for plugins to act on
        self.set_options(root, options)

    def set_options(self, root: Path, options: Options) -> None:
        """Look with these options from now on."""
        self._root, self._project = root, Project(root, options)
        # Options that change what a module's processing gives belong in here, and no others.
        self._options = fingerprint_of("options", *options.src)

    def name_of(self, path: Path) -> str:
        """The module name of the file at ``path``."""
        return self._project.module_name(path)

    def path_of(self, module: str) -> Path | None:
        """The file of ``module``: as of the last look, else where imports would find it."""
        found = self.interfaces.get(module)
        return found.path if found else self._project.find(module)

    def refresh(self, *, loading: bool = False) -> tuple[BuiltModule, ...]:
        """Look again. The modules that had to be processed, dependencies before dependents.

        ``loading`` tells a load, at which a plugin may ask for every module, from a look on the way.
        """
        self._plugins.look_again()
        buffers = self._texts.buffers()
        files = self._files(buffers)
        gone = self.interfaces.keys() - files.keys()
        for name in gone:
            del self.interfaces[name]
            self._store.remove(name)
        changed = {name: self._reason(name, path, source, loading) for name, (path, source) in files.items()}
        reasons = {name: reason for name, reason in changed.items() if reason}
        self._build_in_order(reasons.keys(), files, buffers)
        self._connect(reasons.keys(), everything=bool(gone) or any(name not in self.edges for name in files))
        if not reasons or not any(self._plugins.acts(one.flags) for one in self.interfaces.values()):
            # No parse: without plugins nothing of theirs follows from others' names.
            reasons |= self._affected(reasons.keys())
        if reasons:
            self._process(reasons, files, buffers)
        self._settle(reasons.keys())
        self._write_stamps()
        built = []
        if reasons:
            for group in dependency_order(self.edges):
                built += [
                    BuiltModule(one, files[one][0], reasons[one]) for one in sorted(group) if one in reasons
                ]
        return tuple(built)

    def with_annotations(self, module: str, stored: tuple[StoredAnnotation, ...]) -> None:
        """Put the values of annotations into the interface of ``module``, and persist them."""
        self.interfaces[module] = replace(self.interfaces[module], annotations=stored)
        self._persist(self.interfaces[module])

    def inputs(self, stored: StoredAnnotation) -> Fingerprint:
        """The fingerprint of all that the value of an annotation follows from: its text, its imports, and the project modules that run."""
        asked = stored.request
        runs = reachable(
            used_modules([Import(one, (), 0) for one in asked.uses], self.interfaces), self.edges
        )
        sources = [part for name in sorted(runs) for part in (name, self.interfaces[name].source)]
        return fingerprint_of(asked.target.value, asked.name, asked.expression, asked.imports, *sources)

    def _files(self, buffers: Mapping[Path, Buffer]) -> dict[str, tuple[Path, Fingerprint]]:
        """Every module with its file and the fingerprint of its text."""
        stamps: dict[str, Stamp] = {}
        found: dict[str, tuple[Path, Fingerprint]] = {}
        for path, stat in self._project.files():
            key = _key(path, self._root)
            stamp = self._stamps.get(key)
            if stamp is None or (stamp.modified_ns, stamp.size) != (stat.st_mtime_ns, stat.st_size):
                try:
                    source = text_fingerprint(path.read_bytes())
                except OSError:
                    continue
                # Clocks of file systems tick in milliseconds: a file as young as that may change again and look the same.
                settled = time.time_ns() - stat.st_mtime_ns > _TICK_NS
                stamp = Stamp(stat.st_mtime_ns if settled else 0, stat.st_size, source)
            stamps[key] = stamp
            buffer = buffers.get(path)
            self._add(found, path, buffer.fingerprint if buffer else stamp.source)
        for path, buffer in buffers.items():  # new files that are not saved yet
            ours = (
                path.suffix == ".py" and path.is_relative_to(self._root) and not self._project.excluded(path)
            )
            if ours and not any(known == path for known, _ in found.values()):
                self._add(found, path, buffer.fingerprint)
        self._stamps = stamps
        return found

    def _add(self, found: dict[str, tuple[Path, Fingerprint]], path: Path, source: Fingerprint) -> None:
        """Enter a file; where two files would be imported by one name, the second is known by its whole path."""
        name = self._project.module_name(path)
        if name in found:
            name = (
                ".".join(path.relative_to(self._root).with_suffix("").parts)
                if path.is_relative_to(self._root)
                else str(path)
            )
        found[name] = (path, source)

    def _reason(self, name: str, path: Path, source: Fingerprint, loading: bool) -> str:
        """Why a module has to be processed for its own sake; ``""`` when it has not."""
        known = self.interfaces.get(name)
        if known is None and (known := self._store.read(name)) is not None and known.path == path:
            self.interfaces[name] = known
        if known is None:
            return "it is new"
        if known.source != source or known.path != path:
            return "its source changed"
        if known.options != self._options:
            return "the options changed"
        return self._plugins.why_again(known.flags, known.plugins, loading=loading)

    def _build_in_order(
        self,
        names: Collection[str],
        files: Mapping[str, tuple[Path, Fingerprint]],
        buffers: Mapping[Path, Buffer],
    ) -> None:
        """Process modules, and let plugins act on each behind those that it uses; only trees on the way there are held."""
        done: set[str] = set()
        entered: set[str] = set()
        for root in names:
            way = [root]
            while way:
                name = way[-1]
                if name in done:
                    way.pop()
                    continue
                if name not in entered:
                    entered.add(name)
                    path, source = files[name]
                    self._build(name, path, source, buffers.get(path))
                    if name in self._fresh:
                        used = used_modules(self.interfaces[name].imports, files)
                        way += [one for one in reversed(used) if one in names and one not in entered]
                        continue
                done.add(name)
                way.pop()
                if name in self._fresh:
                    used = used_modules(self.interfaces[name].imports, files)
                    self._act(name, [one for one in used if one != name])

    def _process(
        self,
        reasons: dict[str, str],
        files: Mapping[str, tuple[Path, Fingerprint]],
        buffers: Mapping[Path, Buffer],
    ) -> None:
        """Have plugins act again on modules that use an interface that has changed since they did, dependencies first."""
        if not any(self._plugins.acts(one.flags) for one in self.interfaces.values()):
            return
        for group in dependency_order(self.edges):
            for _ in range(1 if len(group) == 1 else 2):  # in a cycle, the first may change what the last has
                for name in sorted(group):
                    if not (reason := self._outdated(name)):
                        continue
                    reasons.setdefault(name, reason)
                    if self._plugins.acts(self.interfaces[name].flags):
                        path, source = files[name]
                        self._build(name, path, source, buffers.get(path))
                        self._act(name, self.edges[name])

    def _act(self, name: str, used: Iterable[str]) -> None:
        """Let plugins act on a module that was just parsed; one with a syntax error is left alone."""
        parsed = self._fresh.pop(name, None)
        if parsed is None:
            return
        uses = {one: self.interfaces[one] for one in used if one in self.interfaces}
        made = self._plugins.process(self.interfaces[name], parsed, uses, flags_of(parsed))
        if made.fields:
            made = replace(made, fingerprint=fingerprint_of(made.fingerprint, repr(made.fields)))
        seen = {one: interface.fingerprint for one, interface in uses.items()}
        self.interfaces[name] = replace(made, uses=seen)

    def said_by_plugins(self, parsed: ParsedModule) -> tuple[Diagnostic, ...]:
        """What plugins say of the newest text of a file; the modules that it uses are taken as they were last looked at."""
        if not self.interfaces:
            self.refresh()
        name, flags = self.name_of(parsed.source.path), flags_of(parsed)
        if not self._plugins.acts(flags.words) or parsed.tree is None:
            return ()
        made = Interface(
            name,
            parsed.source.path,
            Fingerprint(b""),
            self._options,
            parsed.source.path.name == "__init__.py",
        )
        used = used_modules(imports(parsed.tree, name, made.is_package), self.interfaces)
        uses = {one: self.interfaces[one] for one in used if one != name}
        return self._plugins.process(made, parsed, uses, flags).problems

    def _build(self, name: str, path: Path, source: Fingerprint, buffer: Buffer | None) -> None:
        """Process one module. One with a syntax error goes on showing what it showed before."""
        before = self.interfaces.get(name)
        is_package = path.name == "__init__.py"
        made = Interface(name, path, source, self._options, is_package)
        try:
            parsed = buffer.parsed if buffer else parse(Source(path, decode(path.read_bytes(), path)))
        except (UndecodableSourceError, OSError) as error:
            self.interfaces[name] = _broken(made, before, _unreadable(path, error))
            return
        if parsed.error is not None:
            self.interfaces[name] = _broken(made, before, parsed.error)
            return
        self.interfaces[name] = _processed(made, before, parsed)
        if self._plugins.acts(self.interfaces[name].flags):
            self._fresh[name] = parsed

    def _connect(self, changed: Iterable[str], *, everything: bool) -> None:
        """Bring the edges of the graph up to date."""
        if everything:
            self.edges = {}
            changed = self.interfaces.keys()
        for name in changed:
            used = used_modules(self.interfaces[name].imports, self.interfaces)
            self.edges[name] = tuple(one for one in used if one != name)

    def _affected(self, built: Iterable[str]) -> dict[str, str]:
        """The modules, among those not processed yet, that use another interface than when they were."""
        done = set(built)
        return {name: reason for name in self.edges if name not in done and (reason := self._outdated(name))}

    def _outdated(self, name: str) -> str:
        """How what a module uses differs from when it was processed; ``""`` when it does not."""
        used, before = self.edges[name], self.interfaces[name].uses
        for other in used:
            if before.get(other) != self.interfaces[other].fingerprint:
                what = "it uses" if other in before else "it now finds"
                return f"the interface of {other} changed, which {what}"
        if len(before) != len(used):
            missing = next(iter(before.keys() - set(used)))
            return f"{missing} is gone, which it uses"
        return ""

    def _settle(self, built: Iterable[str]) -> None:
        """Note which interfaces were used, and persist what was made from files."""
        for name in built:
            uses = {other: self.interfaces[other].fingerprint for other in self.edges[name]}
            settled = replace(self.interfaces[name], uses=uses)
            self.interfaces[name] = settled
            self._persist(settled)

    def _persist(self, interface: Interface) -> None:
        """Write ``interface`` when it is that of files: of no unsaved text, its own or used, nor what is left of a broken one."""
        broken = any(one.code in ("syntax", "plugin-error") for one in interface.problems)
        used = (self.interfaces[name] for name in interface.uses)
        if not broken and self._is_saved(interface) and all(self._is_saved(one) for one in used):
            self._store.write(interface)

    def _is_saved(self, interface: Interface) -> bool:
        stamp = self._stamps.get(_key(interface.path, self._root))
        return stamp is not None and stamp.source == interface.source

    def _write_stamps(self) -> None:
        if self._stamps != self._written:
            self._store.write_stamps(self._stamps)
            self._written = dict(self._stamps)


def _processed(made: Interface, before: Interface | None, parsed: ParsedModule) -> Interface:
    """The interface of a module whose text was parsed."""
    assert parsed.tree is not None
    shown = exports(parsed)
    requests, problems = stage(parsed, made.module, made.is_package)
    requests += metadata(parsed, made.module, made.is_package)
    return replace(
        made,
        exports=shown,
        imports=imports(parsed.tree, made.module, made.is_package),
        fingerprint=surface(shown),
        annotations=_carried(before, [StoredAnnotation(one) for one in requests]),
        problems=problems,
        flags=flags_of(parsed).words,
    )


def _carried(before: Interface | None, asked: list[StoredAnnotation]) -> tuple[StoredAnnotation, ...]:
    """``asked`` with the values that the same annotations had before; whether those still hold, their inputs tell."""
    known = {}
    for one in before.annotations if before else ():
        if one.annotation is not None:
            known[one.request.target, one.request.name, one.request.expression, one.request.imports] = one
    carried = []
    for new in asked:
        key = (new.request.target, new.request.name, new.request.expression, new.request.imports)
        old = known.get(key)
        if old is not None and old.annotation is not None:
            new = replace(new, inputs=old.inputs, annotation=replace(old.annotation, range=new.request.range))
        carried.append(new)
    return tuple(carried)


def _broken(made: Interface, before: Interface | None, problem: Diagnostic) -> Interface:
    """The interface of a module that cannot be processed: what it showed before, and the reason."""
    if before is None:
        return replace(made, problems=(problem,))
    return replace(before, source=made.source, options=made.options, path=made.path, problems=(problem,))


def _unreadable(path: Path, error: UndecodableSourceError | OSError) -> Diagnostic:
    start = Position(0, 0)
    message = str(error)
    if isinstance(error, UndecodableSourceError):
        message = f"{error.reason}. {error.remedy}"
    return Diagnostic(path, Range(start, start), Severity.ERROR, "syntax", message)


def _key(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
