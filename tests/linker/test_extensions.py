"""Extension modules of the project under hot reload."""

from __future__ import annotations

import subprocess
import sys
import sysconfig

import pytest
from native_live import NativeLive, needs_compiler

pytestmark = needs_compiler

METHODS = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static long calls = 0;
static PyObject *twice(PyObject *self, PyObject *args) {{
    long n;
    if (!PyArg_ParseTuple(args, "l", &n)) return NULL;
    calls++;
    return PyLong_FromLong({result});
}}
static PyObject *count(PyObject *self, PyObject *args) {{ return PyLong_FromLong(calls); }}
static PyMethodDef methods[] = {{
    {{"twice", twice, METH_VARARGS, "{doc}"}}, {{"count", count, METH_NOARGS, NULL}}, {more} {{NULL}}
}};
"""
SINGLE = """
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods}};
PyMODINIT_FUNC PyInit_fast(void) {{
    PyObject *m = PyModule_Create(&module);
    PyModule_AddIntConstant(m, "LIMIT", {limit});
    return m;
}}
"""
MULTI = """
static int fill(PyObject *m) {{ return PyModule_AddIntConstant(m, "LIMIT", {limit}); }}
static PyModuleDef_Slot slots[] = {{{{Py_mod_exec, fill}}, {{0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "fast", NULL, 0, methods, slots}};
PyMODINIT_FUNC PyInit_fast(void) {{ return PyModuleDef_Init(&module); }}
"""


def source(phases: int, result: str = "n * 2", limit: int = 5, doc: str = "Twice n.", more: str = "") -> str:
    return (METHODS + (SINGLE if phases == 1 else MULTI)).format(
        result=result, limit=limit, doc=doc, more=more
    )


long = pytest.mark.e2e  # a compiler takes its time with Python's headers
both = pytest.mark.parametrize("phases", [1, 2], ids=["single-phase", "multi-phase"])


@pytest.mark.parametrize("phases", [1, pytest.param(2, marks=long)])
def test_a_changed_function_is_live_wherever_it_is_held(phases: int, live: NativeLive) -> None:
    live.write("fast.c", source(phases))
    live.edit(app="from fast import twice\ndef f(n): return twice(n)")
    live.run("import fast, app, functools\nheld = [fast.twice, functools.partial(fast.twice, 4)]")
    assert live.value("app.f(3), held[0](1), held[1]()") == (6, 2, 8)
    live.write("fast.c", source(phases, "n * 3 + 1", doc="Thrice n, and one."))
    done = live.reload()
    assert done.reloaded == ["fast"]
    assert live.value("app.f(3), held[0](1), held[1](), fast.twice(0)") == (10, 4, 13, 1)
    assert (
        live.value("held[0] is fast.twice and app.twice is fast.twice and sys.modules['fast'] is fast")
        if live.run("import sys") is None
        else 0
    )
    assert live.value("fast.twice.__doc__") == "Thrice n, and one."


@long
@both
def test_variables_of_c_live_on_and_constants_are_those_of_the_new_text(
    phases: int, live: NativeLive
) -> None:
    live.write("fast.c", source(phases))
    live.run("import fast; from fast import LIMIT; fast.twice(1); fast.twice(1)")
    live.write("fast.c", source(phases, "n + 100", limit=6))
    live.reload()
    live.run("fast.twice(1)")
    assert live.value("fast.count(), fast.LIMIT, LIMIT") == (3, 6, 6)


@long
def test_names_come_and_go(live: NativeLive) -> None:
    live.write("fast.c", source(2))
    live.edit(app="from fast import *\nimport fast\ndef f(): return thrice(2)")
    live.run("import app, fast")
    thrice = '{"thrice", twice, METH_VARARGS, NULL},'
    done = live.reload_native(
        "fast.c", source(2, "n * 3", more=thrice).replace('{"count", count, METH_NOARGS, NULL},', "")
    )
    assert live.value("app.f()") == 6
    assert live.value("hasattr(fast, 'count')") is False
    assert [(one.module, one.name) for one in done.removed] == [("fast", "count")]


@long
def test_a_name_that_the_program_has_given_another_value_keeps_it(live: NativeLive) -> None:
    live.write("fast.c", source(2))
    live.run(
        "import fast; fast.LIMIT = 99; fast.mine = 1; old = fast.twice; fast.twice = lambda n: old(n) + 1000"
    )
    done = live.reload_native("fast.c", source(2, "n * 7", limit=6))
    assert live.value("fast.LIMIT, fast.mine, fast.twice(1)") == (99, 1, 1007)
    assert {(one.module, one.name) for one in done.kept} == {("fast", "LIMIT"), ("fast", "twice")}
    live.write("fast.c", source(2, "n * 7", limit=8))
    live.reload("always")
    assert live.value("fast.LIMIT, fast.mine") == (8, 1)


@pytest.mark.parametrize("phases", [2])
def test_what_does_not_compile_leaves_the_old_code_and_says_where(phases: int, live: NativeLive) -> None:
    live.write("fast.c", source(phases))
    live.edit(app="import fast\ndef f(): return fast.twice(1)\nLEVEL = 1")
    live.run("import app")
    path = live.write("fast.c", source(phases, "n * wrong"))
    done = live.try_reload(app="import fast\ndef f(): return fast.twice(2)\nLEVEL = 2")
    (error,) = done.errors
    line = (
        source(phases, "n * wrong").lstrip("\n").splitlines().index("    return PyLong_FromLong(n * wrong);")
        + 1
    )
    assert (error.path, error.line, error.module) == (str(path), line, "fast")
    assert error.column == len("    return PyLong_FromLong(n * ")
    assert "'wrong' undeclared" in error.message
    assert live.value("app.f(), app.LEVEL") == (2, 1)
    assert live.reloader.changed() == ["fast", "app"]
    assert [one.message for one in live.reloader.reload().errors] == [error.message]
    live.write("fast.c", source(phases, "n * 5"))
    assert live.reload().reloaded == ["fast", "app"]
    assert live.value("app.f(), app.LEVEL") == (10, 2)


@long
@both
def test_an_error_in_python_takes_native_code_back_too(phases: int, live: NativeLive) -> None:
    live.write("fast.c", source(phases))
    live.edit(app="import fast\nLEVEL = 1")
    live.run("import app, fast; held = fast.twice; fast.twice(1)")
    live.write("fast.c", source(phases, "n * 5", limit=7))
    assert live.try_reload(app="import fast\nLEVEL = 1 / 0").errors
    assert live.value("held(1), fast.twice(1), fast.LIMIT, fast.count(), app.LEVEL") == (2, 2, 5, 3, 1)
    live.reload(app="import fast\nLEVEL = 3")
    assert live.value("held(1), fast.twice(1), fast.LIMIT, fast.count(), app.LEVEL") == (5, 5, 7, 5, 3)


@long
def test_an_initialisation_that_fails_leaves_the_old_code(live: NativeLive) -> None:
    live.write("fast.c", source(2))
    live.run("import fast")
    broken = source(2).replace(
        "static int fill(PyObject *m) {",
        'static int fill(PyObject *m) { PyErr_SetString(PyExc_OSError, "no device"); return -1;',
    )
    done = live.try_native("fast.c", broken)
    assert "OSError: no device" in done.errors[0].message
    assert live.value("fast.twice(2)") == 4
    undefined = source(2, "elsewhere(n)").replace(
        "static long calls", "long elsewhere(long);\nstatic long calls"
    )
    done = live.try_native("fast.c", undefined)
    assert "nothing defines elsewhere" in done.errors[0].message
    assert live.value("fast.twice(2)") == 4


@long
def test_a_source_that_cannot_be_built_at_first_is_an_import_error(live: NativeLive) -> None:
    live.write("fast.c", source(2, "n * wrong"))
    error = live.error("__import__('fast')")
    assert isinstance(error, ImportError)
    assert "fast.c:8: 'wrong' undeclared" in str(error)
    assert "fast" not in sys.modules
    live.write("fast.c", source(2))
    live.run("import fast")
    assert live.value("fast.twice(4)") == 8


@long
def test_rollback_reaches_native_code(live: NativeLive) -> None:
    live.write("fast.c", source(2))
    live.edit(app="import fast\ndef f(): return fast.twice(1)")
    live.run("import app")
    for factor in (3, 4, 5):
        live.reload_native("fast.c", source(2, f"n * {factor}"))
    assert live.value("app.f()") == 5
    assert not live.reloader.rollback(1).errors
    assert live.value("app.f()") == 3
    assert live.reload().reloaded == []  # the file is taken up again when it changes
    assert not live.reloader.rollback(3).errors
    assert live.value("app.f()") == 5
    live.reload_native("fast.c", source(2, "n * 6"))
    assert live.value("app.f()") == 6


@long
def test_a_submodule_and_a_header(live: NativeLive) -> None:
    live.edit(shop____init__="")
    live.write("shop/factor.h", "#define FACTOR 2\n")
    live.write("shop/fast.c", '#include "factor.h"\n' + source(2, "n * FACTOR"))
    live.edit(shop__use="from .fast import twice\ndef f(): return twice(10)")
    live.run("from shop import use")
    assert live.value("use.f()") == 20
    done = live.reload_native("shop/factor.h", "#define FACTOR 3\n")
    assert done.reloaded == ["shop.fast"]
    assert live.value("use.f()") == 30
    assert live.value("use.twice.__module__") == "shop.fast"


@long
def test_a_file_that_was_only_touched_is_not_loaded_again(live: NativeLive) -> None:
    path = live.write("fast.c", source(2))
    live.run("import fast")
    path.touch()
    assert live.reload().reloaded == []
    assert live.reloader.generation == 0


@long
def test_a_module_that_somebody_else_builds_is_followed(
    live: NativeLive, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("built")

    def built(text: str) -> None:
        (elsewhere / "fast.c").write_text(text)
        command = ["cc", "-shared", "-fPIC", "-I", sysconfig.get_path("include"), str(elsewhere / "fast.c")]
        subprocess.run([*command, "-o", str(live.folder / "fast.so")], check=True)

    built(source(1))
    live.run("import fast; held = fast.twice")
    assert live.value("held(2), fast.__file__") == (4, str(live.folder / "fast.so"))
    built(source(1, "n * 9"))
    assert live.reload().reloaded == ["fast"]
    assert live.value("held(2)") == 18
    (live.folder / "fast.so").write_bytes(b"half written")
    assert "fast" in live.try_reload().errors[0].message
    assert live.value("held(2)") == 18


@long
def test_what_other_code_took_as_a_c_interface_is_told(live: NativeLive) -> None:
    text = source(2).replace(
        "static int fill(PyObject *m) {",
        'static int fill(PyObject *m) { PyModule_AddObject(m, "_C_API", PyCapsule_New((void *)&calls, "fast._C_API", NULL));',
    )
    live.write("fast.c", text)
    live.run("import fast")
    done = live.reload_native("fast.c", text.replace("n * 2", "n * 3"))
    assert any("_C_API" in note and "old functions" in note for note in done.notes)


@long
def test_the_plan_names_native_parts(live: NativeLive) -> None:
    live.write("fast.c", source(2))
    live.run("import fast")
    path = live.write("fast.c", source(2, "n * 3"))
    (module,) = live.reloader.plan().modules
    assert (module.name, module.path, module.steps[0].runs) == ("fast", str(path), True)
    assert live.value("fast.twice(1)") == 2


def test_imports_that_fail_are_as_ever(live: NativeLive) -> None:
    live.run("import sys; sys.path.append(None)")
    try:
        error = live.error("__import__('no_such_module_anywhere')")
        assert type(error) is ModuleNotFoundError
        live.write("fast.c", "int no_module_at_all;")
        assert type(live.error("__import__('fast')")) is ModuleNotFoundError
    finally:
        del sys.path[-1:]
