"""The graph of modules: packages, re-exports, cycles, modules that come and go."""

from __future__ import annotations

import sys

from live import Live


def test_what_is_imported_comes_before_what_imports(live: Live) -> None:
    live.edit(zz="def a(): return 1\n", mm="from zz import a\n", aa="from mm import a\n")
    live.run("import aa")
    done = live.reload(
        aa="from mm import a, b\nK = b()\n",
        mm="from zz import a, b\n",
        zz="def a(): return 1\ndef b(): return 2\n",
    )
    assert done.reloaded == ["zz", "mm", "aa"]
    assert live.value("aa.K") == 2


def test_cycles(live: Live) -> None:
    live.edit(
        a="import b\ndef f(): return 'a1'\ndef both(): return f() + b.g()\n",
        b="import a\ndef g(): return 'b1'\n",
    )
    live.run("import a")
    live.reload(
        a="import b\ndef f(): return 'a2'\ndef both(): return f() + b.g()\n",
        b="import a\ndef g(): return 'b2' + a.f()\n",
    )
    assert live.value("a.both()") == "a2b2a2"


def test_star_imports_bring_new_names_and_lose_old_ones(live: Live) -> None:
    live.edit(
        m="def f(): return 1\nx = 1\n_hidden = 1\n", n="from m import *\nown = 2\n", p="from n import *\n"
    )
    live.run("import n, p")
    live.reload(m="def g(): return 2\nx = 3\nown = 'not mine'\n")
    assert live.value("n.g(), n.x, n.own, hasattr(n, 'f'), p.g(), p.x") == (2, 3, 2, False, 2, 3)
    live.reload(m="__all__ = ['h']\ndef h(): return 4\ndef g(): return 5\n")
    assert live.value("n.h()") == 4


def test_a_star_import_that_is_removed_takes_its_names_along(live: Live) -> None:
    live.edit(m="def f(): return 1\ny = 2\n", n="from m import *\nz = 3\n")
    live.run("import m, n")
    live.reload(n="z = 3\n")
    assert live.value("hasattr(n, 'f'), hasattr(n, 'y'), n.z") == (False, False, 3)


def test_packages_with_relative_imports_and_reexports(live: Live) -> None:
    live.edit(
        pkg__init__="from .core import f\nfrom . import core\nSTATE = []\n",
        pkg__core="from .sub.deep import h\ndef f(): return h()\n",
        pkg__sub__init__="",
        pkg__sub__deep="from ... import pkg as top\ndef h(): return 1\n".replace(
            "from ... import pkg as top\n", "from .. import __name__ as top\n"
        ),
    )
    live.run("import pkg; from pkg import f; pkg.STATE.append(1)")
    live.reload(pkg__sub__deep="from .. import __name__ as top\ndef h(): return 2\n")
    assert live.value("f(), pkg.STATE") == (2, [1])
    live.reload(pkg__init__="from .core import f\nfrom .sub.deep import h\nSTATE = []\n")
    assert live.value("pkg.h(), pkg.STATE, pkg.core.f()") == (2, [1], 2)


def test_namespace_packages_and_submodules_added_later(live: Live) -> None:
    live.edit(space__one="def f(): return 1\n")
    live.run("import space.one")
    live.reload(
        space__one="from space import two\ndef f(): return two.g()\n", space__two="def g(): return 2\n"
    )
    assert live.value("space.one.f()") == 2
    live.reload(space__two="def g(): return 3\n")
    assert live.value("space.one.f()") == 3


def test_a_module_split_in_two_keeps_its_importers(live: Live) -> None:
    live.edit(
        m="def a(): return 'a'\ndef b(): return 'b'\nclass C:\n    def f(self): return 1\n",
        user="from m import a, b, C\ndef go(): return a() + b()\n",
    )
    live.run("import user; o = user.C()")
    live.reload(
        m="from m2 import b, C\ndef a(): return 'A'\n",
        m2="def b(): return 'B'\nclass C:\n    def f(self): return 2\n",
    )
    assert live.value("user.go(), user.C is sys.modules['m2'].C if (sys := __import__('sys')) else 0") == (
        "AB",
        True,
    )


def test_modules_that_nothing_imports_any_more_are_unloaded_with_what_they_alone_import(live: Live) -> None:
    live.edit(
        m="import mid, kept\n",
        mid="import leaf, kept\n",
        leaf="x = 1\n",
        kept="y = 1\n",
        other="import kept\n",
    )
    live.run("import m, other")
    done = live.reload(m="x = 1\n", mid=None, leaf=None)
    assert {"mid", "leaf"}.isdisjoint(sys.modules)
    assert "kept" in sys.modules
    assert any("mid" in note for note in done.notes)
    assert isinstance(live.error("__import__('mid')"), ModuleNotFoundError)


def test_a_module_that_the_session_imported_stays(live: Live) -> None:
    live.edit(m="import dep\n", dep="x = 1\n")
    live.run("import m\nfrom dep import x")
    live.reload(m="y = 1\n")
    assert "dep" in sys.modules


def test_a_file_that_is_being_saved_or_is_gone_changes_nothing(live: Live) -> None:
    live.edit(m="state = []\ndef f(): return 1\n")
    live.run("import m; m.state.append(1)")
    assert live.reload(m=None).reloaded == []
    assert live.value("m.f()") == 1
    live.reload(m="state = []\ndef f(): return 2\n")
    assert live.value("m.f(), m.state") == (2, [1])


def test_a_module_renamed_with_its_importer(live: Live) -> None:
    live.edit(old="def h(): return 1\n", m="import old\ndef f(): return old.h()\n")
    live.run("import m; f = m.f")
    live.reload(old=None, new="def h(): return 2\n", m="import new\ndef f(): return new.h()\n")
    assert live.value("f(), hasattr(m, 'old')") == (2, False)
    assert "old" not in sys.modules


def test_lazy_and_dynamic_imports(live: Live) -> None:
    live.edit(
        m="def f(): return 1\n",
        n="import importlib\ndef a():\n    from m import f\n    return f()\ndef b():\n    return importlib.import_module('m').f()\n",
    )
    live.run("import n; n.a()")
    live.reload(m="def f(): return 2\n")
    assert live.value("n.a(), n.b()") == (2, 2)


def test_module_getattr_and_dir(live: Live) -> None:
    live.edit(m="def __getattr__(name):\n    if name == 'dyn': return 1\n    raise AttributeError(name)\n")
    live.run("import m")
    live.reload(
        m="def __getattr__(name):\n    if name == 'dyn': return 2\n    raise AttributeError(name)\ndef __dir__(): return ['dyn']\n"
    )
    assert live.value("m.dyn, dir(m)") == (2, ["dyn"])
    live.reload(m="x = 1\n")
    assert live.value("hasattr(m, 'dyn')") is False


def test_unsaved_buffers_win_over_files_and_make_modules(live: Live) -> None:
    live.edit(m="def f(): return 'file'\n")
    path = str(live.folder / "m.py")
    live.run("import m, inspect")
    live.reloader.set_buffers(
        {path: "# buffer\ndef f():\r\n    return 'buffer'\r\n", str(live.folder / "fresh.py"): "x = 1\n"}
    )
    assert live.reloader.changed() == ["m"]
    live.reload()
    assert live.value("m.f(), inspect.getsource(m.f)") == ("buffer", "def f():\n    return 'buffer'\n")
    live.run("import fresh")
    assert live.value("fresh.x") == 1
    live.reloader.set_buffers({})
    live.reload()
    assert live.value("m.f()") == "file"


def test_time_stamps_that_lie(live: Live) -> None:
    import os

    live.edit(m="x = 1\n")
    path = live.folder / "m.py"
    live.run("import m")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text("x = 2\n")
    os.utime(path, ns=times)
    live.reload()
    assert live.value("m.x") == 2
    path.write_text("x = 3\n")
    os.utime(path, (1, 1))
    live.reload()
    assert live.value("m.x") == 3
    replacement = live.folder / "tmp"
    replacement.write_text("x = 4\n")
    os.replace(replacement, path)
    live.reload()
    assert live.value("m.x") == 4


def test_stale_bytecode_is_never_believed(live: Live) -> None:
    import py_compile

    live.edit(m="x = 1\n")
    path = live.folder / "m.py"
    py_compile.compile(str(path), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    live.edit(m="x = 2\n")
    live.run("import m")
    assert live.value("m.x") == 2
    assert list((live.folder / "__pycache__").glob("*")) != []


def test_other_code_below_the_root_is_left_to_python(live: Live) -> None:
    place = live.folder / "venv" / "site-packages"
    place.mkdir(parents=True)
    (place / "thirdparty_here.py").write_text("x = 1\n")
    sys.path.insert(0, str(place))
    live.run("import thirdparty_here, json")
    assert set(live.reloader.modules) == set()


def test_importlib_reload_still_runs_the_whole_module(live: Live) -> None:
    live.edit(m="x = []\ndef f(): return 1\n")
    live.run("import m, importlib; m.x.append(1); importlib.reload(m)")
    assert live.value("m.x") == []
    live.reload(m="x = []\ndef f(): return 2\n")
    assert live.value("m.f()") == 2


def test_an_import_that_fails_leaves_no_record(live: Live) -> None:
    live.edit(m="x = 1\n1 / 0\n")
    assert isinstance(live.error("__import__('m')"), ZeroDivisionError)
    assert live.reloader.modules == {}
    live.edit(m="x = 2\n")
    live.run("import m")
    assert live.value("m.x") == 2


def test_a_module_becomes_a_package_and_a_module_again(live: Live) -> None:
    live.edit(m="state = []\ndef f(): return 1\n", user="from m import f\n")
    live.run("import m, user, inspect; m.state.append(1); f = m.f")
    live.reload(
        m=None,
        m__init__="from .deep import g\nstate = []\ndef f(): return 2, g()\n",
        m__deep="def g(): return 'g'\n",
    )
    assert live.value("f(), m.state, m.__path__[0].endswith('m'), m.__package__") == (
        (2, "g"),
        [1],
        True,
        "m",
    )
    assert live.value("inspect.getsourcefile(m.f).endswith('m/__init__.py'), m.deep.g()") == (True, "g")
    live.reload(m__init__="from .deep import g\nstate = []\ndef f(): return 3, g()\n")
    assert live.value("user.f(), m.state") == ((3, "g"), [1])
    (live.folder / "m" / "__init__.py").rename(live.folder / "m.py")
    live.reload(m="state = []\ndef f(): return 4\n")
    assert live.value("f(), m.state, hasattr(m, '__path__')") == (4, [1], False)


def test_a_plan_that_is_thrown_away_changes_nothing(live: Live) -> None:
    from holefit_worker.reload.plan import Plan

    live.edit(m="x = []\ndef f(a=1):\n    return a\nif x:\n    y = 1\nclass C:\n    n = 1\n")
    live.run("import m; m.x.append(1)")
    record = live.reloader.modules["m"]
    Plan(record, "def f(a=2):\n    return a\nclass C:\n    n = 2\n", ())
    assert live.reload().reloaded == []
    live.reload(m="# moved\nx = []\ndef f(a=1):\n    return a * 2\nif x:\n    y = 1\nclass C:\n    n = 3\n")
    assert live.value("m.f(), m.x, m.C.n") == (2, [1], 3)


def test_what_moves_to_another_module_takes_its_live_value_along(live: Live) -> None:
    moved = "STATE = {'hits': 0}\ndef hit():\n    STATE['hits'] += 1\n    return STATE['hits']\nclass C:\n    def f(self): return 1\n"
    live.edit(m=moved + "x = 1\n", n="y = 1\n")
    live.run("import m, n; m.hit(); m.hit(); hit, o, STATE = m.hit, m.C(), m.STATE")
    live.reload(m="x = 1\n", n="y = 1\n" + moved)
    assert live.value("n.STATE is STATE, n.hit(), hit(), isinstance(o, n.C), o.f()") == (True, 3, 4, True, 1)
    assert live.value("hasattr(m, 'hit'), hasattr(m, 'STATE'), hasattr(m, 'C')") == (False, False, False)


def test_a_failure_in_a_new_module_is_told_at_its_own_line(live: Live) -> None:
    live.edit(m="x = 1\n")
    live.run("import m")
    [error] = live.try_reload(m="import fresh\n", fresh="y = 1\nclass C:\n    z = 1 / 0\n").errors
    assert (error.path.rpartition("/")[2], error.line) == ("fresh.py", 3)
    [error] = live.try_reload(m="class C:\n    z = 1 / 0\n").errors
    assert (error.path.rpartition("/")[2], error.line) == ("m.py", 2)
