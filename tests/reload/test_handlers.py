"""Handlers, generations and questions, as user code sees them through ``holefit_runtime``."""

from __future__ import annotations

from live import Live

HEAD = "import holefit_runtime as rt, builtins\n"


def test_handlers_run_leaf_first_once_and_only_when_something_changes(live: Live) -> None:
    live.run("import builtins; builtins.EV = []")
    for name, imports in (("leaf", ""), ("mid", "import leaf\n"), ("top", "import mid, leaf\n")):
        live.edit(
            **{
                name: f"{imports}{HEAD}@rt.before_reload\ndef b(): builtins.EV.append('b-{name}')\n@rt.after_reload\ndef a(): builtins.EV.append('a-{name}')\n"
            }
        )
    live.run("import top")
    live.reload()
    assert live.value("builtins.EV") == []
    live.edit(leaf="x = 1\n" + (live.folder / "leaf.py").read_text())
    live.reload()
    assert live.value("builtins.EV") == ["b-leaf", "b-mid", "b-top", "a-leaf", "a-mid", "a-top"]
    live.run("del builtins.EV")


def test_a_reloaded_modules_handlers_are_replaced(live: Live) -> None:
    live.run("import builtins; builtins.EV = []")
    live.edit(m=HEAD + "rt.after_reload(lambda: builtins.EV.append(1))\n", n="x = 1\n")
    live.run("import m, n")
    live.reload(m=HEAD + "rt.after_reload(lambda: builtins.EV.append(2))\n")
    live.reload(
        m=HEAD + "rt.after_reload(lambda: builtins.EV.append((3, 'other', 'arguments')[0]) or None)\n"
    )
    live.run("builtins.EV.clear()")
    live.reload(n="x = 2\n")
    assert live.value("builtins.EV") == [3]
    live.run("builtins.EV.clear()")
    live.reload(m="x = 1\n")
    assert live.value("builtins.EV") == []
    live.run("del builtins.EV")


def test_generation_changed_modules_and_reload_needed(live: Live) -> None:
    live.edit(m="x = 1\n", n="import m\n")
    live.run("import n, m, holefit_runtime as rt; g = rt.generation()")
    assert live.value("rt.reload_needed(), rt.changed_modules()") == (False, [])
    live.edit(m="x = 2\n", n="import m\ny = 1\n")
    assert live.value(
        "rt.reload_needed(), rt.changed_modules(), rt.has_module_changed(m), rt.has_module_changed('os')"
    ) == (True, ["m", "n"], True, False)
    assert live.value("rt.reload()['modules'], rt.generation() - g, rt.reload()['status']") == (
        ["m", "n"],
        1,
        "noop",
    )


def test_a_module_may_reload_itself_from_inside_a_function(live: Live) -> None:
    live.edit(
        m="import holefit_runtime\ndef f():\n    done = holefit_runtime.reload()\n    return 'old', done['status']\n"
    )
    live.run("import m")
    live.edit(m="import holefit_runtime\ndef f():\n    return 'new', 0\n")
    assert live.value("m.f(), m.f()") == (("old", "ok"), ("new", 0))


def test_the_runtime_is_harmless_alone(live: Live) -> None:
    import subprocess
    import sys
    from pathlib import Path

    engine = Path(__file__).parents[2] / "engine"
    code = "import holefit_runtime as rt; rt.before_reload(print); print(rt.generation(), rt.reload_needed(), rt.reload()['status'], rt.splice(4))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(engine)},
        check=True,
    )
    assert done.stdout == "0 False noop 4\n"


def test_frames_that_run_changed_code_are_reported(live: Live) -> None:
    live.edit(
        m="import threading\ngate, inside = threading.Event(), threading.Event()\ndef wait():\n    inside.set()\n    gate.wait(10)\n    return 'old'\n\ndef other(): return 1\n"
    )
    live.run(
        "import m, threading; out = []; t = threading.Thread(target=lambda: out.append(m.wait()), name='waiter'); t.start(); m.inside.wait(10)"
    )
    assert (
        live.reload(m=(live.folder / "m.py").read_text().replace("return 1", "return 2")).stale_frames == []
    )
    done = live.reload(m=(live.folder / "m.py").read_text().replace("'old'", "'new'"))
    [frame] = done.stale_frames
    assert (frame.module, frame.function, frame.thread, frame.line) == ("m", "wait", "waiter", 5)
    live.run("m.gate.set(); t.join()")
    assert live.value("out, m.wait()") == (["old"], "new")
