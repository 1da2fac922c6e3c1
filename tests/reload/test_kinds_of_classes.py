"""Classes of every kind, edited under living instances."""

from __future__ import annotations

from live import Live


def test_classes_registered_with_an_abstract_class_stay_registered(live: Live) -> None:
    t = (
        "from abc import ABC, abstractmethod\n"
        "class A(ABC):\n"
        "    @abstractmethod\n"
        "    def f(self): ...\n"
        "    def g(self): return {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("""
        import m
        @m.A.register
        class R: pass
        r = R()
        """)
    live.reload(m=t.format(v=2) + ("    @property\n    @abstractmethod\n    def h(self): ...\n"))
    assert live.value("isinstance(r, m.A), issubclass(R, m.A)") == (True, True)
    assert isinstance(live.error("type('S', (m.A,), {'f': 1})()"), TypeError)


def test_members_of_an_enum_may_be_put_before_others_and_go(live: Live) -> None:
    live.edit(
        m="""
        from enum import Enum, auto
        class C(Enum):
            A = auto()
            B = auto()
            def l(self): return self.name
        """
    )
    live.run("import m; a, b = m.C.A, m.C.B; dct = {m.C.A: 1}; import pickle; pk = pickle.dumps(m.C.B)")
    live.reload(
        m="""
        from enum import Enum, auto
        class C(Enum):
            Z = auto()
            A = auto()
            B = auto()
            def l(self): return self.name.lower()
        """
    )
    assert live.value(
        "m.C.A is a, a.value, a.l(), dct[m.C.A], m.C(1).name, [c.name for c in m.C], pickle.loads(pk) is not None"
    ) == (True, 2, "a", 1, "Z", ["Z", "A", "B"], True)
    live.reload(
        m="""
        from enum import Enum, auto
        class C(Enum):
            A = auto()
            def l(self): return self.name.lower()
        """
    )
    assert live.value("[c.name for c in m.C], m.C.A is a, hasattr(m.C, 'B'), b.name") == (
        ["A"],
        True,
        False,
        "B",
    )


def test_flags_and_string_enums_get_members(live: Live) -> None:
    live.edit(
        m="""
        from enum import IntFlag, Enum
        class F(IntFlag):
            R = 1
            W = 2
        class S(str, Enum):
            A = 'a'
        """
    )
    live.run("import m; rw = m.F.R | m.F.W; s = m.S.A")
    live.reload(
        m="""
        from enum import IntFlag, Enum
        class F(IntFlag):
            R = 1
            W = 2
            X = 4
            def n(self): return 'n'
        class S(str, Enum):
            A = 'a'
            B = 'b'
        """
    )
    assert live.value(
        "(rw | m.F.X).value, isinstance(rw, m.F), rw & m.F.R is m.F.R, m.S.A is s, m.S('b').name, m.F.R.n()"
    ) == (7, True, True, True, "B", "n")


def test_a_protocol_asks_for_its_new_members(live: Live) -> None:
    t = (
        "from typing import Protocol, runtime_checkable\n"
        "@runtime_checkable\n"
        "class P(Protocol):\n"
        "    def f(self): ...\n"
        "class I:\n"
        "    def f(self): ...\n"
    )
    live.edit(m=t)
    live.run("import m; i = m.I()")
    assert live.value("isinstance(i, m.P)") is True
    live.reload(
        m=t.replace("    def f(self): ...\nclass I", ("    def f(self): ...\n    def g(self): ...\nclass I"))
    )
    assert live.value("isinstance(i, m.P)") is False
    live.reload(
        m=t.replace("    def f(self): ...\nclass I", ("    def f(self): ...\n    def g(self): ...\nclass I"))
        + "    def g(self): ...\n"
    )
    assert live.value("isinstance(i, m.P)") is True


def test_a_class_that_goes_leaves_the_registry_that_its_base_filled(live: Live) -> None:
    live.edit(
        base="""
        class B:
            reg = {}
            def __init_subclass__(cls, **k):
                super().__init_subclass__(**k)
                B.reg[cls.__name__] = cls
        """,
        m="""
        from base import B
        class X(B):
            def f(self): return 1
        """,
    )
    live.run("import base, m; X = m.X")
    live.reload(
        m="""
        from base import B
        class X(B):
            def f(self): return 2
        class Y(B): pass
        """
    )
    assert live.value("sorted(base.B.reg), base.B.reg['X'] is X is m.X, X().f()") == (["X", "Y"], True, 2)
    live.reload(
        m="""
        from base import B
        class X(B, ):
            z = 1
            def f(self): return 2
        """
    )
    assert live.value("sorted(base.B.reg), base.B.reg['X'] is X is m.X, X().f()") == (["X"], True, 2)


def test_an_edited_init_subclass_is_for_the_classes_to_come(live: Live) -> None:
    live.edit(
        base="""
        class B:
            def __init_subclass__(cls, **k):
                cls.tag = 1
        """,
        m="""
        from base import B
        class X(B): pass
        """,
    )
    live.run("import base, m; X = m.X")
    live.reload(
        base="""
        class B:
            def __init_subclass__(cls, **k):
                cls.tag = 2
        """
    )
    live.run("class Z(base.B): pass")
    assert live.value("Z.tag") == 2


def test_a_metaclass_registers_a_class_once_and_makes_instances_with_its_new_code(live: Live) -> None:
    live.edit(
        meta="""
        class M(type):
            reg = []
            def __new__(mc, n, b, ns):
                c = super().__new__(mc, n, b, ns)
                M.reg.append(c)
                return c
            def __call__(cls, *a):
                o = super().__call__(*a)
                o.made = 1
                return o
        """,
        m="""
        from meta import M
        class A(metaclass=M):
            y = 1
        """,
    )
    live.run("import meta, m; A = m.A; a = A()")
    live.reload(meta=(live.folder / "meta.py").read_text().replace("o.made = 1", "o.made = 2"))
    assert live.value("A().made, a.made") == (2, 1)
    live.reload(
        m="""
        from meta import M
        class A(metaclass=M):
            y = 2
            z = 3
        class B(A): pass
        """
    )
    assert live.value("[c.__name__ for c in meta.M.reg], m.A is A, a.y, a.z, meta.M.reg[0] is A") == (
        ["A", "B"],
        True,
        2,
        3,
        True,
    )


def test_pickles_and_copies_work_across_generations(live: Live) -> None:
    t = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n{m}"
    live.edit(m=t.format(m=""))
    live.run("import m, pickle, copy; p = m.P(1); s = pickle.dumps(p)")
    live.reload(m=t.format(m="    y: int = 2\n"))
    live.run("q = pickle.loads(s); c = copy.deepcopy(p); e = copy.copy(q)")
    assert live.value("q.x, q.y, c.y, e.y, pickle.loads(pickle.dumps(p)).y, q == m.P(1, 2)") == (
        1,
        2,
        2,
        2,
        2,
        True,
    )


def test_an_exception_may_be_edited_while_it_is_on_its_way(live: Live) -> None:
    live.edit(
        m="""
        class E(Exception):
            def __init__(self, c): super().__init__(c); self.c = c
            def __str__(self): return 'old'
        """,
        n="""
        from m import E
        def go(cb):
            try:
                cb()
            except E as e:
                return str(e), e.c
        """,
    )
    live.run("""
        import m, n
        def cb():
            reload()
            raise m.E(4)
        """)
    vars(live.main)["reload"] = live.reload
    live.edit(
        m="""
        class E(Exception):
            def __init__(self, c): super().__init__(c); self.c = c + 1
            def __str__(self): return 'new'
        """
    )
    assert live.value("n.go(cb)") == ("new", 5)


def test_an_exception_may_get_another_base(live: Live) -> None:
    live.edit(
        m="""
        class A(Exception): pass
        class B(Exception): pass
        def f(): raise B('x')
        """
    )
    live.run("import m; from m import A, B; e = B('q')")
    live.reload(
        m="""
        class A(Exception): pass
        class B(A): pass
        def f(): raise B('x')
        """
    )
    live.run("""
        try:
            m.f()
        except A as err:
            got = type(err) is B
        """)
    assert live.value("got, isinstance(e, A)") == (True, True)


def test_a_field_added_to_a_base_is_there_in_dataclasses_of_other_modules(live: Live) -> None:
    live.edit(
        a="""
        from dataclasses import dataclass, field
        @dataclass
        class A:
            x: int
        """,
        b="""
        from dataclasses import dataclass
        from a import A
        @dataclass
        class B(A):
            y: int = 0
        """,
    )
    live.run("import a, b; o = b.B(1, 2)")
    live.reload(
        a="""
        from dataclasses import dataclass, field
        @dataclass
        class A:
            x: int
            tags: list = field(default_factory=list)
        """
    )
    assert live.value("b.B(1).tags, o.tags, repr(b.B(1, ['t'], 5))") == ([], [], "B(x=1, tags=['t'], y=5)")


def test_a_dataclass_may_become_ordered(live: Live) -> None:
    t = (
        "from dataclasses import dataclass\n"
        "@dataclass(order={o})\n"
        "class P:\n"
        "    x: int\n"
        "    def __post_init__(self): self.z = self.x * {v}\n"
    )
    live.edit(m=t.format(o=False, v=1))
    live.run("import m; p = m.P(1)")
    live.reload(m=t.format(o=True, v=2))
    assert live.value("p < m.P(2), m.P(3).z, isinstance(p, m.P)") == (True, 6, True)


def test_classes_and_functions_with_type_parameters_change(live: Live) -> None:
    live.run("import sys")
    if live.value("sys.version_info < (3, 12)"):
        return
    t = (
        "type Alias[T] = list[T]\n"
        "def first[T](xs: list[T]) -> T: return (xs[0], {v})\n"
        "class Box[T]:\n"
        "    n = {v}\n"
        "    def get(self, x: T) -> T: return (x, {v})\n"
        "    def up(self): return super().__class__.__name__\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; f = m.first; b = m.Box(); BI = m.Box[int]")
    live.reload(m=t.format(v=2))
    assert live.value("f([1]), b.get(1), b.n, BI().get(2), b.up(), m.first is f") == (
        (1, 2),
        (1, 2),
        2,
        (2, 2),
        "super",
        True,
    )
    live.reload(m=t.format(v=3) + "    def more(self): return 'm'\n")
    assert live.value("f([1]), b.get(1), b.more()") == ((1, 3), (1, 3), "m")
    live.reload(m=t.format(v=4).replace("def first[T](xs", "def first[T, U](xs"))
    assert live.value("f([1]), m.first([1])") == ((1, 4), (1, 4))


def test_class_keywords_reach_the_base_again(live: Live) -> None:
    t = (
        "class G:\n"
        "    def __class_getitem__(cls, k): return (cls.__name__, k, {v})\n"
        "    def __init_subclass__(cls, **k): cls.kw = (k, {v})\n"
        "class S(G, tag=1): pass\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m")
    live.reload(m=t.format(v=2))
    assert live.value("m.G[int], m.S[str]") == (("G", int, 2), ("S", str, 2))
    live.reload(m=t.format(v=2).replace("tag=1", "tag=5"))
    assert live.value("m.S.kw") == ({"tag": 5}, 2)
