"""Functions are permanent objects; what they do is replaced inside them."""

from __future__ import annotations

from live import Live


def test_a_sort_key_held_by_a_list_of_callables_runs_the_new_code(live: Live) -> None:
    live.edit(m="def key(x): return x")
    live.run("import m; keys = [m.key]; chain = {'k': (m.key, [m.key])}")
    live.reload(m="def key(x): return -x")
    assert live.value("sorted([1, 3, 2], key=keys[0])") == [3, 2, 1]
    assert live.value("chain['k'][0](1), chain['k'][1][0](2)") == (-1, -2)


def test_defaults_annotations_and_docstring_change_together(live: Live) -> None:
    live.edit(m="def f(a: int, *, b=1):\n    'one'\n    return a, b")
    live.run("import m; f = m.f")
    live.reload(m="def f(a: str, c=0, *, b=2) -> str:\n    'two'\n    return a, b, c")
    assert live.value("f(1)") == (1, 2, 0)
    assert live.value("f.__doc__, f.__annotations__, f.__kwdefaults__") == (
        "two",
        {"a": str, "return": str},
        {"b": 2},
    )
    live.reload(m="def f(a):\n    return a")
    assert live.value("f.__doc__, f.__annotations__, f.__defaults__, f.__kwdefaults__") == (
        None,
        {},
        None,
        None,
    )


def test_a_default_that_is_a_mutable_object_is_new_only_when_the_header_changes(live: Live) -> None:
    live.edit(m="def f(x, seen=[]):\n    seen.append(x)\n    return list(seen)")
    live.run("import m; m.f(1)")
    live.reload(m="def f(x, seen=[]):\n    seen.append(x)\n    return seen[::-1]")
    assert live.value("m.f(2)") == [2, 1]
    live.reload(m="def f(x, seen=[0]):\n    seen.append(x)\n    return seen[::-1]")
    assert live.value("m.f(2)") == [2, 0]


def test_closures_made_before_the_edit_keep_their_cells_and_get_the_new_code(live: Live) -> None:
    live.edit(m="def outer(n):\n    def inner(x):\n        return x + n\n    return inner")
    live.run("import m; five, six = m.outer(5), m.outer(6)")
    live.reload(m="def outer(n):\n    def inner(x):\n        return x * n\n    return inner")
    assert live.value("five(10), six(10)") == (50, 60)


def test_a_closure_that_would_need_a_variable_it_never_had_keeps_its_code_and_says_so(live: Live) -> None:
    live.edit(m="def outer(n):\n    k = 3\n    def inner(x):\n        return x + n\n    return inner")
    live.run("import m; five = m.outer(5)")
    done = live.reload(
        m="def outer(n):\n    k = 3\n    def inner(x):\n        return x + n + k\n    return inner"
    )
    assert live.value("five(1), m.outer(5)(1)") == (6, 9)
    assert any("inner" in note and "k" in note for note in done.notes)


def test_a_closure_that_uses_fewer_variables_than_before_follows(live: Live) -> None:
    live.edit(m="def outer(a, b):\n    def inner():\n        return a + b\n    return inner")
    live.run("import m; f = m.outer(1, 2)")
    live.reload(m="def outer(a, b):\n    def inner():\n        return b\n    return inner")
    assert live.value("f(), m.outer(3, 4)()") == (2, 4)


def test_functions_nested_two_deep_follow(live: Live) -> None:
    text = (
        "def a(x):\n    def b(y):\n        def c(z):\n            return {}\n        return c\n    return b"
    )
    live.edit(m=text.format("x + y + z"))
    live.run("import m; c = m.a(1)(2); b = m.a(1)")
    live.reload(m=text.format("x * 100 + y * 10 + z"))
    assert live.value("c(3), b(2)(3)") == (123, 123)


def test_lambdas_in_a_table_follow_each_for_itself(live: Live) -> None:
    live.edit(m="T = {'double': lambda x: x * 2, 'next': lambda x: x + 1}")
    live.run("import m; d, n, T = m.T['double'], m.T['next'], m.T")
    live.reload(m="T = {'double': lambda x: x + x + 0, 'next': lambda x: x + 10}")
    assert live.value("d(3), n(3), m.T is T") == (6, 13, True)


def test_a_lambda_added_before_another_does_not_take_its_place(live: Live) -> None:
    live.edit(m="def make():\n    return [lambda: 'a', lambda: 'b']")
    live.run("import m; a, b = m.make()")
    live.reload(m="def make():\n    return [lambda: 'new', lambda: 'a', lambda: 'b']")
    assert live.value("a(), b(), [f() for f in m.make()]") == ("a", "b", ["new", "a", "b"])


def test_a_lambda_given_to_a_call_at_top_level_follows_without_the_call_running_again(live: Live) -> None:
    live.edit(m="hooks = []\nhooks.append(lambda: 1)")
    live.run("import m")
    live.reload(m="hooks = []\nhooks.append(lambda: 2)")
    assert live.value("[hook() for hook in m.hooks]") == [2]


def test_generators_and_coroutines_finish_what_they_began(live: Live) -> None:
    live.edit(m="def g():\n    yield 'old 1'\n    yield 'old 2'\n\nasync def c():\n    return 'old'")
    live.run("import m, asyncio; g = m.g(); next(g); c = m.c()")
    done = live.reload(m="def g():\n    yield 'new'\n\nasync def c():\n    return 'new'")
    assert live.value("list(g), list(m.g())") == (["old 2"], ["new"])
    assert live.value("asyncio.run(c), asyncio.run(m.c())") == ("old", "new")
    assert {frame.function for frame in done.stale_frames} == {"g", "c"}


def test_a_function_becomes_a_generator_and_a_coroutine(live: Live) -> None:
    live.edit(m="def f():\n    return [1]")
    live.run("import m, asyncio; f = m.f")
    live.reload(m="def f():\n    yield 1")
    assert live.value("list(f())") == [1]
    live.reload(m="async def f():\n    return 2")
    assert live.value("asyncio.run(f())") == 2


def test_a_removed_function_says_where_it_stood_when_it_is_called(live: Live) -> None:
    live.edit(m="x = 1\n\ndef gone(a):\n    return a\n\ndef stays():\n    return 1")
    live.run("import m, functools; gone, later = m.gone, functools.partial(m.gone, 1)")
    live.reload(m="x = 1\n\ndef stays():\n    return 1")
    error = live.error("gone(1)")
    assert type(error).__name__ == "RemovedError"
    assert "m.gone" in str(error)
    assert "m.py:3" in str(error)
    assert "generation 1" in str(error)
    assert type(live.error("later()")).__name__ == "RemovedError"


def test_a_removed_function_that_comes_back_is_the_same_object(live: Live) -> None:
    live.edit(m="def f():\n    return 1\n\ndef g():\n    return 'g'")
    live.run("import m; g = m.g")
    live.reload(m="def f():\n    return 1")
    live.reload(m="def f():\n    return 1\n\ndef g(x='again'):\n    return x")
    assert live.value("g(), m.g is g") == ("again", True)


def test_a_function_that_becomes_a_class_is_forwarded_to_it(live: Live) -> None:
    live.edit(m="def make(x):\n    return x")
    live.run("import m; make = m.make")
    live.reload(m="class make:\n    def __init__(self, x):\n        self.x = x")
    assert live.value("make(5).x, m.make(6).x, type(make(1)) is m.make") == (5, 6, True)


def test_a_function_that_moves_to_another_module_is_forwarded_to_it(live: Live) -> None:
    live.edit(m="def h(x):\n    return 'm', x", other="y = 1")
    live.run("import m, other; from m import h; kept = [h]")
    live.reload(other="y = 1\ndef h(x):\n    return 'other', x", m="from other import h")
    assert live.value("m.h is other.h, h is other.h, kept[0](2), h(1)") == (
        True,
        True,
        ("other", 2),
        ("other", 1),
    )


def test_attributes_put_on_functions_stay(live: Live) -> None:
    live.edit(m="def f(x=1):\n    return x\nf.tag = 'source'")
    live.run("import m; m.f.calls = 3")
    live.reload(m="def f(x=2):\n    return x\nf.tag = 'source'")
    assert live.value("m.f(), m.f.calls, m.f.tag") == (2, 3, "source")


def test_a_function_defined_in_a_branch_or_a_loop_or_a_try_follows(live: Live) -> None:
    text = """
    import sys
    if sys.maxsize > 1:
        def a(): return {v}
    else:
        def a(): return 'other'
    try:
        import no_such_module_here
    except ImportError:
        def b(): return {v}
    for _ in range(1):
        def c(): return {v}
    with open(__file__):
        def d(): return {v}
    """
    live.edit(m=text.format(v=1))
    live.run("import m; a, b, c, d = m.a, m.b, m.c, m.d")
    live.reload(m=text.format(v=2))
    assert live.value("a(), b(), c(), d(), m.a(), m.d()") == (2, 2, 2, 2, 2, 2)


def test_recursion_and_mutual_recursion_use_the_new_code_at_each_call(live: Live) -> None:
    live.edit(m="def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)")
    live.run("import m; even = m.even")
    live.reload(
        m="def even(n): return 'e' if n == 0 else odd(n - 1)\ndef odd(n): return 'o' if n == 0 else even(n - 1)"
    )
    assert live.value("even(4), even(5)") == ("e", "o")


def test_twenty_edits_leave_one_function_and_no_trail_of_old_code(live: Live) -> None:
    live.edit(m="def f():\n    def inner():\n        return 0\n    return inner")
    live.run("import m, gc, types; f, inner = m.f, m.f()")
    for i in range(1, 21):
        live.reload(m=f"def f():\n    def inner():\n        return {i}\n    return inner")
        assert live.value("f()(), inner()") == (i, i)
    count = "sum(1 for o in gc.get_objects() if isinstance(o, types.FunctionType) and o.__globals__ is vars(m) and o.__name__ == 'f')"
    assert live.value(count) == 1


def test_names_that_the_compiler_sees_differently_do_not_confuse_the_pairing(live: Live) -> None:
    live.edit(m="def f():\n    return [i for i in range(3)], (lambda: 1)()")
    live.run("import m; f = m.f")
    live.reload(m="def f():\n    return [i * 2 for i in range(3)], (lambda: 2)(), {k: 1 for k in 'a'}")
    assert live.value("f()") == ([0, 2, 4], 2, {"a": 1})


def test_a_function_used_as_a_default_and_in_an_attribute_is_the_same_function(live: Live) -> None:
    live.edit(
        m="def f(): return 1",
        n="from m import f\n\ndef run(cb=f): return cb()\n\nclass C:\n    hook = staticmethod(f)",
    )
    live.run("import n; o = n.C()")
    live.reload(m="def f(): return 2")
    assert live.value("n.run(), n.C.hook(), o.hook()") == (2, 2, 2)


def test_renaming_is_removing_and_adding(live: Live) -> None:
    live.edit(m="def f():\n    return 1")
    live.run("import m; f = m.f")
    done = live.reload(m="def ff():\n    return 1")
    assert live.value("m.ff(), hasattr(m, 'f')") == (1, False)
    assert [(removed.module, removed.name) for removed in done.removed] == [("m", "f")]
    assert type(live.error("f()")).__name__ == "RemovedError"


def test_two_functions_of_one_name_the_last_one_counts(live: Live) -> None:
    live.edit(m="def f(): return 'first'\ndef f(): return 'second'")
    live.run("import m; f = m.f")
    live.reload(m="def f(): return 'first!'\ndef f(): return 'second'")
    assert live.value("m.f(), f()") == ("second", "second")
    live.reload(m="def f(): return 'first!'\ndef f(x=1): return 'second', x")
    assert live.value("m.f(), f()") == (("second", 1), ("second", 1))
    live.reload(m="def f(x=2): return 'first', x\ndef f(x=1): return 'second', x")
    assert live.value("m.f(), f()") == (("second", 1), ("second", 1))
