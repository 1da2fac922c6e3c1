"""C libraries of the project, opened by ``ctypes``, under hot reload."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence

import pytest
from native_live import NativeLive, needs_compiler

from holefit_wire.interpreter.linker import NativePart, SetNative

pytestmark = [needs_compiler, pytest.mark.e2e]

GEO = """
#include <math.h>
static int hits = 0;
static int table[4] = {{1, 2, 3, 4}};
typedef double (*shape)(double);
double area(double r) {{ hits++; return {area}; }}
static shape chosen = 0;
void choose(void) {{ chosen = area; }}
double with_chosen(double r) {{ return chosen(r); }}
int count(void) {{ static int asked; asked++; return hits * 10 + asked; }}
int entry(int i) {{ return table[i]; }}
void change(int i, int value) {{ table[i] = value; }}
"""
APP = """
    import ctypes, pathlib
    lib = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libgeo.so")))
    lib.area.restype, lib.area.argtypes = ctypes.c_double, [ctypes.c_double]
    area = lib.area
"""


def geo(area: str = "r * r", more: str = "") -> str:
    return GEO.format(area=area) + more


def declare(
    live: NativeLive, sources: Sequence[str] = ("geo.c",), variables: str = "carry", **flags: tuple[str, ...]
) -> None:
    part = NativePart("library", "libgeo.so", tuple(sources))
    live.reloader.native.configure(
        SetNative(root=str(live.folder), parts=(part,), variables=variables, link_flags=("-lm",), **flags)
    )


def test_a_declared_library_is_built_when_it_is_opened_and_followed(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run(
        "import app; held = [app.area, app.lib['area']]; held[1].restype = app.ctypes.c_double; held[1].argtypes = [app.ctypes.c_double]"
    )
    assert live.value("app.area(3), held[1](3)") == (9.0, 9.0)
    assert not (live.folder / "libgeo.so").exists()
    done = live.reload_native("geo.c", geo("2 * r"))
    assert done.reloaded == ["libgeo.so"]
    assert live.value("app.area(3), held[0](3), held[1](3), app.lib.area(3)") == (6.0, 6.0, 6.0, 6.0)
    assert live.value("held[0] is app.area is app.lib.area")
    assert live.value("app.ctypes.CDLL(app.lib._name).entry(2)") == 3  # opened again: the new one


def test_variables_that_were_written_to_live_on(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app; app.area(1); app.area(1); app.lib.count(); app.lib.change(2, 30)")
    live.reload_native("geo.c", geo("3 * r").replace("{1, 2, 3, 4}", "{5, 6, 7, 8}"))
    # `table` was written to and lives on as a whole; a static variable inside a function does too
    assert live.value("app.lib.count(), [app.lib.entry(i) for i in range(4)]") == (22, [1, 2, 30, 4])


def test_a_variable_that_nobody_wrote_to_takes_its_new_initial_value(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app")
    live.reload_native("geo.c", geo().replace("{1, 2, 3, 4}", "{5, 6, 7, 8}"))
    assert live.value("[app.lib.entry(i) for i in range(4)]") == [5, 6, 7, 8]


def test_a_pointer_to_a_function_becomes_that_of_the_new_one(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run(
        "import app; app.lib.choose(); f = app.lib.with_chosen;"
        "f.restype, f.argtypes = app.ctypes.c_double, [app.ctypes.c_double]"
    )
    assert live.value("f(5)") == 25.0
    live.reload_native("geo.c", geo("r + 1"))
    assert live.value("f(5)") == 6.0


def test_variables_may_begin_anew_by_policy(live: NativeLive) -> None:
    declare(live, variables="fresh")
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app; app.area(1); app.lib.change(2, 30)")
    live.reload_native("geo.c", geo("3 * r"))
    assert live.value("app.lib.count(), app.lib.entry(2)") == (1, 3)


def test_a_variable_of_another_size_begins_anew_and_is_told(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app; app.lib.change(2, 30)")
    done = live.reload_native("geo.c", geo().replace("table[4] = {1, 2, 3, 4}", "table[5] = {1, 2, 3, 4, 5}"))
    assert live.value("app.lib.entry(2), app.lib.entry(4)") == (3, 5)
    assert any("the live value of the C variable table is given up" in note for note in done.notes)


def test_a_function_that_is_gone_is_told_and_its_holders_keep_the_old_code(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app")
    done = live.reload_native("geo.c", geo().replace("double area(", "static double area("))
    assert [(one.module, one.name) for one in done.removed] == [("libgeo.so", "area")]
    assert live.value("app.area(3)") == 9.0
    assert isinstance(live.error("app.lib.area"), AttributeError)


def test_an_error_leaves_the_old_library(live: NativeLive) -> None:
    declare(live)
    live.write("geo.c", geo())
    live.edit(app=APP)
    live.run("import app; app.area(1)")
    done = live.try_native("geo.c", geo("r * wrong"))
    assert done.errors[0].path == str(live.folder / "geo.c")
    done = live.try_native("geo.c", geo(more="int missing(void); int use(void) { return missing(); }"))
    assert "undefined symbol: missing" in done.errors[0].message
    live.write("geo.c", geo("r * 5"))
    assert live.try_reload(app=APP + "    broken = 1 / 0\n").errors
    assert live.value("app.area(2), app.lib.count()") == (4.0, 21)
    live.reload(app=APP)
    assert live.value("app.area(2), app.lib.count()") == (10.0, 32)


def test_a_library_that_somebody_else_builds_is_followed(live: NativeLive) -> None:
    def built(text: str) -> None:
        path = live.write("src/geo.c", text)
        subprocess.run(
            ["cc", "-shared", "-fPIC", str(path), "-o", str(live.folder / "libgeo.so")], check=True
        )

    built(geo())
    live.edit(app=APP)
    live.run("import app; app.area(1)")
    built(geo("r * 4"))
    assert live.reload().reloaded == ["libgeo.so"]
    assert live.value("app.area(2), app.lib.count()") == (8.0, 21)


def test_a_command_of_the_project_builds(live: NativeLive) -> None:
    live.write("Makefile", "libgeo.so: geo.c\n\tcc -shared -fPIC geo.c -o libgeo.so\n")
    live.reloader.native.configure(SetNative(root=str(live.folder), build=("make", "-s")))
    live.write("geo.c", geo())
    subprocess.run(["make", "-s"], cwd=live.folder, check=True)
    live.edit(app=APP)
    live.run("import app")
    assert live.value("app.area(3)") == 9.0
    assert live.reload_native("geo.c", geo("r * 4")).reloaded == ["libgeo.so"]
    assert live.value("app.area(3)") == 12.0
    (error,) = live.try_native("geo.c", geo("r * wrong")).errors
    assert (error.path, error.line) == (str(live.folder / "geo.c"), 5)
    assert live.value("app.area(3)") == 12.0


def test_libraries_of_the_system_are_opened_as_ever(live: NativeLive) -> None:
    live.edit(app="import ctypes\nlib = ctypes.CDLL(None)")
    live.run("import app")
    assert live.value("app.lib.abs(-3)") == 3
    assert live.reloader.native.parts == {}
    assert isinstance(live.error("app.ctypes.CDLL('libnothing.so.9')"), OSError)


def test_a_declared_library_that_cannot_be_built_is_an_os_error(live: NativeLive) -> None:
    declare(live, ["geo.c", "more.c"])
    live.write("geo.c", geo())
    live.edit(app=APP)
    error = live.error("__import__('app')")
    assert isinstance(error, OSError)
    assert "more.c" in str(error)


def test_the_hook_into_ctypes_goes_with_the_reloader(live: NativeLive) -> None:
    own = ctypes._dlopen
    live.close()
    assert ctypes._dlopen is not own
