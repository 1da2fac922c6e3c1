"""Classes of extension modules: what becomes of their instances and subclasses at a reload."""

from __future__ import annotations

import pytest
from native_live import NativeLive, needs_compiler

pytestmark = [needs_compiler, pytest.mark.e2e]  # a compiler takes long

COUNTER = """
#include <Python.h>
typedef struct {{ PyObject_HEAD long n; {fields} }} Counter;
static PyObject *tick(Counter *self, PyObject *args) {{ self->n += {step}; return PyLong_FromLong(self->n); }}
static PyMethodDef counter_methods[] = {{{{"tick", (PyCFunction)tick, METH_NOARGS, NULL}}, {{NULL}}}};
{type}
static PyObject *read_it(PyObject *self, PyObject *counter) {{
    if (!PyObject_TypeCheck(counter, counter_type)) {{ PyErr_SetString(PyExc_TypeError, "no Counter"); return NULL; }}
    return PyLong_FromLong(((Counter *)counter)->n);
}}
static PyMethodDef methods[] = {{{{"read", read_it, METH_O, NULL}}, {{NULL}}}};
static int fill(PyObject *m) {{
    {make}
    Py_INCREF(counter_type);
    PyModule_AddObject(m, "Counter", (PyObject *)counter_type);
    PyModule_AddObject(m, "Error", PyErr_NewException("count.Error", NULL, NULL));
    return 0;
}}
static PyModuleDef_Slot slots[] = {{{{Py_mod_exec, fill}}, {{0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "count", NULL, 0, methods, slots}};
PyMODINIT_FUNC PyInit_count(void) {{ return PyModuleDef_Init(&module); }}
"""
STATIC = """
static PyTypeObject Type = {
    PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "count.Counter", .tp_basicsize = sizeof(Counter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, .tp_new = PyType_GenericNew, .tp_methods = counter_methods
};
static PyTypeObject *counter_type = &Type;
"""
HEAP = """
static PyType_Slot type_slots[] = {{Py_tp_methods, counter_methods}, {Py_tp_new, PyType_GenericNew}, {0, NULL}};
static PyType_Spec spec = {"count.Counter", sizeof(Counter), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, type_slots};
static PyTypeObject *counter_type;
"""


def source(kind: str, step: int = 1, fields: str = "") -> str:
    make = (
        "if (PyType_Ready(&Type) < 0) return -1;"
        if kind == "static"
        else "counter_type = (PyTypeObject *)PyType_FromSpec(&spec); if (!counter_type) return -1;"
    )
    return COUNTER.format(step=step, fields=fields, type=STATIC if kind == "static" else HEAP, make=make)


kinds = pytest.mark.parametrize("kind", ["static", "heap"])


@kinds
def test_instances_move_to_the_new_class_while_their_layout_is_the_same(kind: str, live: NativeLive) -> None:
    live.write("count.c", source(kind))
    live.edit(
        app="from count import Counter, Error\nkept = [Counter(), (Counter(),)]\nkinds = {'counter': Counter}"
    )
    live.run("import count, app; a = count.Counter(); a.tick(); app.kept[1][0].tick()")
    done = live.reload_native("count.c", source(kind, step=10))
    assert live.value("a.tick(), app.kept[0].tick(), app.kept[1][0].tick(), count.Counter().tick()") == (
        11,
        10,
        11,
        10,
    )
    assert live.value("isinstance(a, count.Counter) and app.Counter is count.Counter is app.kinds['counter']")
    assert live.value("count.read(a), app.Error is count.Error") == (11, True)
    assert not any("keep" in note for note in done.notes)
    live.reload_native("count.c", source(kind, step=100))
    assert live.value("a.tick(), app.kept[1][0].tick()") == (111, 111)


@kinds
def test_instances_of_another_layout_keep_the_old_code_and_are_counted(kind: str, live: NativeLive) -> None:
    live.write("count.c", source(kind))
    live.run("import count; a, b = count.Counter(), count.Counter(); a.tick()")
    done = live.reload_native("count.c", source(kind, step=10, fields="long more;"))
    assert live.value("a.tick(), count.Counter().tick(), isinstance(b, count.Counter)") == (2, 10, False)
    assert "count.Counter is laid out otherwise now: 2 live instances keep the old one" in done.notes


@kinds
def test_fields_that_change_their_places_are_another_layout_though_of_the_same_size(
    kind: str, live: NativeLive
) -> None:
    live.write("count.c", source(kind, fields="long other;"))
    live.run("import count; a = count.Counter(); a.tick()")
    live.reload_native(
        "count.c", source(kind, fields="long other;").replace("long n; long other;", "long other; long n;")
    )
    assert live.value("a.tick(), isinstance(a, count.Counter)") == (2, False)


@kinds
def test_a_subclass_in_python_follows_with_its_instances(kind: str, live: NativeLive) -> None:
    live.write("count.c", source(kind))
    live.edit(
        app="""
        import count
        class Named(count.Counter):
            name = "n"
            def twice(self): return self.tick() + self.tick()
        kept = Named()
        kept.mark = "own"
    """
    )
    live.run("import app; app.kept.tick(); held = app.Named")
    live.reload_native("count.c", source(kind, step=10))
    assert live.value("app.kept.twice(), app.kept.mark, app.Named().tick()") == (32, "own", 10)
    assert live.value("isinstance(app.kept, app.Named) and isinstance(app.kept, app.count.Counter)")


@kinds
def test_a_reload_that_fails_later_moves_instances_back(kind: str, live: NativeLive) -> None:
    live.write("count.c", source(kind))
    live.edit(app="import count\nkept = count.Counter()")
    live.run("import app; from count import Counter; app.kept.tick()")
    live.write("count.c", source(kind, step=10))
    assert live.try_reload(app="import count\nkept = count.Counter()\n1 / 0").errors
    assert live.value("app.kept.tick(), type(app.kept) is app.count.Counter is Counter") == (2, True)
    live.reload(app="import count\nkept = count.Counter()")
    assert live.value("app.kept.tick(), type(app.kept) is app.count.Counter is Counter") == (12, True)


def test_an_exception_that_was_taken_by_name_is_the_one_that_is_raised(live: NativeLive) -> None:
    live.write("count.c", source("heap"))
    live.edit(app="import count\ndef f(e):\n    try: raise e('x')\n    except count.Error: return 'caught'")
    live.run("import app; from count import Error")
    live.reload_native("count.c", source("heap", step=2))
    assert live.value("app.f(Error), Error is app.count.Error") == ("caught", True)


def test_classes_without_a_hash_are_no_obstacle(live: NativeLive) -> None:
    live.write("count.c", source("static"))
    live.edit(
        app="import count\nclass Meta(type):\n    __hash__ = None\nclass Odd(metaclass=Meta): pass\nkept = count.Counter()"
    )
    live.run("import app")
    live.reload_native("count.c", source("static", step=10))
    assert live.value("app.kept.tick()") == 10
