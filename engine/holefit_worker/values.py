"""Requests about values: what they are made of, forcing, calling, bytes and code in and out."""

from __future__ import annotations

import marshal
import os
import sys
from types import CodeType, FunctionType, GeneratorType, MemberDescriptorType

from holefit_wire import passage
from holefit_wire.interpreter import (
    AddStaticEntry,
    Child,
    Closure,
    CreateCode,
    Data,
    Done,
    EvalApp,
    EvalIO,
    EvalOpts,
    EvalSource,
    EvalString,
    EvalStringToString,
    EvalThis,
    Failed,
    FetchData,
    GetClosure,
    LookupStaticEntry,
    MallocData,
    Ref,
    Refs,
    Seq,
    Text,
)
from holefit_worker.failures import qualified
from holefit_worker.show import safe_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from holefit_worker.worker import Worker

SHORT = 80  # characters of a child
ATOMS = (type(None), bool, int, float, complex, str, bytes, bytearray, type(...), range, type(NotImplemented))


class Values:
    """What can be asked of the values that a worker holds."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._static: dict[bytes, object] = {}
        self.answers: dict[type, Callable[[int, Any], Any]] = {
            GetClosure: self._closure,
            Seq: self._seq,
            EvalIO: self._io,
            EvalString: self._string,
            EvalStringToString: self._string_to_string,
            MallocData: self._malloc,
            FetchData: self._fetch,
            CreateCode: self._create_code,
            AddStaticEntry: self._add_static,
            LookupStaticEntry: self._lookup_static,
        }

    def applied(self, expr: Any, source: Callable[[EvalSource], object]) -> object:
        """The value of an expression that is made of refs; ``source`` evaluates the sources in it."""
        kind = type(expr)
        if kind is EvalSource:
            return source(expr)
        if kind is EvalThis:
            value = self._worker.value(expr.ref)
            return value() if expr.call and callable(value) else value
        if kind is EvalApp:
            function: Any = self._operand(expr.function, source)
            return function(self._operand(expr.argument, source))
        raise TypeError(f"{kind.__name__} is nothing to evaluate")

    def _operand(self, expr: Any, source: Callable[[EvalSource], object]) -> object:
        return self._worker.value(expr.ref) if type(expr) is EvalThis else self.applied(expr, source)

    def _closure(self, request_id: int, body: GetClosure) -> Closure:
        value = self._worker.value(body.ref)
        total, parts = window(value, max(body.start, 0), max(body.count, 0))
        shown = [
            Child(
                name, self._worker.refs.add(part), qualified(type(part)), short(part), isinstance(part, ATOMS)
            )
            for name, part in parts
        ]
        return Closure(qualified(type(value)), size_of(value), short(value), total, shown)

    def _seq(self, request_id: int, body: Seq) -> Any:
        value = self._worker.value(body.ref)
        return self._worker.evaluated(request_id, body.opts, lambda: self._forced(value))

    def _forced(self, value: Any) -> object:
        if isinstance(value, GeneratorType) or (
            hasattr(type(value), "__next__") and hasattr(type(value), "__iter__")
        ):
            return list(value)
        if hasattr(type(value), "__await__"):
            return self._worker.loop.run(_awaited(value))
        result = getattr(value, "result", None)
        if callable(result) and callable(getattr(value, "done", None)):
            return result()
        return value

    def _io(self, request_id: int, body: EvalIO) -> Any:
        value: Any = self._worker.value(body.ref)

        def call() -> None:
            value()

        return self._worker.evaluated(request_id, EvalOpts(), call)

    def _string(self, request_id: int, body: EvalString) -> Any:
        value: Any = self._worker.value(body.ref)
        return self._texted(request_id, lambda: value())

    def _string_to_string(self, request_id: int, body: EvalStringToString) -> Any:
        value: Any = self._worker.value(body.ref)
        return self._texted(request_id, lambda: value(body.text))

    def _texted(self, request_id: int, function: Callable[[], Any]) -> Any:
        def text() -> str:
            found = function()
            if not isinstance(found, str):
                raise TypeError(f"text was expected, not {qualified(type(found))}")
            return str(found)

        return self._worker.guarded(request_id, lambda: Text(text()))

    def _malloc(self, request_id: int, body: MallocData) -> Ref | Failed:
        if not body.shared:
            return Ref(self._worker.refs.add(body.data))
        try:
            data = passage.take(body.shared, body.size)
        except OSError as error:
            return Failed("Impossible", str(error))
        return Ref(self._worker.refs.add(data))

    def _fetch(self, request_id: int, body: FetchData) -> Data | Failed:
        value: Any = self._worker.value(body.ref)
        try:
            data = (
                value.encode("utf-8", "surrogatepass")
                if isinstance(value, str)
                else memoryview(value).cast("B")
            )
        except TypeError:
            return Failed("Impossible", f"{qualified(type(value))} has no bytes")
        if not body.shared or len(data) < passage.LARGE:
            return Data(bytes(data))
        path = os.path.join(body.shared, passage.name())
        try:
            passage.Filling(
                path, data
            )  # the session reads meanwhile, and lets nothing run that could change it
        except OSError as error:
            return Failed("Impossible", str(error))
        return Data(shared=path, size=len(data))

    def _create_code(self, request_id: int, body: CreateCode) -> Any:
        if body.version != sys.version:
            return Failed("Impossible", f"code of Python {body.version} does not run on {sys.version}")

        def create() -> Refs:
            namespace = self._worker.namespace(body.module)
            made = []
            for batch in body.batches:
                for code in marshal.loads(batch):
                    if not isinstance(code, CodeType):
                        raise TypeError(f"a code object was expected, not {qualified(type(code))}")
                    made.append(FunctionType(code, namespace))
            return Refs([self._worker.refs.add(function) for function in made])

        return self._worker.guarded(request_id, create)

    def _add_static(self, request_id: int, body: AddStaticEntry) -> Done:
        if body.ref:
            self._static[body.fingerprint] = self._worker.value(body.ref)
        else:
            self._static.pop(body.fingerprint, None)
        return Done()

    def _lookup_static(self, request_id: int, body: LookupStaticEntry) -> Ref:
        if body.fingerprint not in self._static:
            return Ref(0)
        return Ref(self._worker.refs.add(self._static[body.fingerprint]))


async def _awaited(value: Any) -> object:
    return await value


def window(value: Any, start: int, count: int) -> tuple[int, list[tuple[str, object]]]:
    """How many parts a value has, and ``count`` of them from ``start`` on."""
    if type(value) in (list, tuple):
        items = value[start : start + count]
        return len(value), [(f"[{index}]", item) for index, item in enumerate(items, start)]
    parts = list(children(value))
    return len(parts), parts[start : start + count]


def children(value: Any) -> Iterator[tuple[str, object]]:
    """The parts of a value, each with how it is reached. No code of its class runs."""
    if isinstance(value, dict):
        for key, item in dict.items(value):
            yield (f"[{short(key)}]", item)
    elif isinstance(value, (list, tuple)):
        base: Any = list if isinstance(value, list) else tuple
        for index, item in enumerate(base.__iter__(value)):
            yield (f"[{index}]", item)
    elif isinstance(value, (set, frozenset)):
        base = set if isinstance(value, set) else frozenset
        for item in base.__iter__(value):
            yield ("{}", item)
    if isinstance(value, (*ATOMS, type)):
        return
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    if type(own) is dict:
        for name, item in own.items():
            yield (f".{name}", item)
    for kind in type.__dict__["__mro__"].__get__(type(value)):
        for name, member in type.__dict__["__dict__"].__get__(kind).items():
            if type(member) is MemberDescriptorType and kind.__module__ != "builtins":
                try:
                    yield (f".{name}", member.__get__(value))
                except AttributeError:
                    continue


def short(value: object) -> str:
    """How a value shows without any code of its class: atoms whole, others by their type and size."""
    kind = type(value)
    if kind in ATOMS:
        text, cut, _ = safe_repr(value, SHORT)
        return f"{text}…" if cut else text
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        base: Any = next(base for base in (dict, list, tuple, set, frozenset) if isinstance(value, base))
        return f"<{qualified(kind)} of {base.__len__(value)}>"
    if isinstance(value, type):
        return f"<class {qualified(value)}>"
    return f"<{qualified(kind)}>"


def size_of(value: object) -> int:
    """Bytes that the value itself takes, without its parts."""
    kind = type(value)
    own = kind if kind.__module__ == "builtins" else object
    try:
        return int(own.__sizeof__(value))
    except TypeError:
        return 0
