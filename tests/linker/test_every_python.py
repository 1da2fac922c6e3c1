"""Native code under every Python that the worker supports and this machine has, in a worker."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import test_extension_classes
import test_extensions
import test_libraries
from native_live import needs_compiler, require

from holefit.interpreter import Interpreter, WorkerDiedError
from holefit.session.options import NativeOptions, Options
from holefit.testing.prompt import Prompt

pytestmark = [needs_compiler, pytest.mark.e2e]


@pytest.fixture(params=["3.10", "3.11", "3.12", "3.13"])
def prompt(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prompt]:
    native = NativeOptions(libraries={"libgeo.so": ("geo.c",)}, link_args=("-lm",))
    interpreter = Interpreter(tmp_path, replace(Options(), native=native), python=require(request.param))
    yield Prompt(interpreter)
    interpreter.stop()


def write(prompt: Prompt, **files: str) -> None:
    for name, text in files.items():
        prompt.root.joinpath(name.replace("_", ".")).write_text(text)


@pytest.mark.parametrize("phases", [1, 2])
def test_functions_variables_and_errors(prompt: Prompt, phases: int) -> None:
    write(
        prompt,
        fast_c=test_extensions.source(phases),
        app_py="from fast import twice\ndef f(n): return twice(n)\n",
    )
    prompt.value("import fast, app; held = [fast.twice]; fast.twice(1)")
    write(prompt, fast_c=test_extensions.source(phases, "n * 3"))
    assert prompt.interpreter.reload().reloaded == ("fast",)
    assert prompt.value("app.f(3), held[0](1), held[0] is fast.twice, fast.count()") == "(9, 3, True, 3)"
    write(prompt, fast_c=test_extensions.source(phases, "n * wrong"))
    (error,) = prompt.interpreter.reload().errors
    assert (error.path, error.range.start.line) == (prompt.root / "fast.c", 8)
    assert prompt.value("app.f(3)") == "9"


@pytest.mark.parametrize("kind", ["static", "heap"])
def test_classes_and_instances(prompt: Prompt, kind: str) -> None:
    app = "import count\nclass Named(count.Counter):\n    def twice(self): return self.tick() + self.tick()\nkept = Named()\nkept.mark = 1\n"
    write(prompt, count_c=test_extension_classes.source(kind), app_py=app)
    prompt.value("import app, count; a = count.Counter(); a.tick(); app.kept.tick()")
    write(prompt, count_c=test_extension_classes.source(kind, step=10))
    assert prompt.interpreter.reload().reloaded == ("count",)
    assert prompt.value("a.tick(), app.kept.twice(), app.kept.mark") == "(11, 32, 1)"
    assert prompt.value("isinstance(a, count.Counter), isinstance(app.kept, app.Named)") == "(True, True)"
    prompt.value("del a; import gc; n = gc.collect(); app.kept = None; n = gc.collect()")


def test_a_library_of_ctypes(prompt: Prompt) -> None:
    app = "import ctypes, os\nlib = ctypes.CDLL(os.path.abspath('libgeo.so'))\narea = lib.area\narea.restype, area.argtypes = ctypes.c_double, [ctypes.c_double]\n"
    write(prompt, geo_c=test_libraries.geo(), app_py=app)
    assert prompt.value("import app; app.area(3), app.lib.count()") == "(9.0, 11)"
    write(prompt, geo_c=test_libraries.geo("r + 1"))
    assert prompt.interpreter.reload().reloaded == ("libgeo.so",)
    assert prompt.value("app.area(3), app.lib.count()") == "(4.0, 22)"


def test_native_code_that_ends_the_process_costs_one_evaluation(prompt: Prompt) -> None:
    write(prompt, fast_c=test_extensions.source(2))
    prompt.value("import fast; kept = ['state']; fast.twice(1)")
    write(prompt, fast_c=test_extensions.source(2, "n > 5 ? *(volatile long *)0 : n * 3"))
    prompt.interpreter.reload()
    with pytest.raises(WorkerDiedError) as caught:
        prompt.run("fast.twice(6)")
    assert (caught.value.signal, caught.value.survived) == ("SIGSEGV", True)
    assert prompt.value("kept, fast.twice(1), fast.count()") == "(['state'], 3, 2)"
    write(prompt, fast_c=test_extensions.source(2, "n * 4"))
    assert prompt.interpreter.reload().reloaded == ("fast",)
    assert prompt.value("fast.twice(6)") == "24"


def test_an_initialisation_that_ends_the_process_leaves_the_old_code(prompt: Prompt) -> None:
    write(prompt, fast_c=test_extensions.source(2))
    prompt.value("import fast; kept = ['state']")
    dying = test_extensions.source(2).replace(
        "static int fill(PyObject *m) {", "static int fill(PyObject *m) { *(volatile int *)0 = 1;"
    )
    write(prompt, fast_c=dying)
    with pytest.raises(WorkerDiedError) as caught:
        prompt.interpreter.reload()
    assert caught.value.survived
    assert prompt.value("kept, fast.twice(2)") == "(['state'], 4)"
    write(prompt, fast_c=test_extensions.source(2, "n * 7"))
    assert prompt.interpreter.reload().reloaded == ("fast",)
    assert prompt.value("fast.twice(2)") == "14"


def test_a_compiler_is_interrupted(tmp_path: Path) -> None:
    endless = tmp_path / "cc"
    endless.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
    endless.chmod(0o755)
    interpreter = Interpreter(tmp_path, replace(Options(), native=NativeOptions(compiler=str(endless))))
    try:
        (tmp_path / "fast.c").write_text(test_extensions.source(2))
        done = interpreter.eval_stmt("import fast", timeout_s=1.0)
        assert done.result.error.type == "KeyboardInterrupt"
        assert interpreter.eval_stmt("1 + 1").result.values[0].text == "2"
    finally:
        interpreter.stop()


@pytest.mark.parametrize(
    ("native", "environment", "text"),
    [
        (
            NativeOptions(compiler="no-such-cc"),
            {},
            "there is no compiler no-such-cc. Name an installed one in native.compiler.",
        ),
        (NativeOptions(), {"PATH": "", "CC": ""}, "there is no C compiler. Install one"),
    ],
    ids=["named", "none"],
)
def test_without_a_compiler_it_is_said_what_to_do(
    native: NativeOptions,
    environment: dict[str, str],
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interpreter = Interpreter(tmp_path, replace(Options(), native=native), python=Path(sys.executable))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    try:
        (tmp_path / "fast.c").write_text(test_extensions.source(2))
        error = interpreter.eval_stmt("import fast").result.error
        assert error.type == "ImportError"
        assert text in error.message
    finally:
        interpreter.stop()


def test_without_headers_it_is_said_what_to_do(tmp_path: Path) -> None:
    interpreter = Interpreter(tmp_path, Options(), python=Path(sys.executable))
    try:
        (tmp_path / "fast.c").write_text(test_extensions.source(2))
        interpreter.eval_stmt("import sysconfig; sysconfig.get_path = lambda name: '/nowhere'")
        error = interpreter.eval_stmt("import fast").result.error
        assert "fast needs Python.h" in error.message
        assert "Install the development files of Python" in error.message
    finally:
        interpreter.stop()
