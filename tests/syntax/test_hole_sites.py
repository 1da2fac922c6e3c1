"""Where holes stand, by syntax and scope alone."""

import ast
import textwrap
from pathlib import Path

import pytest

from holefit.syntax import Source, parse


def sites(text: str) -> list[str]:
    parsed = parse(Source(Path("/project/main.py"), textwrap.dedent(text).removeprefix("\n")))
    assert parsed.error is None, parsed.error
    return [f"{one.range.start.line + 1}:{one.range.start.column} {one.name}" for one in parsed.hole_sites]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(_, key=_b, *_c, **_d)", ["1:2 _", "1:9 _b", "1:14 _c", "1:20 _d"]),
        ("def f(): return _", ["1:16 _"]),
        ("x = y = _", ["1:8 _"]),
        ("x: int = _", ["1:9 _"]),
        ("[_a for x in _b if _c]", ["1:1 _a", "1:13 _b", "1:19 _c"]),
        ("lambda x=_a: _b", ["1:9 _a", "1:13 _b"]),
        ("f'{_} {x:{_w}}'", ["1:3 _", "1:10 _w"]),
        ("@_deco\ndef f(): ...", ["1:1 _deco"]),
        ("def f(x=_, *, y=_k): ...", ["1:8 _", "1:16 _k"]),
        ("class C(_Base, metaclass=_M):\n    x = _", ["1:8 _Base", "1:25 _M", "2:8 _"]),
        ("match _:\n    case 1 if _g: ...", ["1:6 _", "2:14 _g"]),
        ("async def f(): return await _", ["1:28 _"]),
        ("with _ as x: ...", ["1:5 _"]),
        ("for x in _: ...", ["1:9 _"]),
        ("_.a = 1\n_[0] = 2", ["1:0 _", "2:0 _"]),
        ("raise _ from _e", ["1:6 _", "1:13 _e"]),
        ("_.append(3)", ["1:0 _"]),
        ("x = _ if _ else _", ["1:4 _", "1:9 _", "1:16 _"]),
        ("class C:\n    def m(self): return __private", ["2:24 __private"]),
        ("assert _", ["1:7 _"]),
        ("x = '\U0001f600', _", ["1:9 _"]),
    ],
)
def test_a_hole_may_stand_wherever_an_expression_stands(text: str, found: list[str]) -> None:
    assert sites(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "for _ in range(3): print(_)",
        "from gettext import gettext as _\n_('x')",
        "import _thread\n_thread.x",
        "import _a.b\n_a",
        "def f(_x, *_a, **_k): return _x, _a, _k",
        "def f(_x, /, *, _y): return _x + _y",
        "lambda _: _",
        "[_x for _x in y]",
        "{_k: _v for _k, _v in y}",
        "def f():\n    return _late\n_late = 1",
        "def f():\n    print(_x)\n    _x = 1",
        "try: ...\nexcept E as _e: print(_e)",
        "match x:\n    case [_a, *_rest] if _a: _rest\n    case {'k': _v, **_more}: _v, _more\n    case C(_p) as _w: _p, _w",
        "match x:\n    case _: ...",
        "if (_n := f()): _n",
        "[(_y := x) for x in z]\n_y",
        "def f():\n    [(_y := x) for x in z]\n    return _y",
        "def _f(): ...\n_f()",
        "class _C: ...\n_C()",
        "with f() as _x: _x",
        "with f() as (_x, [_y]): _x, _y",
        "def f():\n    global _g\n    _g = 1\n_g",
        "_g = 0\ndef f():\n    global _g\n    return _g",
        "def f():\n    _n = 1\n    def g():\n        nonlocal _n\n        _n += 1\n        return _n",
        "_x: int\n_x",
        "_x = 1\ndel _x\n_x",
        "__name__, __file__, __doc__, __debug__",
        "class C:\n    _a = 1\n    _b = _a",
        "class C:\n    _a = [1]\n    x = [y for y in _a]",
        "def f(x: _T) -> _R: ...",
        "x: _T",
        "self._x._y",
        "f(_k=1)",
        "_C__x = 1\nclass C:\n    def m(self): return __x",
        "class C:\n    def m(self):\n        global __x\n        __x = 1\n_C__x",
        "class _C:\n    def m(self, __x): return [__x for y in z]",
        "class C:\n    def __f(): ...\n    __f()",
        "",
    ],
)
def test_a_bound_name_is_no_hole(text: str) -> None:
    assert sites(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[_x for _x in y]\n_x", ["2:0 _x"]),
        ("class C:\n    _a = 1\n    def m(self): return _a", ["3:24 _a"]),
        ("class C:\n    _a = 1\n    x = [_a for y in z]", ["3:9 _a"]),
        ("def f():\n    _x = 1\n_x", ["3:0 _x"]),
        ("def f(_x): ...\n_x", ["2:0 _x"]),
        ("def f():\n    global _g\n    return _g", ["3:11 _g"]),
        ("lambda _x: 1\n_x", ["2:0 _x"]),
        ("__x = 1\nclass C:\n    def m(self): return __x", ["3:24 __x"]),
        ("class C:\n    def m(self):\n        global __x\n        __x = 1\n__x", ["5:0 __x"]),
        (
            "def f():\n    _x = 1\n    class C:\n        def g(self):\n            global _x\n            return _x",
            ["6:19 _x"],
        ),
    ],
)
def test_a_name_is_bound_only_where_python_sees_it(text: str, found: list[str]) -> None:
    assert sites(text) == found


def test_a_star_import_may_bind_any_name() -> None:
    (site,) = parse(Source(Path("/m.py"), "from gettext import *\n_('x')\n")).hole_sites
    assert not site.certain


def test_a_site_knows_what_is_around_it() -> None:
    text = "class C:\n    def m(self):\n        return [_ for x in y]\n"
    (site,) = parse(Source(Path("/m.py"), text)).hole_sites
    assert site.scope == "C.m"


@pytest.mark.skipif(not hasattr(ast, "TypeAlias"), reason="syntax of Python 3.12")
def test_type_parameters_bind() -> None:
    assert sites("def f[_T](x: _T): return _T\nclass C[_U]:\n    x = _U\ntype _A[_V] = _V\n_A") == []
