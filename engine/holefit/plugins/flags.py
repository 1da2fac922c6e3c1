"""Flags that name plugins: on the command line, in ``[tool.holefit] plugins`` and in ``# holefit:`` comments.

====================================  ====================================================================
``-fplugin=M``                        use the plugin of module ``M``; the first that is named acts first
``-fplugin-opt=M:TEXT``               an option for every plugin of ``M``, wherever it stands
``-fplugin-library=PATH;UNIT;M;ARGS`` use the plugin of ``M`` in a file, folder or archive; ``ARGS`` as ``["one", "two"]``
``-fclear-plugins``                   forget the plugins and options so far
``-fplugin-trustworthy``              modules count as unaltered although plugins act on them
====================================  ====================================================================

Flags of the command line and the project come first, then those of the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PluginName:
    """A plugin to use, by its module; from the library at ``path`` where that is given, with options of its own."""

    module: str
    path: str = ""
    unit: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class PluginFlags:
    """The plugins to use, in order, and the options of each module."""

    plugins: tuple[PluginName, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trustworthy: bool = False


def read_flags(words: Iterable[str], base: PluginFlags | None = None) -> tuple[PluginFlags, tuple[str, ...]]:
    """``base`` with flags put in behind its own, and what is wrong with those that do not count. A bare word names a plugin."""
    base = base or PluginFlags()
    plugins, options = list(base.plugins), dict(base.options)
    trustworthy, problems = base.trustworthy, []
    waiting = [*words]
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if name in ("-fplugin", "-fplugin-opt", "-fplugin-library") and not equals:
            value = waiting.pop(0) if waiting else ""
        if not word.startswith("-"):
            plugins.append(PluginName(word))
        elif name == "-fplugin" and value:
            plugins.append(PluginName(value))
        elif name == "-fplugin-opt" and ":" in value:
            module, _, option = value.partition(":")
            options[module] = (*options.get(module, ()), option)
        elif name == "-fplugin-library" and (library := _library(value)):
            plugins.append(library)
        elif word == "-fclear-plugins":
            plugins, options = [], {}
        elif word == "-fplugin-trustworthy":
            trustworthy = True
        else:
            problems.append(f"`{word}` is no flag for plugins; {_FORMS.get(name, _FORMS[''])}")
    return PluginFlags(tuple(plugins), options, trustworthy), tuple(problems)


_FORMS = {
    "": "there are -fplugin=MODULE, -fplugin-opt=MODULE:TEXT, -fplugin-library=PATH;UNIT;MODULE;ARGS, -fclear-plugins and -fplugin-trustworthy",
    "-fplugin": "write -fplugin=MODULE",
    "-fplugin-opt": "write -fplugin-opt=MODULE:TEXT",
    "-fplugin-library": 'write -fplugin-library=PATH;UNIT;MODULE;ARGS, with ARGS such as ["one", "two"]',
}


def _library(value: str) -> PluginName | None:
    parts = value.split(";", 3)
    if len(parts) < 3 or not parts[0] or not parts[2]:
        return None
    try:
        given = ast.literal_eval(parts[3]) if len(parts) > 3 and parts[3].strip() else []
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if not isinstance(given, (list, tuple)) or not all(isinstance(one, str) for one in given):
        return None
    return PluginName(parts[2], parts[0], parts[1], tuple(given))
