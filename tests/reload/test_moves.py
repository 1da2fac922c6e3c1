"""Modules, classes and names that move, and texts of every kind."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location

from live import Live


def test_a_package_found_by_a_finder_of_an_editable_install_is_the_projects_own(live: Live) -> None:
    package = live.folder / "lib" / "pkg_e"
    live.edit(lib__pkg_e__init__="from .core import f\n", lib__pkg_e__core="def f(): return 1\n")

    class Finder(MetaPathFinder):
        def find_spec(  # type: ignore[explicit-override]  # not in 3.10
            self, fullname: str, path: object = None, target: object = None
        ) -> ModuleSpec | None:
            if fullname != "pkg_e":
                return None
            return spec_from_file_location(
                fullname, package / "__init__.py", submodule_search_locations=[str(package)]
            )

    finder = Finder()
    sys.meta_path.append(finder)
    try:
        live.run("import pkg_e; from pkg_e import f")
        live.reload(lib__pkg_e__core="def f(): return 22\n")
        assert live.value("f(), pkg_e.f()") == (22, 22)
    finally:
        sys.meta_path.remove(finder)


def test_a_class_moves_with_its_instances(live: Live) -> None:
    live.edit(
        a="""
        class K:
            reg = []
            def __init__(self, n): self.n = n
            def f(self): return ('a', self.n)
        k = K(1)
        """,
        b="x = 1\n",
        u="""
        from a import K, k
        def go(): return k.f(), isinstance(k, K)
        """,
    )
    live.run("import u, a, b; o = u.K(5)")
    live.reload(
        a="""
        from b import K
        k = K(1)
        """,
        b="""
        x = 1
        class K:
            reg = []
            def __init__(self, n): self.n = n
            def f(self): return ('b', self.n)
        """,
    )
    assert live.value("u.go(), o.f(), isinstance(o, b.K), a.K is b.K") == (
        (("b", 1), True),
        ("b", 5),
        True,
        True,
    )


def test_members_of_an_enum_that_moves_stay_keys_of_dictionaries(live: Live) -> None:
    live.edit(
        a="""
        from enum import Enum
        class E(Enum):
            X = 1
            Y = 2
        """,
        u="""
        from a import E
        D = {E.X: 'x'}
        def f(): return D[E.X], E.X
        """,
    )
    live.run("import u; e = u.E.X")
    live.reload(
        a="from b import E\n",
        b="""
        from enum import Enum
        class E(Enum):
            X = 1
            Y = 2
            Z = 3
        """,
    )
    assert live.value("u.E.Z.value") == 3
    assert live.value("u.f()[0]") == "x"


def test_an_exception_that_moves_is_caught_under_both_names(live: Live) -> None:
    live.edit(
        a="class Err(Exception): pass\n",
        u="""
        import a
        def f():
            try: raise a.Err('x')
            except a.Err as e: return str(e)
        """,
    )
    live.run("import u, a; E = a.Err")
    live.reload(a="from b import Err\n", b="class Err(Exception): pass\n")
    assert live.value("u.f(), issubclass(E, Exception)") == ("x", True)
    live.run("""
        import b
        try:
            raise b.Err('q')
        except E:
            got = 1
        """)
    assert live.value("got") == 1


def test_an_alias_of_an_import_may_point_elsewhere(live: Live) -> None:
    live.edit(
        a="def f(): return 'a'\n",
        b="def f(): return 'b'\n",
        u="""
        import a as m
        from a import f as g
        def go(): return m.f(), g()
        """,
    )
    live.run("import u")
    live.reload(
        u="""
        import b as m
        from b import f as g
        def go(): return m.f(), g()
        """
    )
    assert live.value("u.go()") == ("b", "b")
    live.reload(b="def f(): return 'B'\n")
    assert live.value("u.go()") == ("B", "B")


def test_a_module_of_a_package_in_a_package_may_be_renamed(live: Live) -> None:
    live.edit(
        p__init__="",
        p__q__init__="from .m import f\n",
        p__q__m="""
        def f(): return 1
        S = []
        """,
    )
    live.run("import p.q; p.q.m.S.append(1); f = p.q.f")
    import os

    os.rename(live.folder / "p" / "q" / "m.py", live.folder / "p" / "q" / "n.py")
    live.reload(p__q__init__="from .n import f\n")
    assert live.value("p.q.f()") == 1
    assert live.value("f()") == 1


def test_all_may_be_added(live: Live) -> None:
    live.edit(
        a="""
        def f(): return 1
        def _g(): return 2
        """,
        b="from a import *\n",
    )
    live.run("import b")
    live.reload(
        a="""
        __all__ = ['f', '_g']
        def f(): return 1
        def _g(): return 2
        """
    )
    assert live.value("b.f(), b._g()") == (1, 2)


def test_names_and_texts_of_any_script_change(live: Live) -> None:
    t = "# -*- coding: utf-8 -*-\nnäme = 'ü{v}'\ndef grüße(): return näme, '日本', {v}\n"
    live.edit(m=t.format(v=1))
    live.run("import m")
    live.reload(m=t.format(v=2))
    assert live.value("m.grüße()") == ("ü2", "日本", 2)


def test_line_ends_of_any_kind_are_read(live: Live) -> None:
    (live.folder / "m.py").write_bytes(b"x = 1; y = 2\r\ndef f():\r\n\treturn x + y\r\n")
    live.run("import m")
    import os

    (live.folder / "m.py").write_bytes(b"x = 1; y = 3\r\ndef f():\r\n\treturn x + y + 10\r\n")
    os.utime(live.folder / "m.py", (2000000000.0, 2000000000.0))
    live.reload()
    assert live.value("m.f()") == 14


def test_a_module_may_be_emptied_and_filled_again(live: Live) -> None:
    live.edit(
        m="""
        def f(): return 1
        x = [1]
        """
    )
    live.run("import m; f = m.f")
    live.reload(m="")
    assert type(live.error("f()")).__name__ == "RemovedError"
    live.reload(
        m="""
        def f(): return 2
        x = [2]
        """
    )
    assert live.value("f(), m.f(), m.x") == (2, 2, [2])


def test_an_import_of_the_library_may_get_an_alias(live: Live) -> None:
    live.edit(
        m="""
        import json
        def f(): return json.dumps([1])
        """
    )
    live.run("import m")
    live.reload(
        m="""
        import json as j
        def f(): return j.dumps([2])
        """
    )
    assert live.value("m.f(), hasattr(m, 'json')") == ("[2]", False)


def test_a_package_may_become_a_module(live: Live) -> None:
    live.edit(
        p__init__="""
        from .sub import v
        def f(): return v
        """,
        p__sub="v = 1\n",
    )
    live.run("import p, p.sub")
    import shutil

    shutil.rmtree(live.folder / "p")
    live.reload(
        p="""
        v = 2
        def f(): return v
        """
    )
    assert live.value("p.f(), hasattr(p, '__path__')") == (2, False)


def test_a_module_may_become_a_package(live: Live) -> None:
    live.edit(
        p="""
        def f(): return 1
        state = []
        """,
        use="""
        import p
        def g(): return p.f()
        """,
    )
    live.run("import use, p; p.state.append(1); f = p.f")
    live.reload(
        p=None,
        p__init__="""
        from .impl import f
        state = []
        """,
        p__impl="def f(): return 2\n",
    )
    assert live.value("use.g(), p.state, f()") == (2, [1], 2)


def test_a_module_may_be_split_in_two(live: Live) -> None:
    live.edit(
        m="""
        STATE = []
        def a(): return 'a', len(STATE)
        def b(): return 'b', len(STATE)
        class K:
            def f(self): return 1
        """,
        u="""
        from m import a, b, K
        def go(): return a(), b()
        """,
    )
    live.run("import m, u; m.STATE.append(1); k = u.K(); from m import b")
    live.reload(
        m="""
        from m2 import b, K
        STATE = []
        def a(): return 'a', len(STATE)
        """,
        m2="""
        import m
        def b(): return 'b2', len(m.STATE)
        class K:
            def f(self): return 2
        """,
    )
    assert live.value("u.go(), k.f(), isinstance(k, u.K), b(), m.K is u.K") == (
        (("a", 1), ("b2", 1)),
        2,
        True,
        ("b2", 1),
        True,
    )


def test_two_modules_may_become_one(live: Live) -> None:
    live.edit(
        a="""
        def f(): return 1
        X = [1]
        """,
        b="""
        from a import f
        def g(): return f()
        """,
    )
    live.run("import a, b; a.X.append(2); f = a.f; g = b.g")
    live.reload(
        a=None,
        b="""
        def f(): return 10
        X = [1]
        def g(): return f()
        """,
    )
    assert live.value("b.g(), g()") == (10, 10)


def test_a_module_may_be_renamed(live: Live) -> None:
    live.edit(
        old="""
        S = []
        def f(): return 1
        class C:
            def m(self): return 1
        """,
        u="""
        import old
        def g(): return old.f()
        o = old.C()
        """,
    )
    live.run("import u, sys; u.old.S.append(1)")
    live.reload(
        old=None,
        new="""
        S = []
        def f(): return 2
        class C:
            def m(self): return 2
        """,
        u="""
        import new
        def g(): return new.f()
        o = new.C()
        """,
    )
    assert live.value("u.g(), u.o.m(), 'old' in sys.modules") == (2, 2, False)


def test_a_deleted_module_lives_on_where_it_is_used(live: Live) -> None:
    live.edit(
        a="def f(): return 1\n",
        u="""
        import a
        def g(): return a.f()
        """,
    )
    live.run("import u")
    live.reload(a=None)
    assert live.value("u.g()") == 1
    live.try_reload(
        u="""
        import a
        def g(): return a.f() + 1
        """
    )
    assert live.value("u.g()") == 2
