"""The type service: mypy in a process of its own, with unsaved buffers.

:class:`TypeService` is the client; importing it does not import mypy. Everything else here runs inside the service's process, and is the only code
that knows mypy.
"""

from holefit.types.client import TypeService
from holefit.types.errors import (
    TypeServiceDiedError,
    TypeServiceStuckError,
    TypesRequestCancelledError,
    TypesRequestFailedError,
)

__all__ = [
    "TypeService",
    "TypeServiceDiedError",
    "TypeServiceStuckError",
    "TypesRequestCancelledError",
    "TypesRequestFailedError",
]
