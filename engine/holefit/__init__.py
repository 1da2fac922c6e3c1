"""Typed holes, annotations, evaluation in place and hot reload for Python, as a library."""

from holefit._version import __version__

__all__ = ["__version__"]
