"""Decorated functions: the decorator runs again only when it is written differently."""

from __future__ import annotations

from live import Live

WRAPS = """
import functools

def deco(fn):
    @functools.wraps(fn)
    def wrap(*args, **kwargs):
        return ('w', fn(*args, **kwargs))
    return wrap
"""


def test_a_decorator_with_side_effects_runs_once_however_often_the_body_changes(live: Live) -> None:
    text = "import builtins\nCALLS = []\ndef deco(fn):\n    CALLS.append(fn.__name__)\n    return fn\n\n@deco\ndef f():\n    return {}\n"
    live.edit(m=text.format(1))
    live.run("import m")
    for i in (2, 3, 4):
        live.reload(m=text.format(i))
    assert live.value("m.f(), m.CALLS") == (4, ["f"])


def test_a_stack_of_decorators_holds_the_function_that_was_edited(live: Live) -> None:
    text = WRAPS + "\n@deco\n@functools.lru_cache\n@deco\ndef f(x):\n    'doc {}'\n    return x + {}\n"
    live.edit(m=text.format(1, 1))
    live.run("import m; f = m.f; f(1)")
    done = live.reload(m=text.format(2, 2))
    assert live.value("f(1), f.__doc__") == (("w", ("w", 3)), "doc 2")
    assert any("cache" in note for note in done.notes)


def test_a_decorator_added_reaches_those_who_hold_the_plain_function(live: Live) -> None:
    live.edit(m=WRAPS + "\ndef f(x):\n    return x\n")
    live.run("import m; f = m.f; pairs = [f]")
    live.reload(m=WRAPS + "\n@deco\ndef f(x):\n    return x\n")
    assert live.value("m.f(1), f(1), pairs[0](1)") == (("w", 1),) * 3


def test_a_decorator_removed_reaches_those_who_hold_the_wrapper(live: Live) -> None:
    live.edit(m=WRAPS + "\n@deco\ndef f(x):\n    return x\n")
    live.run("import m; f = m.f")
    live.reload(m=WRAPS + "\ndef f(x):\n    return x\n")
    assert live.value("m.f(1), f(1)") == (1, 1)
    live.reload(m=WRAPS + "\ndef f(x):\n    return x + 1\n")
    assert live.value("m.f(1), f(1)") == (2, 2)


def test_arguments_of_a_decorator_that_two_functions_share_change_for_one(live: Live) -> None:
    text = "def times(n):\n    def deco(fn):\n        def wrap():\n            return fn() * n\n        return wrap\n    return deco\n\ntwice = times(2)\n\n@{}\ndef f():\n    return 1\n\n@twice\ndef g():\n    return 10\n"
    live.edit(m=text.format("twice"))
    live.run("import m; f, g = m.f, m.g")
    live.reload(m=text.format("times(7)"))
    assert live.value("m.f(), f(), m.g(), g()") == (7, 7, 20, 20)


def test_a_registration_moves_when_the_decorator_names_another_key(live: Live) -> None:
    text = "REG = {{}}\ndef register(name):\n    def deco(fn):\n        REG[name] = fn\n        return fn\n    return deco\n\n@register('{}')\ndef handler():\n    return {}\n"
    live.edit(m=text.format("a", 1))
    live.run("import m; reg = m.REG")
    live.reload(m=text.format("b", 2))
    assert live.value("list(reg), reg['b'](), reg is m.REG") == (["b"], 2, True)


def test_a_registration_goes_with_its_function(live: Live) -> None:
    core = "HANDLERS = []\ndef on(fn):\n    HANDLERS.append(fn)\n    return fn\n"
    live.edit(
        core=core,
        plug="from core import on\n\n@on\ndef a():\n    return 'a'\n\n@on\ndef b():\n    return 'b'\n",
    )
    live.run("import core, plug")
    live.reload(plug="from core import on\n\n@on\ndef b():\n    return 'B'\n")
    assert live.value("[h() for h in core.HANDLERS]") == ["B"]
    live.reload(
        plug="from core import on\n\n@on\ndef b():\n    return 'B'\n\n@on\ndef c():\n    return 'c'\n"
    )
    assert live.value("[h() for h in core.HANDLERS]") == ["B", "c"]


def test_a_route_of_an_application_object_is_kept_once(live: Live) -> None:
    app = "class App:\n    def __init__(self):\n        self.routes = {}\n    def route(self, path):\n        def deco(fn):\n            self.routes[path] = fn\n            return fn\n        return deco\n\napp = App()\n"
    live.edit(app=app, views="from app import app\n\n@app.route('/')\ndef index():\n    return 1\n")
    live.run("import app, views")
    live.reload(views="from app import app\n\n@app.route('/home')\ndef index():\n    return 2\n")
    assert live.value("{path: fn() for path, fn in app.app.routes.items()}") == {"/home": 2}


def test_single_dispatch_follows_edits_additions_and_removals(live: Live) -> None:
    text = "import functools\n\n@functools.singledispatch\ndef show(x):\n    return 'any'\n\n@show.register\ndef _(x: int):\n    return {}\n"
    more = "\n@show.register\ndef _(x: str):\n    return 'str'\n"
    live.edit(m=text.format("'int'"))
    live.run("import m; show = m.show")
    live.reload(m=text.format("'INT'") + more)
    assert live.value("show(1), show('a'), show(1.0)") == ("INT", "str", "any")
    live.reload(m=text.format("'INT'"))
    assert live.value("show(1), show('a')") == ("INT", "any")


def test_class_based_decorators_keep_their_state(live: Live) -> None:
    text = "class Counted:\n    def __init__(self, fn):\n        self.fn, self.n = fn, 0\n    def __call__(self, *a):\n        self.n += 1\n        return self.fn(*a)\n\n@Counted\ndef f(x):\n    return x + {}\n"
    live.edit(m=text.format(1))
    live.run("import m; f = m.f; f(1); f(1)")
    live.reload(m=text.format(2))
    assert live.value("f(1), f.n, m.f is f") == (3, 3, True)


def test_context_managers_and_cached_functions_of_the_library_follow(live: Live) -> None:
    text = "import contextlib, functools\n\n@contextlib.contextmanager\ndef cm(x):\n    yield x + {v}\n\n@functools.cache\ndef cached(x):\n    return x + {v}\n"
    live.edit(m=text.format(v=1))
    live.run(
        "import m\ncm, cached = m.cm, m.cached\ncached(1)\ndef use(c):\n    with c as value:\n        return value\nopen_one = cm(1)"
    )
    live.reload(m=text.format(v=2))
    assert live.value("use(cm(1)), cached(1), cached.cache_info().currsize") == (3, 3, 1)


def test_a_cache_is_not_lost_to_a_comment_or_a_moved_line(live: Live) -> None:
    text = "from functools import lru_cache\n{}\n@lru_cache(maxsize=None)\ndef slow(x):\n    # {}\n    return x\n"
    live.edit(m=text.format("", "a"))
    live.run("import m; m.slow(1)")
    live.reload(m=text.format("# more\n# lines\n", "b"))
    assert live.value("m.slow.cache_info().currsize") == 1


def test_a_cached_method_is_emptied_when_it_is_edited(live: Live) -> None:
    text = "from functools import lru_cache\n\nclass C:\n    @lru_cache(maxsize=None)\n    def f(self, x):\n        return x + {}\n"
    live.edit(m=text.format(1))
    live.run("import m; o = m.C(); o.f(1)")
    live.reload(m=text.format(2))
    assert live.value("o.f(1)") == 3


def test_cached_properties_are_computed_anew_when_edited(live: Live) -> None:
    text = "from functools import cached_property\n\nclass C:\n    @cached_property\n    def x(self):\n        return {}\n    def y(self):\n        return {}\n"
    live.edit(m=text.format(1, 1))
    live.run("import m; o, fresh = m.C(), m.C(); o.x")
    live.reload(m=text.format(1, 2))
    assert live.value("'x' in vars(o), o.y()") == (True, 2)
    live.reload(m=text.format(3, 2))
    assert live.value("o.x, fresh.x, m.C().x") == (3, 3, 3)


def test_a_decorator_edited_in_another_module_reaches_all_it_ever_made(live: Live) -> None:
    live.edit(
        deco=WRAPS,
        m="from deco import deco\n\n@deco\ndef f():\n    return 1\n\nclass C:\n    @deco\n    def g(self):\n        return 2\n",
    )
    live.run("import m; f, o = m.f, m.C(); g = o.g")
    live.reload(deco=WRAPS.replace("'w'", "'W'"))
    assert live.value("f(), m.f(), g(), o.g()") == (("W", 1), ("W", 1), ("W", 2), ("W", 2))


def test_decorating_by_assignment_is_an_initialiser(live: Live) -> None:
    live.edit(m=WRAPS + "\ndef f():\n    return 1\n\ng = deco(f)\n")
    live.run("import m; g = m.g")
    live.reload(m=WRAPS + "\ndef f():\n    return 2\n\ng = deco(f)\n")
    assert live.value("g(), m.g is g") == (("w", 2), True)
