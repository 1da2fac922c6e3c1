"""Typed holes, annotations, evaluation in place and hot reload for Python, as a library.

The names are loaded when they are first asked for, so that ``import holefit`` costs next to nothing. ``docs/library.md``
says what each is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holefit._version import __version__

if TYPE_CHECKING:
    from holefit.annotations.annotation import Annotation
    from holefit.annotations.annotation import Target as AnnotationTarget
    from holefit.diagnostics import Diagnostic, Severity
    from holefit.edits import Edit, apply
    from holefit.errors import (
        HolefitError,
        SessionClosedError,
        TargetNotFoundError,
        UntrustedWorkspaceError,
    )
    from holefit.eval.result import Evaluation, Frame, SnippetResult
    from holefit.holes.constructions.construction import Construction, ConstructionKind
    from holefit.holes.hole import Binding, Fit, FitKind, Hole
    from holefit.interpreter import (
        Interpreter,
        InterpreterError,
        InterpreterStatus,
        PythonNotFoundError,
        StaleRemoteRefError,
        WorkerDiedError,
    )
    from holefit.plugins import (
        ExtensionField,
        ExtensionFieldError,
        ForceRecompile,
        HoleFit,
        HoleFitCandidate,
        HoleFitPlugin,
        HoleFitPluginR,
        MaybeRecompile,
        ModuleSummary,
        NoForceRecompile,
        ParsedResult,
        Plugin,
        RawHoleFit,
        Recompile,
        SessionEnv,
        TypedHole,
        by_options,
        impure,
        pure,
    )
    from holefit.reload.plan import Effect, ModulePlan, ReloadPlan, Step
    from holefit.reload.report import Kept, ReloadReport, Removed, StaleFrame
    from holefit.reload.tweak import Tweakable, TweakRefusedError
    from holefit.session import (
        BuiltModule,
        Export,
        Interface,
        LoadAll,
        LoadHow,
        LoadResult,
        OptionProblem,
        Options,
        Session,
        Target,
        find_root,
        load_dependencies_of,
        load_up_to,
    )
    from holefit.syntax import (
        HoleSite,
        ParsedModule,
        Position,
        Range,
        Snippet,
        SnippetKind,
        Source,
        UndecodableSourceError,
        parse,
        read_source,
    )

__all__ = [
    "Annotation",
    "AnnotationTarget",
    "Binding",
    "BuiltModule",
    "Construction",
    "ConstructionKind",
    "Diagnostic",
    "Edit",
    "Effect",
    "Evaluation",
    "Export",
    "ExtensionField",
    "ExtensionFieldError",
    "Fit",
    "FitKind",
    "ForceRecompile",
    "Frame",
    "Hole",
    "HoleFit",
    "HoleFitCandidate",
    "HoleFitPlugin",
    "HoleFitPluginR",
    "HoleSite",
    "HolefitError",
    "Interface",
    "Interpreter",
    "InterpreterError",
    "InterpreterStatus",
    "Kept",
    "LoadAll",
    "LoadHow",
    "LoadResult",
    "MaybeRecompile",
    "ModulePlan",
    "ModuleSummary",
    "NoForceRecompile",
    "OptionProblem",
    "Options",
    "ParsedModule",
    "ParsedResult",
    "Plugin",
    "Position",
    "PythonNotFoundError",
    "Range",
    "RawHoleFit",
    "Recompile",
    "ReloadPlan",
    "ReloadReport",
    "Removed",
    "Session",
    "SessionClosedError",
    "SessionEnv",
    "Severity",
    "Snippet",
    "SnippetKind",
    "SnippetResult",
    "Source",
    "StaleFrame",
    "StaleRemoteRefError",
    "Step",
    "Target",
    "TargetNotFoundError",
    "TweakRefusedError",
    "Tweakable",
    "TypedHole",
    "UndecodableSourceError",
    "UntrustedWorkspaceError",
    "WorkerDiedError",
    "__version__",
    "apply",
    "by_options",
    "find_root",
    "impure",
    "load_dependencies_of",
    "load_up_to",
    "parse",
    "pure",
    "read_source",
]

_PLACES = {
    "annotations.annotation": ("Annotation",),
    "diagnostics": ("Diagnostic", "Severity"),
    "edits": ("Edit", "apply"),
    "errors": ("HolefitError", "SessionClosedError", "TargetNotFoundError", "UntrustedWorkspaceError"),
    "eval.result": ("Evaluation", "Frame", "SnippetResult"),
    "holes.constructions.construction": ("Construction", "ConstructionKind"),
    "holes.hole": ("Binding", "Fit", "FitKind", "Hole"),
    "interpreter": (
        "Interpreter",
        "InterpreterError",
        "InterpreterStatus",
        "PythonNotFoundError",
        "StaleRemoteRefError",
        "WorkerDiedError",
    ),
    "plugins": (
        "HoleFit",
        "HoleFitCandidate",
        "HoleFitPlugin",
        "HoleFitPluginR",
        "RawHoleFit",
        "TypedHole",
        "ExtensionField",
        "ExtensionFieldError",
        "ForceRecompile",
        "MaybeRecompile",
        "ModuleSummary",
        "NoForceRecompile",
        "ParsedResult",
        "Plugin",
        "Recompile",
        "SessionEnv",
        "by_options",
        "impure",
        "pure",
    ),
    "reload.plan": ("Effect", "ModulePlan", "ReloadPlan", "Step"),
    "reload.tweak": ("TweakRefusedError", "Tweakable"),
    "reload.report": ("Kept", "ReloadReport", "Removed", "StaleFrame"),
    "session": (
        "BuiltModule",
        "Export",
        "Interface",
        "LoadAll",
        "LoadHow",
        "LoadResult",
        "OptionProblem",
        "Options",
        "Session",
        "Target",
        "find_root",
        "load_dependencies_of",
        "load_up_to",
    ),
    "syntax": (
        "HoleSite",
        "ParsedModule",
        "Position",
        "Range",
        "Snippet",
        "SnippetKind",
        "Source",
        "UndecodableSourceError",
        "parse",
        "read_source",
    ),
}


if not TYPE_CHECKING:  # to a type checker the imports above are all there is, so that it sees a misspelt name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "AnnotationTarget":
            value: object = import_module("holefit.annotations.annotation").Target
        else:
            place = next((place for place, names in _PLACES.items() if name in names), None)
            if place is None:
                raise AttributeError(f"module 'holefit' has no attribute {name!r}")
            value = getattr(import_module(f"holefit.{place}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
