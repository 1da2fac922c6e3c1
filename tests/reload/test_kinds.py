"""Dataclasses, enums, named tuples: classes that something makes from fields."""

from __future__ import annotations

from live import Live


def test_a_dataclass_gets_a_field_with_a_default_and_one_with_a_factory(live: Live) -> None:
    head = "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n"
    live.edit(m=head, n="from m import P\ndef make(): return P(5)\n")
    live.run("import m, n, dataclasses; from m import P; o = P(1)")
    live.reload(
        m=head
        + "    y: int = 7\n    z: list = field(default_factory=list)\n    def total(self): return self.x + self.y\n"
    )
    assert live.value("repr(o), o.total(), o == P(1), n.make().z, m.P is P") == (
        "P(x=1, y=7, z=[])",
        8,
        True,
        [],
        True,
    )
    assert live.value("dataclasses.replace(o, x=2), o.z is P(1).z") == (live.value("P(2)"), False)
    live.reload(m=head)
    assert live.value("repr(o)") == "P(x=1)"
    assert isinstance(live.error("P(1, 2)"), TypeError)


def test_a_frozen_dataclass_stays_a_key(live: Live) -> None:
    text = "from dataclasses import dataclass\n@dataclass(frozen=True, order=True)\nclass K:\n    a: int\n{}"
    live.edit(m=text.format(""))
    live.run("import m; d = {m.K(1): 'v'}; k = m.K(1)")
    live.reload(m=text.format("    def f(self): return self.a\n"))
    assert live.value("d[m.K(1)], k.f(), k < m.K(2)") == ("v", 1, True)
    live.reload(m=text.format("    b: int = 0\n    def f(self): return self.a\n"))
    assert live.value("k == m.K(1), k.b, hash(k) == hash(m.K(1))") == (True, 0, True)


def test_a_dataclass_with_slots_takes_method_edits_in_place_and_fields_as_a_new_class(live: Live) -> None:
    text = "from dataclasses import dataclass\n@dataclass(slots=True)\nclass S:\n    a: int\n{}    def f(self): return {}\n"
    live.edit(m=text.format("", "self.a"))
    live.run("import m; S = m.S; o = S(1)")
    live.reload(m=text.format("", "self.a * 2"))
    assert live.value("o.f(), m.S is S") == (2, True)
    live.reload(m=text.format("    b: int = 5\n", "self.a * 3"))
    assert live.value("m.S(1), m.S(1).b, o.a, o.f()") == (live.value("m.S(1, 5)"), 5, 1, 3)


def test_a_dataclass_field_changes_its_default(live: Live) -> None:
    text = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = {}\n"
    live.edit(m=text.format(1))
    live.run("import m; o = m.P()")
    live.reload(m=text.format(2))
    assert live.value("m.P().x, o.x") == (2, 1)


def test_enum_members_keep_identity_new_ones_come_and_removed_ones_go(live: Live) -> None:
    text = "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n{}\n    def hi(self): return self.name + '{}'\n"
    live.edit(m=text.format("", 1), n="from m import Color\ndef names(): return [c.name for c in Color]\n")
    live.run("import m, n, pickle; red, Color = m.Color.RED, m.Color; table = {red: 'r'}")
    live.reload(m=text.format("    GREEN = 3\n    CRIMSON = 1", 2))
    assert live.value("red is m.Color.RED, m.Color(1) is red, m.Color['RED'] is red, table[m.Color.RED]") == (
        True,
        True,
        True,
        "r",
    )
    assert live.value("n.names(), m.Color(3).hi(), m.Color.CRIMSON is red") == (
        ["RED", "BLUE", "GREEN"],
        "GREEN2",
        True,
    )
    assert live.value(
        "type(m.Color.GREEN) is Color, pickle.loads(pickle.dumps(m.Color.GREEN)) is m.Color.GREEN, len(Color)"
    ) == (True, True, 3)
    live.reload(m=text.format("", 3).replace("    BLUE = 2\n", ""))
    assert live.value("n.names(), hasattr(m.Color, 'BLUE'), red.hi()") == (["RED"], False, "RED3")


def test_an_enum_member_changes_its_value_and_stays_itself(live: Live) -> None:
    live.edit(m="import enum\nclass E(enum.IntEnum):\n    A = 1\n    B = 2\n")
    live.run("import m; a = m.E.A")
    live.reload(m="import enum\nclass E(enum.IntEnum):\n    A = 1\n    B = 2\n    C = 3\n")
    assert live.value("a is m.E.A, m.E(3).name, m.E.C + 1, list(m.E)[0] is a") == (True, "C", 4, True)


def test_flags_get_members(live: Live) -> None:
    live.edit(m="import enum\nclass F(enum.Flag):\n    A = enum.auto()\n    B = enum.auto()\n")
    live.run("import m; a = m.F.A")
    live.reload(
        m="import enum\nclass F(enum.Flag):\n    A = enum.auto()\n    B = enum.auto()\n    C = enum.auto()\n"
    )
    assert live.value("a is m.F.A, (a | m.F.C) & m.F.C is m.F.C, m.F.C.value") == (True, True, 4)


def test_named_tuples_of_both_kinds(live: Live) -> None:
    head = "from typing import NamedTuple\nfrom collections import namedtuple\nclass P(NamedTuple):\n    x: int\n    y: int{}\n    def total(self): return {}\nQ = namedtuple('Q', '{}')\n"
    live.edit(m=head.format("", "self.x + self.y", "a b"))
    live.run("import m; p, P = m.P(1, 2), m.P")
    live.reload(m=head.format("", "self.x * self.y", "a b"))
    assert live.value("p.total(), m.P is P") == (2, True)
    live.reload(m=head.format("\n    z: int = 9", "self.x - self.y", "a b c"))
    assert live.value("m.P(1, 2).z, m.P(5, 2).total(), p.x, p.total(), m.Q(1, 2, 3).c") == (9, 3, 1, -1, 3)


def test_typed_dicts_and_aliases(live: Live) -> None:
    live.edit(
        m="from typing import TypedDict\nclass T(TypedDict):\n    a: int\nVec = list[int]\n",
        n="from m import T, Vec\n",
    )
    live.run("import m, n")
    live.reload(
        m="from typing import TypedDict\nclass T(TypedDict):\n    a: int\n    b: str\nVec = list[str]\n"
    )
    assert live.value("sorted(m.T.__annotations__), n.T is m.T, n.Vec == list[str]") == (
        ["a", "b"],
        True,
        True,
    )


def test_a_dataclass_below_one_that_got_a_field_has_it_too(live: Live) -> None:
    head = "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int = 1\n"
    live.edit(
        m=head,
        n="from dataclasses import dataclass, field\nimport m\n@dataclass\nclass D(m.P):\n    z: list = field(default_factory=list)\n    w: int = 3\n    def __str__(self): return 'mine'\n",
    )
    live.run("import m, n; d, D = n.D(), n.D")
    live.reload(m=head + "    y: int = 7\n")
    assert live.value("n.D(1, 2).y, repr(d), str(d), D(5).z, d == D()") == (
        2,
        "D(x=1, y=7, z=[], w=3)",
        "mine",
        [],
        True,
    )


def test_values_that_the_session_lets_go_of_are_freed(live: Live) -> None:
    live.edit(m="class Big: pass\nbig = Big()\n")
    live.run("import m, weakref, gc; gone = weakref.ref(m.big); m.big = None; gc.collect()")
    assert live.value("gone()") is None
