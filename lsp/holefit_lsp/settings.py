"""The editor's settings: nested JSON in camelCase on top of what the project's pyproject.toml says.

A key that is not known or a value of the wrong type is named and left out; the others count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holefit.session.options import Options
from holefit.session.settings import updated


@dataclass(frozen=True)
class Settings:
    """What the editor has set. Nothing is trusted unless it says so."""

    values: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    problems: tuple[str, ...] = ()

    def over(self, project: Options) -> Options:
        """The options of a session whose project says ``project``."""
        options, _ = updated(project, self.values)
        return options.replace(trusted=self.trusted)


def read(raw: object) -> Settings:
    """Settings from JSON: the section itself, or an object with it under ``holefit``."""
    if raw is None:
        return Settings()
    if not isinstance(raw, Mapping):
        return Settings(problems=(f"settings are an object, not {type(raw).__name__}",))
    inner = raw.get("holefit")
    section = inner if isinstance(inner, Mapping) else raw
    values = {str(key): value for key, value in section.items()}
    options, problems = updated(Options(trusted=False), values)
    told = tuple(f"holefit.{problem.key}: {problem.message}" for problem in problems)
    return Settings(values, options.trusted, told)
