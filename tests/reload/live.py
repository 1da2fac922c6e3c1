"""A live session for tests: a project folder, a reloader, and a ``__main__`` in which code is evaluated."""

from __future__ import annotations

import ast
import os
import sys
import textwrap
import traceback
import types
from pathlib import Path
from typing import Any

from holefit_worker.reload import Reloader


class Live:
    """Write files, run code as a user does at a prompt, edit, reload, look.

    Names of files double as keyword arguments: ``live.edit(m="...")`` writes ``m.py``; a double underscore stands for a slash.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules = dict(sys.modules)
        self._path = list(sys.path)
        self._clock = 1_600_000_000.0
        sys.path.insert(0, str(folder))
        self.main = types.ModuleType("__main__")
        sys.modules["__main__"] = self.main
        for name in ("holefit_runtime",):
            sys.modules.pop(name, None)
        self.reloader = Reloader([str(folder)])
        self.reloader.install()

    def close(self) -> None:
        """Leave no trace in this process."""
        self.reloader.uninstall()
        sys.path[:] = self._path
        for name in sorted(set(sys.modules) - set(self._modules), reverse=True):  # parts before packages
            module = sys.modules[name]
            places = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", ()))]
            if any(str(self.folder) in place for place in places):
                del sys.modules[name]
        sys.modules.update(self._modules)

    def edit(self, **files: str | None) -> None:
        """Write files, or remove those given as None."""
        for name, text in files.items():
            path = self.folder / (
                name.replace("__", "/") + ".py"
                if not name.endswith("__init__")
                else name[:-8].replace("__", "/") + "/__init__.py"
            )
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
            self._clock += 2
            os.utime(path, (self._clock, self._clock))

    def run(self, code: str) -> None:
        """Evaluate statements in ``__main__``."""
        tree = ast.parse(textwrap.dedent(code))
        self.reloader.evaluated(tree)
        exec(compile(tree, "<evaluation>", "exec"), vars(self.main))

    def value(self, expression: str) -> Any:
        """The value of an expression in ``__main__``."""
        return eval(expression, vars(self.main))

    def error(self, expression: str) -> BaseException:
        """What evaluating an expression raises."""
        try:
            value = self.value(expression)
        except BaseException as error:
            return error
        raise AssertionError(f"{expression} gave {value!r}")

    def reload(self, policy: str = "untouched", **files: str | None) -> Any:
        """Edit and reload; the reload must succeed."""
        done = self.try_reload(policy, **files)
        assert not done.errors, "\n".join(error.traceback for error in done.errors)
        return done

    def try_reload(self, policy: str = "untouched", **files: str | None) -> Any:
        """Edit and reload, whether it succeeds or not."""
        self.edit(**files)
        return self.reloader.reload(policy)


def run_plainly(tests: Path, folder: Path) -> list[str]:
    """Run the test functions of the files ``test_*.py`` in ``tests`` that want nothing but ``live``; gives the failures.

    For interpreters that have no pytest.
    """
    failures = []
    sys.path.insert(0, str(tests))
    for file in sorted(tests.glob("test_*.py")):
        source = file.read_text(encoding="utf-8")
        if "import pytest" in source or "import hypothesis" in source:
            continue
        space: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
        exec(compile(source, str(file), "exec"), space)
        for name, test in list(space.items()):
            if name.startswith("test_"):
                place = folder / f"{file.stem}-{name}"
                place.mkdir()
                live = Live(place)
                try:
                    test(live)
                except BaseException:
                    failures.append(f"{file.stem}.{name}\n{traceback.format_exc()}")
                finally:
                    live.close()
    return failures
