"""One live process with hot reload, driven by JSON lines: for editors, tools and tests that want to be told and to ask, nothing more.

Each line on standard input is a request, a JSON object; each is answered by one line on standard output. Code runs as `__main__` in the
project's own Python; what it prints goes to standard error.

  {"op": "hello"}                              name, version, caps
  {"op": "exec", "code": "import app"}         run statements
  {"op": "eval", "expr": "app.f(1)"}           the repr of a value
  {"op": "write", "path": "app.py", "text": "...", "mtime": 0}    write a file of the project (mtime may be left out)
  {"op": "remove", "path": "app.py"}           remove one; paths that lead out of the project are refused
  {"op": "reload"}                             status ok, error or noop; error, modules, generation, kept, removed, notes, stale
  {"op": "rollback", "generation": 3}          go back to the texts of a generation
  {"op": "checkpoint"}                         keep this state: its number
  {"op": "restore", "checkpoint": 1}           go back to it
  {"op": "changed"}                            modules that differ from their files
  {"op": "quit"}

An answer has "ok". When user code raises, it is false and exc, mro, msg and tb say what was raised. With --watch, files that change are reloaded
by themselves, between two requests; a line with "event": "reload" and what an answer to reload has tells of each.

examples:
  echo '{"op": "eval", "expr": "1 + 1"}' | holefit live --jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from holefit._version import __version__
from holefit.errors import HolefitError, UntrustedWorkspaceError, with_remedy
from holefit.interpreter import Interpreter, project_python
from holefit.reload.report import ReloadReport
from holefit.reload.watching import Watch
from holefit.session import read_options
from holefit_wire.interpreter import EvalComplete, EvalException

_CAPS = ["handlers", "generation", "changed", "modules"]
_NO_LIMIT = 1 << 30  # of characters: a program reads what is asked for here


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--jsonl", action="store_true", help="speak JSON lines (it always does)")
    parser.add_argument(
        "--root", default=".", metavar="FOLDER", help="the project; the working folder by default"
    )
    parser.add_argument(
        "--python", metavar="PATH", help="the Python that runs the code; the project's own by default"
    )
    parser.add_argument(
        "--globals",
        choices=["untouched", "keep", "always"],
        help="what a changed initialiser does to a global; the project's setting by default",
    )

    parser.add_argument(
        "--watch", action="store_true", help="reload by itself whenever files of the project change"
    )


class OutsideProjectError(HolefitError):
    """A file was to be written or removed that is none of the project's."""

    remedy = "Name a path below the project, or begin with --root at a folder around both."

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} leads out of the project")
        self.path = path


def run(arguments: argparse.Namespace) -> int:
    """Answer requests until there are no more."""
    root = Path(arguments.root).absolute()
    options, _ = read_options(root)
    if not options.trusted:
        raise UntrustedWorkspaceError(action="running code")
    if arguments.globals:
        options = replace(options, reload=replace(options.reload, globals=arguments.globals))
    python = Path(arguments.python) if arguments.python else project_python(root, options)
    live = Live(root, Interpreter(root, options, python=python))
    watch = Watch([root]) if arguments.watch else None
    if watch is not None:
        threading.Thread(target=_follow, args=(watch, live), name="holefit-reload", daemon=True).start()
    try:
        for line in sys.stdin:
            if not line.strip():
                continue
            live.answer(line)
            if live.ended:
                break
    finally:
        if watch is not None:
            watch.stop.set()
        live.close()
    return 0


def _follow(watch: Watch, live: Live) -> None:
    for _ in watch:
        live.follow()


class Live:
    """A live process and the files of its project. Requests and reloads of a watch take turns."""

    def __init__(self, root: Path, interpreter: Interpreter) -> None:
        self.ended = False
        self._turn = threading.Lock()
        self._root = root
        self._interpreter = interpreter
        interpreter.on_output = _to_stderr
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "hello": self._hello,
            "exec": self._exec,
            "eval": self._eval,
            "write": self._write,
            "remove": self._remove,
            "reload": lambda _: _reloaded(self._interpreter.reload()),
            "rollback": lambda request: _reloaded(self._interpreter.rollback(int(request["generation"]))),
            "checkpoint": lambda _: {"ok": True, "checkpoint": self._interpreter.checkpoint().number},
            "restore": self._restore,
            "changed": lambda _: {"ok": True, "modules": self._interpreter.changed_modules()},
            "quit": self._quit,
        }

    def close(self) -> None:
        """End the process."""
        self._interpreter.stop()

    def answer(self, line: str) -> None:
        """Write the answer to one request."""
        with self._turn:
            _write_line(self._answered(line))

    def follow(self) -> None:
        """Files have changed: reload, and tell of it if that did something."""
        with self._turn:
            if self.ended:
                return
            try:
                told = _reloaded(self._interpreter.reload())
            except HolefitError as error:
                told = _refusal(type(error).__name__, with_remedy(error))
            if told.get("status") != "noop":
                _write_line({"event": "reload", **told})

    def _answered(self, line: str) -> dict[str, Any]:
        try:
            request = json.loads(line)
            operation = self._operations[request["op"]]
        except (ValueError, KeyError, TypeError):
            known = ", ".join(self._operations)
            return _refusal("BadRequest", f"not a JSON object whose op is one of {known}")
        try:
            return operation(request)
        except HolefitError as error:
            return _refusal(type(error).__name__, with_remedy(error))
        except (KeyError, TypeError, ValueError, OSError) as error:
            return _refusal(type(error).__name__, f"{request['op']}: {error}")

    def _hello(self, _: dict[str, Any]) -> dict[str, Any]:
        status = self._interpreter.start()
        return {
            "ok": True,
            "name": "holefit",
            "version": __version__,
            "caps": _CAPS,
            "python": status.version,
        }

    def _exec(self, request: dict[str, Any]) -> dict[str, Any]:
        # a statement more, so that a last expression is run as the others and its value is not made a result
        return _evaluated(self._evaluate(request["code"] + "\npass"), {"ok": True})

    def _eval(self, request: dict[str, Any]) -> dict[str, Any]:
        done = self._evaluate(request["expr"])
        shown = None
        if not isinstance(done.result, EvalException):
            values = done.result.values
            shown = "None" if not values or values[0].is_none else values[0].text
        return _evaluated(done, {"ok": True, "repr": shown})

    def _evaluate(self, text: str) -> EvalComplete:
        return self._interpreter.eval_stmt(text, capture=False, output_limit=_NO_LIMIT)

    def _write(self, request: dict[str, Any]) -> dict[str, Any]:
        path = self._place(request["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(request["text"], encoding="utf-8", newline="")
        if request.get("mtime") is not None:
            os.utime(path, (request["mtime"], request["mtime"]))
        return {"ok": True}

    def _remove(self, request: dict[str, Any]) -> dict[str, Any]:
        self._place(request["path"]).unlink()
        return {"ok": True}

    def _place(self, path: str) -> Path:
        """Where a path of the project lies. The folder that it stands in must be in the project, links followed."""
        place = self._root / path
        if not place.parent.resolve().is_relative_to(self._root.resolve()) or place.name in {"", ".."}:
            raise OutsideProjectError(path)
        return place

    def _restore(self, request: dict[str, Any]) -> dict[str, Any]:
        for kept in self._interpreter.checkpoints:
            if kept.number == request["checkpoint"]:
                self._interpreter.restore(kept)
                return {"ok": True, "generation": kept.generation}
        return _refusal("CheckpointGoneError", f"there is no checkpoint {request['checkpoint']}")

    def _quit(self, _: dict[str, Any]) -> dict[str, Any]:
        self.ended = True
        return {"ok": True}


def _write_line(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _to_stderr(_stream: str, data: str) -> None:
    sys.stderr.write(data)
    sys.stderr.flush()


def _refusal(kind: str, text: str) -> dict[str, Any]:
    return {"ok": False, "exc": kind, "mro": [kind], "msg": text, "tb": ""}


def _evaluated(done: EvalComplete, answer: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(done.result, EvalException):
        return answer
    error = done.result.error
    return {
        "ok": False,
        "exc": error.type,
        "mro": [name.rpartition(".")[2] for name in error.classes],
        "msg": error.message,
        "tb": error.traceback,
    }


def _reloaded(report: ReloadReport) -> dict[str, Any]:
    status = "error" if report.errors else "ok" if report.reloaded else "noop"
    return {
        "ok": True,
        "status": status,
        "error": "; ".join(
            f"{error.path}:{error.range.start.line + 1}: {error.message}" for error in report.errors
        ),
        "modules": list(report.reloaded),
        "generation": report.generation,
        "kept": [f"{kept.module}.{kept.name}: {kept.reason}" for kept in report.kept],
        "removed": [f"{removed.module}.{removed.name}" for removed in report.removed],
        "stale": [
            f"{frame.module}.{frame.function} line {frame.line} in {frame.thread}"
            for frame in report.stale_frames
        ],
        "notes": list(report.notes),
        "duration_ms": report.duration_ms,
    }
