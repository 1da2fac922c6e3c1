"""Each broken rule has an error of its own, at the place that breaks it."""

from pathlib import Path

import pytest

from holefit.annotations import stage
from holefit.syntax import Source, parse


def staged(
    text: str, module: str = "pkg.m", *, is_package: bool = False
) -> tuple[list[tuple[str, str]], list[str]]:
    """Each problem as the text it points at and its message; the imports of the requests."""
    source = Source(Path("/pkg/m.py"), text)
    requests, problems = stage(parse(source), module, is_package)
    return [(source.slice(one.range), one.message) for one in problems], [one.imports for one in requests]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("# ANN gone: 1\n", "gone", "this module does not define `gone`."),
        (
            "import json\n# ANN json: 1\n",
            "json",
            "`json` is imported: annotate it in the module that defines it.",
        ),
        (
            "class C:\n    def m(self): ...\n# ANN m: 1\n",
            "m",
            "`m` is defined inside `C` (line 2): only top-level names of this module can be annotated.",
        ),
        ("class C:\n    x = 1\n# ANN x: 1\n", "x", "`x` is defined inside `C` (line 2)"),
        ("class C: ...\n# ANN C.m: 1\n", "C.m", "`C.m` is not at top level"),
        (
            "def f(): ...\n# ANN type f: 1\n",
            "f",
            "`f` is a function (line 1), not a class: write `# ANN f: ...`",
        ),
        ("x = 1\n# ANN type x: 1\n", "x", "`x` is a variable (line 1), not a class"),
        (
            "def f(): ...\n# ANN f: f()\n",
            "f",
            "`f` is a function of this module (line 1): an annotation is evaluated",
        ),
        ("def f(): ...\n# ANN f: [1, é]\né = 1\n", "é", "`é` is a variable of this module (line 3)"),
        ("class C: ...\n# ANN C: {'é': C()}\n", "C", "`C` is a class of this module (line 1)"),
        (
            "def f(): ...\n# ANN f: nowhere(1)\n",
            "nowhere",
            "`nowhere` is neither imported by this module nor a builtin.",
        ),
        ("def f(): ...\n# ANN f: 1 +\n", "", "the expression has a syntax error: invalid syntax."),
        ("def f(): ...\n# ANN f: g(1\n", "", "the expression has a syntax error: '(' was never closed."),
        ("def f(): ...\n# ANN f: x = 1\n", "", "the expression has a syntax error"),
        ("def f(): ...\n# ANN f 1\n", "# ANN f 1", "This is no annotation; write # ANN name: expression"),
    ],
)
def test_a_broken_rule(text: str, place: str, message: str) -> None:
    [(found, said)], requests = staged(text)
    assert said.startswith(message)
    assert found == place
    assert requests == []


@pytest.mark.parametrize(
    "text",
    [
        "# ANN f: 1\ndef f(): ...\n",
        "if x:\n    def f(): ...\n# ANN f: 1\n",
        "try:\n    f = 1\nexcept E:\n    f = 2\n# ANN f: 1\n",
        "a, (f, *b) = y\n# ANN f: 1\n",
        "for f in y: ...\n# ANN f: 1\n",
        "with y as f: ...\n# ANN f: 1\n",
        "f: int\n# ANN f: len([1])\n",
        "f = 1\n# ANN f: [x for x in range(3)]\n",
        "f = 1\n# ANN f: (lambda f: f)(1)\n",
        "class f: ...\n# ANN type f: 1\n",
    ],
)
def test_what_keeps_the_rules_is_evaluated(text: str) -> None:
    problems, requests = staged(text)
    assert problems == []
    assert len(requests) == 1


def test_only_the_imports_that_are_needed_go_along_and_are_absolute() -> None:
    text = "import a, b.c as d\nfrom . import e\nfrom ..up import g as h\nf = 1\n# ANN f: d(e, h)\n"
    assert staged(text, "pkg.inner.m")[1] == [
        "import b.c as d\nfrom pkg.inner import e\nfrom pkg.up import g as h"
    ]
    assert staged("from .x import y\nf = 1\n# ANN f: y\n", "pkg", is_package=True)[1] == [
        "from pkg.x import y"
    ]


def test_a_star_import_may_bind_what_is_unknown() -> None:
    assert staged("from a import *\nf = 1\n# ANN f: y\n") == ([], ["from a import *"])


def test_a_line_of_several_is_pointed_at() -> None:
    [(found, _)], _ = staged("f = 1\ndef g(): ...\n# ANN f: [\n#   1,\n#   g(),\n#   ]\n")
    assert found == "g"


def test_nothing_is_staged_behind_a_syntax_error() -> None:
    assert staged("# ANN f: 1\ndef f(:\n") == ([], [])
