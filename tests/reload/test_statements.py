"""Top-level statements: a changed one runs once, an unchanged one does not run again."""

from __future__ import annotations

from live import Live

COUNT = "import builtins\nif not hasattr(builtins, 'RAN'): builtins.RAN = []\n"


def ran(live: Live) -> list[str]:
    """What has run since the last look."""
    live.run("import builtins; ran = list(builtins.RAN); builtins.RAN.clear()")
    return list(live.value("ran"))


def test_only_what_changed_runs(live: Live) -> None:
    live.edit(
        m=COUNT
        + "builtins.RAN.append('a')\nbuiltins.RAN.append('b')\nfor i in range(2): builtins.RAN.append(f'loop {i}')\n"
    )
    live.run("import m")
    assert ran(live) == ["a", "b", "loop 0", "loop 1"]
    live.reload(
        m=COUNT
        + "builtins.RAN.append('a')\nbuiltins.RAN.append('B')\nfor i in range(2): builtins.RAN.append(f'loop {i}')\n"
    )
    assert ran(live) == ["B"]
    live.reload(
        m=COUNT
        + "for i in range(2): builtins.RAN.append(f'loop {i}')\nbuiltins.RAN.append('B')\n\n\nbuiltins.RAN.append('a')  # moved\n"
    )
    assert ran(live) == []
    live.run("del builtins.RAN")


def test_the_branches_of_an_if_are_statements_of_their_own(live: Live) -> None:
    text = (
        COUNT
        + "FLAG = True\nif FLAG:\n    builtins.RAN.append('yes')\n    x = {}\nelse:\n    builtins.RAN.append('no')\n    x = -1\n"
    )
    live.edit(m=text.format(1))
    live.run("import m")
    assert ran(live) == ["yes"]
    live.reload(m=text.format(2))
    assert (ran(live), live.value("m.x")) == ([], 2)
    live.reload(m=text.format(2).replace("if FLAG:", "if not FLAG:"))
    assert (ran(live), live.value("m.x")) == (["no"], -1)
    live.reload(m=text.format(2).replace("if FLAG:", "if FLAG and 1:"))
    assert (ran(live), live.value("m.x")) == (["yes"], 2)
    live.run("del builtins.RAN")


def test_a_main_guard_and_a_type_checking_branch_never_run(live: Live) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nowhere_at_all import {}\nif __name__ == '__main__':\n    raise SystemExit({})\ndef f(): return {}\n"
    live.edit(m=text.format("A", 1, 1))
    live.run("import m")
    live.reload(m=text.format("A, B", 2, 2))
    assert live.value("m.f(), hasattr(m, 'A')") == (2, False)


def test_statements_marked_on_reload_run_at_every_reload(live: Live) -> None:
    live.edit(
        m=COUNT + "builtins.RAN.append('m')  # holefit: on-reload\ndef f(): return 1\n",
        n="x = 1\n",
        p=COUNT + "# holefit: on-reload\nbuiltins.RAN.append('p')\n",
    )
    live.run("import m, n, p")
    assert ran(live) == ["m", "p"]
    live.reload(n="x = 2\n")
    assert ran(live) == ["m", "p"]
    live.reload(m=COUNT + "builtins.RAN.append('m')  # holefit: on-reload\ndef f(): return 2\n")
    assert sorted(ran(live)) == ["m", "p"]
    assert live.reload().reloaded == []
    assert ran(live) == []
    live.run("del builtins.RAN")


def test_imports_are_added_changed_and_removed(live: Live) -> None:
    live.edit(m="import json as codec\nfrom math import pi, tau\nimport os.path\n")
    live.run("import m")
    live.reload(m="import pickle as codec\nfrom math import pi, e\nimport xml.dom\n")
    assert live.value(
        "m.codec.__name__, m.e > m.pi, hasattr(m, 'tau'), hasattr(m, 'os'), m.xml.dom.__name__"
    ) == ("pickle", False, False, False, "xml.dom")


def test_a_try_around_an_import_is_one_statement(live: Live) -> None:
    live.edit(m="try:\n    import no_such_thing_at_all as fast\nexcept ImportError:\n    fast = None\n")
    live.run("import m")
    live.reload(m="try:\n    import json as fast\nexcept ImportError:\n    fast = None\n")
    assert live.value("m.fast.__name__") == "json"


def test_the_module_docstring_and_dunder_names(live: Live) -> None:
    live.edit(m="'one'\n__version__ = '1'\nx = 1\n'just a string'\n")
    live.run("import m; m.__version__ = 'live'")
    live.reload(m="'two'\n__version__ = '2'\nx = 1\n'just another'\n")
    assert live.value("m.__doc__, m.__version__") == ("two", "2")
    live.reload(m="__version__ = '2'\nx = 1\n")
    assert live.value("m.__doc__") is None
    live.reload(m="'three'\n__version__ = '2'\nx = 1\n")
    assert live.value("m.__doc__") == "three"


def test_loops_withs_walrus_match_and_deletions_bind_names_that_come_and_go(live: Live) -> None:
    live.edit(
        m="for i, j in [(1, 2)]: pass\nwith open(__file__) as fh: text = fh.read()\nprint(end='') if (w := 5) else 0\ntmp = 1\nd = tmp\ndel tmp\n"
    )
    live.run("import m")
    assert live.value("m.i, m.j, m.w, m.d") == (1, 2, 5, 1)
    live.reload(m="print(end='') if (w := 6) else 0\n")
    assert live.value("sorted(n for n in vars(m) if not n.startswith('__'))") == ["w"]
    assert live.value("m.w") == 6


def test_several_statements_on_one_line_and_continued_lines(live: Live) -> None:
    live.edit(m="a = 1; b = [\n  2,\n]; c = 3\nx = (1 +\n  2)\ns = '''\ndef f(): pass\n'''\n")
    live.run("import m; m.b.append(5)")
    live.reload(m="a = 1; b = [\n  2,\n]; c = 4\nx = (1 +\n  5)\ns = '''\ndef g(): pass\n'''\n")
    assert live.value("m.a, m.b, m.c, m.x, m.s") == (1, [2, 5], 4, 6, "\ndef g(): pass\n")


def test_a_line_appended_to_the_last_block_belongs_to_it(live: Live) -> None:
    live.edit(m="def f():\n    x = 1\n    return x\ndef g():\n    y = 1\n")
    live.run("import m")
    live.reload(m="def f():\n    x = 1\n    return x\ndef g():\n    y = 1\n    return y\n")
    assert live.value("m.g()") == 1
    live.reload(m="def f():\n    x = 1\n\n    def g():\n        return x\n    return g\n")
    assert live.value("m.f()(), hasattr(m, 'g')") == (1, False)


def test_text_swallowed_by_a_string_is_gone_as_in_a_fresh_process(live: Live) -> None:
    live.edit(m="a = 1\ndef f(): return 1\nb = 2\n")
    live.run("import m")
    live.reload(m="a = 1\n'''\ndef f(): return 1\n'''\nb = 2\n")
    assert live.value("hasattr(m, 'f'), m.b") == (False, 2)


def test_an_empty_file_and_back(live: Live) -> None:
    live.edit(m="a = 1\ndef f(): return 1\n")
    live.run("import m; f = m.f")
    live.reload(m="")
    assert live.value("[n for n in vars(m) if not n.startswith('__')]") == []
    live.reload(m="a = 2\ndef f(): return 2\n")
    assert live.value("m.a, m.f(), f()") == (2, 2, 2)


def test_a_statement_that_moves_to_another_module_runs_there(live: Live) -> None:
    live.edit(m="STATE = {'a': 1}\ndef f(): return STATE\n", n="")
    live.run("import m, n")
    live.reload(n="STATE = {'a': 1}\n", m="from n import STATE\ndef f(): return STATE\n")
    assert live.value("m.f() is n.STATE, m.STATE is n.STATE") == (True, True)


def test_future_imports_come_and_go(live: Live) -> None:
    live.edit(m="def f(x: Undefined = None if False else 1): return x\n".replace("Undefined", "int"))
    live.run("import m; f = m.f")
    live.reload(m="from __future__ import annotations\ndef f(x: Undefined = 1): return x\n")
    assert live.value("f.__annotations__") == {"x": "Undefined"}
    live.reload(m="def f(x: str = 1): return x\n")
    assert live.value("f.__annotations__") == {"x": str}
