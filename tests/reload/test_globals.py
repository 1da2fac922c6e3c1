"""Globals are initialised once; a changed initialiser takes effect while nobody has touched the value."""

from __future__ import annotations

from live import Live


def test_untouched_values_of_many_kinds_follow_their_initialiser(live: Live) -> None:
    before = "import re, pathlib, functools, decimal, datetime, collections\na = 1\nb = [1, [2]]\nc = {'k': {1}}\nd = (1, [2])\ne = re.compile('a')\nf = pathlib.Path('a')\ng = functools.partial(int, base=2)\nh = decimal.Decimal(1)\ni = datetime.date(2020, 1, 1)\nj = collections.OrderedDict(a=1)\nk = None\nl, (m, *n) = 1, (2, 3)\nclass P:\n    def __init__(self, v): self.v = v\no = P([1])\n"
    after = (
        before.replace("= 1\n", "= 2\n")
        .replace("[2]]", "[3]]")
        .replace("{1}", "{2}")
        .replace("(1, [2])", "(2, [2])")
        .replace("'a')", "'b')")
        .replace("base=2", "base=8")
        .replace("(1)\ni", "(2)\ni")
        .replace("2020, 1, 1", "2021, 1, 1")
        .replace("a=1", "a=2")
        .replace("None", "0")
        .replace("(2, 3)", "(5, 6)")
        .replace("P([1])", "P([2])")
    )
    live.edit(m=before)
    live.run("import m")
    done = live.reload(m=after)
    assert [kept.name for kept in done.kept] == []
    assert live.value("m.a, m.b, m.c, m.d, m.e.pattern, str(m.f)") == (
        2,
        [1, [3]],
        {"k": {2}},
        (2, [2]),
        "b",
        "b",
    )
    assert live.value("m.g.keywords, int(m.h), m.i.year, dict(m.j), m.k, m.l, m.m, m.n, m.o.v") == (
        {"base": 8},
        2,
        2021,
        {"a": 2},
        0,
        1,
        5,
        [6],
        [2],
    )


def test_touched_values_stay_and_the_report_says_so(live: Live) -> None:
    text = "class P:\n    def __init__(self): self.items = []\na = {v}\nb = [{v}]\nc = {{'k': [{v}]}}\nd = P() if {v} else P()\n"
    live.edit(m=text.format(v=1))
    live.run("import m; m.a = 10; m.b.append(2); m.c['k'].append(3); m.d.items.append(4)")
    done = live.reload(m=text.format(v=2))
    assert live.value("m.a, m.b, m.c, m.d.items") == (10, [1, 2], {"k": [1, 3]}, [4])
    assert [kept.name for kept in done.kept] == ["a", "b", "c", "d"]
    assert {kept.module for kept in done.kept} == {"m"}


def test_a_kept_value_can_be_reset(live: Live) -> None:
    live.edit(m="a = 1\n", n="from m import a\n")
    live.run("import m, n; m.a = 10")
    assert [kept.name for kept in live.reload(m="a = 2\n").kept] == ["a"]
    done = live.reloader.reset("m", "a")
    assert (done.errors, done.reloaded, live.value("m.a")) == ([], ["m"], 2)
    assert live.reload(m="a = 3\n").kept == []
    assert live.value("m.a") == 3


def test_a_value_put_back_to_what_it_was_is_untouched(live: Live) -> None:
    live.edit(m="a = 1\nb = []\n")
    live.run("import m; m.a = 5; m.a = 1; m.b.append(1); m.b.pop()")
    assert live.reload(m="a = 2\nb = [7]\n").kept == []
    assert live.value("m.a, m.b") == (2, [7])


def test_the_three_policies(live: Live) -> None:
    live.edit(m="fresh = 1\ntouched = 1\n__all__ = ['fresh']\n")
    live.run("import m; m.touched = 10")
    live.reload("keep", m="fresh = 2\ntouched = 2\n__all__ = ['touched']\n")
    assert live.value("m.fresh, m.touched, m.__all__") == (1, 10, ["touched"])
    live.reload("untouched", m="fresh = 3\ntouched = 3\n__all__ = []\n")
    assert live.value("m.fresh, m.touched") == (3, 10)
    live.reload("always", m="fresh = 4\ntouched = 4\n__all__ = []\n")
    assert live.value("m.fresh, m.touched") == (4, 4)


def test_live_resources_stay(live: Live) -> None:
    live.edit(
        m="import threading, queue, sqlite3\nlock = threading.Lock()\nq = queue.Queue()\ndb = sqlite3.connect(':memory:')\n"
    )
    live.run(
        "import m; lock, q, db = m.lock, m.q, m.db; lock.acquire(); q.put(1); db.execute('create table t(x)')"
    )
    done = live.reload(
        m="import threading, queue, sqlite3\nlock = threading.RLock()\nq = queue.Queue(5)\ndb = sqlite3.connect(':memory:', timeout=1)\n"
    )
    assert live.value("m.lock is lock, m.q is q, m.db is db") == (True, True, True)
    assert {kept.name for kept in done.kept} == {"lock", "q", "db"}


def test_removing_and_adding_again_takes_the_new_initialiser_under_every_policy(live: Live) -> None:
    for policy in ("untouched", "keep", "always"):
        live.edit(m="x = 1\n")
        live.run("import m; m.x = 50")
        live.reload(policy, m="y = 1\n")
        assert live.value("hasattr(m, 'x')") is False
        live.reload(policy, m="x = 2\ny = 1\n")
        assert live.value("m.x") == 2
        live.reload("always", m="x = 1\ny = 1\n")


def test_initialisers_that_build_on_one_another(live: Live) -> None:
    live.edit(m="x = [1]\nx += [2]\ny = 10\ny = y + 1\n")
    live.run("import m")
    assert live.value("m.x, m.y") == ([1, 2], 11)
    live.reload(m="x = [1]\nx += [3]\ny = 10\ny = y + 5\n")
    assert live.value("m.x, m.y") == ([1, 3], 15)
    live.reload(m="x = [0]\nx += [3]\ny = 20\ny = y + 5\n")
    assert live.value("m.x, m.y") == ([0, 3], 25)


def test_from_imports_of_a_constant_follow_also_under_another_name_and_through_others(live: Live) -> None:
    live.edit(
        m="LIMIT = 5\n",
        n="from m import LIMIT as top, LIMIT\ndef get(): return top, LIMIT\n",
        p="from n import top as highest\n",
        s="from m import *\n",
    )
    live.run("import m, n, p, s\nfrom m import LIMIT as mine")
    live.reload(m="LIMIT = 6\n")
    assert live.value("n.get(), p.highest, s.LIMIT, mine") == ((6, 6), 6, 6, 6)
    live.run("n.top = 99")
    live.reload(m="LIMIT = 7\n")
    assert live.value("n.get(), p.highest, s.LIMIT, mine") == ((99, 7), 6, 7, 7)


def test_a_small_number_that_happens_to_be_equal_is_left_alone(live: Live) -> None:
    live.edit(m="LIMIT = 5\n", n="import m\nOTHER = 5\n")
    live.run("import m, n; five = 5")
    live.reload(m="LIMIT = 6\n")
    assert live.value("n.OTHER, five") == (5, 5)


def test_inserting_and_reordering_lines_resets_nothing(live: Live) -> None:
    live.edit(m="a = []\nb = {}\ndef f(): return 1\nc = object()\n")
    live.run("import m; m.a.append(1); m.b[1] = 1; a, b, c = m.a, m.b, m.c")
    live.reload(m="def new(): return 0\nc = object()\nNEW = 3\nb = {}\ndef f(): return 2\na = []\n")
    assert live.value("m.a is a, m.b is b, m.c is c, m.f(), m.NEW") == (True, True, True, 2, 3)


def test_objects_that_cannot_be_compared_are_never_compared(live: Live) -> None:
    head = "class Arr:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): raise ValueError('ambiguous')\n    def __bool__(self): raise ValueError('ambiguous')\n    __hash__ = None\n    def __reduce_ex__(self, p): raise ValueError('no')\n    def __getattr__(self, name): raise RuntimeError(name)\n"
    live.edit(m=head + "A = Arr(1)\nB = [Arr(2)]\n")
    live.run("import m; m.B[0].n = 5")
    done = live.reload(m=head + "A = Arr(3)\nB = [Arr(4)]\n")
    assert live.value("m.A.n, m.B[0].n") == (3, 5)
    assert [kept.name for kept in done.kept] == ["B"]


def test_annotated_globals(live: Live) -> None:
    live.edit(m="x: int = 1\ny: str\n")
    live.run("import m")
    live.reload(m="x: float = 2.0\nz: list\n")
    assert live.value("m.x, m.__annotations__") == (2.0, {"x": float, "z": list})


def test_a_value_changed_by_later_statements_of_the_module_counts_as_touched(live: Live) -> None:
    text = "REG = {}\ndef register(fn):\n    REG[fn.__name__] = fn\n    return fn\n\n@register\ndef a(): return 1\n"
    live.edit(m=text)
    live.run("import m")
    done = live.reload(m=text.replace("REG = {}", "REG = dict()"))
    assert live.value("list(m.REG)") == ["a"]
    assert [kept.name for kept in done.kept] == ["REG"]


def test_proxies_are_not_made_to_fetch_what_they_stand_for(live: Live) -> None:
    live.edit(
        m="class Proxy:\n    fetched = 0\n    @property\n    def __class__(self):\n        Proxy.fetched += 1\n        raise RuntimeError('not now')\n    def __getattr__(self, name):\n        Proxy.fetched += 1\n        raise RuntimeError('not now')\np = Proxy()\nq = [Proxy()]\ndef f(): return 1\n"
    )
    live.run("import m\nfrom m import p")
    live.reload(
        m=(live.folder / "m.py").read_text().replace("return 1", "return 2") + "r = Proxy()\nimport json\n"
    )
    assert live.value("m.f(), vars(m.Proxy)['fetched']") == (2, 0)
