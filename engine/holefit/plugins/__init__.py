"""Plugins: values whose fields are called at stages of a session; see ``docs/plugins``."""

from holefit.plugins.extension_field import ExtensionField, ExtensionFieldError
from holefit.plugins.flags import PluginFlags, PluginName, read_flags
from holefit.plugins.guard import StageFailedError
from holefit.plugins.hole_fits import (
    HoleFit,
    HoleFitCandidate,
    HoleFitPlugin,
    HoleFitPluginR,
    RawHoleFit,
    TypedHole,
)
from holefit.plugins.host import FlagsOfFile, Plugins, flags_of
from holefit.plugins.loading import (
    PluginBrokenError,
    PluginError,
    PluginNotFoundError,
    PluginOfProjectError,
)
from holefit.plugins.plugin import ModuleSummary, ParsedResult, Plugin, SessionEnv
from holefit.plugins.recompilation import (
    ForceRecompile,
    MaybeRecompile,
    NoForceRecompile,
    Recompile,
    by_options,
    impure,
    pure,
)

__all__ = [
    "ExtensionField",
    "ExtensionFieldError",
    "FlagsOfFile",
    "ForceRecompile",
    "HoleFit",
    "HoleFitCandidate",
    "HoleFitPlugin",
    "HoleFitPluginR",
    "MaybeRecompile",
    "ModuleSummary",
    "NoForceRecompile",
    "ParsedResult",
    "Plugin",
    "PluginBrokenError",
    "PluginError",
    "PluginFlags",
    "PluginName",
    "PluginNotFoundError",
    "PluginOfProjectError",
    "Plugins",
    "RawHoleFit",
    "Recompile",
    "SessionEnv",
    "StageFailedError",
    "TypedHole",
    "by_options",
    "flags_of",
    "impure",
    "pure",
    "read_flags",
]
