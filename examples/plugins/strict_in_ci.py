"""Stricter options where nobody waits: type errors are shown, and holes have more time, when the variable CI is set.

Options name other variables to look for: ``-fplugin-opt=strict_in_ci:RELEASE``.
"""

from __future__ import annotations

import dataclasses
import os

from holefit import Plugin, SessionEnv, pure


def driver(options: tuple[str, ...], env: SessionEnv) -> SessionEnv:
    """The session's options, stricter when one of the variables is set."""
    if not any(os.environ.get(name) for name in options or ("CI",)):
        return env
    holes = dataclasses.replace(env.options.holes, hole_budget_ms=5000)
    return dataclasses.replace(env, options=env.options.replace(type_errors=True, holes=holes))


plugin = Plugin(driver=driver, recompile=pure)
