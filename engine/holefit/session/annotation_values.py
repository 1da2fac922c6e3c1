"""Values of annotations, kept up to date: which have to be evaluated, and what went wrong with those that were."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from holefit.annotations import Annotation, evaluate, stage
from holefit.diagnostics import Diagnostic, Severity
from holefit.errors import HolefitError, with_remedy
from holefit.session.interface import Fingerprint, StoredAnnotation
from holefit.session.modules import Modules
from holefit.syntax import ParsedModule

if TYPE_CHECKING:
    from holefit.interpreter import Interpreter


class AnnotationValues:
    """Evaluates what is stale. A failure is remembered with its inputs and not tried again while they stay the same.

    Evaluations take turns; while one runs, ``looking`` (the session's lock on its modules) is free.
    """

    def __init__(self, looking: threading.RLock) -> None:
        self._looking = looking
        self._turn = threading.Lock()
        self._failed: dict[str, dict[Fingerprint, Diagnostic | None]] = {}  # None: there is nothing to say

    def failures(self, module: str) -> tuple[Diagnostic, ...]:
        """What went wrong with the annotations of ``module``."""
        return tuple(one for one in self._failed.get(module, {}).values() if one is not None)

    def problems(self, module: str, parsed: ParsedModule) -> list[Diagnostic]:
        """What is wrong with the annotations of a text: broken rules, and those evaluations that failed and still stand as they did."""
        requests, problems = stage(parsed, module, parsed.source.path.name == "__init__.py")
        standing = {request.expression_range for request in requests}
        return [*problems, *(one for one in self.failures(module) if one.range in standing)]

    def forget_failures(self) -> None:
        """Try everything again that failed."""
        self._failed = {}

    def refresh(
        self,
        modules: Modules,
        names: Iterable[str],
        interpreter: Callable[[], Interpreter],
        dirty: Callable[[], dict[Path, str]],
        *,
        metadata: bool,
    ) -> None:
        """Evaluate those annotations of the modules ``names`` whose inputs changed. No interpreter is asked for when none did.

        Without ``metadata`` those in ``typing.Annotated`` wait: nobody has asked for them yet, and they may be many.
        """
        with self._turn:
            with self._looking:
                waiting = {
                    name: stale for name in sorted(names) if (stale := self._stale(modules, name, metadata))
                }
                paths = {name: modules.interfaces[name].path for name in waiting}
            no_worker: HolefitError | None = None
            if waiting:
                try:
                    _show_texts(interpreter(), dirty())
                except HolefitError as error:
                    no_worker = error
            for name, stale in waiting.items():
                requests = [one.request for one in stale]
                results: list[Annotation | Diagnostic] = []
                if no_worker is None:
                    try:
                        limit_s = interpreter().options.eval.timeout_s
                        results = evaluate(interpreter(), name, paths[name], requests, timeout_s=limit_s)
                    except HolefitError as error:
                        no_worker = error
                if no_worker is not None:
                    text = f"annotations cannot be evaluated: {with_remedy(no_worker)}"
                    results = [
                        Diagnostic(paths[name], one.expression_range, Severity.ERROR, "annotation", text)
                        for one in requests
                    ]
                with self._looking:
                    self._put(modules, name, stale, results)

    def _stale(self, modules: Modules, name: str, metadata: bool) -> list[StoredAnnotation]:
        """The annotations of a module that have to be evaluated, each with its inputs as they are now."""
        interface = modules.interfaces.get(name)
        if interface is None or not interface.annotations:
            self._failed.pop(name, None)
            return []
        now = [(stored, modules.inputs(stored)) for stored in interface.annotations]
        current = {inputs for _, inputs in now}
        failed = {inputs: said for inputs, said in self._failed.get(name, {}).items() if inputs in current}
        self._failed[name] = failed
        return [
            StoredAnnotation(stored.request, inputs)
            for stored, inputs in now
            if stored.inputs != inputs and inputs not in failed and (metadata or not stored.request.metadata)
        ]

    def _put(
        self,
        modules: Modules,
        name: str,
        stale: list[StoredAnnotation],
        results: list[Annotation | Diagnostic],
    ) -> None:
        """Put results into the interface of a module, unless it is another by now, and failures in their place."""
        if (interface := modules.interfaces.get(name)) is None:
            return
        made = {one.request: (one, result) for one, result in zip(stale, results, strict=True)}
        stored = []
        for one in interface.annotations:
            if one.request not in made:
                stored.append(one)
                continue
            asked, result = made[one.request]
            if isinstance(result, Annotation):
                stored.append(StoredAnnotation(one.request, asked.inputs, result))
            else:
                stored.append(StoredAnnotation(one.request))
                assert asked.inputs is not None
                self._failed.setdefault(name, {})[asked.inputs] = None if one.request.metadata else result
        modules.with_annotations(name, tuple(stored))


def _show_texts(interpreter: Interpreter, dirty: dict[Path, str]) -> None:
    """Let the worker see what the editor shows, and reload what it has loaded of that, so that imports find it."""
    interpreter.set_buffers(dirty)
    if interpreter.changed_modules():
        interpreter.reload()
