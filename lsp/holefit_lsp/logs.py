"""The log, on standard error."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import queue
from typing import Any

from typing_extensions import override


def log_to_stderr(level: str) -> None:
    """Log from a thread of its own: a client that does not read our standard error must not stop us."""
    lines: queue.Queue[Any] = queue.Queue(10_000)
    root = logging.getLogger()
    root.addHandler(_DroppingQueueHandler(lines))
    root.setLevel(level if level in logging.getLevelNamesMapping() else "WARNING")
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.handlers.QueueListener(lines, to_stderr).start()


class _DroppingQueueHandler(logging.handlers.QueueHandler):
    """Drops what finds no room."""

    @override
    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self.queue.put_nowait(record)
