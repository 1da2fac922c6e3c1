"""Slots, bases and names of classes that change, under living instances and whoever holds the class."""

from __future__ import annotations

from live import Live


def test_a_class_may_give_up_its_slots(live: Live) -> None:
    live.edit(
        m="""
        class C:
            __slots__ = ('a',)
            def __init__(self): self.a = 1
            def f(self): return self.a
        """
    )
    live.run("import m; o = m.C()")
    done = live.reload(
        m="""
        class C:
            def __init__(self): self.a = 1; self.b = 2
            def f(self): return self.a + getattr(self, 'b', 10)
        """
    )
    assert live.value("m.C().f()") == 3
    assert live.value("o.a") == 1
    assert any("C" in n for n in done.notes), done.notes


def test_a_slot_may_be_renamed(live: Live) -> None:
    live.edit(
        m="""
        class C:
            __slots__ = ('a', 'b')
            def __init__(self): self.a = 1; self.b = 2
        """
    )
    live.run("import m; o = m.C()")
    live.reload(
        m="""
        class C:
            __slots__ = ('a', 'c')
            def __init__(self): self.a = 1; self.c = 3
            def f(self): return 'f'
        """
    )
    assert live.value("m.C().c, o.a") == (3, 1)


def test_a_frozen_dataclass_with_slots_gets_fields(live: Live) -> None:
    t = (
        "from dataclasses import dataclass, field\n"
        "@dataclass(frozen=True, slots=True, kw_only=True)\n"
        "class P:\n"
        "    x: int = 1\n"
        "{m}    def f(self): return ({v}, self.x)\n"
    )
    live.edit(m=t.format(m="", v=1))
    live.run("import m; from m import P; p = P(x=3)")
    live.reload(m=t.format(m="", v=2))
    assert live.value("p.f(), P is m.P") == ((2, 3), True)
    live.reload(m=t.format(m="    y: int = 7\n", v=3))
    assert live.value("m.P().y, m.P(x=1).f(), P is m.P, p.x") == (7, (3, 1), True, 3)


def test_a_class_is_the_same_behind_aliases_and_defaults(live: Live) -> None:
    live.edit(
        m="""
        class A:
            def v(self): return 1
        B = A
        def f(k=A): return k().v()
        TABLE = {'a': A}
        """
    )
    live.run("import m; from m import B; T = m.TABLE")
    live.reload(
        m="""
        class Base: pass
        class A(Base):
            def v(self): return 2
        B = A
        def f(k=A): return k().v()
        TABLE = {'a': A}
        """
    )
    assert live.value("m.f(), B().v(), T['a']().v(), B is m.A") == (2, 2, 2, True)


def test_a_class_of_another_layout_is_exchanged_wherever_it_is_held(live: Live) -> None:
    live.edit(
        m="""
        class A:
            def v(self): return 1
        B = A
        def f(k=A): return k().v()
        TABLE = {'a': A, 'l': [A], 't': (A,)}
        class D(A): pass
        """
    )
    live.run("import m; from m import A, B; T = m.TABLE; o = m.A(); d = m.D()")
    live.reload(
        m="""
        class A(dict):
            def v(self): return 2
        B = A
        def f(k=A): return k().v()
        TABLE = {'a': A, 'l': [A], 't': (A,)}
        class D(A): pass
        """
    )
    assert live.value(
        "m.f(), B().v(), T['a']().v(), T['l'][0]().v(), A is m.A, isinstance(m.D(), dict), m.TABLE['t'][0] is m.A"
    ) == (2, 2, 2, 2, True, True, True)


def test_super_goes_along_a_diamond_that_is_turned_around(live: Live) -> None:
    t = (
        "class A:\n"
        "    def f(self): return ['A{v}']\n"
        "class B(A):\n"
        "    def f(self): return ['B{v}'] + super().f()\n"
        "class C(A):\n"
        "    def f(self): return ['C{v}'] + super().f()\n"
        "class D(B, C):\n"
        "    def f(self): return ['D{v}'] + super().f()\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; d = m.D()")
    live.reload(m=t.format(v=2))
    assert live.value("d.f()") == ["D2", "B2", "C2", "A2"]
    live.reload(m=t.format(v=3).replace("class D(B, C)", "class D(C, B)"))
    assert live.value("d.f()") == ["D3", "C3", "B3", "A3"]
    live.reload(
        m=t.format(v=3)
        .replace("class D(B, C)", "class D(C, B)")
        .replace(("class C(A):\n    def f(self): return ['C3'] + super().f()\n"), "class C(A): pass\n")
    )
    assert live.value("d.f()") == ["D3", "B3", "A3"]


def test_a_method_may_move_to_a_base(live: Live) -> None:
    live.edit(
        m="""
        class A: pass
        class B(A):
            def f(self): return 1
        """
    )
    live.run("import m; b = m.B(); h = b.f")
    live.reload(
        m="""
        class A:
            def f(self): return 2
        class B(A): pass
        """
    )
    assert live.value("b.f()") == 2


def test_a_class_may_be_renamed(live: Live) -> None:
    live.edit(
        m="""
        class Old:
            def f(self): return 1
        def make(): return Old()
        """
    )
    live.run("import m; o = m.make()")
    live.reload(
        m="""
        class New:
            def f(self): return 2
        def make(): return New()
        """
    )
    assert live.value("m.make().f(), hasattr(m, 'Old')") == (2, False)
