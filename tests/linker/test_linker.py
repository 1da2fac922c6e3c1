"""The linker: objects, archives, shared objects and their symbols in the worker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from native_live import needs_compiler

from holefit.interpreter import Interpreter, LinkError, RemoteError
from holefit.session import Options

pytestmark = needs_compiler

EVEN = "extern int odd(int); int even(int n) { return n == 0 ? 1 : odd(n - 1); }"
ODD = "extern int even(int); int odd(int n) { return n == 0 ? 0 : even(n - 1); }"


@pytest.fixture(scope="module", params=["external", pytest.param("internal", marks=pytest.mark.e2e)])
def interpreter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interpreter]:
    made = Interpreter(tmp_path_factory.mktemp("project"), Options(), kind=request.param)
    yield made
    made.stop()


def write(folder: Path, **sources: str) -> list[Path]:
    paths = []
    for name, text in sources.items():
        paths.append(folder / f"{name}.c")
        paths[-1].write_text(text)
    return paths


def call(interpreter: Interpreter, function: int | None, argument: int) -> str:
    """What the C function behind a ref gives."""
    assert function is not None
    values = interpreter.values
    number = interpreter.eval_stmt(str(argument)).result.values[0].ref
    return values.apply(function, number).result.values[0].text


def build(source: Path, target: Path, *flags: str) -> Path:
    subprocess.run(["cc", "-fPIC", *flags, str(source), "-o", str(target)], check=True)
    return target


def test_objects_that_need_one_another_are_resolved_together(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    linker = interpreter.linker
    even, odd = write(tmp_path, even=EVEN, odd=ODD)
    linker.load_object(even)
    with pytest.raises(LinkError, match=r"nothing defines odd, which even\.c needs") as caught:
        linker.resolve()
    assert caught.value.kind == "symbols"
    assert [one.path for one in caught.value.diagnostics] == [even]
    linker.load_object(build(odd, tmp_path / "odd.o", "-c"))
    assert linker.resolve() == [even, tmp_path / "odd.o"]
    assert call(interpreter, linker.function("even", arguments=["c_int"]), 10) == "1"
    assert linker.resolve() == []


def test_unloading_purges_the_cache_of_symbols(interpreter: Interpreter, tmp_path: Path) -> None:
    linker = interpreter.linker
    (path,) = write(tmp_path, answer="int answer(void) { return 42; } int answer_data = 1;")
    linker.load(path)
    address = linker.symbol("answer")
    assert address is not None
    assert linker.symbol("answer") == address
    assert linker.symbol("answer_data") not in (None, address)
    done = linker.unload(path)
    assert (done.found, done.freed) == (True, True)
    assert linker.symbol("answer") is None
    assert linker.function("answer") is None
    assert not linker.unload(path).found


def test_what_is_loaded_again_takes_the_place_of_what_was(interpreter: Interpreter, tmp_path: Path) -> None:
    linker = interpreter.linker
    (path,) = write(tmp_path, step="int one(void) { return 1; } int step(int n) { return n + one(); }")
    linker.load(path)
    held = linker.function("step", arguments=["c_int"])
    write(tmp_path, step="int one(void) { return 2; } int step(int n) { return n + one(); }")
    linker.load(path)
    assert call(interpreter, linker.function("step", arguments=["c_int"]), 10) == "12"
    assert call(interpreter, held, 10) == "11"  # its code stays as long as it is held


def test_one_object_of_several_can_go(interpreter: Interpreter, tmp_path: Path) -> None:
    linker = interpreter.linker
    first, second = write(
        tmp_path, first="int first_one(void) { return 1; }", second="int second_one(void) { return 2; }"
    )
    linker.load_object(first)
    linker.load_object(second)
    linker.resolve()
    done = linker.unload(first)
    assert (done.freed, done.reason) == (False, f"it was linked together with {second}")
    assert linker.symbol("first_one") is None
    assert linker.symbol("second_one") is not None
    assert linker.unload(second).freed


def test_all_of_an_archive_is_there(interpreter: Interpreter, tmp_path: Path) -> None:
    linker = interpreter.linker
    sources = write(
        tmp_path, left="int left_part(void) { return 1; }", right="int right_part(void) { return 2; }"
    )
    objects = [str(build(one, one.with_suffix(".o"), "-c")) for one in sources]
    archive = tmp_path / "libparts.a"
    subprocess.run(["ar", "rcs", str(archive), *objects], check=True)
    linker.load_archive(archive)
    assert linker.resolve() == [archive]
    assert linker.symbol("left_part") is not None
    assert linker.symbol("right_part") is not None
    assert linker.unload(archive).freed


def test_a_shared_object_may_be_written_over_while_it_is_loaded(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    linker = interpreter.linker
    (source,) = write(tmp_path, size="int size(int n) { return n + 1; }")
    library = build(source, tmp_path / "libsize.so", "-shared")
    assert linker.load_dll(library) == library
    held = linker.function("size", arguments=["c_int"])
    library.write_bytes(b"no library at all" * 1000)
    assert call(interpreter, held, 1) == "2"
    with pytest.raises(LinkError, match=r"libsize\.so: invalid ELF header") as caught:
        linker.load_dll(library)
    assert caught.value.kind == "load"
    assert call(interpreter, linker.function("size", arguments=["c_int"]), 1) == "2"


def test_libraries_are_found_in_search_paths_and_in_the_system(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    linker = interpreter.linker
    (source,) = write(tmp_path, own="int own_function(void) { return 1; }")
    library = build(source, tmp_path / "libownparts.so", "-shared")
    assert linker.find_system_library("ownparts") is None
    with pytest.raises(LinkError, match="no library ownparts"):
        linker.load_dll("ownparts")
    token = linker.add_search_path(tmp_path)
    assert linker.find_system_library("ownparts") == library
    assert linker.load_dll("ownparts") == library
    assert linker.symbol("own_function") is not None
    assert linker.remove_search_path(token)
    assert not linker.remove_search_path(token)
    assert linker.find_system_library("ownparts") is None
    found = linker.find_system_library("m")
    assert found is None or found.name.startswith("libm")


def test_a_symbol_of_the_process_is_found(interpreter: Interpreter) -> None:
    assert interpreter.linker.symbol("Py_IncRef") is not None
    assert interpreter.linker.symbol("no_such_symbol_anywhere") is None
    length = interpreter.linker.function("strlen", result="c_size_t", arguments=["c_char_p"])
    assert length is not None
    values = interpreter.values
    text = interpreter.eval_stmt("b'four'").result.values[0].ref
    assert values.apply(length, text).result.values[0].text == "4"


def test_errors_of_the_compiler_stand_at_their_place(interpreter: Interpreter, tmp_path: Path) -> None:
    (path,) = write(tmp_path, wrong="int f(void)\n{\n\treturn x;\n}\n\nint g(void) { return 1 }\n")
    with pytest.raises(LinkError) as caught:
        interpreter.linker.load_object(path)
    assert caught.value.kind == "compile"
    first = caught.value.diagnostics[0]
    assert (first.path, first.range.start.line, first.range.start.column) == (path, 2, 8)
    assert "'x' undeclared" in first.message
    assert {one.range.start.line for one in caught.value.diagnostics} == {2, 5}


@pytest.mark.parametrize(
    ("act", "kind", "text"),
    [
        (lambda linker, here: linker.load_object(here / "none.c"), "path", "there is no file"),
        (lambda linker, here: linker.load_object(here), "path", "there is no file"),
        (lambda linker, here: linker.add_search_path(here / "none"), "path", "is no folder"),
        (lambda linker, here: linker.load_extension("e", here / "none.so"), "path", "there is no file"),
        (
            lambda linker, here: linker.function("strlen", result="c_quark"),
            "path",
            "ctypes has no type c_quark",
        ),
    ],
    ids=["source", "folder", "search path", "extension", "type"],
)
def test_what_cannot_be_done_is_said(
    act: object, kind: str, text: str, interpreter: Interpreter, tmp_path: Path
) -> None:
    with pytest.raises(LinkError, match=text) as caught:
        act(interpreter.linker, tmp_path)  # type: ignore[operator]  # a function of both
    assert caught.value.kind == kind
    assert caught.value.remedy


def test_a_file_that_is_no_object_is_refused(interpreter: Interpreter, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(LinkError, match="is no object"):
        interpreter.linker.load_object(path)


EXTENSION = """
#include <Python.h>
static PyObject *value(PyObject *self, PyObject *args) {{ return PyLong_FromLong({value}); }}
static PyMethodDef methods[] = {{{{"value", value, METH_NOARGS, NULL}}, {{NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, methods}};
PyMODINIT_FUNC PyInit_{name}(void) {{ {first} return PyModule_Create(&module); }}
"""


def extension(folder: Path, name: str, value: int, first: str = "") -> Path:
    import sysconfig

    (source,) = write(folder, **{name: EXTENSION.format(name=name, value=value, first=first)})
    return build(source, folder / f"{name}.so", "-shared", "-I", sysconfig.get_path("include"))


def test_an_extension_module_is_loaded_by_name_and_replaced_in_place(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    linker = interpreter.linker
    done = linker.load_extension("gauge", extension(tmp_path, "gauge", 1))
    assert (done.phases, done.notes) == (1, ())
    interpreter.eval_stmt("import gauge; held = gauge.value")
    assert linker.load_extension("gauge", extension(tmp_path, "gauge", 2)).phases == 1
    assert (
        interpreter.eval_stmt("gauge.value(), held(), held is gauge.value").result.values[0].text
        == "(2, 2, True)"
    )


def test_an_extension_module_that_cannot_be_initialised_leaves_the_old_one(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    linker = interpreter.linker
    linker.load_extension("meter", extension(tmp_path, "meter", 1))
    broken = extension(tmp_path, "meter", 2, 'PyErr_SetString(PyExc_OSError, "no device"); return NULL;')
    with pytest.raises(LinkError, match="OSError: no device"):
        linker.load_extension("meter", broken)
    assert interpreter.eval_stmt("import meter; meter.value()").result.values[0].text == "1"
    with pytest.raises(RemoteError, match="no device"):
        linker.load_extension(
            "fresh_meter",
            extension(
                tmp_path, "fresh_meter", 2, 'PyErr_SetString(PyExc_OSError, "no device"); return NULL;'
            ),
        )
    with pytest.raises(LinkError, match="has no PyInit_other") as caught:
        linker.load_extension("other", tmp_path / "meter.so")
    assert caught.value.kind == "init"
