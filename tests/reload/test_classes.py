"""Classes are patched in place: instances, subclasses and holders see the change, and identity stays."""

from __future__ import annotations

from live import Live


def test_methods_of_every_kind_change_for_living_instances(live: Live) -> None:
    text = """
    class C:
        def plain(self): return {v}
        @classmethod
        def cls(cls): return cls, {v}
        @staticmethod
        def static(): return {v}
        @property
        def prop(self): return {v}
        @prop.setter
        def prop(self, value): self.set = value, {v}
        def __len__(self): return {v}
        async def co(self): return {v}
        def gen(self): yield {v}
    """
    live.edit(m=text.format(v=1))
    live.run("import m, asyncio; C, o = m.C, m.C(); held = o.plain, o.cls, o.static, C.cls, C.static")
    live.reload(m=text.format(v=2))
    assert live.value("[h() for h in held]") == [2, (live.value("C"), 2), 2, (live.value("C"), 2), 2]
    live.run("o.prop = 5")
    assert live.value("o.prop, o.set, len(o), asyncio.run(o.co()), list(o.gen())") == (2, (5, 2), 2, 2, [2])


def test_a_setter_can_be_added_and_removed(live: Live) -> None:
    getter = "class C:\n    @property\n    def x(self): return self._x\n    def __init__(self): self._x = 1\n"
    setter = "    @x.setter\n    def x(self, v): self._x = v * 10\n"
    live.edit(m=getter)
    live.run("import m; o = m.C()")
    assert isinstance(live.error("setattr(o, 'x', 2)"), AttributeError)
    live.reload(m=getter + setter)
    live.run("o.x = 2")
    assert live.value("o.x") == 20
    live.reload(m=getter)
    assert isinstance(live.error("setattr(o, 'x', 2)"), AttributeError)
    assert live.value("o.x") == 20


def test_super_without_arguments_in_methods_new_and_old(live: Live) -> None:
    base = "class A:\n    def f(self): return ['A']\n"
    live.edit(m=base + "class B(A):\n    def f(self): return ['B']\n")
    live.run("import m; b = m.B(); held = b.f")
    live.reload(m=base + "class B(A):\n    def f(self): return ['B', *super().f()]\n")
    assert live.value("b.f(), held(), m.B().f()") == (["B", "A"],) * 3
    live.reload(
        m=base
        + "class B(A):\n    def f(self): return ['B2', *super().f(), __class__.__name__]\n    def g(self): return super().f()\n"
    )
    assert live.value("b.f(), held(), b.g()") == (["B2", "A", "B"], ["B2", "A", "B"], ["A"])
    live.reload(m=base + "class B(A):\n    def f(self): return ['plain']\n")
    assert live.value("b.f(), held(), hasattr(b, 'g')") == (["plain"], ["plain"], False)


def test_class_attributes_follow_their_source_unless_they_were_changed(live: Live) -> None:
    live.edit(m="class C:\n    a = 1\n    b = []\n    c = 'x'\n")
    live.run("import m; m.C.b.append(1); m.C.c = 'live'; o = m.C()")
    done = live.reload(m="class C:\n    a = 2\n    b = [0]\n    c = 'y'\n    d = a + 1\n")
    assert live.value("(o.a, o.b, o.c, o.d)") == (2, [1], "live", 3)
    assert {kept.name for kept in done.kept} == {"C.b", "C.c"}
    done = live.reload("always", m="class C:\n    a = 3\n    b = [9]\n    c = 'z'\n    d = a + 1\n")
    assert live.value("(o.a, o.b, o.c)") == (3, [9], "z")


def test_bases_change_and_instances_follow(live: Live) -> None:
    text = "class A:\n    def who(self): return 'A'\nclass B:\n    def who(self): return 'B'\nclass C({}):\n    x = 1\n"
    live.edit(m=text.format(""), n="import m\nclass D(m.C):\n    pass\n")
    live.run("import m, n; c, d, C = m.C(), n.D(), m.C")
    live.reload(m=text.format("A"))
    assert live.value("c.who(), m.C().who(), d.who(), n.D().who()") == ("A",) * 4
    assert live.value("isinstance(c, m.A), isinstance(c, m.C), isinstance(d, m.C)") == (True, True, True)
    live.reload(m=text.format("B, A"))
    assert live.value("c.who(), d.who(), m.C.__mro__ == (m.C, m.B, m.A, object)") == ("B", "B", True)
    live.reload(m=text.format(""))
    assert live.value("hasattr(c, 'who'), isinstance(d, m.C)") == (False, True)


def test_slots_added_make_a_new_class_and_old_instances_stay_readable(live: Live) -> None:
    text = "class P:\n    __slots__ = ({})\n    def __init__(self, *a):\n        for name, value in zip(self.__slots__, a):\n            setattr(self, name, value)\n    def total(self): return {}\n"
    live.edit(m=text.format("'a',", "self.a"), n="from m import P\ndef make(): return P(1, 2)\n")
    live.run("import m, n; from m import P; o = P(1)")
    done = live.reload(m=text.format("'a', 'b'", "self.a + self.b"))
    assert live.value("m.P(1, 2).total(), n.make().total(), P is m.P, o.a") == (3, 3, True, 1)
    assert any("layout" in note and "1 live instance" in note for note in done.notes)


def test_init_subclass_and_set_name_hooks(live: Live) -> None:
    live.edit(
        core="SUBS, NAMES = [], []\nclass Field:\n    def __set_name__(self, owner, name): NAMES.append((owner.__name__, name))\nclass Base:\n    def __init_subclass__(cls, **kw): SUBS.append((cls, kw))\n",
        m="from core import Base, Field\nclass X(Base, tag=1):\n    a = Field()\n    def f(self): return 1\n",
    )
    live.run("import core, m; X = m.X")
    live.reload(
        m="from core import Base, Field\nclass X(Base, tag=1):\n    a = Field()\n    b = Field()\n    def f(self): return 2\n    def g(self): return 3\n"
    )
    assert live.value("core.NAMES, [cls is X for cls, _ in core.SUBS]") == ([("X", "a"), ("X", "b")], [True])
    assert live.value("m.X is X, X().f(), X().g()") == (True, 2, 3)
    live.reload(
        core="SUBS, NAMES = [], []\nclass Field:\n    def __set_name__(self, owner, name): NAMES.append((owner.__name__, name))\nclass Base:\n    def __init_subclass__(cls, **kw): SUBS.append((cls, kw, 'new'))\n"
    )
    live.run("class Y(core.Base): pass")
    assert live.value("core.SUBS[-1][2]") == "new"


def test_a_metaclass_with_a_registry_registers_a_class_once(live: Live) -> None:
    meta = "REG = {}\nclass Meta(type):\n    def __new__(m, name, bases, ns):\n        cls = super().__new__(m, name, bases, ns)\n        REG[name] = cls\n        return cls\n    def hello(cls): return {}\n"
    use = "from meta import Meta\nclass K(metaclass=Meta):\n    x = {}\n    def f(self): return {}\n"
    live.edit(meta=meta.replace("{}\n", "1\n").replace("REG = 1", "REG = {}"), m=use.format(1, 1))
    live.run("import meta, m; K, o = m.K, m.K()")
    live.reload(m=use.format(2, 2))
    assert live.value("m.K is K, meta.REG['K'] is K, len(meta.REG), o.f(), o.x") == (True, True, 1, 2, 2)


def test_hash_and_equality_go_together_as_in_a_fresh_class(live: Live) -> None:
    live.edit(m="class V:\n    def __init__(self, x): self.x = x\n")
    live.run("import m; a = m.V(1)")
    live.reload(
        m="class V:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\n"
    )
    assert live.value("a == m.V(1)") is True
    assert isinstance(live.error("hash(a)"), TypeError)
    live.reload(m="class V:\n    def __init__(self, x): self.x = x\n")
    assert isinstance(live.value("hash(a)"), int)


def test_abstract_methods_are_counted_anew(live: Live) -> None:
    head = (
        "from abc import ABC, abstractmethod\nclass Base(ABC):\n    @abstractmethod\n    def a(self): ...\n"
    )
    live.edit(m=head, n="import m\nclass Impl(m.Base):\n    def a(self): return 1\n")
    live.run("import m, n; i = n.Impl()")
    live.reload(m=head + "    @abstractmethod\n    def b(self): ...\n")
    assert isinstance(live.error("n.Impl()"), TypeError)
    assert live.value("i.a()") == 1
    live.reload(n="import m\nclass Impl(m.Base):\n    def a(self): return 1\n    def b(self): return 2\n")
    assert live.value("n.Impl().b(), i.b()") == (2, 2)
    live.reload(
        m="from abc import ABC, abstractmethod\nclass Base(ABC):\n    def a(self): return 'concrete'\n"
    )
    assert live.value("m.Base().a()") == "concrete"


def test_generic_and_protocol_classes(live: Live) -> None:
    text = "from typing import Generic, Protocol, TypeVar, runtime_checkable\nT = TypeVar('T')\n@runtime_checkable\nclass P(Protocol):\n    def f(self) -> int: ...\nclass Box(Generic[T]):\n    def f(self): return {}\n"
    live.edit(m=text.format(1))
    live.run("import m; BI = m.Box[int]; b = BI()")
    live.reload(m=text.format(2) + "    def g(self): return 3\n")
    assert live.value("b.f(), b.g(), BI().g(), m.Box[int] == BI, isinstance(b, m.P)") == (2, 3, 3, True, True)


def test_nested_classes_are_patched_too(live: Live) -> None:
    text = "class A:\n    class B:\n        n = {v}\n        class C:\n            def f(self): return {v}\n{more}"
    live.edit(m=text.format(v=1, more=""))
    live.run("import m; b, c = m.A.B(), m.A.B.C()")
    live.reload(m=text.format(v=2, more="            def g(self): return 3\n        def h(self): return 4\n"))
    assert live.value("b.n, b.h(), c.f(), c.g(), type(c) is m.A.B.C, c.g.__qualname__") == (
        2,
        4,
        2,
        3,
        True,
        "A.B.C.g",
    )


def test_private_names_are_mangled_in_methods_that_were_added(live: Live) -> None:
    live.edit(m="class C:\n    def __init__(self): self.__x = 5\n")
    live.run("import m; o = m.C()")
    live.reload(
        m="class C:\n    def __init__(self): self.__x = 5\n    def get(self): return self.__x, self.__f()\n    def __f(self): return 6\n"
    )
    assert live.value("o.get()") == (5, 6)


def test_exceptions_are_caught_across_generations(live: Live) -> None:
    live.edit(m="class E(Exception):\n    def why(self): return 1\n")
    live.run("import m; from m import E; e = E('x')")
    live.reload(m="class E(Exception):\n    code = 7\n    def why(self): return 2\n")
    live.run("try:\n    raise m.E('y')\nexcept E as error:\n    got = error.why(), error.code, e.why()")
    assert live.value("got") == (2, 7, 2)


def test_a_class_that_becomes_a_function_and_back(live: Live) -> None:
    live.edit(m="class C:\n    pass\n")
    live.run("import m; o = m.C()")
    live.reload(m="def C():\n    return 5\n")
    assert live.value("m.C()") == 5
    live.reload(m="class C:\n    x = 1\n")
    assert live.value("m.C().x") == 1


def test_class_decorators_run_again_only_when_written_differently(live: Live) -> None:
    head = "SEEN = []\ndef tag(value):\n    def deco(cls):\n        SEEN.append(cls)\n        cls.tag = value\n        return cls\n    return deco\n\n"
    live.edit(m=head + "@tag(1)\nclass C:\n    def f(self): return 1\n")
    live.run("import m; o, C = m.C(), m.C")
    live.reload(m=head + "@tag(1)\nclass C:\n    def f(self): return 2\n    def g(self): return 3\n")
    assert live.value("o.f(), o.g(), len(m.SEEN), m.C is C") == (2, 3, 1, True)
    live.reload(m=head + "@tag(2)\nclass C:\n    def f(self): return 2\n    def g(self): return 3\n")
    assert live.value("o.tag, m.C is C, m.SEEN == [C], isinstance(o, m.C)") == (2, True, True, True)


def test_the_docstring_and_annotations_of_a_class_follow(live: Live) -> None:
    live.edit(m="class C:\n    'one'\n    a: int\n    b: str = 'b'\n")
    live.run("import m; C = m.C")
    live.reload(m="class C:\n    'two'\n    a: float\n    c: int = 3\n")
    assert live.value("C.__doc__, C.__annotations__, hasattr(C, 'b'), C.c") == (
        "two",
        {"a": float, "c": int},
        False,
        3,
    )


def test_a_subclass_of_a_builtin_keeps_its_items(live: Live) -> None:
    live.edit(m="class L(list):\n    def total(self): return sum(self)\nclass D(dict):\n    pass\n")
    live.run("import m; x, d = m.L([1, 2]), m.D(a=1)")
    live.reload(
        m="class L(list):\n    def total(self): return -sum(self)\n    def first(self): return self[0]\nclass D(dict):\n    def __missing__(self, key): return key\n"
    )
    assert live.value("x.total(), x.first(), d['q'], isinstance(x, m.L)") == (-3, 1, "q", True)


def test_a_method_that_is_removed_is_gone_and_a_held_one_says_so(live: Live) -> None:
    live.edit(m="class C:\n    def f(self): return 1\n    def g(self): return 2\n")
    live.run("import m; o = m.C(); g = o.g")
    live.reload(m="class C:\n    def f(self): return 1\n")
    assert live.value("hasattr(o, 'g'), o.f()") == (False, 1)
    assert "C.g" in str(live.error("g()"))


def test_a_method_taken_from_elsewhere_is_not_harmed_when_its_name_goes(live: Live) -> None:
    live.edit(m="def shared(self): return 'shared'\nclass A:\n    f = shared\nclass B:\n    f = shared\n")
    live.run("import m; b = m.B()")
    live.reload(m="def shared(self): return 'shared'\nclass A:\n    pass\nclass B:\n    f = shared\n")
    assert live.value("b.f(), m.shared(1), hasattr(m.A, 'f')") == ("shared", "shared", False)


def test_subclasses_of_a_class_with_a_new_layout_are_made_anew_too(live: Live) -> None:
    base = "class A:\n    __slots__ = ('a'{})\n    def __init__(self): self.a = 1{}\n"
    below = "class B(A):\n    __slots__ = ('b',)\n    def who(self): return 'B', super().__init__\n"
    live.edit(
        m=base.format(",", "") + below,
        n="from m import B\nclass C(B):\n    __slots__ = ()\n    def f(self): return self.z\n",
    )
    live.run("import m, n; old = n.C()")
    live.reload(m=base.format(", 'z'", "; self.z = 2") + below)
    assert live.value("m.B().z, n.C().f(), issubclass(n.C, m.A), n.B is m.B, old.a") == (2, 2, True, True, 1)
    live.reload(
        m=base.format(", 'z', 'y'", "; self.z = 3; self.y = 4")
        + below.replace("'B'", "'new'")
        + "    def more(self): return self.y\n"
    )
    assert live.value("m.B().more(), n.C().f(), n.C().more(), m.B().who()[0]") == (4, 3, 4, "new")
