"""The interpreter: the user's code in a process of its own on the user's own Python (external), or in a thread of this one (internal).

``Interpreter`` starts the worker on first use, sends it one request after the other and replaces it when it dies.
Values stay in the worker; a ``ForeignRef`` stands for one here and frees it when it is collected.
"""

from holefit.interpreter.errors import (
    InterpreterError,
    ProtocolError,
    PythonNotFoundError,
    PythonTooOldError,
    RequestFailedError,
    StaleRemoteRefError,
    WorkerDiedError,
    WorkerStartError,
    WormholeError,
)
from holefit.interpreter.interpreter import EvalItem, Interpreter
from holefit.interpreter.life import InterpreterStatus
from holefit.interpreter.linker import Linker, LinkError, LoadedExtension
from holefit.interpreter.python import broken_environment, project_python
from holefit.interpreter.questions import InputPrompt
from holefit.interpreter.refs import ForeignRef
from holefit.interpreter.snapshots import (
    CannotCopyError,
    Checkpoint,
    CheckpointGoneError,
    Fork,
    ForkDiedError,
)
from holefit.interpreter.values import RemoteError, values_of

__all__ = [
    "CannotCopyError",
    "Checkpoint",
    "CheckpointGoneError",
    "EvalItem",
    "ForeignRef",
    "Fork",
    "ForkDiedError",
    "InputPrompt",
    "Interpreter",
    "InterpreterError",
    "InterpreterStatus",
    "LinkError",
    "Linker",
    "LoadedExtension",
    "ProtocolError",
    "PythonNotFoundError",
    "PythonTooOldError",
    "RemoteError",
    "RequestFailedError",
    "StaleRemoteRefError",
    "WorkerDiedError",
    "WorkerStartError",
    "WormholeError",
    "broken_environment",
    "project_python",
    "values_of",
]
