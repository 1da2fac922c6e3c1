"""Extension modules of the project: loaded from a copy, and brought up to date in place by loading another one.

The module object stays, and so do its functions: the old ones become what the new ones are, wherever they are held. A class is a new class; its live
instances move to it where it is known that they are laid out as its own are. What C code keeps by itself belongs to the copy:
see Note [C variables] for what of it is carried over.
"""

from __future__ import annotations

import sys
from types import ModuleType

from . import inplace
from .errors import LinkError
from .variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from typing import Any

    from holefit_worker.reload.journal import Journal
    from holefit_worker.reload.report import Report
    from holefit_worker.reload.seals import Seal

    from .build import Built
    from .place import Copies

_MISSING: Any = object()
_OF_IMPORT = frozenset(
    {
        "__name__",
        "__loader__",
        "__spec__",
        "__package__",
        "__file__",
        "__cached__",
        "__path__",
        "__builtins__",
    }
)
_PLAIN = frozenset({int, str, bytes, float, bool, complex, type(None)})


class Image:
    """One loading of an extension module: the module that came of it, and the handle of its shared object."""

    def __init__(self, built: Built, module: Any, handle: int, single: bool) -> None:
        self.built = built
        self.module = module
        self.single = single
        self._handle = handle
        self.variables: Variables | None = None

    def execute(self) -> None:
        """The second phase of initialisation, where there is one; then it is initialised."""
        import _imp

        if isinstance(self.module, ModuleType):
            _imp.exec_dynamic(self.module)
        self.variables = Variables(self.built.path, self._handle)


class Extension:
    """An extension module that is loaded. ``image`` is what it runs; ``module`` the object that ``sys.modules`` has, which stays.

    ``seal`` makes seals, which tell whether a value is still what initialisation gave.
    """

    def __init__(self, name: str, image: Image, seal: Callable[[object], Seal]) -> None:
        self.name = name
        self.seal = seal
        self.image = image
        self.module: Any = image.module
        self.given: dict[str, object] = {}  # what initialisation put into the namespace
        self.seals: dict[str, Seal] = {}
        self.told: set[str] = set()  # notes that are said once

    def initialised(self) -> None:
        """Its namespace is as initialisation has left it."""
        self._remember(vars(self.module))

    def _remember(self, namespace: dict[str, Any]) -> None:
        self.given = {name: value for name, value in namespace.items() if name not in _OF_IMPORT}
        self.seals = {
            name: self.seal(value)
            for name, value in self.given.items()
            if not isinstance(value, (type, ModuleType))
        }

    def become(
        self, built: Built, copies: Copies, journal: Journal, report: Report, policy: str, variables: str
    ) -> Changes:
        """Run what was built now. Gives what has changed in the namespace.

        Raises: LinkError, when it cannot be loaded; what its initialisation raises. The journal takes all of it back.
        """
        before = self.image
        known = sys.modules.get(self.name)
        try:
            image = load(self.name, built, copies)
            image.execute()
        finally:
            if known is not None:
                sys.modules[self.name] = known  # single-phase initialisation puts the new module there
        if variables == "carry" and before.variables is not None and image.variables is not None:
            before.variables.carry_into(image.variables, self.name, report)
        changes = _Merge(self, image, journal, report, policy).changes()
        changes.modules = (before.module, image.module)
        changes.layout_known = bool(before.built.layout and built.layout)
        changes.same_layout = changes.layout_known and before.built.layout == built.layout
        journal.add(_restore, self, dict(vars(self)))
        journal.add(inplace.share_namespace(image.module, vars(self.module)))
        self.image = image
        self.given = {**changes.given}
        self.seals = changes.seals
        _KEPT.append(before)
        self._tell_of_state(report, image)
        return changes

    def _tell_of_state(self, report: Report, image: Image) -> None:
        if image.single and "single" not in self.told:
            self.told.add("single")
            report.note(
                f"{self.name} is initialised in a single phase: what the old copy keeps in C by other means than variables is not seen by the new one"
            )
        capsules = [name for name, value in self.given.items() if type(value).__name__ == "PyCapsule"]
        if capsules:
            report.note(
                f"{self.name}: what took the C interface {', '.join(capsules)} goes on calling the old functions"
            )


_KEPT: list[Image] = []  # old copies: functions of theirs may be running, or be held by C code


class Changes:
    """What a new image has changed in a module's namespace. ``classes``: pairs of an old class and the one in its place."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[object, object]] = {}
        self.classes: list[tuple[type, type]] = []
        self.modules: tuple[Any, Any] = (
            None,
            None,
        )  # the one that was initialised before, and the one that is now
        self.layout_known = self.same_layout = (
            False  # whether the types that its C sources declare are the same as before
        )
        self.given: dict[str, object] = {}
        self.seals: dict[str, Seal] = {}


class _Merge:
    """Brings the namespace of a module to what a fresh one has."""

    def __init__(
        self, extension: Extension, image: Image, journal: Journal, report: Report, policy: str
    ) -> None:
        self.extension = extension
        self.image = image
        self.journal = journal
        self.report = report
        self.policy = policy

    def changes(self) -> Changes:
        """Merge, and say what changed."""
        done = Changes()
        extension = self.extension
        namespace: dict[str, Any] = vars(extension.module)
        fresh = {name: value for name, value in vars(self.image.module).items() if name not in _OF_IMPORT}
        for name, value in fresh.items():
            present = namespace.get(name, _MISSING)
            if present is _MISSING:
                self.journal.set_item(namespace, name, value)
                self._give(done, name, value)
            elif not self._replaces(name, present, value):
                self.report.keep(extension.name, name, "it was changed since it was initialised")
                former = done.given[name] = extension.given.get(name, value)
                self._swap(former, value)  # it may be held, though not by its name
                if name in extension.seals:
                    done.seals[name] = extension.seals[name]
            else:
                self._give(done, name, self._replace(done, name, present, value))
        for name, value in extension.given.items():
            if name not in fresh and namespace.get(name, _MISSING) is value:
                self.journal.delete_item(namespace, name)
                done.values[name] = (value, object())
                self.report.remove(extension.name, name)
        return done

    def _give(self, done: Changes, name: str, value: object) -> None:
        done.given[name] = value
        if not isinstance(value, (type, ModuleType)):
            done.seals[name] = self.extension.seal(value)

    def _replaces(self, name: str, present: object, value: object) -> bool:
        """Whether the live value gives way: it is what initialisation gave, or all do."""
        if self.policy == "always":
            return True
        given = self.extension.given.get(name, _MISSING)
        if given is not present:
            return type(present) in _PLAIN and type(present) is type(value) and present == value
        if self.policy == "keep":
            return isinstance(present, (type, inplace.BUILTIN_FUNCTION, ModuleType))
        sealed = self.extension.seals.get(name)
        return sealed is None or type(present).__name__ == "PyCapsule" or sealed.whole(present)

    def _swap(self, present: object, value: object) -> bool:
        """Let the function ``present`` be what ``value`` is, if both are functions of the module."""
        if not (
            inplace.can_become(present, value)
            and _is_own(present, self.extension)
            and _is_own(value, self.image)
        ):
            return False
        self.journal.add(inplace.become(present, value))
        return True

    def _replace(self, done: Changes, name: str, present: Any, value: Any) -> object:
        """Put ``value`` in the place of ``present``; gives what stands there now."""
        if present is value:
            return value
        if self._swap(present, value):
            return present
        if type(present) in _PLAIN and type(present) is type(value) and present == value:
            return present
        self.journal.set_item(vars(self.extension.module), name, value)
        done.values[name] = (present, value)
        if isinstance(present, type) and isinstance(value, type):
            done.classes.append((present, value))
        return value


def _is_own(function: Any, of: Extension | Image) -> bool:
    """Whether a builtin function is one of the module's own, not one that it took from elsewhere."""
    owner = function.__self__
    return (
        owner is of.module
        or (isinstance(owner, ModuleType) and vars(owner) is vars(of.module))
        or (isinstance(of, Extension) and owner is of.image.module)
    )


def load(name: str, built: Built, copies: Copies) -> Image:
    """Load a copy of what was built, and create the module; :meth:`Image.execute` comes after that.

    Raises: LinkError; what single-phase initialisation raises.
    """
    import _ctypes
    import _imp
    from importlib.machinery import ExtensionFileLoader, ModuleSpec

    known = sys.modules.get(name)
    with copies.of(built.path) as copy:
        try:
            handle = _ctypes.dlopen(copy, sys.getdlopenflags())
        except OSError as error:
            raise _not_loaded(name, str(error)) from None
        spec = ModuleSpec(name, ExtensionFileLoader(name, copy), origin=copy)
        try:
            module = _imp.create_dynamic(spec)
        except ImportError as error:
            if getattr(error, "path", None) == copy:
                raise _not_loaded(name, str(error)) from None
            raise
    single = sys.modules.get(name) is module and module is not known
    return Image(built, module, handle, single)


def _not_loaded(name: str, said: str) -> LinkError:
    """What the loader says, without the name of the copy."""
    _, found, symbol = said.partition("undefined symbol: ")
    if found:
        text = f"{name} cannot be loaded: nothing defines {symbol.strip()}"
        remedy = "Add the source or the library that defines it to the part in [tool.holefit.native]."
        return LinkError("symbols", text, remedy)
    if "PyInit" in said:
        tail = name.rpartition(".")[2]
        return LinkError(
            "init",
            f"{name} has no PyInit_{tail}",
            f"An extension module {name} has to export a function PyInit_{tail}.",
        )
    reason = said.partition(": ")[2] or said
    return LinkError("load", f"{name} cannot be loaded: {reason}")


def _restore(extension: Extension, fields: dict[str, Any]) -> None:
    vars(extension).update(fields)


class Loader:
    """An importlib loader for one extension module of the project. ``make(name)`` builds and loads it, ``ready(name)`` is told that it runs."""

    def __init__(self, make: Callable[[str], Any], ready: Callable[[str, Any, str], None], path: str) -> None:
        self._make = make
        self._ready = ready
        self.path = path

    def create_module(self, spec: ModuleSpec) -> Any:
        """Build it, if need be, load it and create the module. Raises: ImportError."""
        return self._make(spec.name)

    def exec_module(self, module: Any) -> None:
        """The second phase of initialisation."""
        self._ready(module.__spec__.name, module, self.path)

    def get_filename(self, name: str) -> str:
        """Where it would lie if it had been installed."""
        return self.path

    def is_package(self, name: str) -> bool:
        """Never."""
        return False

    def get_source(self, name: str) -> None:
        """There is no Python source."""

    def get_code(self, name: str) -> None:
        """There is no Python code."""
