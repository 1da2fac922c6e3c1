"""Deprecations of modules whose source you would rather not touch, from a table in a file.

    -fplugin=deprecated_elsewhere -fplugin-opt=deprecated_elsewhere:/project/deprecated.toml -fplugin=deprecations

where the file reads

    [shapes]
    area = "use surface"

It adds to the extension field ``deprecations`` when an interface is read, so it stands before the plugin that looks at it. An edit of the table has all modules processed again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from pathlib import Path

from holefit import ExtensionField, Interface, MaybeRecompile, Plugin, Recompile

DEPRECATIONS = ExtensionField("deprecations", 1, dict)


def interface_load(options: tuple[str, ...], interface: Interface) -> Interface:
    """The interface with what the tables say of its module."""
    known = dict(DEPRECATIONS.read(interface) or {})
    for path in options:
        known |= tomllib.loads(Path(path).read_text(encoding="utf-8")).get(interface.module, {})
    if not known:
        return interface
    return dataclasses.replace(interface, fields={**interface.fields, **DEPRECATIONS.stored(known)})


def recompile(options: tuple[str, ...]) -> Recompile:
    """The tables decide."""
    made = hashlib.blake2b()
    for path in sorted(options):
        made.update(Path(path).read_bytes())
    return MaybeRecompile(made.digest())


plugin = Plugin(interface_load=interface_load, recompile=recompile)
