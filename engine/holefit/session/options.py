"""The options of a session: ``[tool.holefit]`` of the user's pyproject.toml, overridden by an editor's settings.

In TOML the keys are written with hyphens: ``[tool.holefit.holes] max-valid-hole-fits = 6``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Self

from holefit.session import settings


@dataclass(frozen=True)
class HoleOptions:
    """Which holes and fits are shown, named as GHC's flags without the ``-f``."""

    max_valid_hole_fits: int = 6
    show_valid_hole_fits: bool = True
    refinement_level_hole_fits: int = 1
    max_refinement_hole_fits: int = 6
    abstract_refinement_hole_fits: bool = False
    max_relevant_binds: int = 6
    show_hole_constraints: bool = True
    sort_valid_hole_fits: bool = True
    sort_by_size_hole_fits: bool = False
    sort_by_subsumption_hole_fits: bool = False
    unclutter_valid_hole_fits: bool = True
    show_type_of_hole_fits: bool = True
    show_provenance_of_hole_fits: bool = True
    show_docs_of_hole_fits: bool = False
    defer_typed_holes: bool = False
    hole_budget_ms: int = 500


@dataclass(frozen=True)
class EvalOptions:
    """Evaluation in place. ``timeout_s`` 0 means no limit; ``output_limit`` is in characters per evaluation.

    ``max_lines`` of a result are written into the text, 0 for all. ``doctest_options`` names flags of the ``doctest`` module
    that hold for every snippet: ``ELLIPSIS``.
    """

    show: Literal["insert", "inline"] = "insert"
    timeout_s: float = 30.0
    output_limit: int = 100_000
    max_lines: int = 100
    doctest_options: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReloadOptions:
    """Hot reload. ``globals`` is the policy for changed initialisers.

    ``running`` says what to do while functions that would change are running: ``report`` them and go on, ``wait`` up to ``wait_s`` seconds for them, or
    ``refuse``. With ``watch`` the language server watches files itself where the editor does not.
    """

    globals: Literal["untouched", "keep", "always"] = "untouched"
    on_save: bool = True
    running: Literal["report", "wait", "refuse"] = "report"
    wait_s: float = 5.0
    watch: bool = True


@dataclass(frozen=True)
class InterpreterOptions:
    """The worker. ``python`` empty: the project's ``.venv`` if there is one, else Holefit's own Python.

    ``spawn`` is a command line whose words ``{python}``, ``{worker}`` and ``{command}`` are replaced; empty: the interpreter itself. ``path_map`` says what folders
    of ours (relative ones are below the root) are called where that runs. ``memory_mb`` 0: no limit.
    ``standby`` keeps a sleeping copy of the worker, which takes over with all state when an evaluation kills it.
    """

    python: str = ""
    spawn: tuple[str, ...] = ()
    path_map: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 0
    standby: bool = True


@dataclass(frozen=True)
class NativeOptions:
    """Native code of the project. ``extensions`` are modules with their sources, ``libraries`` shared objects with theirs; all paths are relative to the project.

    ``compiler`` empty: the system's. ``build`` is a command that builds what is built otherwise. ``variables`` says what becomes of C variables that were written to.
    """

    extensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    libraries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    compile_args: tuple[str, ...] = ()
    link_args: tuple[str, ...] = ()
    compiler: str = ""
    build: tuple[str, ...] = ()
    variables: Literal["carry", "fresh"] = "carry"


@dataclass(frozen=True)
class Options:
    """All options. ``src`` holds folders (relative to the root) that modules are imported from; ``type_errors`` shows mypy's other errors too.
    With ``index`` names that are not imported yet are offered for holes, from an index that is built in the background.

    ``builtins`` are names that are bound everywhere, and so never holes: ``_`` where ``gettext.install`` puts it.
    ``plugins`` holds names of plugins and flags as in ``holefit.plugins.flags``; their modules are looked for in ``plugin_path`` too. A stage of a plugin that takes
    longer than ``plugin_budget_ms`` is ended; 0: no limit.
    """

    src: tuple[str, ...] = ("src", ".")
    exclude: tuple[str, ...] = ()
    builtins: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    plugin_path: tuple[str, ...] = ()
    plugin_budget_ms: int = 1000
    trusted: bool = True
    type_errors: bool = False
    index: bool = True
    holes: HoleOptions = field(default_factory=HoleOptions)
    eval: EvalOptions = field(default_factory=EvalOptions)
    reload: ReloadOptions = field(default_factory=ReloadOptions)
    interpreter: InterpreterOptions = field(default_factory=InterpreterOptions)
    native: NativeOptions = field(default_factory=NativeOptions)

    def replace(self, **changes: object) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names are checked by dataclasses

    def updated(self, given: Mapping[str, object]) -> tuple[Options, tuple[settings.OptionProblem, ...]]:
        """These options with an editor's settings put in, and what is wrong with those that were left out.

        ``given`` is nested plain data; keys may be in camelCase, with hyphens or with underscores; None counts as not given.
        """
        return settings.updated(self, given)
