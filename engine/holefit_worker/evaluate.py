"""Statements and expressions as a prompt takes them: parsed, split, run in a namespace."""

from __future__ import annotations

import _ast
import sys

from holefit_worker.holes import deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import CodeType
    from typing import Any

COROUTINE = 0x80  # inspect.CO_COROUTINE
MAX_SCOPES = 16
NOTHING = object()
LAST = "_ (last value)"  # no name that text can spell
_PARSE = _ast.PyCF_ONLY_AST | _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_STATEMENTS = {"import", "from", "del", "pass", "raise", "return", "assert", "global", "while", "for"}

# Note [The last value is for the prompt alone]
# ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
# Python's prompt keeps the last value as `_` in builtins, which every module sees. Here a `_` in a module is a hole: it
# would quietly be that value. So the value has a name of its own in builtins, and where the evaluated text itself says
# `_`, that name is meant, unless the text or its module binds `_`, or a program has put one into builtins as gettext does.


class Namespaces:
    """Where code runs: modules, and private copies of their globals by name, of which the newest ``MAX_SCOPES`` are kept."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], dict[str, Any]] = {}
        self._main: Any = None  # kept, for user code may empty sys.modules

    def get(self, module: str, scope: str) -> dict[str, Any]:
        """The namespace of ``module``, imported first if need be, or of its private ``scope``. Raises what the import raises."""
        if module == "__main__":
            self._main = sys.modules[module] = sys.modules.get(module) or self._main
        elif module not in sys.modules:
            __import__(module)
        globals_: dict[str, Any] = sys.modules[module].__dict__
        if not scope:
            return globals_
        namespace = self._scopes.pop((module, scope), None)
        if namespace is None:
            namespace = dict(globals_)
        self._scopes[module, scope] = namespace
        if len(self._scopes) > MAX_SCOPES:
            del self._scopes[next(iter(self._scopes))]
        return namespace


class Sources:
    """The text of evaluations, where tracebacks and ``inspect`` look for it. Numbers those that have no file, so that each keeps its own."""

    MAX = 2000

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, None, list[str], str]] = {}
        self._count = 0
        self._published = False

    def add(self, text: str, filename: str, line: int) -> str:
        """Remember ``text``, whose first line has number ``line``; gives the file name to compile it under."""
        if not filename.startswith("<"):
            return filename
        if filename.endswith(">"):
            self._count += 1
            filename = f"{filename[:-1]} {self._count}>"
        lines = ["\n"] * (line - 1) + [one + "\n" for one in text.split("\n")]
        self._entries[filename] = entry = (len(text), None, lines, filename)
        linecache = sys.modules.get("linecache") if self._published else None
        if linecache is not None:
            linecache.cache[filename] = entry
        if len(self._entries) > self.MAX:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            if linecache is not None:
                linecache.cache.pop(oldest, None)
        return filename

    def publish(self) -> None:
        """Import ``linecache``, which takes longer than an evaluation, and put all of it there, the first time."""
        if self._published:
            return
        try:
            import linecache
        except Exception:  # user code has patched what the standard library needs
            return
        self._published = True
        linecache.cache.update(self._entries)


class Loop:
    """The event loop of top-level awaits: one for the worker's life, made when the first one comes."""

    def __init__(self) -> None:
        self._loop: Any = None

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The coroutine's result; tasks that it leaves behind go on at the next call."""
        import asyncio

        outer = asyncio._get_running_loop()
        if outer is None:
            return self._run(asyncio, coroutine)
        own, self._loop = self._loop, None  # an evaluation is stopped in it: this one gets a loop of its own
        asyncio._set_running_loop(None)
        task = _swapped_task(asyncio, outer, None)
        try:
            return self._run(asyncio, coroutine)
        finally:
            self._loop.close()
            self._loop = own
            _swapped_task(asyncio, outer, task)
            asyncio._set_running_loop(outer)
            asyncio.set_event_loop(outer)

    def _run(self, asyncio: Any, coroutine: Coroutine[Any, Any, Any]) -> Any:
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            raise


def _swapped_task(asyncio: Any, loop: Any, task: Any) -> Any:
    """Make ``task`` the current one of ``loop``; gives the one that was."""
    before = asyncio.current_task(loop)
    if before is not None:
        asyncio.tasks._leave_task(loop, before)
    if task is not None:
        asyncio.tasks._enter_task(loop, task)
    return before


class Results:
    """The values of a group of evaluations, for those behind them in it: ``_1`` by its number, ``it`` for the last that is not None.

    They stand in builtins under names that text cannot spell, as the last value does: See Note [The last value is for the prompt alone].
    """

    def __init__(self) -> None:
        self._group = ""
        self._meanings: dict[str, str] = {}

    def execute(self, source: Any, filename: str, namespace: dict[str, Any], loop: Loop) -> Any:
        """:func:`execute` of an EvalSource in a group. What came from another group is forgotten."""
        builtins = sys.modules["builtins"].__dict__
        if source.group != self._group:
            for hidden in self._meanings.values():
                builtins.pop(hidden, None)
            self._group, self._meanings = source.group, {}
        value = execute(source.text, filename, max(source.line, 1), namespace, loop, self._meanings)
        if value is not NOTHING:
            self._keep(builtins, f"_{source.number}", value)
            if value is not None:
                self._keep(builtins, "it", value)
        return value

    def _keep(self, builtins: dict[str, Any], name: str, value: object) -> None:
        self._meanings[name] = hidden = f"{name} (result)"
        builtins[hidden] = value


def execute(
    text: str,
    filename: str,
    line: int,
    namespace: dict[str, Any],
    loop: Loop,
    meanings: dict[str, str] | None = None,
) -> Any:
    """Run ``text``, whose first line has number ``line``; gives the value of its last expression, or NOTHING.

    ``meanings`` says which names in builtins are meant by some names, where nothing else is.

    Statements before that run as at a prompt: expression statements print their values. ``await`` may stand at top level. Raises what the code raises.
    """
    namespace.setdefault("__builtins__", sys.modules["builtins"])  # not ours, see Note [Loaded apart]
    padded = "\n" * (line - 1) + text
    flags = _future_flags(namespace)
    builtins = sys.modules["builtins"].__dict__
    codes = []
    has_value, prints = True, False
    if not meanings and (only := _expression(text, padded, filename, flags)) is not None:
        codes.append(only)
    else:
        tree = compile(padded, filename, "exec", _PARSE | flags, True)
        meant = {**meanings} if meanings else {}
        if LAST in builtins and "_" in text:
            meant["_"] = LAST
        if meant:
            _mean(
                tree, {name: meant[name] for name in meant if name not in namespace and name not in builtins}
            )
        tree = deferred.marked(tree)
        body = tree.body
        last = body.pop() if body and type(body[-1]) is _ast.Expr else None
        has_value, prints = last is not None, bool(body)
        if body:
            codes.append(_compiled(_ast.Interactive(body), filename, "single", flags))
            flags |= _own_future_flags(body)
        if last is not None:
            codes.append(_compiled(_ast.Expression(last.value), filename, "eval", flags))
    value = None
    hook = sys.displayhook
    if prints and hook is sys.__displayhook__:
        sys.displayhook = _display
    try:
        if any(code.co_flags & COROUTINE for code in codes):
            value = loop.run(_run(codes, namespace))
        else:
            for code in codes:
                value = eval(code, namespace)
    finally:
        if sys.displayhook is _display:
            sys.displayhook = hook
    if not has_value:
        return NOTHING
    if value is not None:
        builtins[LAST] = value
    return value


def _expression(text: str, padded: str, filename: str, flags: int) -> CodeType | None:
    """``text`` compiled, if it is one expression of one line: that takes half the time that it takes to look at its tree first. None where it may be more."""
    if "\n" in text or "_" in text or "=" in text or text[:1].isspace() or ";" in text:
        return None  # `_` may be the last value, or a hole
    if text.partition(" ")[0] in _STATEMENTS:
        return None
    try:
        code: CodeType = compile(padded, filename, "eval", _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | flags, True)
    except SyntaxError:
        return None
    return code


def _display(value: Any) -> None:
    """Python's own display hook, which leaves the value where we have it. See Note [The last value is for the prompt alone]."""
    builtins = sys.modules["builtins"].__dict__
    before = builtins.get("_", NOTHING)
    try:
        sys.__displayhook__(value)
        if value is not None:
            builtins[LAST] = value
    finally:  # also when showing the value has failed: the hook puts None there first
        if before is NOTHING:
            builtins.pop("_", None)
        else:
            builtins["_"] = before


def _mean(tree: Any, meanings: dict[str, str]) -> None:
    """Let names in ``tree`` be those that ``meanings`` has for them, unless the tree binds them. See Note [The last value is for the prompt alone]."""
    uses: list[Any] = []
    bound: set[Any] = set()
    nodes = [tree]
    while nodes and meanings:
        node = nodes.pop()
        if type(node) is _ast.Name and node.id in meanings:
            if type(node.ctx) is _ast.Load:
                uses.append(node)
            else:
                bound.add(node.id)
        else:
            bound.update(getattr(node, name, None) for name in ("arg", "asname", "name"))
        for name in node._fields:
            value = getattr(node, name, None)
            for one in value if type(value) is list else (value,):
                if isinstance(one, _ast.AST):
                    nodes.append(one)
    for use in uses:
        if use.id not in bound:
            use.id = meanings[use.id]


def _compiled(tree: Any, filename: str, mode: str, flags: int) -> CodeType:
    code: CodeType = compile(tree, filename, mode, _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | flags, True)
    return code


async def _run(codes: list[CodeType], namespace: dict[str, Any]) -> Any:
    """The value of the last of ``codes``; all run inside one task, so that those before an ``await`` see its loop running."""
    value = None
    for code in codes:
        value = eval(code, namespace)
        if code.co_flags & COROUTINE:
            value = await value
    return value


def _future_flags(namespace: dict[str, Any]) -> int:
    """The future features that the namespace has imported, as ``doctest`` finds them."""
    future: Any = sys.modules.get("__future__")
    flags = 0
    if future is not None:
        for name in future.all_feature_names:
            held = namespace.get(name)
            if held is not None and held is getattr(future, name):
                flags |= held.compiler_flag
    return flags


def _own_future_flags(body: list[Any]) -> int:
    """Those that ``body`` imports itself."""
    names = [
        alias.name
        for statement in body
        if type(statement) is _ast.ImportFrom and statement.module == "__future__"
        for alias in statement.names
    ]
    if not names:
        return 0
    import __future__

    return sum({getattr(__future__, name).compiler_flag for name in names})
