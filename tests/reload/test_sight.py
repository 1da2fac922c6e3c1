"""What a person sees afterwards: tracebacks, sources, pickles, signatures."""

from __future__ import annotations

from live import Live

WHERE = """
import traceback, linecache
def where(fn):
    try:
        fn()
    except ZeroDivisionError as e:
        frame = traceback.extract_tb(e.__traceback__)[-1]
        return frame.lineno, frame.line
"""


def test_tracebacks_point_at_the_right_lines_in_edited_moved_and_nested_code(live: Live) -> None:
    text = "def f():\n    return 1 / 0  # f\ndef outer():\n    def inner():\n        return 1 / 0  # inner\n    return inner\nclass C:\n    def m(self):\n        return [1 / 0 for _ in 'a']  # m\nlam = lambda: 1 / 0  # lam\n"
    live.edit(m=text)
    live.run(WHERE + "import m; f, inner, o, lam = m.f, m.outer(), m.C(), m.lam")
    live.reload(m="# one\n# two\n" + text)
    assert live.value("where(f), where(inner), where(o.m), where(lam)") == (
        (4, "return 1 / 0  # f"),
        (7, "return 1 / 0  # inner"),
        (11, "return [1 / 0 for _ in 'a']  # m"),
        (12, "lam = lambda: 1 / 0  # lam"),
    )
    live.reload(m=text.replace("def outer", "# in between\n\ndef outer"))
    assert live.value("where(f)[0], where(inner)[0], where(o.m)[0], where(lam)[0]") == (2, 7, 11, 12)


def test_a_comment_inside_a_function_moves_its_lines(live: Live) -> None:
    live.edit(m="def f():\n    x = 1\n    return x / 0\n")
    live.run(WHERE + "import m")
    live.reload(m="def f():\n    x = 1\n    # why\n    return x / 0\n")
    assert live.value("where(m.f)") == (4, "return x / 0")


def test_getsource_shows_the_text_that_runs_even_when_the_file_is_ahead(live: Live) -> None:
    live.edit(m="def f():\n    return 1\nclass C:\n    def g(self):\n        return 1\n")
    live.run("import m, inspect")
    live.reload(m="# c\ndef f():\n    z = 3\n    return z\nclass C:\n    def g(self):\n        return 2\n")
    assert live.value("inspect.getsource(m.f)") == "def f():\n    z = 3\n    return z\n"
    assert live.value("inspect.getsource(m.C.g)") == "    def g(self):\n        return 2\n"
    live.edit(m="# not\n# reloaded\n# yet\ndef f(): pass\n")
    assert live.value("inspect.getsource(m.f)") == "def f():\n    z = 3\n    return z\n"


def test_pickles_made_before_and_after(live: Live) -> None:
    live.edit(m="class C:\n    def f(self): return 1\ndef g(): return 1\n")
    live.run("import m, pickle, copy; o = m.C(); o.x = 5; blob, g = pickle.dumps(o), m.g")
    live.reload(m="class C:\n    def f(self): return 2\n    def h(self): return 3\ndef g(): return 2\n")
    assert live.value(
        "pickle.loads(blob).f(), pickle.loads(pickle.dumps(o)).h(), type(pickle.loads(blob)) is type(o)"
    ) == (2, 3, True)
    assert live.value("pickle.loads(pickle.dumps(g)) is g, copy.deepcopy(o).x") == (True, 5)


def test_weak_references_live_on(live: Live) -> None:
    live.edit(m="class C:\n    def on(self): return 1\ndef f(): return 1\n")
    live.run(
        "import m, weakref, gc; o = m.C(); wm, wf, wc = weakref.WeakMethod(o.on), weakref.ref(m.f), weakref.ref(m.C)\nkeys = weakref.WeakKeyDictionary({m.f: 1, m.C: 2})"
    )
    live.reload(m="class C:\n    x = 1\n    def on(self): return 2\ndef f(x=1): return 2\n")
    live.run("gc.collect()")
    assert live.value("wm()(), wf()(), wc() is m.C, keys[m.f], keys[m.C]") == (2, 2, True, 1, 2)


def test_names_modules_and_globals_of_what_was_added(live: Live) -> None:
    live.edit(pkg__init__="", pkg__m="class C:\n    def a(self): return 1\n")
    live.run("import pkg.m as m; C = m.C")
    live.reload(
        pkg__m="class C:\n    def a(self): return 1\n    def b(self): return X\n    class D:\n        def e(self): return X\ndef f(): return X\nX = 1\n"
    )
    assert live.value(
        "C.b.__qualname__, C.D.e.__qualname__, C.D.__qualname__, C.b.__module__, m.f.__globals__ is vars(m)"
    ) == ("C.b", "C.D.e", "C.D", "pkg.m", True)
    live.run("m.X = 7")
    assert live.value("C().b(), C.D().e(), m.f(), m.__spec__.name, m.__package__") == (
        7,
        7,
        7,
        "pkg.m",
        "pkg",
    )


def test_callbacks_of_the_library_run_the_new_code(live: Live) -> None:
    live.edit(
        m="import atexit, signal\nOUT = []\ndef cb(*a): OUT.append(('old', len(a)))\natexit.register(cb)\n"
    )
    live.run(
        "import m, signal, os, threading, atexit, time, asyncio\nn = atexit._ncallbacks()\nbefore = signal.signal(signal.SIGUSR1, m.cb)\ntimer = threading.Timer(0.05, m.cb)\nloop = asyncio.new_event_loop()\nloop.call_soon(m.cb)"
    )
    live.reload(
        m="import atexit, signal\nOUT = []\ndef cb(*a): OUT.append(('new', len(a)))\natexit.register(cb)\n"
    )
    live.run(
        "timer.start(); timer.join()\nos.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01)\nloop.call_soon(loop.stop); loop.run_forever(); loop.close()\nsignal.signal(signal.SIGUSR1, before); atexit.unregister(m.cb)"
    )
    assert live.value("m.OUT") == [("new", 0), ("new", 2), ("new", 0)]
    assert live.value("atexit._ncallbacks() - n") <= 0


def test_the_source_of_a_class_is_found_where_it_stands_now(live: Live) -> None:
    live.edit(m="class A:\n    x = 1\n\nclass B:\n    class C:\n        y = 1\n")
    live.run("import m, inspect")
    live.reload(m="# one\nclass A:\n    x = 1\n    z = 2\n\nclass B:\n    class C:\n        y = 1\n")
    assert live.value("inspect.getsource(m.A)") == "class A:\n    x = 1\n    z = 2\n"
    assert live.value("inspect.getsource(m.B.C)") == "    class C:\n        y = 1\n"
