"""Hot reload against its peers: from the saved file to the new value, reload asked for explicitly, in milliseconds.

    python bench/reload.py [--json] [--reps 9] [--only holefit,jurigged] [--cases lines,modules,heap,edits]

One function is edited in modules of 50, 500 and 5,000 lines, in projects of 10, 100 and 1,000 modules, beside a million live objects, and a hundred
times over. Each engine runs in a process of its own. Peers that pip can fetch are put into a virtual environment of their own (kept under the
folder of temporary files); those that it cannot are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ENGINE = Path(__file__).parent.parent / "engine"
SCRATCH = Path(tempfile.gettempdir()) / f"holefit-bench-{sys.version_info.major}.{sys.version_info.minor}"
PEERS = {"IPython autoreload": "ipython", "jurigged": "jurigged"}

DRIVER = """
import importlib, json, os, statistics, sys, tempfile, time
engine, engine_path, cases, reps = sys.argv[1], sys.argv[2], sys.argv[3].split(","), int(sys.argv[4])
folder = tempfile.mkdtemp(); os.chdir(folder); sys.path.insert(0, folder)

def prime(): pass
if engine == "holefit":
    sys.path.insert(1, engine_path)
    from holefit_worker.reload import Reloader
    reloader = Reloader([folder]); reloader.install()
    def bring_up_to_date(changed):
        done = reloader.reload(); assert done.reloaded and not done.errors, done
elif engine == "importlib.reload":
    def bring_up_to_date(changed):
        importlib.reload(sys.modules[changed])
elif engine == "IPython autoreload":
    from IPython.extensions.autoreload import ModuleReloader
    try: peer = ModuleReloader()
    except TypeError: peer = ModuleReloader(None)
    peer.check_all = True; peer.enabled = True
    def bring_up_to_date(changed):
        peer.check(True, do_reload=True)
    def prime():
        peer.check(True, do_reload=False)  # it compares with what it saw at its last look
elif engine == "jurigged":
    import jurigged
    from jurigged import register
    registry = register.registry
    registry.auto_register(filter=lambda path: path.startswith(folder)) if hasattr(registry, "auto_register") else None
    def bring_up_to_date(changed):
        registry.find  # the registry is what the watcher calls
        file = registry.get(sys.modules[changed].__file__)
        file.refresh()

def module(lines, value):
    count = lines // 5
    middle = count // 2
    text = ["state = {}\\n"]
    for i in range(count):
        text.append("def f%d(a, b=2):\\n    x = a * %d + b\\n    state[%d] = x\\n    return x + %d\\n\\n" % (i, i, i, value if i == middle else 0))
    return "".join(text), middle

def leaf(number, count, value=0):
    below = [k for k in range(3 * number + 1, 3 * number + 4) if k < count]
    head = "".join("import proj.mod%d\\n" % k for k in below) + "STATE = []\\n"
    body = "".join("def f%d(x):\\n    y = x + %d\\n    return y + %d\\n\\n" % (j, j, value if j == 3 else 0) for j in range(7))
    return head + body

clock = [time.time() - 1000]
def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file: file.write(text)
    clock[0] += 2; os.utime(path, (clock[0], clock[0]))

def timed(name, path, text, look, want):
    write(path, text)
    started = time.perf_counter()
    bring_up_to_date(name)
    got = look()
    took = (time.perf_counter() - started) * 1000
    return took if got == want else None

def edits(name, lines, reps, first=1):
    prime()
    found = sys.modules[name]
    out = []
    for value in range(first, first + reps):
        text, middle = module(lines, value)
        out.append(timed(name, name + ".py", text, lambda: getattr(found, "f%d" % middle)(1), middle + 2 + value))
    return out

def median(times):
    good = [t for t in times if t is not None]
    return statistics.median(good) if len(good) == len(times) and good else None

results = {}
if "lines" in cases:
    for lines in (50, 500, 5000):
        name = "m%d" % lines
        write(name + ".py", module(lines, 0)[0]); importlib.import_module(name)
        results["%d lines" % lines] = median(edits(name, lines, reps))
if "edits" in cases:
    write("often.py", module(500, 0)[0] + "class C:\\n    def v(self): return 0\\n"); often = importlib.import_module("often"); kept = often.C(); prime()
    times = [timed("often", "often.py", module(500, v)[0] + "class C:\\n    def v(self): return %d\\n" % v, kept.v if engine != "importlib.reload" else lambda: sys.modules["often"].C().v(), v) for v in range(1, 101)]
    results["edits 1-5"], results["edits 96-100"] = median(times[:5]), median(times[-5:])
if "modules" in cases:
    for count in (10, 100, 1000):
        for name in [name for name in sys.modules if name.partition(".")[0] == "proj"]: del sys.modules[name]
        if engine == "holefit": reloader.modules.clear()
        write("proj/__init__.py", "")
        for i in range(count): write("proj/mod%d.py" % i, leaf(i, count))
        importlib.invalidate_caches(); importlib.import_module("proj.mod0")
        name = "proj.mod%d" % (count - 1); found = importlib.import_module(name); prime()
        results["%d modules" % count] = median([timed(name, "proj/mod%d.py" % (count - 1), leaf(count - 1, count, v), lambda: sys.modules[name].f3(1), 4 + v) for v in range(1, reps + 1)])
if "heap" in cases:
    write("heap.py", module(500, 0)[0]); importlib.import_module("heap")
    big = [[i] for i in range(1_000_000)]
    results["1M objects"] = median(edits("heap", 500, reps))
print(json.dumps(results))
"""


def python_with(package: str) -> str | None:
    """An interpreter that has ``package``, which is fetched if need be; None if that fails."""
    home = SCRATCH / package
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    if (
        subprocess.run(
            [str(python), "-c", f"import {package.replace('ipython', 'IPython')}"], capture_output=True
        ).returncode
        == 0
    ):
        return str(python)
    fetched = subprocess.run([str(python), "-m", "pip", "install", "-q", package], capture_output=True)
    return str(python) if fetched.returncode == 0 else None


def measure(engine: str, cases: str, reps: int) -> dict[str, Any] | None:
    """Medians of one engine by case; None where a value did not arrive. None in all if the engine cannot be run."""
    python = python_with(PEERS[engine]) if engine in PEERS else sys.executable
    if python is None:
        return None
    found: dict[str, Any] = {}
    for case in cases.split(","):
        command = [python, "-c", textwrap.dedent(DRIVER), engine, str(ENGINE), case, str(reps)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{engine}, {case}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        else:
            found.update(json.loads(done.stdout.splitlines()[-1]))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="figures for a program")
    parser.add_argument("--reps", type=int, default=9, help="edits a case; the median counts")
    parser.add_argument("--only", default="", help="engines, with commas between")
    parser.add_argument("--cases", default="lines,modules,heap,edits")
    arguments = parser.parse_args()
    engines = ["holefit", "importlib.reload", *PEERS]
    if arguments.only:
        engines = [engine for engine in engines if engine in arguments.only.split(",")]
    results = {engine: measure(engine, arguments.cases, arguments.reps) for engine in engines}
    if arguments.json:
        print(json.dumps(results, indent=1))
        return
    cases = list(dict.fromkeys(case for found in results.values() if found for case in found))
    table = Table(title=f"saved file to new value, median ms of {arguments.reps} edits")
    table.add_column("engine")
    for case in cases:
        table.add_column(case, justify="right")
    for engine, found in results.items():
        shown = ["not to be had"] if found is None else [_shown(found.get(case)) for case in cases]
        table.add_row(engine, *shown)
    Console(width=150).print(table)


def _shown(value: float | None) -> str:
    return "wrong" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
