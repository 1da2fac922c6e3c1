"""The harness: a session or a server driven from a test, with places marked in the source text itself."""

from holefit.testing.fixture import Claim, Fixture, FixtureError, parse_fixture

__all__ = ["Claim", "Fixture", "FixtureError", "parse_fixture"]
