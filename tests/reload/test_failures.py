"""A reload is one transaction: whatever fails, the old generation is entirely in place."""

from __future__ import annotations

import sys

from live import Live


def test_an_error_anywhere_takes_everything_back(live: Live) -> None:
    old = "import core\ncounter = 0\nstate = {'a': [1]}\ndef f(x=1):\n    'old'\n    return x\nclass C:\n    n = 1\n    def g(self): return 'old'\n    def gone(self): return 'gone'\ndef gone(): return 'gone'\n"
    new = "import core, json\ncounter = 5\nstate = {'b': 1}\ndef f(x=2):\n    'new'\n    return x * 2\nclass C:\n    n = 2\n    m = 3\n    def g(self): return 'new'\ndef fresh(): pass\ncore.LIST.append(2)\ncore.D['x'] = 1\nimport builtins\nbuiltins.LEAK = 1\nraise RuntimeError('here')\n"
    live.edit(core="LIST = [1]\nD = {}\n", m=old)
    live.run("import m, core; f, C, o, gone, g = m.f, m.C, m.C(), m.gone, m.C().gone; before = dict(vars(m))")
    done = live.try_reload(m=new)
    [error] = done.errors
    assert (error.module, error.line, error.message) == ("m", 16, "RuntimeError: here")
    assert done.reloaded == []
    assert live.value("vars(m) == before, f(), f.__doc__, f.__defaults__") == (True, 1, "old", (1,))
    assert live.value("o.g(), C.n, hasattr(C, 'm'), gone(), g(), m.C is C") == (
        "old",
        1,
        False,
        "gone",
        "gone",
        True,
    )
    assert live.value("core.LIST, core.D, hasattr(__import__('builtins'), 'LEAK')") == ([1], {}, False)
    assert live.reloader.generation == 0
    live.reload(m=new.replace("raise RuntimeError('here')\n", ""))
    assert live.value("f(), o.g(), C.n, core.LIST") == (4, "new", 2, [1, 2])
    live.run("del __import__('builtins').LEAK")


def test_modules_imported_by_a_failing_reload_are_not_loaded(live: Live) -> None:
    live.edit(m="x = 1\n", fresh="y = 1\n", pkg__init__="", pkg__sub="z = 1\n")
    live.run("import m")
    live.try_reload(m="import fresh, pkg.sub\nx = 2\n1 / 0\n")
    assert {"fresh", "pkg", "pkg.sub"}.isdisjoint(sys.modules)
    live.reload(m="import fresh, pkg.sub\nx = 2\n")
    assert live.value("m.fresh.y, m.pkg.sub.z") == (1, 1)


def test_one_broken_file_of_several_holds_all_back(live: Live) -> None:
    live.edit(a="def f(): return 1\n", b="def f(): return 1\n", c="def f(): return 1\n")
    live.run("import a, b, c")
    done = live.try_reload(a="def f(): return 2\n", b="def f(: return 2\n", c="def f() return 2\n")
    assert [(error.module, error.line) for error in done.errors] == [("b", 1), ("c", 1)]
    assert live.value("a.f(), b.f(), c.f()") == (1, 1, 1)
    live.reload(b="def f(): return 3\n", c="def f(): return 3\n")
    assert live.value("a.f(), b.f(), c.f()") == (2, 3, 3)


def test_a_failure_below_names_the_line_of_the_reloaded_module(live: Live) -> None:
    live.edit(a="def check(x):\n    if x > 1:\n        raise ValueError(x)\n", b="import a\na.check(1)\n")
    live.run("import b")
    [error] = live.try_reload(b="import a\n\na.check(2)\n").errors
    assert (error.path.rpartition("/")[2], error.line) == ("b.py", 3)
    assert "a.py" in error.traceback


def test_a_class_that_cannot_be_made_leaves_the_old_one(live: Live) -> None:
    live.edit(m="class A: pass\nclass B(A):\n    def f(self): return 1\n")
    live.run("import m; b, B = m.B(), m.B")
    assert live.try_reload(m="class A: pass\nclass B(int, str):\n    def f(self): return 2\n").errors
    assert live.value("b.f(), m.B is B, B.__mro__[1] is m.A") == (1, True, True)
    assert live.try_reload(
        m="class A: pass\nclass N: pass\nclass B(N):\n    def f(self): return 2\nboom\n"
    ).errors
    assert live.value("b.f(), m.B is B, B.__bases__ == (m.A,), type(b) is B") == (1, True, True, True)


def test_enum_and_dataclass_changes_are_taken_back(live: Live) -> None:
    text = "import enum\nfrom dataclasses import dataclass\nclass E(enum.Enum):\n    A = 1\n{}@dataclass\nclass P:\n    x: int\n{}"
    live.edit(m=text.format("", ""))
    live.run("import m; a, p = m.E.A, m.P(1)")
    assert live.try_reload(m=text.format("    B = 2\n", "    y: int = 3\n") + "boom\n").errors
    assert live.value("list(m.E) == [a], repr(p), hasattr(m.E, 'B'), m.P(2)") == (
        True,
        "P(x=1)",
        False,
        live.value("m.P(2)"),
    )
    assert live.value("repr(m.P(2))") == "P(x=2)"


def test_exit_and_interrupt_at_top_level_are_failures_too(live: Live) -> None:
    live.edit(m="x = 1\n")
    live.run("import m")
    for text in ("x = 2\nraise SystemExit(3)\n", "x = 2\nraise KeyboardInterrupt\n"):
        assert live.try_reload(m=text).errors
        assert live.value("m.x") == 1


def test_handlers_that_fail_hold_everything_back(live: Live) -> None:
    text = "import holefit_runtime as rt\nx = {}\nfail = False\n@rt.after_reload\ndef check():\n    if fail: raise ValueError('not like this')\n"
    live.edit(m=text.format(1))
    live.run("import m; m.fail = True")
    done = live.try_reload(m=text.format(2))
    assert (done.errors[0].message, live.value("m.x"), live.reloader.generation) == (
        "ValueError: not like this",
        1,
        0,
    )
    live.run("m.fail = False")
    live.reload()
    assert (live.value("m.x"), live.reloader.generation) == (2, 1)


def test_undecodable_null_and_deep_texts_are_reported(live: Live) -> None:
    live.edit(m="x = 1\n")
    live.run("import m")
    for data in (
        b"x = '\xff'\n",
        b"x = '\x00'\n",
        b"# -*- coding: klingon -*-\nx = 2\n",
        b"x = " + b"(" * 500 + b")" * 500,
    ):
        (live.folder / "m.py").write_bytes(data)
        done = live.reloader.reload()
        assert done.errors, data
        assert live.value("m.x") == 1
    live.reload(m="x = 2\n")
    assert live.value("m.x") == 2


def test_rollback_goes_back_over_ten_generations(live: Live) -> None:
    live.edit(m="def f(): return 0\n")
    live.run("import m; f = m.f")
    for i in range(1, 12):
        live.reload(m=f"def f(): return {i}\ndef g{i}(): return {i}\n")
    assert live.reloader.rollback(5).errors == []
    assert live.value("f(), hasattr(m, 'g5'), hasattr(m, 'g11')") == (5, True, False)
    assert live.reload().reloaded == []
    assert live.reloader.rollback(0).errors != []
    live.reload(m="def f(): return 'edited'\n")
    assert live.value("f()") == "edited"
    assert live.reloader.rollback(live.reloader.generation - 1).errors == []
    assert live.value("f()") == 5


def test_a_reload_inside_a_reload_is_refused(live: Live) -> None:
    live.edit(m="import holefit_runtime as rt\nx = 1\n")
    live.run("import m")
    live.reload(m="import holefit_runtime as rt\nx = 2\ninner = rt.reload()\n")
    assert live.value("m.x, m.inner['status']") == (2, "error")
    assert "going on" in live.value("m.inner['error']")
