"""Modules that import each other in every way, and imports that come and go."""

from __future__ import annotations

from live import Live


def test_a_star_import_takes_what_all_lists(live: Live) -> None:
    live.edit(
        a="""
        __all__ = ['x']
        x = 1
        y = 2
        """,
        b="from a import *\n",
    )
    live.run("import b, a")
    assert live.value("hasattr(b, 'y')") is False
    live.reload(
        a="""
        __all__ = ['x', 'y']
        x = 1
        y = 2
        """
    )
    assert live.value("b.x, b.y") == (1, 2)
    live.reload(
        a="""
        __all__ = ['y']
        x = 1
        y = 2
        """
    )
    assert live.value("hasattr(b, 'x'), b.y") == (False, 2)
    live.reload(
        a="""
        x = 1
        y = 2
        _z = 3
        w = 4
        """
    )
    assert live.value("b.x, b.y, b.w, hasattr(b, '_z')") == (1, 2, 4, False)


def test_modules_that_import_each_other_are_edited_together(live: Live) -> None:
    live.edit(
        a="""
        import b
        def f(): return ('a', b.g())
        def h(): return 1
        """,
        b="""
        import a
        def g(): return ('b', a.h())
        """,
    )
    live.run("import a")
    live.reload(
        a="""
        import b
        def f(): return ('A', b.g(), b.k())
        def h(): return 2
        """,
        b="""
        import a
        def g(): return ('B', a.h())
        def k(): return 3
        """,
    )
    assert live.value("a.f()") == ("A", ("B", 2), 3)


def test_names_taken_in_a_cycle_follow(live: Live) -> None:
    live.edit(
        a="""
        X = 1
        from b import g
        def f(): return g(), X
        """,
        b="""
        from a import X
        def g(): return X
        """,
    )
    live.run("import a, b")
    live.reload(
        a="""
        X = 5
        from b import g
        def f(): return g(), X
        """
    )
    assert live.value("a.f(), b.X") == ((5, 5), 5)


def test_getattr_and_dir_of_a_module_change_and_go(live: Live) -> None:
    live.edit(
        m="""
        def __getattr__(n):
            if n == 'x': return 1
            raise AttributeError(n)
        def __dir__(): return ['x']
        """
    )
    live.run("import m")
    assert live.value("m.x, dir(m)") == (1, ["x"])
    live.reload(
        m="""
        def __getattr__(n):
            if n == 'y': return 2
            raise AttributeError(n)
        def __dir__(): return ['y']
        """
    )
    assert live.value("m.y, dir(m), hasattr(m, 'x')") == (2, ["y"], False)
    live.reload(m="z = 1\n")
    assert live.value("hasattr(m, 'y'), 'z' in dir(m)") == (False, True)


def test_an_import_that_failed_before_may_succeed(live: Live) -> None:
    live.edit(
        m="""
        try:
            from fast import go
        except ImportError:
            def go(): return 'slow'
        def f(): return go()
        """
    )
    live.run("import m")
    assert live.value("m.f()") == "slow"
    live.reload(fast="def go(): return 'fast'\n")
    assert live.value("m.f()") == "slow"
    live.reload(
        m="""
        try:
            from fast import go
        except ImportError:
            def go(): return 'slow2'
        def f(): return go()
        """
    )
    assert live.value("m.f()") in ("fast", "slow2"), live.value("m.f()")


def test_a_function_below_a_condition_changes_with_the_branch(live: Live) -> None:
    t = "FLAG = {f}\nif FLAG:\n    def f(): return ('yes', {v})\nelse:\n    def f(): return ('no', {v})\n"
    live.edit(m=t.format(f=True, v=1))
    live.run("import m; from m import f")
    live.reload(m=t.format(f=True, v=2))
    assert live.value("f()") == ("yes", 2)
    live.reload(m=t.format(f=False, v=2).replace("if FLAG", "if FLAG "))
    assert live.value("m.f()")[0] in ("yes", "no")
    live.reload(m=t.format(f=False, v=2).replace("if FLAG", "if bool(FLAG)"))
    assert live.value("m.f(), f()") == (("no", 2), ("no", 2))


def test_a_namespace_package_gets_modules(live: Live) -> None:
    live.edit(
        ns__a="""
        from . import b
        def f(): return b.g()
        """,
        ns__b="def g(): return 1\n",
    )
    live.run("import ns.a")
    live.reload(ns__b="def g(): return 2\n")
    assert live.value("ns.a.f()") == 2
    live.reload(
        ns__c="def h(): return 3\n",
        ns__a="""
        from . import b, c
        def f(): return b.g() + c.h()
        """,
    )
    assert live.value("ns.a.f()") == 5


def test_a_namespace_package_gets_an_init(live: Live) -> None:
    live.edit(ns__a="def f(): return 1\n")
    live.run("import ns.a")
    live.reload(ns__init__="from .a import f\n", ns__a="def f(): return 2\n")
    assert live.value("ns.a.f()") == 2


def test_an_import_in_a_function_is_followed(live: Live) -> None:
    live.edit(
        a="""
        def f():
            import b
            return b.v()
        """,
        b="def v(): return 1\n",
    )
    live.run("import a; a.f()")
    live.reload(b="def v(): return 2\n")
    assert live.value("a.f()") == 2
    live.reload(
        a="""
        def f():
            from b import v as w
            return w() * 10
        """
    )
    assert live.value("a.f()") == 20


def test_a_module_of_the_lazy_loader_is_reloaded(live: Live) -> None:
    live.edit(
        a="""
        import importlib.util, sys
        def lazy(n):
            spec = importlib.util.find_spec(n)
            loader = importlib.util.LazyLoader(spec.loader)
            spec.loader = loader
            m = importlib.util.module_from_spec(spec)
            sys.modules[n] = m
            loader.exec_module(m)
            return m
        b = lazy('b')
        """,
        b="def v(): return 1\n",
    )
    live.run("import a")
    assert live.value("a.b.v()") == 1
    live.reload(b="def v(): return 2\n")
    assert live.value("a.b.v()") == 2


def test_modules_that_are_imported_by_name_are_reloaded(live: Live) -> None:
    live.edit(
        a="""
        import importlib
        plugins = [importlib.import_module(n) for n in ('p1', 'p2')]
        def run(): return [p.go() for p in plugins]
        """,
        p1="def go(): return 1\n",
        p2="def go(): return 2\n",
    )
    live.run("import a")
    live.reload(p1="def go(): return 10\n", p2="def go(): return 20\n")
    assert live.value("a.run()") == [10, 20]
    live.reload(
        a="""
        import importlib
        plugins = [importlib.import_module(n) for n in ('p2',)]
        def run(): return [p.go() for p in plugins]
        """
    )
    assert live.value("a.run()") == [20]


def test_a_source_folder_that_is_on_the_path_is_the_projects_own(live: Live) -> None:
    import os

    src = live.folder / "src"
    (src / "pk").mkdir(parents=True)
    (src / "pk" / "__init__.py").write_text("from .core import f\n")
    (src / "pk" / "core.py").write_text("def f(): return 1\n")
    live.run(f"import sys; sys.path.append({str(src)!r}); import pk; from pk import f")
    p = src / "pk" / "core.py"
    p.write_text("def f(): return 22\n")
    os.utime(p, (2000000000.0, 2000000000.0))
    live.reload()
    assert live.value("f(), pk.f()") == (22, 22)


def test_a_module_behind_a_link_is_reloaded(live: Live) -> None:
    import os

    (live.folder / "real").mkdir()
    r = live.folder / "real" / "x.py"
    r.write_text("def f(): return 1\n")
    (live.folder / "sl.py").symlink_to(r)
    live.run("import sl")
    r.write_text("def f(): return 22\n")
    os.utime(r, (2000000000.0, 2000000000.0))
    live.reload()
    assert live.value("sl.f()") == 22


def test_a_relative_import_may_point_elsewhere(live: Live) -> None:
    live.edit(
        p__init__="",
        p__a="""
        from .b import x
        def f(): return x
        """,
        p__b="x = 1\n",
        p__c="x = 5\n",
    )
    live.run("import p.a")
    live.reload(
        p__a="""
        from .c import x
        def f(): return x
        """
    )
    assert live.value("p.a.f()") == 5
    live.reload(p__c="x = 6\n")
    assert live.value("p.a.f()") == 6
    live.reload(
        p__a="""
        from . import c
        def f(): return c.x
        """
    )
    assert live.value("p.a.f()") == 6


def test_star_imports_of_star_imports_follow(live: Live) -> None:
    live.edit(
        p__init__="from .a import *\n",
        p__a="from .b import *\n",
        p__b="""
        __all__ = ['x', 'f']
        x = 1
        def f(): return 1
        hidden = 2
        """,
    )
    live.run("import p; from p import *")
    live.reload(
        p__b="""
        __all__ = ['x', 'f', 'g']
        x = 2
        def f(): return 2
        def g(): return 'g'
        hidden = 2
        """
    )
    assert live.value("p.x, p.f(), p.g(), f(), hasattr(p, 'hidden')") == (2, 2, "g", 2, False)
    live.reload(
        p__b="""
        __all__ = ['f']
        x = 2
        def f(): return 3
        def g(): return 'g'
        hidden = 2
        """
    )
    assert live.value("p.f(), hasattr(p, 'x'), hasattr(p, 'g'), hasattr(p.a, 'x')") == (
        3,
        False,
        False,
        False,
    )


def test_a_name_of_a_package_may_stand_for_a_value_and_for_a_part_again(live: Live) -> None:
    live.edit(p__init__="from . import sub\n", p__sub="v = 1\n")
    live.run("import p")
    live.reload(p__init__="sub = 'just text'\n")
    assert live.value("p.sub") == "just text"
    live.reload(p__init__="from . import sub\n")
    assert live.value("p.sub.v") == 1


def test_imports_for_type_checkers_are_never_made(live: Live) -> None:
    live.edit(
        a="""
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from b import K
        def f(x: K) -> K: return 1
        """,
        b="""
        import a
        class K: pass
        """,
    )
    live.run("import a, b")
    live.reload(
        a="""
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from b import K, L
        def f(x: L) -> K: return 2
        """
    )
    assert live.value("a.f(0), a.f.__annotations__, hasattr(a, 'K')") == (2, {"x": "L", "return": "K"}, False)


def test_a_future_import_comes_and_goes(live: Live) -> None:
    live.edit(a="def f(x: int) -> str: return 1\n")
    live.run("import a; f = a.f")
    live.reload(
        a="""
        from __future__ import annotations
        def f(x: int) -> str: return 2
        """
    )
    assert live.value("f(0), f.__annotations__") == (2, {"x": "int", "return": "str"})
    live.reload(a="def f(x: int) -> str: return 3\n")
    assert live.value("f(0), f.__annotations__") == (3, {"x": int, "return": str})


def test_an_import_below_a_condition_is_followed(live: Live) -> None:
    live.edit(
        m="""
        import sys
        if sys.platform == 'win32':
            import winreg as impl
        else:
            import posix_impl as impl
        def f(): return impl.v()
        """,
        posix_impl="def v(): return 1\n",
    )
    live.run("import m")
    live.reload(posix_impl="def v(): return 2\n")
    assert live.value("m.f()") == 2
    live.reload(
        m="""
        import sys
        if sys.platform == 'win32':
            import winreg as impl
        else:
            import other_impl as impl
        def f(): return impl.v()
        """,
        other_impl="def v(): return 3\n",
    )
    assert live.value("m.f()") == 3
