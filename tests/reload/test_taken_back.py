"""A reload that fails leaves nothing behind, neither in Python nor in the process."""

from __future__ import annotations

from live import Live


def test_a_signal_gets_its_new_handler(live: Live) -> None:
    live.edit(
        m="""
        import signal
        log=[]
        def h1(*a): log.append(1)
        def h2(*a): log.append(2)
        signal.signal(signal.SIGUSR2, h1)
        """
    )
    live.run("import m, os, signal; os.kill(os.getpid(), signal.SIGUSR2)")
    live.reload(
        m="""
        import signal
        log=[]
        def h1(*a): log.append(1)
        def h2(*a): log.append(2)
        signal.signal(signal.SIGUSR2, h2)
        """
    )
    live.run("os.kill(os.getpid(), signal.SIGUSR2)")
    assert live.value("m.log") == [1, 2]
    live.run("signal.signal(signal.SIGUSR2, signal.SIG_DFL)")


def test_signal_handlers_are_put_back(live: Live) -> None:
    live.edit(
        m="""
        import signal
        def h1(*a): pass
        signal.signal(signal.SIGUSR2, h1)
        """
    )
    live.run("import m, signal")
    done = live.try_reload(
        m="""
        import signal
        def h1(*a): pass
        def h2(*a): pass
        signal.signal(signal.SIGUSR2, h2)
        1/0
        """
    )
    assert done.errors
    assert live.value("signal.getsignal(signal.SIGUSR2) is m.h1") is True
    live.run("signal.signal(signal.SIGUSR2, signal.SIG_DFL)")


def test_the_environment_and_the_working_folder_are_put_back(live: Live) -> None:
    live.edit(m="x=1\n")
    live.run("import m, os, sys; e = dict(os.environ); c = os.getcwd(); p = list(sys.path)")
    done = live.try_reload(
        m="""
        import os, sys
        os.environ['C_SC'] = '1'
        sys.path.append('zzz')
        os.chdir('/')
        1/0
        """
    )
    assert done.errors
    assert live.value("os.environ.get('C_SC'), sys.path == p, os.getcwd() == c") == (None, True, True)


def test_warning_filters_are_put_back(live: Live) -> None:
    live.edit(m="x=1\n")
    live.run("import m, warnings; n = len(warnings.filters)")
    done = live.try_reload(
        m="""
        import warnings
        warnings.simplefilter('error', BytesWarning)
        1/0
        """
    )
    assert done.errors
    assert live.value("len(warnings.filters) - n") == 0


def test_attributes_of_other_modules_instances_are_put_back(live: Live) -> None:
    live.edit(
        a="""
        class Conf:
            def __init__(self): self.items = {'k': 1}; self.n = 0
        conf = Conf()
        """,
        m="import a\n",
    )
    live.run("import a, m")
    done = live.try_reload(
        m="""
        import a
        a.conf.items['z'] = 2
        a.conf.n = 5
        1/0
        """
    )
    assert done.errors
    assert live.value("a.conf.items, a.conf.n") == ({"k": 1}, 0)


def test_containers_in_containers_are_put_back(live: Live) -> None:
    live.edit(a="REG = {'x': [1]}\n", m="import a\n")
    live.run("import a, m")
    done = live.try_reload(
        m="""
        import a
        a.REG['x'].append(2)
        1/0
        """
    )
    assert done.errors
    assert live.value("a.REG") == {"x": [1]}


def test_attributes_of_classes_and_defaults_are_put_back(live: Live) -> None:
    live.edit(
        m="""
        class C:
            n = 1
            def f(self, x=1): return x
        def g(a=1, *, b=2): return a, b
        """
    )
    live.run("import m; o = m.C(); g = m.g")
    done = live.try_reload(
        m="""
        class C:
            n = 2
            k = 3
            def f(self, x=2): return x
            def h(self): pass
        def g(a=9, *, b=8): return a, b, 1
        boom()
        """
    )
    assert done.errors
    assert live.value("o.n, o.f(), g(), hasattr(o, 'k'), hasattr(o, 'h')") == (1, 1, (1, 2), False, False)


def test_a_module_that_was_imported_is_gone_again(live: Live) -> None:
    live.edit(m="x=1\n", n="y=1\n")
    live.run("import m, sys")
    done = live.try_reload(
        m="""
        import n
        1/0
        """
    )
    assert done.errors
    assert live.value("'n' in sys.modules, hasattr(m, 'n')") == (False, False)
    live.reload(
        m="""
        import n
        x = n.y + 1
        """
    )
    assert live.value("m.x") == 2


def test_a_class_has_its_old_bases_again(live: Live) -> None:
    live.edit(
        m="""
        class A: pass
        class C:
            x = 1
            def f(self): return 1
        """
    )
    live.run("import m; C = m.C; o = C()")
    done = live.try_reload(
        m="""
        class A: pass
        class C(A):
            x = 2
            def f(self): return 2
        1/0
        """
    )
    assert done.errors
    assert live.value("m.C is C, o.f(), o.x, C.__bases__ == (object,), isinstance(o, m.A)") == (
        True,
        1,
        1,
        True,
        False,
    )


def test_members_and_fields_are_gone_again(live: Live) -> None:
    live.edit(
        m="""
        from enum import Enum
        from dataclasses import dataclass
        class E(Enum):
            A = 1
        @dataclass
        class D:
            x: int = 1
        """
    )
    live.run("import m; a = m.E.A; o = m.D()")
    done = live.try_reload(
        m="""
        from enum import Enum
        from dataclasses import dataclass
        class E(Enum):
            A = 1
            B = 2
        @dataclass
        class D:
            x: int = 1
            y: int = 2
        boom
        """
    )
    assert done.errors
    assert live.value("[e.name for e in m.E], m.E.A is a, m.E(1) is a, repr(o), repr(m.D(5))") == (
        ["A"],
        True,
        True,
        "D(x=1)",
        "D(x=5)",
    )


def test_handlers_run_in_the_order_of_imports_and_go_with_their_statement(live: Live) -> None:
    live.edit(
        a="""
        import holefit_runtime as r
        log = []
        r.before_reload(lambda: log.append('ba'))
        r.after_reload(lambda: log.append('aa'))
        """,
        b="""
        import a, holefit_runtime as r
        @r.before_reload
        def bb(): a.log.append('bb')
        @r.after_reload
        def ab(): a.log.append('ab')
        x = 1
        """,
    )
    live.run("import b")
    live.reload(b=(live.folder / "b.py").read_text().replace("x = 1", "x = 2"))
    assert live.value("b.a.log") == ["ba", "bb", "aa", "ab"]
    live.reload(
        b="""
        import a, holefit_runtime as r
        x = 3
        """
    )
    assert live.value("b.a.log[4:]") == ["ba", "bb", "aa"]


def test_rollback_reaches_over_ten_generations(live: Live) -> None:
    live.edit(
        m="""
        v = 0
        def f(): return 0
        """
    )
    live.run("import m; f = m.f")
    for i in range(1, 11):
        live.reload(m=f"v = {i}\ndef f(): return {i}\n")
    done = live.reloader.rollback(0)
    assert not done.errors, done
    assert live.value("m.v, f()") == (0, 0)
    live.reload(
        m="""
        v = 77
        def f(): return 77
        """
    )
    assert live.value("m.v, f()") == (77, 77)


def test_one_module_that_fails_takes_nine_others_back(live: Live) -> None:
    files = {f"m{i}": f"v = {i}\ndef f(): return v\n" for i in range(10)}
    live.edit(**files)
    live.run("import " + ", ".join(files))
    done = live.try_reload(
        **{k: t.replace("v = ", "v = 1") + ("1/0\n" if k == "m7" else "") for k, t in files.items()}
    )
    assert done.errors
    assert live.value("[m.f() for m in (m0,m3,m7,m9)]") == [0, 3, 7, 9]
