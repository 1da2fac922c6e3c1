"""What runs, waits or holds a function while it is edited."""

from __future__ import annotations

import builtins

from live import Live


def test_callbacks_of_weak_references_run_the_new_code(live: Live) -> None:
    t = "import weakref\nlog=[]\nclass C: pass\ndef gone(*a): log.append({v})\n"
    live.edit(m=t.format(v=1))
    live.run(
        "import m, weakref; o = m.C(); o2 = m.C(); r = weakref.ref(o, m.gone); f = weakref.finalize(o2, m.gone)"
    )
    live.reload(m=t.format(v=2))
    live.run("del o; del o2")
    assert live.value("m.log") == [2, 2]


def test_an_asynchronous_generator_ends_with_its_old_code(live: Live) -> None:
    t = "async def ag():\n    yield {v}\n    yield {v} + 1\n"
    live.edit(m=t.format(v=1))
    live.run("""
        import m, asyncio
        loop = asyncio.new_event_loop()
        g = m.ag()
        first = loop.run_until_complete(g.__anext__())
        """)
    live.reload(m=t.format(v=10))
    live.run("""
        second = loop.run_until_complete(g.__anext__())
        async def al(): return [x async for x in m.ag()]
        third = loop.run_until_complete(al()); loop.close()
        """)
    assert live.value("first, second, third") == (1, 2, [10, 11])


def test_context_variables_and_thread_locals_keep_their_values(live: Live) -> None:
    t = (
        "import contextvars, threading\n"
        "cv = contextvars.ContextVar('cv', default=0)\n"
        "tl = threading.local()\n"
        "tl.x = 1\n"
        "def get(): return cv.get(), tl.x, {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; m.cv.set(5); m.tl.x = 7")
    live.reload(m=t.format(v=2))
    assert live.value("m.get()") == (5, 7, 2)
    live.reload(m=t.format(v=3).replace("default=0", "default=1").replace("tl.x = 1", "tl.x = 2"))
    assert live.value("m.get()[2]") == 3


def test_a_logging_handler_is_added_once(live: Live) -> None:
    t = (
        "import logging\n"
        "log = logging.getLogger('c_sc')\n"
        "records = []\n"
        "class H(logging.Handler):\n"
        "    def emit(self, r): records.append(({v}, r.getMessage()))\n"
        "h = H()\n"
        "log.addHandler(h)\n"
        "log.propagate = False\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; m.log.warning('a')")
    live.reload(m=t.format(v=2))
    live.run("m.log.warning('b')")
    assert live.value("m.records, len(m.log.handlers)") == ([(1, "a"), (2, "b")], 1)
    live.run("m.log.handlers.clear()")


def test_a_thread_in_a_loop_calls_the_new_code(live: Live) -> None:
    live.edit(
        m="""
        import threading
        stop = threading.Event()
        turn = threading.Event()
        seen = []
        def step(): seen.append(1)
        def run():
            while not stop.is_set():
                step()
                turn.set()
        """
    )
    live.run("import m, threading\nt = threading.Thread(target=m.run); t.start(); m.turn.wait()")
    live.reload(m=(live.folder / "m.py").read_text().replace("append(1)", "append(2)"))
    live.run("m.turn.clear(); m.turn.wait(); m.turn.clear(); m.turn.wait(); m.stop.set(); t.join()")
    assert live.value("m.seen[-1]") == 2


def test_a_server_answers_with_the_new_code(live: Live) -> None:
    live.edit(
        m="""
        import socketserver
        class H(socketserver.BaseRequestHandler):
            def handle(self): self.request.sendall(b'1')
        server = socketserver.TCPServer(('127.0.0.1', 0), H)
        """
    )
    live.run("""
        import m, threading, socket
        t = threading.Thread(target=m.server.serve_forever, kwargs={'poll_interval': .01}); t.start()
        def ask():
            with socket.create_connection(m.server.server_address) as s: return s.recv(10)
        a = ask(); srv = m.server
        """)
    live.reload(m=(live.folder / "m.py").read_text().replace("b'1'", "b'2'") + "extra = 1\n")
    live.run("b = ask(); same = srv is m.server; m.server.shutdown(); t.join(); m.server.server_close()")
    assert live.value("a, b, same") == (b"1", b"2", True)


def test_match_and_walrus_change(live: Live) -> None:
    t = (
        "def f(x):\n"
        "    match x:\n"
        "        case {{'k': v}}: return ('map', v, {n})\n"
        "        case [a, *rest]: return ('seq', rest, {n})\n"
        "        case _: return {n}\n"
        "if (z := f([1,2])): pass\n"
    )
    live.edit(m=t.format(n=1))
    live.run("import m")
    live.reload(m=t.format(n=2))
    assert live.value("m.f({'k': 1}), m.f([1,2]), m.f(0)") == (("map", 1, 2), ("seq", [2], 2), 2)


def test_lambdas_of_a_comprehension_keep_what_they_captured(live: Live) -> None:
    t = (
        "fs = [lambda x, i=i: (x, i, {v}) for i in range(3)]\n"
        "table = {{'a': lambda: ('a', {v}), 'b': lambda: ('b', {v})}}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; fs = list(m.fs); a = m.table['a']")
    live.reload(m=t.format(v=2))
    assert live.value("[f(0) for f in fs], a(), m.table['b'](), m.fs[1](5)") == (
        [(0, 0, 2), (0, 1, 2), (0, 2, 2)],
        ("a", 2),
        ("b", 2),
        (5, 1, 2),
    )


def test_closures_three_deep_keep_their_variables(live: Live) -> None:
    t = "def a(x):\n    def b(y):\n        def c(z): return (x, y, z, {v})\n        return c\n    return b\n"
    live.edit(m=t.format(v=1))
    live.run("import m; b = m.a(1); c = b(2)")
    live.reload(m=t.format(v=2))
    assert live.value("c(3), b(4)(5), m.a(6)(7)(8)") == ((1, 2, 3, 2), (1, 4, 5, 2), (6, 7, 8, 2))


def test_a_nested_function_may_be_renamed(live: Live) -> None:
    live.edit(
        m="""
        def mk(n):
            def inner(): return n
            return inner
        """
    )
    live.run("import m; h = m.mk(3)")
    live.reload(
        m="""
        def mk(n):
            def within(): return n * 10
            return within
        """
    )
    assert live.value("m.mk(2)()") == 20
    assert live.value("h()") in (3, 30)


def test_what_waits_in_a_pool_and_in_a_timer_runs_the_new_code(live: Live) -> None:
    t = (
        "import threading\n"
        "done = threading.Event()\n"
        "out = []\n"
        "def tick():\n"
        "    out.append({v})\n"
        "    done.set()\n"
    )
    live.edit(m=t.format(v=1))
    live.run("""
        import m, threading
        from concurrent.futures import ThreadPoolExecutor
        gate = threading.Event()
        t = threading.Timer(3600, m.tick)
        pool = ThreadPoolExecutor(1)
        f = pool.submit(gate.wait)
        g = pool.submit(m.tick)
        """)
    live.reload(m=t.format(v=2))
    live.run("gate.set(); g.result(); t.function(); pool.shutdown()")
    assert live.value("m.out") == [2, 2]


def test_a_task_calls_the_new_code_at_its_next_turn(live: Live) -> None:
    t = (
        "import asyncio\n"
        "async def worker(q, out):\n"
        "    while True:\n"
        "        x = await q.get()\n"
        "        if x is None: return\n"
        "        out.append(handle(x))\n"
        "def handle(x): return (x, {v})\n"
    )
    live.edit(m=t.format(v=1))
    live.run("""
        import m, asyncio
        loop = asyncio.new_event_loop()
        async def setup():
            global q, out, task
            q, out = asyncio.Queue(), []
            task = asyncio.ensure_future(m.worker(q, out))
            await q.put(1)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        loop.run_until_complete(setup())
        """)
    live.reload(m=t.format(v=2))
    live.run("""
        async def more():
            await q.put(2); await q.put(None); await task
        loop.run_until_complete(more()); loop.close()
        """)
    assert live.value("out") == [(1, 1), (2, 2)]


def test_a_key_of_sorted_runs_the_new_code(live: Live) -> None:
    live.edit(
        m="""
        def key(x): return x
        def go(xs): return sorted(xs, key=key)
        """
    )
    live.run("import m; k = m.key")
    live.reload(
        m="""
        def key(x): return -x
        def go(xs): return sorted(xs, key=key)
        """
    )
    assert live.value("m.go([1,3,2]), sorted([1,3,2], key=k), max([1,2], key=k)") == ([3, 2, 1], [3, 2, 1], 1)


def test_an_iterator_of_map_goes_on_with_the_new_code(live: Live) -> None:
    live.edit(m="def f(x): return x + 1\n")
    live.run("import m; it = map(m.f, [1,2,3]); a = next(it)")
    live.reload(m="def f(x): return x + 10\n")
    assert live.value("a, list(it)") == (2, [12, 13])


def test_partials_of_partials_run_the_new_code(live: Live) -> None:
    t = (
        "from functools import partial, reduce\n"
        "def add(a, b, c=0): return a + b + c + {v}\n"
        "p = partial(add, 1)\n"
        "q = partial(p, c=5)\n"
    )
    live.edit(m=t.format(v=0))
    live.run("import m; q = m.q")
    live.reload(m=t.format(v=100))
    assert live.value("q(1), m.p(1), m.q is q") == (107, 102, True)


def test_a_function_held_by_a_default_runs_the_new_code(live: Live) -> None:
    live.edit(
        m="""
        def h(): return 1
        def f(g=h): return g()
        class C:
            cb = h
            def m(self, g=h): return g()
        """
    )
    live.run("import m; f = m.f; o = m.C()")
    live.reload(
        m="""
        def h(): return 2
        def f(g=h): return g()
        class C:
            cb = h
            def m(self, g=h): return g()
        """
    )
    assert live.value("f(), o.m(), m.C.cb()") == (2, 2, 2)


def test_groups_of_exceptions_are_caught_by_the_new_code(live: Live) -> None:
    if not hasattr(builtins, "ExceptionGroup"):  # before Python 3.11
        return
    t = (
        "def f():\n"
        "    try:\n"
        "        raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\n"
        "    except* ValueError as e:\n"
        "        a = ('v', {v})\n"
        "    except* TypeError as e:\n"
        "        b = ('t', {v})\n"
        "    return a, b\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; f = m.f")
    live.reload(m=t.format(v=2))
    assert live.value("f()") == (("v", 2), ("t", 2))


def test_a_function_may_become_a_generator_and_a_coroutine(live: Live) -> None:
    live.edit(m="def f(): return 1\n")
    live.run("import m, asyncio, inspect; f = m.f")
    live.reload(
        m="""
        def f():
            yield 2
        """
    )
    assert live.value("list(f()), list(m.f())") == ([2], [2])
    live.reload(m="async def f(): return 3\n")
    assert live.value("asyncio.run(f()), inspect.iscoroutinefunction(m.f)") == (3, True)
    live.reload(
        m="""
        async def f():
            yield 4
        """
    )
    live.run("async def c(): return [x async for x in f()]")
    assert live.value("asyncio.run(c())") == [4]
    live.reload(m="f = lambda: 5\n")
    assert live.value("m.f()") == 5


def test_parameters_of_every_kind_come_and_go(live: Live) -> None:
    live.edit(m="def f(a, b=1): return a, b\n")
    live.run("import m, inspect; f = m.f")
    live.reload(m="def f(a, /, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw\n")
    assert live.value("f(1, c=3), str(inspect.signature(f))") == (
        (1, 2, (), 3, 4, {}),
        "(a, /, b=2, *args, c, d=4, **kw)",
    )
    live.reload(m="def f(): return 0\n")
    assert live.value("f(), f.__defaults__, f.__kwdefaults__") == (0, None, None)


def test_a_default_that_was_not_edited_keeps_what_it_gathered(live: Live) -> None:
    live.edit(
        m="""
        def f(x, acc=[]):
            acc.append(x)
            return list(acc)
        """
    )
    live.run("import m; m.f(1)")
    live.reload(
        m="""
        def f(x, acc=[]):
            acc.append(x * 10)
            return list(acc)
        """
    )
    assert live.value("m.f(2)") == [1, 20]


def test_attributes_of_a_function_stay(live: Live) -> None:
    t = "def f():\n    f.calls += 1\n    return f.calls, {v}\nf.calls = 0\nf.meta = 'x'\n"
    live.edit(m=t.format(v=1))
    live.run("import m; m.f(); m.f()")
    live.reload(m=t.format(v=2))
    assert live.value("m.f(), m.f.meta") == ((3, 2), "x")


def test_a_pipeline_of_generators_calls_the_new_code(live: Live) -> None:
    t = (
        "def src():\n"
        "    for i in range(5): yield i\n"
        "def dbl(it):\n"
        "    for x in it: yield tr(x)\n"
        "def tr(x): return x * {v}\n"
    )
    live.edit(m=t.format(v=2))
    live.run("import m; g = m.dbl(m.src()); a = [next(g), next(g)]")
    live.reload(m=t.format(v=100))
    assert live.value("a, list(g)") == ([0, 2], [200, 300, 400])


def test_locks_that_are_held_and_queues_that_are_full_stay(live: Live) -> None:
    t = (
        "import threading, queue\n"
        "lock = threading.RLock()\n"
        "q = queue.Queue()\n"
        "cond = threading.Condition(lock)\n"
        "def put(x):\n"
        "    with lock: q.put((x, {v}))\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; m.put(0); lk = m.lock; m.lock.acquire()")
    live.reload(m=t.format(v=2))
    live.run("m.put(1); m.lock.release()")
    assert live.value("m.q.get(), m.q.get(), m.lock is lk") == ((0, 1), (1, 2), True)


def test_a_bound_method_of_a_singleton_runs_the_new_code(live: Live) -> None:
    t = (
        "class S:\n"
        "    def __init__(self): self.n = 0\n"
        "    def inc(self):\n"
        "        self.n += {v}\n"
        "        return self.n\n"
        "s = S()\n"
        "inc = s.inc\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; from m import inc; inc(); inc()")
    live.reload(m=t.format(v=10))
    assert live.value("inc(), m.s.n, m.inc()") == (12, 12, 22)


def test_functions_that_call_themselves_and_each_other_change(live: Live) -> None:
    t = (
        "def even(n): return True if n == 0 else odd(n - 1)\n"
        "def odd(n): return False if n == 0 else even(n - 1)\n"
        "def fact(n): return {v} if n <= 1 else n * fact(n - 1)\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m; fact = m.fact")
    live.reload(m=t.format(v=10))
    assert live.value("fact(3), m.even(4)") == (60, True)


def test_a_function_that_reloads_itself_ends_with_its_old_code(live: Live) -> None:
    live.edit(
        m="""
        import holefit_runtime as r
        def a(): return ('old', b())
        def b():
            r.reload()
            return c()
        def c(): return 'old'
        """
    )
    live.run("import m")
    live.edit(
        m="""
        import holefit_runtime as r
        def a(): return ('new', b())
        def b():
            return c()
        def c(): return 'new'
        """
    )
    assert live.value("m.a(), m.a()") == (("old", "new"), ("new", "new"))


def test_tests_of_unittest_are_found_anew(live: Live) -> None:
    live.edit(
        t="""
        import unittest
        class T(unittest.TestCase):
            def test_a(self): self.assertEqual(1, 1)
        """
    )
    live.run("import t, unittest, io")
    live.reload(
        t="""
        import unittest
        class T(unittest.TestCase):
            def test_a(self): self.assertEqual(1, 2)
            def test_b(self): pass
        """
    )
    live.run(
        "r = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromModule(t))"
    )
    assert live.value("r.testsRun, len(r.failures)") == (2, 1)


def test_a_thread_that_waits_for_an_event_goes_on(live: Live) -> None:
    t = (
        "import threading\n"
        "ev = threading.Event()\n"
        "res = []\n"
        "def work():\n"
        "    ev.wait()\n"
        "    res.append(final())\n"
        "def final(): return {v}\n"
    )
    live.edit(m=t.format(v=1))
    live.run("import m, threading; th = threading.Thread(target=m.work); th.start()")
    live.reload(m=t.format(v=2))
    live.run("m.ev.set(); th.join()")
    assert live.value("m.res") == [2]
