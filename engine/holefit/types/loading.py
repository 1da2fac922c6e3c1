"""Modules that no opened file imports yet, added to a program one by one.

A build of everything that could be imported would take seconds and hundreds of megabytes. What is asked for is loaded from mypy's cache where that has it,
and else read from its file: declarations only, no function bodies. Nothing that the program has already is processed again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from mypy.build import PRI_INDIRECT, load_graph, process_fresh_modules, sorted_components_inner
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource
from mypy.semanal_main import semantic_analysis_for_scc

from holefit.types.program import Program

log = logging.getLogger(__name__)
# So many modules may be added to a program: they are never unloaded.
_MOST = 600


class Loading:
    """Adds modules to a program. ``wanted`` are those still to be added, likeliest first."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._refused: set[str] = set()
        self._added = 0
        self.wanted: dict[str, None] = {}

    def want(self, module: str) -> None:
        """Have ``module`` added when there is time."""
        if module not in self._refused and self._added < _MOST:
            self.wanted[module] = None

    def load(self, patience: Callable[[], bool]) -> bool:
        """Add what is wanted while ``patience`` lasts; whether anything was added."""
        added = False
        while self.wanted and patience():
            module = next(iter(self.wanted))
            del self.wanted[module]
            added = self._load(module) or added
        return added

    def _load(self, module: str) -> bool:
        program = self._program
        if module in program.graph:
            return False
        manager, graph = program.manager, program.graph
        manager.options.fine_grained_incremental = True
        new: list[Any] = []
        try:
            load_graph([BuildSource(None, module, None, followed=True)], manager, graph, new)
            for state in new:
                manager.import_map[state.id] = {*state.dependencies, *state.suppressed}
            names = {state.id for state in new}
            for component in sorted_components_inner(graph, names, PRI_INDIRECT):
                _process(sorted(component), graph, manager)
        except (CompileError, AssertionError, KeyError, AttributeError, TypeError, SystemExit) as error:
            log.info("%s cannot be loaded: %s", module, error)
            self._refused.add(module)
            for state in new:
                graph.pop(state.id, None)
                manager.modules.pop(state.id, None)
            return False
        self._added += len(new)
        if module not in manager.modules:
            self._refused.add(module)
        return module in manager.modules


def _process(component: list[str], graph: Any, manager: Any) -> None:
    """Bring in the modules of one import cycle, all that they import being there."""
    if all(graph[name].meta is not None and graph[name].is_fresh() for name in component):
        process_fresh_modules(graph, component, manager)
        return
    for name in component:
        if graph[name].tree is None:
            graph[name].parse_file()
    semantic_analysis_for_scc(graph, component, manager.errors)
    for name in component:
        state = graph[name]
        state.type_checker().reset()
        state.type_check_first_pass(recurse_into_functions=False)
        state.free_state()
        manager.modules[name].is_cache_skeleton = True
