"""The project's own mypy settings, as far as they concern what is asked here."""

from __future__ import annotations

import copy
import io
import logging
from pathlib import Path

from mypy.config_parser import parse_config_file
from mypy.options import Options

log = logging.getLogger(__name__)

# What a project may decide: how its code is read. Not what is reported, followed, cached or built.
_HONOURED = (
    "allow_redefinition",
    "allow_untyped_globals",
    "always_false",
    "always_true",
    "disallow_any_generics",
    "enable_incomplete_feature",
    "extra_checks",
    "implicit_optional",
    "implicit_reexport",
    "no_implicit_optional",
    "platform",
    "plugins",
    "strict_bytes",
    "strict_equality",
    "strict_optional",
)
_NAMES = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")


def configure(options: Options, root: Path, *, plugins: bool) -> str | None:
    """Take over the settings of the first configuration file below ``root`` that has any; gives its path.

    mypy plugins that it names run code of the project: only with ``plugins``.
    """
    for name in _NAMES:
        path = root / name
        if not path.is_file() or "mypy" not in path.read_text(encoding="utf-8", errors="replace"):
            continue
        theirs = copy.copy(options)
        theirs.plugins = []
        # The copy is shallow, and these are filled in place.
        theirs.report_dirs = {}
        theirs.per_module_options = {}
        complaints = io.StringIO()
        try:
            parse_config_file(theirs, lambda: None, str(path), complaints, complaints)
        except (SystemExit, Exception) as error:  # a file that mypy itself refuses
            log.warning("%s: %s", path, error)
            return None
        for problem in complaints.getvalue().splitlines():
            log.info("%s", problem)
        for honoured in _HONOURED:
            if honoured != "plugins" and hasattr(theirs, honoured):
                setattr(options, honoured, getattr(theirs, honoured))
        # A module whose errors are ignored has holes all the same.
        options.per_module_options = {
            module: {name: value for name, value in settings.items() if name in _HONOURED}
            for module, settings in theirs.per_module_options.items()
        }
        options.mypy_path += [entry for entry in theirs.mypy_path if entry not in options.mypy_path]
        if plugins and theirs.plugins:
            options.plugins = theirs.plugins
            options.config_file = str(path)
        return str(path)
    return None
