"""Members of classes, and what is known of classes elsewhere, edited under living instances."""

from __future__ import annotations

from live import Live


def test_descriptors_change_and_are_told_their_names(live: Live) -> None:
    t = (
        "class D:\n"
        "    def __get__(self, o, t=None): return {v} if o is not None else self\n"
        "    def __set_name__(self, o, n): self.n = n\n"
        "class C:\n"
        "    x = D()\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); d = m.C.x")
    live.reload(m=t.format(v=2))
    assert live.value("o.x, m.C.x is d") == (2, True)
    live.reload(m=t.format(v=3).replace("__set_name__", "__set_name__") + "    y = D()\n")
    assert live.value("o.y, m.C.__dict__['y'].n, m.C.x is d") == (3, "y", True)


def test_a_named_tuple_gets_methods_and_fields(live: Live) -> None:
    live.edit(
        m="""
        from typing import NamedTuple
        class P(NamedTuple):
            x: int
            y: int = 0
            def s(self): return self.x
        """
    )
    live.run("import m; from m import P; p = P(1,2)")
    live.reload(
        m="""
        from typing import NamedTuple
        class P(NamedTuple):
            x: int
            y: int = 0
            def s(self): return self.x + self.y
            def t(self): return 't'
        """
    )
    assert live.value("p.s(), p.t(), P is m.P, isinstance(p, P), P(1)") == (3, "t", True, True, (1, 0))
    live.reload(
        m="""
        from typing import NamedTuple
        class P(NamedTuple):
            x: int
            y: int = 0
            z: int = 5
            def s(self): return self.x + self.y + self.z
        """
    )
    assert live.value("m.P(1,2).s(), m.P._fields, P is m.P") == (8, ("x", "y", "z"), True)
    assert live.value("P(1).z") == 5
    assert live.value("p.x, p.y, p[0]") == (1, 2, 1)


def test_a_loop_in_the_body_of_a_class_runs_with_what_stands_around_it(live: Live) -> None:
    t = (
        "class C:\n"
        "    names = []\n"
        "    for n in ('a', 'b'{more}):\n"
        "        names.append(n)\n"
        "        locals()[n] = {v}\n"
        "    del n\n"
        "    def f(self): return {v}\n"
    )
    live.edit(m=t.format(more="", v=1))
    live.run("import m; o = m.C()")
    assert live.value("o.a, o.b, o.names") == (1, 1, ["a", "b"])
    live.reload(m=t.format(more=", 'c'", v=2))
    assert live.value("o.f(), o.a, o.c, o.names, hasattr(o, 'n')") == (2, 2, 2, ["a", "b", "c"], False)


def test_a_method_below_a_condition_in_a_class_changes(live: Live) -> None:
    t = (
        "import sys\n"
        "class C:\n"
        "    if sys.version_info > (3,):\n"
        "        def f(self): return {v}\n"
        "    else:\n"
        "        def f(self): return 0\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); h = o.f")
    live.reload(m=t.format(v=2))
    assert live.value("o.f(), h()") == (2, 2)
    live.reload(m=t.format(v=3).replace("(3,)", "(3,1)").replace("else:", "elif 0:"))
    assert live.value("o.f(), h()") == (3, 3)


def test_setters_and_deleters_of_a_property_come_and_go(live: Live) -> None:
    t = "class C:\n    def __init__(self): self._x = 1\n    @property\n    def x(self): return self._x\n"
    live.edit(m=t)
    live.run("import m; o = m.C(); p = m.C.x")
    live.reload(
        m=t
        + (
            "    @x.setter\n"
            "    def x(self, v): self._x = v\n"
            "    @x.deleter\n"
            "    def x(self): self._x = None\n"
        )
    )
    live.run("o.x = 4; a = o.x; del o.x")
    assert live.value("a, o.x") == (4, None)
    live.reload(m=t + ("    @x.setter\n    def x(self, v): self._x = v * 2\n"))
    live.run("o.x = 4")
    assert live.value("o.x") == 8
    assert isinstance(live.error("delattr(o, 'x')"), AttributeError)


def test_a_property_made_by_a_call_changes(live: Live) -> None:
    t = (
        "class C:\n"
        "    def gx(self): return {v}\n"
        "    def sx(self, v): self.v = (v, {v})\n"
        "    x = property(gx, sx)\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C()")
    live.reload(m=t.format(v=2))
    live.run("o.x = 9")
    assert live.value("o.x, o.v") == (2, (9, 2))


def test_keys_of_dictionaries_are_found_after_their_equality_was_edited(live: Live) -> None:
    t = (
        "class K:\n"
        "    def __init__(self, n): self.n = n\n"
        "    def __eq__(self, o): return self.n == o.n\n"
        "    def __hash__(self): return hash(self.n){x}\n"
    )
    live.edit(m=t.format(x=""))
    live.run("import m; k = m.K(1); dct = {k: 'v'}; st = {k}")
    live.reload(m=t.format(x="  # changed"))
    assert live.value("dct[m.K(1)], k in st") == ("v", True)
    live.reload(m=t.format(x="").replace("self.n == o.n", "self.n == o.n and True"))
    assert live.value("dct[m.K(1)]") == "v"


def test_partial_methods_and_generated_comparisons_change(live: Live) -> None:
    t = (
        "from functools import partialmethod, total_ordering\n"
        "@total_ordering\n"
        "class C:\n"
        "    def __init__(self, n): self.n = n\n"
        "    def __eq__(self, o): return self.n == o.n\n"
        "    def __lt__(self, o): return self.n {op} o.n\n"
        "    def set(self, k, v): return (k, v, {v})\n"
        "    on = partialmethod(set, 'on')\n"
    )
    live.edit(m=t.format(op="<", v=1))
    live.run("import m; a, b = m.C(1), m.C(2)")
    assert live.value("a < b, a >= b, a.on(1)") == (True, False, ("on", 1, 1))
    live.reload(m=t.format(op=">", v=2))
    assert live.value("a < b, a >= b, a.on(1)") == (False, True, ("on", 1, 2))


def test_generic_classes_and_their_aliases_change(live: Live) -> None:
    t = (
        "from typing import Generic, TypeVar\n"
        "T = TypeVar('T')\n"
        "class Stack(Generic[T]):\n"
        "    def __init__(self): self.i = []\n"
        "    def push(self, x: T): self.i.append(x); return {v}\n"
        "class IS(Stack[int]): pass\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; s = m.IS(); SI = m.Stack[int]")
    live.reload(m=t.format(v=2))
    assert live.value("s.push(1), SI().push(2), m.Stack[int] == SI") == (2, 2, True)
    live.reload(m=t.format(v=2).replace("Generic[T]", "Generic[T], object"))
    assert live.value("s.push(1), isinstance(s, m.Stack)") == (2, True)


def test_a_cached_property_forgets_what_the_old_code_gave(live: Live) -> None:
    t = (
        "from functools import cached_property\n"
        "class C:\n"
        "    def __init__(self): self.k = 2\n"
        "    @cached_property\n"
        "    def x(self): return self.k * {v}\n"
        "    @cached_property\n"
        "    def y(self): return 'y'\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; o = m.C(); o.x, o.y")
    done = live.reload(m=t.format(v=5))
    assert live.value("o.x, 'y' in vars(o)") == (10, True)
    assert done.notes


def test_a_function_of_another_module_may_be_a_method(live: Live) -> None:
    live.edit(
        a="def helper(self): return 1\n",
        m="""
        from a import helper
        class C:
            h = helper
            g = staticmethod(helper)
        """,
    )
    live.run("import m; o = m.C()")
    live.reload(a="def helper(self): return 2\n")
    assert live.value("o.h(), m.C.g(0)") == (2, 2)


def test_what_was_patched_by_hand_stays_patched(live: Live) -> None:
    live.edit(
        m="""
        def f(): return 1
        class C:
            def g(self): return 1
        """
    )
    live.run("import m; orig = m.f; m.f = lambda: 'patched'; m.C.g = lambda self: 'pg'; o = m.C()")
    live.reload(
        m="""
        def f(): return 2
        class C:
            def g(self): return 2
        """
    )
    assert live.value("orig(), m.f(), o.g()") == (2, "patched", "pg")


def test_an_instance_keeps_a_method_of_its_own(live: Live) -> None:
    live.edit(
        m="""
        class C:
            def g(self): return 1
        """
    )
    live.run("import m; o = m.C(); o.g = lambda: 'own'; p = m.C()")
    live.reload(
        m="""
        class C:
            def g(self): return 2
        """
    )
    assert live.value("o.g(), p.g()") == ("own", 2)


def test_special_methods_change_for_living_instances(live: Live) -> None:
    t = (
        "class P:\n"
        "    def __getattr__(self, n):\n"
        "        if n.startswith('x'): return (n, {v})\n"
        "        raise AttributeError(n)\n"
        "    def __call__(self, *a): return a, {v}\n"
        "    def __enter__(self): return {v}\n"
        "    def __exit__(self, *a): pass\n"
        "    def __iter__(self): return iter([{v}])\n"
        "    def __getitem__(self, k): return k, {v}\n"
        "    def __contains__(self, k): return k == {v}\n"
        "    def __bool__(self): return {v} > 1\n"
        "p = P()\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; p = m.p")
    live.reload(m=t.format(v=2))
    live.run("with p as w: pass")
    assert live.value("p.xa, p(1), w, list(p), p[0], 2 in p, bool(p), m.p is p") == (
        ("xa", 2),
        ((1,), 2),
        2,
        [2],
        (0, 2),
        True,
        True,
        True,
    )


def test_operators_may_be_added(live: Live) -> None:
    live.edit(
        m="""
        class V:
            def __init__(self, x): self.x = x
        """
    )
    live.run("import m; a, b = m.V(1), m.V(2)")
    live.reload(
        m="""
        class V:
            def __init__(self, x): self.x = x
            def __add__(self, o): return V(self.x + o.x)
            def __repr__(self): return f'V({self.x})'
            def __lt__(self, o): return self.x < o.x
            def __len__(self): return self.x
        """
    )
    assert live.value("repr(a + b), a < b, len(b)") == ("V(3)", True, 2)


def test_isinstance_forgets_what_it_knew_of_a_class_that_has_changed(live: Live) -> None:
    live.edit(m="class S: pass\n")
    live.run("import m; from collections.abc import Sized, Iterable; s = m.S(); x = isinstance(s, Sized)")
    live.reload(
        m="""
        class S:
            def __len__(self): return 1
            def __iter__(self): return iter(())
        """
    )
    assert live.value("x, isinstance(s, Sized), isinstance(s, Iterable)") == (False, True, True)
    live.reload(m="class S: pass\n")
    assert live.value("isinstance(s, Sized), isinstance(s, Iterable)") == (False, False)


def test_isinstance_asks_a_subclass_hook_that_was_edited(live: Live) -> None:
    t = (
        "from abc import ABC\n"
        "class A(ABC):\n"
        "    @classmethod\n"
        "    def __subclasshook__(cls, c): return {v}\n"
        "class X: pass\n"
    )
    live.edit(m=t.format(v=False))
    live.run("import m; x = m.X(); r = isinstance(x, m.A)")
    live.reload(m=t.format(v=True))
    assert live.value("r, isinstance(x, m.A)") == (False, True)


def test_weak_containers_keep_instances_of_an_edited_class(live: Live) -> None:
    t = (
        "import weakref\n"
        "class N:\n"
        "    def f(self): return {v}\n"
        "cache = weakref.WeakKeyDictionary()\n"
        "live_ = weakref.WeakSet()\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; n = m.N(); m.cache[n] = 1; m.live_.add(n)")
    live.reload(m=t.format(v=2))
    assert live.value("m.cache[n], len(m.live_), n.f()") == (1, 1, 2)
    live.reload(m=t.format(v=3).replace("class N:", "class N(object):\n    __slots__ = ('__weakref__',)"))
    assert live.value("m.cache.get(n)") == 1


def test_annotations_of_a_class_change_with_and_without_values(live: Live) -> None:
    live.edit(
        m="""
        from typing import ClassVar
        class C:
            x: int
            y: ClassVar[int] = 1
            def f(self): return self.y
        """
    )
    live.run("import m; o = m.C()")
    live.reload(
        m="""
        from typing import ClassVar
        class C:
            x: str
            y: ClassVar[int] = 2
            z: float
            def f(self): return self.y
        """
    )
    assert live.value("o.f(), m.C.__annotations__['x'], 'z' in m.C.__annotations__") == (2, str, True)


def test_class_attributes_build_on_each_other(live: Live) -> None:
    live.edit(
        m="""
        class C:
            A = 1
            B = A + 1
            T = {'a': A}
        """
    )
    live.run("import m; o = m.C()")
    live.reload(
        m="""
        class C:
            A = 10
            B = A + 2
            T = {'a': A, 'b': B}
        """
    )
    assert live.value("o.A, o.B, o.T") == (10, 12, {"a": 10, "b": 12})


def test_annotations_as_text_name_the_new_classes(live: Live) -> None:
    live.edit(
        m="""
        from __future__ import annotations
        import typing
        class A:
            b: B
        class B: pass
        def f(x: B) -> A: ...
        """
    )
    live.run("import m, typing")
    live.reload(
        m="""
        from __future__ import annotations
        import typing
        class A:
            b: B
            c: int
        class B:
            n = 1
        def f(x: B, y: A) -> B: ...
        """
    )
    assert live.value("typing.get_type_hints(m.f)['y'] is m.A, typing.get_type_hints(m.A)['c']") == (
        True,
        int,
    )
