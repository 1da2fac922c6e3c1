"""Hot reload inside the worker: loads the project's modules, and brings them up to date in place."""

from .reloader import Reloader

__all__ = ["Reloader"]
