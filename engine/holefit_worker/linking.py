"""The linker's requests. Loaded when the first of them comes, and the linker with it."""

from __future__ import annotations

from holefit_wire.interpreter import Done, Ref
from holefit_wire.interpreter.linker import (
    AddLibrarySearchPath,
    DLLLoaded,
    ExtensionLoaded,
    FindSystemLibrary,
    InitLinker,
    LibrarySearchPath,
    LoadArchive,
    LoadDLL,
    LoadExtension,
    LoadObject,
    LookupClosure,
    LookupSymbol,
    RemoveLibrarySearchPath,
    Resolved,
    ResolveObjects,
    SearchPathRemoved,
    SetNative,
    SystemLibrary,
    Taken,
    UnloadObject,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from holefit_worker.worker import Worker


def answers(worker: Worker) -> dict[type, Callable[[int, Any], Any]]:
    """What answers them. Code runs that is not ours (a compiler, what initialises a library): all of it can be interrupted."""
    native = worker.native
    linker = native.linker

    def load_archive(body: LoadArchive) -> Taken:
        linker.load_archive(body.path)
        return Taken()

    def load_extension(body: LoadExtension) -> ExtensionLoaded:
        phases, notes = native.load_extension(body.name, body.path)
        return ExtensionLoaded(phases, tuple(notes))

    def look_up_closure(body: LookupClosure) -> Ref:
        function = linker.function(body.name, body.result, body.arguments)
        return Ref(0 if function is None else worker.refs.add(function))

    def set_native(body: SetNative) -> Done:
        worker.set_native(body)
        return Done()

    carried_out: dict[type, Callable[[Any], Any]] = {
        InitLinker: lambda body: linker.init(),
        LoadObject: lambda body: Taken(tuple(linker.load_object(body.path, body.flags))),
        LoadArchive: load_archive,
        ResolveObjects: lambda body: Resolved(tuple(linker.resolve(body.flags))),
        LoadDLL: lambda body: DLLLoaded(linker.load_dll(body.name)),
        LoadExtension: load_extension,
        UnloadObject: lambda body: linker.unload(body.path),
        LookupSymbol: lambda body: linker.symbol(body.name),
        LookupClosure: look_up_closure,
        AddLibrarySearchPath: lambda body: LibrarySearchPath(linker.add_search_path(body.path)),
        RemoveLibrarySearchPath: lambda body: SearchPathRemoved(linker.remove_search_path(body.token)),
        FindSystemLibrary: lambda body: SystemLibrary(linker.find_system_library(body.name)),
        SetNative: set_native,
    }

    def answer(request_id: int, body: Any) -> Any:
        def carry_out() -> Any:
            try:
                return carried_out[type(body)](body)
            except native.error as error:
                return error.message()

        return worker.guarded(request_id, carry_out)

    return dict.fromkeys(carried_out, answer)
