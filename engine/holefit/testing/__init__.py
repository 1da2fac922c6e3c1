"""The harness: a session or a server driven from a test, with places marked in the source text itself."""

from holefit.testing.client import LspClient, LspError, LspTimeoutError
from holefit.testing.fixture import Claim, Fixture, FixtureError, parse_fixture
from holefit.testing.harness import Project, check, project, render_hole

__all__ = [
    "Claim",
    "Fixture",
    "FixtureError",
    "LspClient",
    "LspError",
    "LspTimeoutError",
    "Project",
    "check",
    "parse_fixture",
    "project",
    "render_hole",
]
