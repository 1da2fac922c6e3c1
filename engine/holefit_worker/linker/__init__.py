"""Native code in the worker: compiled, linked, loaded, looked up, unloaded; and the native parts of a project under hot reload.

:class:`Linker` answers the linker's messages. :class:`Native` knows the extension modules and C libraries of the project, and is what the reloader asks.
"""

from .linker import Linker
from .native import Native

__all__ = ["Linker", "Native"]
