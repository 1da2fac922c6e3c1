"""What native code costs: a changed C function from the saved file to the new value, beside what a person does without Holefit; looking up symbols.

python bench/linker.py [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holefit.interpreter import Interpreter
from holefit.session.options import NativeOptions, Options

EXTENSION = """
#include <Python.h>
static PyObject *value(PyObject *self, PyObject *none) {{ return PyLong_FromLong({value}); }}
static PyMethodDef methods[] = {{{{"value", value, METH_NOARGS, NULL}}, {{NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods}};
PyMODINIT_FUNC PyInit_fast(void) {{ return PyModule_Create(&module); }}
"""
LIBRARY = "int value(void) {{ return {value}; }}\n"
OPEN = "import ctypes, os\nlib = ctypes.CDLL(os.path.abspath('libgeo.so'))"


def main() -> None:
    """Measure, and show a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--turns", type=int, default=7)
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), figures, arguments.turns)
    table = Table(title="native code", show_header=False)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.3f}" if value < 10 else f"{value:,.0f}")
    Console().print(table)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2))


def measure(root: Path, figures: dict[str, float], turns: int) -> None:
    """Fill ``figures``: medians in ms, of one lookup in µs."""
    options = replace(Options(), native=NativeOptions(libraries={"libgeo.so": ("geo.c",)}))
    interpreter = Interpreter(root, options, python=Path(sys.executable))
    fast, geo = root / "fast.c", root / "geo.c"
    fast.write_text(EXTENSION.format(value=0))
    geo.write_text(LIBRARY.format(value=0))
    interpreter.eval_stmt(f"import fast\n{OPEN}")

    def edited(path: Path, text: str, call: str) -> Callable[[int], None]:
        def turn(number: int) -> None:
            path.write_text(text.format(value=number))
            assert not interpreter.reload().errors
            answer = interpreter.eval_stmt(call).result.values[0].text
            assert answer == str(number), answer

        return turn

    def by_hand(number: int) -> None:
        (root / "hand.c").write_text(EXTENSION.format(value=number).replace("fast", "hand"))
        include = ["-I", sysconfig.get_path("include")]
        command = ["cc", "-O1", "-g", "-fPIC", "-shared", *include, "hand.c", "-o", "hand.so"]
        subprocess.run(command, cwd=root, check=True)
        done = subprocess.run(
            [sys.executable, "-c", "import hand; print(hand.value())"],
            cwd=root,
            capture_output=True,
            check=True,
        )
        assert done.stdout.strip() == str(number).encode()

    figures["an extension module: edit to new value, ms"] = median(
        edited(fast, EXTENSION, "fast.value()"), turns
    )
    figures["a ctypes library: edit to new value, ms"] = median(edited(geo, LIBRARY, "lib.value()"), turns)
    figures["by hand: compile, start Python anew, import, ms"] = median(by_hand, turns)
    interpreter.eval_stmt("heap = [{'n': n} for n in range(500_000)]")
    figures["an extension module beside 500,000 objects, ms"] = median(
        edited(fast, EXTENSION, "fast.value()"), turns, 1000
    )
    figures["a ctypes library beside 500,000 objects, ms"] = median(
        edited(geo, LIBRARY, "lib.value()"), turns, 1000
    )
    figures["a reload with nothing to do, ms"] = median(lambda _: none(interpreter.reload()), turns)
    linker = interpreter.linker
    linker.load(geo)
    figures["a symbol that is cached, µs"] = 1000 * median(lambda _: none(linker.symbol("value")), 100)

    def fresh(_: int) -> None:
        linker._symbols.clear()
        linker.symbol("value")

    figures["a symbol that is asked for, µs"] = 1000 * median(fresh, 100)
    interpreter.stop()


def none(_: object) -> None:
    """For its effect."""


def median(turn: Callable[[int], None], turns: int, start: int = 1) -> float:
    """The median time of ``turn(number)``, in ms."""
    times = []
    for number in range(start, start + turns):
        began = time.perf_counter()
        turn(number)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
