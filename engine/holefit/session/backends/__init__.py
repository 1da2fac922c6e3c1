"""Back ends: what becomes of a module once it is known."""

from holefit.session.backends.backend import BACKENDS, INTERPRETER, NONE, Backend

__all__ = ["BACKENDS", "INTERPRETER", "NONE", "Backend"]
