"""Parts of the worker that are loaded when the first of their requests comes, so that its start stays short.

Such a part is a module with ``answers(worker)``: a function for each request that it answers, as :class:`holefit_worker.worker.Worker` has them.
"""

from __future__ import annotations

from holefit_wire.interpreter import holes, linker, profiling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_worker.worker import Worker

_LINKER = (
    linker.InitLinker,
    linker.LoadObject,
    linker.LoadArchive,
    linker.ResolveObjects,
    linker.LoadDLL,
    linker.LoadExtension,
    linker.UnloadObject,
    linker.LookupSymbol,
    linker.LookupClosure,
    linker.AddLibrarySearchPath,
    linker.RemoveLibrarySearchPath,
    linker.FindSystemLibrary,
    linker.SetNative,
)
_PROFILING = (profiling.MakeCostCentres, profiling.ProfileStmt, profiling.CostCentreStackInfo)
_HOLES = (holes.DeferHoles, holes.FillHole, holes.LiveNames, holes.Try)
# request -> the module that answers it
LATER: dict[type, str] = {
    **dict.fromkeys(_HOLES, "holefit_worker.reached"),
    **dict.fromkeys(_LINKER, "holefit_worker.linking"),
    **dict.fromkeys(_PROFILING, "holefit_worker.costs"),
}


def answers_for(
    kind: type, worker: Worker, load: Callable[[str], Any]
) -> dict[type, Callable[[int, Any], Any]]:
    """All that the part answers which answers requests of ``kind``; nothing where there is none."""
    name = LATER.get(kind)
    found: dict[type, Callable[[int, Any], Any]] = {} if name is None else load(name).answers(worker)
    return found
