"""What stays as it is through a reload, and what does not."""

from __future__ import annotations

from live import Live


def test_policies_may_change_from_reload_to_reload(live: Live) -> None:
    live.edit(
        m="""
        x = 1
        y = []
        """
    )
    live.run("import m; m.y.append(1)")
    d1 = live.reload(
        "keep",
        m="""
        x = 2
        y = [0]
        """,
    )
    assert live.value("m.x, m.y") == (1, [1])
    assert len(d1.kept) == 2
    live.reload(
        "always",
        m="""
        x = 3
        y = [5]
        """,
    )
    assert live.value("m.x, m.y") == (3, [5])
    live.reload(
        m="""
        x = 4
        y = [6]
        """
    )
    assert live.value("m.x, m.y") == (4, [6])


def test_a_handler_that_fails_stops_a_reload_until_it_no_longer_does(live: Live) -> None:
    live.edit(
        m="""
        import holefit_runtime as r
        flag = []
        @r.before_reload
        def b():
            if flag: raise RuntimeError('no')
        x = 1
        """
    )
    live.run("import m; m.flag.append(1)")
    t = (live.folder / "m.py").read_text()
    done = live.try_reload(m=t.replace("x = 1", "x = 2"))
    assert done.errors
    assert live.value("m.x") == 1
    live.run("m.flag.clear()")
    live.reload()
    assert live.value("m.x") == 2


def test_a_statement_for_every_reload_that_fails_stops_it(live: Live) -> None:
    live.edit(
        m="""
        n = 1
        bad = []
        if bad: 1/0
        z = 1 / (1 - len(bad))  # holefit: on-reload
        x = 1
        """
    )
    live.run("import m; m.bad.append(1)")
    t = (live.folder / "m.py").read_text()
    done = live.try_reload(m=t.replace("x = 1", "x = 2"))
    assert done.errors
    assert live.value("m.x") == 1


def test_slots_of_a_subclass_may_grow(live: Live) -> None:
    t = (
        "class A:\n"
        "    __slots__ = ('a',)\n"
        "class B(A):\n"
        "    __slots__ = ({s})\n"
        "    def __init__(self): self.a = 1; self.b = 2\n"
        "    def f(self): return self.a + self.b + {v}\n"
    )
    live.edit(m=t.format(s="'b',", v=0))
    live.run("import m; o = m.B()")
    live.reload(m=t.format(s="'b',", v=10))
    assert live.value("o.f()") == 13
    live.reload(m=t.format(s="'b', 'c'", v=20))
    assert live.value("m.B().f(), o.b") == (23, 2)


def test_an_instance_made_before_has_what_it_was_made_with(live: Live) -> None:
    live.edit(
        m="""
        class A:
            def __init__(self): self.x = 1
        class B(A):
            def __init__(self):
                super().__init__()
                self.y = 2
        """
    )
    live.run("import m; b = m.B()")
    live.reload(
        m="""
        class A:
            def __init__(self, k=5): self.x = k; self.k = k
            def s(self): return getattr(self, 'k', 'none')
        class B(A):
            def __init__(self):
                super().__init__(7)
                self.y = 2
        """
    )
    assert live.value("m.B().s(), b.s()") == (7, "none")


def test_a_mixin_may_be_added(live: Live) -> None:
    live.edit(
        m="""
        class Mix:
            def hi(self): return 'hi ' + self.n
        class P:
            def __init__(self): self.n = 'p'
        """
    )
    live.run("import m; p = m.P()")
    live.reload(
        m="""
        class Mix:
            def hi(self): return 'hi ' + self.n
        class P(Mix):
            def __init__(self): self.n = 'p'
        """
    )
    assert live.value("p.hi()") == "hi p"


def test_a_dataclass_may_become_plain_and_a_dataclass_again(live: Live) -> None:
    live.edit(
        m="""
        from dataclasses import dataclass
        @dataclass
        class P:
            x: int = 1
        """
    )
    live.run("import m; p = m.P(3); P = m.P")
    live.reload(
        m="""
        class P:
            def __init__(self, x=1): self.x = x
            def __repr__(self): return f'plain {self.x}'
        """
    )
    assert live.value("repr(p), repr(m.P(2))") == ("plain 3", "plain 2")
    live.reload(
        m="""
        from dataclasses import dataclass
        @dataclass
        class P:
            x: int = 1
            y: int = 9
        """
    )
    assert live.value("repr(m.P(2)), p.y") == ("P(x=2, y=9)", 9)


def test_a_changed_default_is_for_the_instances_to_come(live: Live) -> None:
    t = (
        "from dataclasses import dataclass, field\n"
        "@dataclass\n"
        "class P:\n"
        "    x: int = {d}\n"
        "    tags: list = field(default_factory={f})\n"
    )
    live.edit(m=t.format(d=1, f="list"))
    live.run("import m; p = m.P()")
    live.reload(m=t.format(d=5, f="lambda: [1]"))
    assert live.value("m.P(), p.x, p.tags") == (live.value("m.P(5, [1])"), 1, [])


def test_methods_in_a_table_of_the_class_change(live: Live) -> None:
    t = (
        "class S:\n"
        "    def a(self): return ('a', {v})\n"
        "    def b(self): return ('b', {v})\n"
        "    table = {{'a': a, 'b': b}}\n"
        "    def run(self, k): return self.table[k](self)\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; s = m.S()")
    live.reload(m=t.format(v=2))
    assert live.value("s.run('a'), s.run('b')") == (("a", 2), ("b", 2))
    live.reload(m=t.format(v=3).replace("'b': b}", "'b': b, 'c': a}"))
    assert live.value("s.run('c'), s.run('b')") == (("a", 3), ("b", 3))


def test_arguments_of_a_decorator_change_with_its_state_kept(live: Live) -> None:
    t = (
        "calls = []\n"
        "def log(prefix):\n"
        "    def d(f):\n"
        "        def w(*a):\n"
        "            calls.append((prefix, a))\n"
        "            return f(*a)\n"
        "        return w\n"
        "    return d\n"
        "@log('{p}')\n"
        "def f(x): return x + {v}\n"
    )
    live.edit(m=t.format(p="a", v=1))
    live.run("import m; f = m.f; f(1)")
    live.reload(m=t.format(p="a", v=2))
    assert live.value("f(1)") == 3
    live.reload(m=t.format(p="b", v=3))
    assert live.value("f(1), m.calls[-1]") == (4, ("b", (1,)))


def test_a_context_that_is_open_ends_with_the_new_method(live: Live) -> None:
    t = (
        "class R:\n"
        "    def __init__(self): self.log = []\n"
        "    def __enter__(self): self.log.append('in{v}'); return self\n"
        "    def __exit__(self, *a): self.log.append('out{v}')\n"
        "    def items(self):\n"
        "        yield 'i{v}'\n"
        "        yield 'j{v}'\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; r = m.R(); g = r.items(); a = next(g); r.__enter__()")
    live.reload(m=t.format(v=2))
    live.run("r.__exit__(None, None, None); b = next(g)")
    assert live.value("a, b, r.log, list(r.items())") == ("i1", "j1", ["in1", "out2"], ["i2", "j2"])


def test_a_random_value_is_not_drawn_again(live: Live) -> None:
    live.edit(
        m="""
        import random
        seed = random.random()
        def f(): return seed
        """
    )
    live.run("import m; a = m.f()")
    live.reload(
        m="""
        import random
        seed = random.random()
        def f(): return (seed,)
        """
    )
    assert live.value("m.f() == (a,)") is True


def test_an_instance_outlives_its_class_in_the_text(live: Live) -> None:
    live.edit(
        m="""
        class C:
            def f(self): return 1
        o = C()
        """
    )
    live.run("import m; o = m.o; h = o.f")
    live.reload(m="y = 1\n")
    assert live.value("type(o).__name__") == "C"


def test_threads_see_one_version_or_the_other(live: Live) -> None:
    live.edit(m="def f(): return 0, 0\n")
    live.run("""
        import m, threading
        stop = threading.Event(); bad = []
        def loop():
            while not stop.is_set():
                a, b = m.f()
                if a != b: bad.append((a, b))
        ts = [threading.Thread(target=loop) for _ in range(3)]
        [t.start() for t in ts]
        """)
    for i in range(1, 8):
        live.reload(m=f"def f(): return {i}, {i}\n")
    live.run("stop.set(); [t.join() for t in ts]")
    assert live.value("bad, m.f()") == ([], (7, 7))


def test_asynchronous_contexts_and_iterators_change(live: Live) -> None:
    t = (
        "class A:\n"
        "    async def __aenter__(self): return {v}\n"
        "    async def __aexit__(self, *a): return False\n"
        "    def __aiter__(self): return self.gen()\n"
        "    async def gen(self):\n"
        "        yield {v}\n"
        "async def go():\n"
        "    async with A() as a:\n"
        "        return a, [x async for x in A()]\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m, asyncio")
    live.reload(m=t.format(v=2))
    assert live.value("asyncio.run(m.go())") == (2, [2])


def test_what_an_instance_keeps_by_itself_stays(live: Live) -> None:
    t = (
        "class C:\n"
        "    @property\n"
        "    def v(self):\n"
        "        if not hasattr(self, '_v'): self._v = {v}\n"
        "        return self._v\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); o.v")
    live.reload(m=t.format(v=2))
    assert live.value("o.v, m.C().v") == (1, 2)
