"""Statements at top level: which run again, and what their names stand for afterwards."""

from __future__ import annotations

import traceback

from live import Live


def test_a_function_may_begin_to_make_a_global(live: Live) -> None:
    live.edit(
        m="""
        def f():
            return 1
        """
    )
    live.run("import m")
    live.reload(
        m="""
        def f():
            global made
            made = 5
            return made
        """
    )
    assert live.value("m.f(), m.made") == (5, 5)
    live.reload(
        m="""
        def f():
            global made
            made += 1
            return made
        """
    )
    assert live.value("m.f(), m.made") == (6, 6)


def test_a_name_that_is_deleted_again_stays_deleted(live: Live) -> None:
    live.edit(
        m="""
        x = 1
        y = x + 1
        del x
        """
    )
    live.run("import m")
    assert live.value("m.y, hasattr(m,'x')") == (2, False)
    live.reload(
        m="""
        x = 10
        y = x + 1
        del x
        """
    )
    assert live.value("m.y, hasattr(m,'x')") == (2, False)
    live.reload(
        m="""
        x = 10
        y = x + 2
        del x
        """
    )
    assert live.value("m.y, hasattr(m,'x')") == (12, False)
    live.reload(
        m="""
        x = 10
        y = x + 2
        """
    )
    assert live.value("m.y") == 12
    assert live.value("m.x") == 10


def test_a_name_may_be_deleted_by_a_new_statement(live: Live) -> None:
    live.edit(
        m="""
        x = 1
        y = x + 1
        """
    )
    live.run("import m")
    live.reload(
        m="""
        x = 1
        y = x + 1
        del x
        """
    )
    assert live.value("m.y, hasattr(m,'x')") == (2, False)


def test_a_loop_that_was_edited_runs_once_more(live: Live) -> None:
    live.edit(
        m="""
        out = []
        for i in range(3):
            out.append(i)
        del i
        """
    )
    live.run("import m")
    live.reload(
        m="""
        out = []
        for i in range(4):
            out.append(i)
        del i
        """
    )
    assert live.value("m.out, hasattr(m,'i')") == ([0, 1, 2, 0, 1, 2, 3], False)


def test_a_with_statement_runs_again_only_when_it_was_edited(live: Live) -> None:
    live.edit(
        m="""
        import contextlib
        log = []
        @contextlib.contextmanager
        def cm():
            log.append('in'); yield 5; log.append('out')
        with cm() as v:
            w = v + 1
        def f(): return w
        """
    )
    live.run("import m")
    live.reload(m=(live.folder / "m.py").read_text().replace("return w", "return w * 2"))
    assert live.value("m.log, m.f()") == (["in", "out"], 12)
    live.reload(m=(live.folder / "m.py").read_text().replace("v + 1", "v + 2"))
    assert live.value("m.log, m.f()") == (["in", "out"] * 2, 14)


def test_what_is_for_the_script_alone_does_not_run(live: Live) -> None:
    live.edit(
        m="""
        ran = []
        def f(): return 1
        if __name__ == '__main__':
            ran.append(1)
        """
    )
    live.run("import m")
    live.reload(
        m="""
        ran = []
        def f(): return 2
        if __name__ == '__main__':
            ran.append(2)
            f()
        """
    )
    assert live.value("m.ran, m.f()") == ([], 2)


def test_statements_may_be_turned_around(live: Live) -> None:
    live.edit(
        m="""
        log = []
        log.append('a')
        log.append('b')
        x = 1
        def f(): return x
        class C:
            n = 1
        """
    )
    live.run("import m; o = m.C(); m.x = 5; f = m.f")
    live.reload(
        m="""
        log = []
        class C:
            n = 1
        def f(): return x
        x = 1
        log.append('b')
        log.append('a')
        """
    )
    assert live.value("m.log, m.x, f(), m.f is f, isinstance(o, m.C)") == (["a", "b"], 5, 5, True, True)


def test_names_that_are_unpacked_are_judged_one_by_one(live: Live) -> None:
    live.edit(
        m="""
        a, b = 1, 2
        c = d = []
        (e, *g), h = (1, 2, 3), 4
        """
    )
    live.run("import m; m.a = 100; m.c.append(1)")
    live.reload(
        m="""
        a, b = 10, 20
        c = d = [0]
        (e, *g), h = (5, 6, 7), 8
        """
    )
    assert live.value("m.a, m.b, m.c, m.d is m.c, m.e, m.g, m.h") == (100, 20, [1], True, 5, [6, 7], 8)


def test_a_value_that_is_built_up_is_built_up_anew(live: Live) -> None:
    live.edit(
        m="""
        x = 1
        x += 10
        x *= 2
        all_ = []
        all_ += ['a']
        """
    )
    live.run("import m")
    assert live.value("m.x") == 22
    live.reload(
        m="""
        x = 2
        x += 10
        x *= 2
        all_ = []
        all_ += ['a']
        """
    )
    assert live.value("m.x, m.all_") == (24, ["a"])
    live.reload(
        m="""
        x = 2
        x += 20
        x *= 2
        all_ = []
        all_ += ['b']
        """
    )
    assert live.value("m.x") == 44


def test_a_condition_that_was_not_edited_keeps_its_answer(live: Live) -> None:
    live.edit(
        m="""
        import os
        DEBUG = bool(os.environ.get('NOPE'))
        if DEBUG:
            level = 'debug'
        else:
            level = 'info'
        """
    )
    live.run("import m")
    live.reload(
        m="""
        import os
        DEBUG = not bool(os.environ.get('NOPE'))
        if DEBUG:
            level = 'debug'
        else:
            level = 'info'
        """
    )
    assert live.value("m.DEBUG") is True


def test_a_global_that_went_and_came_back_is_new_under_every_policy(live: Live) -> None:
    live.edit(
        m="""
        n = 1
        k = []
        """
    )
    live.run("import m; m.n = 50; m.k.append(1)")
    live.reload(m="k = []\n")
    assert isinstance(live.error("m.n"), AttributeError)
    live.reload(
        "keep",
        m="""
        n = 2
        k = []
        """,
    )
    assert live.value("m.n, m.k") == (2, [1])


def test_a_name_may_stand_for_a_thing_of_any_other_kind(live: Live) -> None:
    live.edit(
        m="""
        x = 1
        def g(): return x
        """
    )
    live.run("import m")
    live.reload(
        m="""
        x = {'a': [1]}
        def g(): return x['a']
        """
    )
    assert live.value("m.g()") == [1]
    live.reload(
        m="""
        class x:
            a = [3]
        def g(): return x.a
        """
    )
    assert live.value("m.g()") == [3]
    live.reload(
        m="""
        def x(): return 4
        def g(): return x()
        """
    )
    assert live.value("m.g()") == 4
    live.reload(
        m="""
        import math as x
        def g(): return x.floor(5.5)
        """
    )
    assert live.value("m.g()") == 5
    live.reload(
        m="""
        x = 6
        def g(): return x
        """
    )
    assert live.value("m.g()") == 6


def test_databases_and_files_stay_open(live: Live) -> None:
    t = (
        "import sqlite3, tempfile\n"
        "db = sqlite3.connect(':memory:')\n"
        "db.execute('create table t(x)')\n"
        "fh = tempfile.TemporaryFile('w+')\n"
        "def add(x): db.execute('insert into t values (?)', (x * {v},)); fh.write(str(x)); return [r[0] for r in db.execute('select x from t')]\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; m.add(1)")
    live.reload(m=t.format(v=10))
    assert live.value("m.add(2), m.fh.tell()") == ([1, 20], 2)
    live.run("m.db.close(); m.fh.close()")


def test_source_and_tracebacks_show_what_has_moved(live: Live) -> None:
    live.edit(
        m="""
        def a(): return 1
        def b():
            raise ValueError('b')
        class C:
            def m(self):
                return 1
        """
    )
    live.run("import m, inspect, traceback; b = m.b")
    live.reload(
        m="""
        # top


        def a(): return 1
        X = 1
        def b():
            y = 2
            raise ValueError('b')
        class C:
            # c
            def m(self):
                return 1
        """
    )
    assert live.value(
        "inspect.getsourcelines(b)[1], inspect.getsource(m.C.m), inspect.getsourcelines(m.C)[1]"
    ) == (6, ("    def m(self):\n        return 1\n"), 9)
    last = traceback.extract_tb(live.error("b()").__traceback__)[-1]
    assert (last.lineno, last.line) == (8, "raise ValueError('b')")


def test_documentation_changes_everywhere_and_goes(live: Live) -> None:
    live.edit(
        m=(
            '"""one"""\n'
            "def f():\n"
            '    "d1"\n'
            "class C:\n"
            '    "c1"\n'
            "    def g(self):\n"
            '        "g1"\n'
            "    @property\n"
            "    def p(self):\n"
            '        "p1"\n'
        )
    )
    live.run("import m; f = m.f")
    live.reload(
        m=(
            '"""two"""\n'
            "def f():\n"
            '    "d2"\n'
            "class C:\n"
            '    "c2"\n'
            "    def g(self):\n"
            '        "g2"\n'
            "    @property\n"
            "    def p(self):\n"
            '        "p2"\n'
        )
    )
    assert live.value("m.__doc__, f.__doc__, m.C.__doc__, m.C.g.__doc__, m.C.p.__doc__") == (
        "two",
        "d2",
        "c2",
        "g2",
        "p2",
    )
    live.reload(
        m="""
        def f(): pass
        class C:
            def g(self): pass
            @property
            def p(self): pass
        """
    )
    assert live.value("m.__doc__, f.__doc__, m.C.__doc__, m.C.g.__doc__, m.C.p.__doc__") == (None,) * 5


def test_annotations_of_a_module_change(live: Live) -> None:
    live.edit(
        m="""
        x: int = 1
        y: str
        """
    )
    live.run("import m")
    live.reload(
        m="""
        x: float = 1
        z: list = []
        """
    )
    assert live.value("m.__annotations__") == {"x": float, "z": list}


def test_code_that_is_run_as_text_runs_again_when_it_was_edited(live: Live) -> None:
    t = "code = 'def dyn(): return {v}'\nexec(code)\nval = eval('{v} + 1')\n"
    live.edit(m=t.format(v=1))
    live.run("import m")
    live.reload(m=t.format(v=5))
    assert live.value("m.val") == 6
    assert live.value("m.code") == "def dyn(): return 5"


def test_a_connection_that_was_opened_later_stays(live: Live) -> None:
    live.edit(
        m="""
        conn = None
        def get():
            global conn
            if conn is None: conn = ['open', 1]
            return conn
        """
    )
    live.run("import m; c = m.get()")
    live.reload(
        m="""
        conn = None
        def get():
            global conn
            if conn is None: conn = ['open', 2]
            return conn
        """
    )
    assert live.value("m.get() is c") is True
