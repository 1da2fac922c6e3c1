"""Extension modules of the project under hot reload."""

from __future__ import annotations

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


both = pytest.mark.parametrize("phases", [1, 2], ids=["single-phase", "multi-phase"])


@both
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
