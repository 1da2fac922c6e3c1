"""Decorators, registries and generic functions: what is registered once stays registered once, and runs its new code."""

from __future__ import annotations

from live import Live


def test_implementations_of_a_singledispatch_method_change_and_appear(live: Live) -> None:
    t = (
        "from functools import singledispatchmethod\n"
        "class C:\n"
        "    @singledispatchmethod\n"
        '    def f(self, x): return ("any", {v})\n'
        "    @f.register\n"
        '    def _(self, x: int): return ("int", {v})\n'
        "    @f.register(str)\n"
        '    def _s(self, x): return ("str", {v})\n'
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); h = o.f")
    live.reload(m=t.format(v=2))
    assert live.value("o.f(1.5), o.f(1), o.f('x'), h(1)") == (("any", 2), ("int", 2), ("str", 2), ("int", 2))
    live.reload(m=t.format(v=3) + "    @f.register(list)\n    def _l(self, x): return ('list', 3)\n")
    assert live.value("o.f([]), o.f(1)") == (("list", 3), ("int", 3))


def test_implementations_of_a_singledispatch_function_come_and_go(live: Live) -> None:
    t = (
        "from functools import singledispatch\n"
        "@singledispatch\n"
        "def f(x): return 'any'\n"
        "@f.register\n"
        "def _(x: int): return 'int'\n"
    )
    live.edit(m=t)
    live.run("import m; from m import f")
    live.reload(m=t + ("@f.register(str)\ndef _str(x): return 'str'\n"))
    assert live.value("f('a'), f(1), f(1.0)") == ("str", "int", "any")
    live.reload(m=t)
    assert live.value("f('a'), f(1)") == ("any", "int")
    live.reload(
        m="""
        from functools import singledispatch
        @singledispatch
        def f(x): return 'any'
        """
    )
    assert live.value("f(1)") == "any"


def test_a_wrapper_made_by_another_module_runs_its_new_code(live: Live) -> None:
    live.edit(
        dec="""
        import functools
        def deco(f):
            @functools.wraps(f)
            def w(*a):
                return ('old', f(*a))
            return w
        """,
        m="""
        from dec import deco
        @deco
        def f(x): return x
        """,
    )
    live.run("import m; from m import f; held = [f]")
    live.reload(
        dec="""
        import functools
        def deco(f):
            @functools.wraps(f)
            def w(*a):
                return ('new', f(*a))
            return w
        """
    )
    assert live.value("f(1), m.f(2), held[0](3)") == (("new", 1), ("new", 2), ("new", 3))
    live.reload(
        m="""
        from dec import deco
        @deco
        def f(x): return x * 10
        """
    )
    assert live.value("f(1), held[0](3)") == (("new", 10), ("new", 30))


def test_a_decorator_that_is_a_class_in_another_module_keeps_its_state(live: Live) -> None:
    live.edit(
        dec="""
        class deco:
            def __init__(self, f): self.f = f; self.n = 0
            def __call__(self, *a):
                self.n += 1
                return ('old', self.n, self.f(*a))
        """,
        m="""
        from dec import deco
        @deco
        def f(x): return x
        """,
    )
    live.run("import m; from m import f; f(0)")
    live.reload(
        dec="""
        class deco:
            def __init__(self, f): self.f = f; self.n = 0
            def __call__(self, *a):
                self.n += 1
                return ('new', self.n, self.f(*a))
        """
    )
    assert live.value("f(1)") == ("new", 2, 1)
    live.reload(
        m="""
        from dec import deco
        @deco
        def f(x): return -x
        """
    )
    assert live.value("f(1)") == ("new", 3, -1)


def test_overloads_of_a_function_may_change_around_it(live: Live) -> None:
    t = (
        "from typing import overload\n"
        "@overload\n"
        "def f(x: int) -> int: ...\n"
        "@overload\n"
        "def f(x: str) -> str: ...\n"
        "def f(x): return (x, {v})\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; from m import f")
    live.reload(m=t.format(v=2))
    assert live.value("f(1), m.f is f") == ((1, 2), True)
    live.reload(m=t.format(v=3).replace("def f(x: str) -> str", "def f(x: bytes) -> bytes"))
    assert live.value("f(1), m.f is f") == ((1, 3), True)
    live.reload(
        m=t.format(v=3).replace(
            "def f(x): return (x, 3)",
            ("@overload\ndef f(x: list) -> list: ...\ndef f(x, y=1): return (x, y, 4)"),
        )
    )
    assert live.value("f(1), m.f is f") == ((1, 1, 4), True)


def test_overloads_of_a_method_may_change_around_it(live: Live) -> None:
    t = (
        "from typing import overload\n"
        "class C:\n"
        "    @overload\n"
        "    def f(self, x: int) -> int: ...\n"
        "    @overload\n"
        "    def f(self, x: str) -> str: ...\n"
        "    def f(self, x): return (x, {v})\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); h = o.f")
    live.reload(m=t.format(v=2))
    assert live.value("o.f(1), h(1)") == ((1, 2), (1, 2))
    live.reload(m=t.format(v=3).replace("x: str) -> str", "x: bytes) -> bytes"))
    assert live.value("o.f(1), h(1)") == ((1, 3), (1, 3))


def test_caches_of_methods_static_methods_and_nested_functions_are_cleared(live: Live) -> None:
    t = (
        "from functools import lru_cache, cache\n"
        "class C:\n"
        "    @lru_cache(None)\n"
        "    def f(self, x): return x * {v}\n"
        "    @staticmethod\n"
        "    @cache\n"
        "    def s(x): return x + {v}\n"
        "def mk(n):\n"
        "    @cache\n"
        "    def g(x): return (n, x, {v})\n"
        "    return g\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); g = m.mk(1); o.f(2), o.s(2), g(2); f = m.C.f")
    done = live.reload(m=t.format(v=3))
    assert live.value("o.f(2), o.s(2), g(2)") == (6, 5, (1, 2, 3))
    assert len([n for n in done.notes if "cache" in n]) == 3, done.notes


def test_a_context_that_is_open_ends_with_its_old_code(live: Live) -> None:
    t = (
        "from contextlib import contextmanager, asynccontextmanager\n"
        "log = []\n"
        "@contextmanager\n"
        "def cm(x):\n"
        "    log.append(('in', {v}))\n"
        "    yield x * {v}\n"
        "    log.append(('out', {v}))\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; from m import cm; c = cm(5); y = c.__enter__()")
    live.reload(m=t.format(v=2))
    live.run("c.__exit__(None, None, None)\nwith cm(5) as z: pass")
    assert live.value("y, z, m.log") == (5, 10, [("in", 1), ("out", 1), ("in", 2), ("out", 2)])


def test_a_route_of_an_instance_is_registered_once_and_under_its_new_key(live: Live) -> None:
    t = (
        "class Router:\n"
        "    def __init__(self): self.routes = {{}}\n"
        "    def route(self, p):\n"
        "        def d(f):\n"
        "            self.routes[p] = f\n"
        "            return f\n"
        "        return d\n"
        "r = Router()\n"
        "@r.route('/{p}')\n"
        "def h(): return {v}\n"
    )
    live.edit(m=t.format(p="a", v=1))
    live.run("import m; r = m.r")
    live.reload(m=t.format(p="a", v=2))
    assert live.value("r.routes['/a'](), list(r.routes), m.r is r") == (2, ["/a"], True)
    live.reload(m=t.format(p="b", v=3))
    assert live.value("r.routes['/b'](), list(r.routes), m.r is r") == (3, ["/b"], True)
    live.reload(m=t.format(p="b", v=3).replace("def h", "def i"))
    assert live.value("list(r.routes), r.routes['/b']()") == (["/b"], 3)


def test_handlers_in_lists_inside_a_dictionary_are_registered_once(live: Live) -> None:
    t = (
        "from collections import defaultdict\n"
        "H = defaultdict(list)\n"
        "def on(e):\n"
        "    def d(f):\n"
        "        H[e].append(f)\n"
        "        return f\n"
        "    return d\n"
        "@on('x')\n"
        "def a(): return {v}\n"
        "@on('x')\n"
        "def b(): return {v} + 1\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m")
    live.reload(m=t.format(v=5))
    assert live.value("[f() for f in m.H['x']]") == [5, 6]
    live.reload(m=t.format(v=5).replace("@on('x')\ndef b", "@on('y')\ndef b"))
    assert live.value("[f() for f in m.H['x']], [f() for f in m.H['y']]") == ([5], [6])
    live.reload(m=t.format(v=5).replace(("@on('x')\ndef b(): return 5 + 1\n"), ""))
    assert live.value("[f() for f in m.H['x']], [f() for f in m.H['y']]") == ([5], [])


def test_a_registry_of_wrappers_holds_what_the_module_holds(live: Live) -> None:
    t = (
        "import functools\n"
        "REG = {{}}\n"
        "def reg(f):\n"
        "    @functools.wraps(f)\n"
        "    def w(*a): return ('w', f(*a))\n"
        "    REG[f.__name__] = w\n"
        "    return w\n"
        "@reg\n"
        "def a(x): return x * {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; h = m.REG['a']")
    live.reload(m=t.format(v=2))
    assert live.value("h(1), m.REG['a'] is m.a") == (("w", 2), True)
    live.reload(m=t.format(v=2).replace("@reg\n", ("@reg\n@functools.lru_cache\n")))
    assert live.value("m.a(1), m.REG['a'](1), len(m.REG)") == (("w", 2), ("w", 2), 1)


def test_a_cache_of_the_users_own_stays(live: Live) -> None:
    t = (
        "cache = {{}}\n"
        "def memo(f):\n"
        "    def w(x):\n"
        "        if x not in cache: cache[x] = f(x)\n"
        "        return cache[x]\n"
        "    return w\n"
        "@memo\n"
        "def sq(x): return x * x * {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; m.sq(2)")
    live.reload(m=t.format(v=2))
    assert live.value("m.sq(3), m.cache") == (18, {2: 4, 3: 18})


def test_decorators_may_be_swapped_taken_away_and_put_back(live: Live) -> None:
    t = (
        "import functools\n"
        "def a(f):\n"
        "    @functools.wraps(f)\n"
        "    def w(*x): return 'a' + f(*x)\n"
        "    return w\n"
        "def b(f):\n"
        "    @functools.wraps(f)\n"
        "    def w(*x): return 'b' + f(*x)\n"
        "    return w\n"
        "{d}\n"
        "def f(): return '{v}'\n"
    )
    live.edit(m=t.format(d="@a\n@b", v=1))
    live.run("import m; from m import f; h = [f]")
    live.reload(m=t.format(d="@a\n@b", v=2))
    assert live.value("f()") == "ab2"
    live.reload(m=t.format(d="@b\n@a", v=2))
    assert live.value("f(), h[0](), m.f()") == ("ba2",) * 3
    live.reload(m=t.format(d="@b", v=3))
    assert live.value("f(), h[0]()") == ("b3", "b3")
    live.reload(m=t.format(d="", v=4))
    assert live.value("f(), h[0]()") == ("4", "4")
    live.reload(m=t.format(d="@a", v=5))
    assert live.value("f(), h[0]()") == ("a5", "a5")


def test_a_decorator_may_be_renamed_where_it_is_made_and_where_it_is_used(live: Live) -> None:
    live.edit(
        d="""
        def old(f):
            def w(*a): return ('o', f(*a))
            return w
        """,
        m="""
        from d import old
        @old
        def f(x): return x
        class C:
            @old
            def g(self): return 1
        """,
    )
    live.run("import m; f = m.f; o = m.C(); g = o.g")
    live.reload(
        d="""
        def new(f):
            def w(*a): return ('n', f(*a))
            return w
        """,
        m="""
        from d import new
        @new
        def f(x): return x
        class C:
            @new
            def g(self): return 2
        """,
    )
    assert live.value("m.f(1), f(1), o.g(), g()") == (("n", 1), ("n", 1), ("n", 2), ("n", 2))


def test_what_a_class_decorator_gave_a_class_runs_its_new_code(live: Live) -> None:
    live.edit(
        d="""
        def deco(c):
            c.tag = lambda self: 'old'
            return c
        """,
        m="""
        from d import deco
        @deco
        class C:
            def f(self): return 1
        """,
    )
    live.run("import m; o = m.C()")
    live.reload(
        d="""
        def deco(c):
            c.tag = lambda self: 'new'
            return c
        """
    )
    assert live.value("o.tag()") == "new"


def test_a_class_behind_a_function_keeps_its_one_instance(live: Live) -> None:
    t = (
        "def sing(c):\n"
        "    inst = []\n"
        "    def get(*a):\n"
        "        if not inst: inst.append(c(*a))\n"
        "        return inst[0]\n"
        "    return get\n"
        "@sing\n"
        "class Conf:\n"
        "    def __init__(self): self.x = 1\n"
        "    def f(self): return {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; c = m.Conf(); c.x = 9")
    live.reload(m=t.format(v=2))
    assert live.value("c.f(), m.Conf() is c, m.Conf().x") == (2, True, 9)
