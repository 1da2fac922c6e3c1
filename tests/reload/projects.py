"""Random projects of a few modules that use each other, and random edits of them. They hold no state: what a call gives depends on the text alone."""

from __future__ import annotations

import functools
import random
import re
import sys
import types
from dataclasses import dataclass, field

MODULES = ["base", "middle", "upper", "top"]
COUNT = 9  # definitions; each may use those before it

HEAD = "import dataclasses, enum, functools, typing\n"
TOOLS = """
def wrap(function):
    @functools.wraps(function)
    def wrapped(*arguments, **named):
        return ['{mark}', function(*arguments, **named)]
    return wrapped

def times(number):
    def decorate(function):
        def multiplied(*arguments):
            return [number, '{mark}', function(*arguments)]
        return multiplied
    return decorate

class Plain:
    def __call__(self, function):
        return function
"""

FUNCTIONS = {
    "def": "def {name}(x=1):\n    return [{number}, {used}]\n",
    "default": "def {name}(x=1, k={number}, *, z='{number}'):\n    'documented {number}'\n    return [x, k, z, {used}]\n",
    "wrapped": "@wrap\ndef {name}(x=1):\n    # a comment\n    return ({number}, {used})\n",
    "times": "@times({number})\ndef {name}(x=1):\n    return ({used})\n",
    "twice": "@wrap\n@times({number})\ndef {name}(x=1):\n    return ({used})\n",
    "lambda": "{name} = lambda x=1: [{number}, {used}]\n",
    "nested": "def {name}(x=1):\n    y = {number}\n    def inner(z):\n        return x, y, z, {used}\n    return inner({number})\n",
    "if": "if {number} % 2:\n    def {name}(x=1):\n        return 'odd', {used}\nelse:\n    def {name}(x=1):\n        return 'even', {used}\n",
    "match": "def {name}(x=1):\n    match x:\n        case 1: return 'one', {number}, {used}\n        case _: return 'more', {used}\n",
    "try": "try:\n    import no_such_module_{number}\nexcept ImportError:\n    def {name}(x=1):\n        return [{used}]\n",
    "made": "def make_{name}(n):\n    def inner(x=1):\n        return [n, x, {used}]\n    return inner\n{name} = make_{name}({number})\n",
    "partial": "def part_{name}(n, x=1):\n    return [n, {used}]\n{name} = functools.partial(part_{name}, {number})\n",
    "generator": "def each_{name}(x):\n    yield {number}\n    yield {used}\ndef {name}(x=1):\n    return list(each_{name}(x))\n",
    "dispatch": "@functools.singledispatch\ndef {name}(x=1):\n    return 'any', {number}\n@{name}.register\ndef _(x: int):\n    return 'int', {used}\n",
    "table": "TABLE_{name} = {{'a': lambda x: [{number}, {used}]}}\ndef {name}(x=1):\n    return TABLE_{name}['a'](x)\n",
}
HELD = {"def", "default", "wrapped", "times", "twice", "lambda", "nested", "if", "match", "try"}
CLASSES = {
    "plain": "class {name}({base}):\n    n = {number}\n    def __init__(self, x=1):\n        self.x = x\n    def v(self):\n        x = self.x\n        return [self.n, {used}]\n",
    "super": "class {name}({base}):\n    def __init__(self, x=1):\n        self.x = x\n    def v(self):\n        x = self.x\n        return [{number}, getattr(super(), 'v', lambda: None)(), {used}]\n",
    "property": "class {name}({base}):\n    def __init__(self, x=1):\n        self.x = x\n    @property\n    def p(self):\n        return {number}\n    @classmethod\n    def c(cls):\n        return cls.__name__, {number}\n    @staticmethod\n    def s(x=2):\n        return {used}\n    def v(self):\n        return self.p, self.c(), self.s()\n",
    "dataclass": "@dataclasses.dataclass\nclass {name}:\n    x: int = 1\n    y: int = {number}\n    def v(self):\n        x = self.x\n        return repr(self).partition('(')[2], {used}\n",
    "slots": "class {name}:\n    __slots__ = ('x', 's{number}')\n    def __init__(self, x=1):\n        self.x = x\n    def v(self):\n        x = self.x\n        return [self.__slots__, {used}]\n",
    "tuple": "class {name}(typing.NamedTuple):\n    x: int = 1\n    y: int = {number}\n    def v(self):\n        x = self.x\n        return [tuple(self), {used}]\n",
    "inner": "class {name}:\n    class Kind(enum.Enum):\n        A = {number}\n        B = 'b'\n    class Inner:\n        def w(self, x):\n            return {number}, {used}\n    def __init__(self, x=1):\n        self.x = x\n    def v(self):\n        return self.Kind.A.value, self.Inner().w(self.x)\n",
    "hooked": "class Root_{name}:\n    def __init_subclass__(cls, **given):\n        cls.given = given\nclass {name}(Root_{name}, given={number}):\n    def __init__(self, x=1):\n        self.x = x\n    def v(self):\n        x = self.x\n        return self.given, {used}\n",
}
WAYS = ["import", "from", "as", "star"]


@dataclass
class Definition:
    """One function or class. ``used`` are the numbers of those that it calls."""

    name: str
    form: str
    number: int
    used: list[int]
    base: int | None = None

    @property
    def is_class(self) -> bool:
        return self.form in CLASSES


@dataclass
class Project:
    """Definitions in order; ``cuts`` say where one module ends and the next begins; ``ways`` how a module imports another."""

    draw: random.Random
    definitions: list[Definition] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    ways: dict[tuple[str, str], str] = field(default_factory=dict)
    mark: str = "w"
    filler: int = 0

    def begin(self) -> None:
        """Make the first version."""
        kinds = [self.draw.random() < 0.4 for _ in range(COUNT)]
        for number, is_class in enumerate(kinds):
            letter = "C" if is_class else "f"
            self.definitions.append(Definition(f"{letter}{number}", "", 0, []))
            self.renew(number, is_class)
        self.cuts = sorted(self.draw.randint(0, COUNT) for _ in MODULES[1:])
        self.ways = {(one, other): self.draw.choice(WAYS) for one in MODULES for other in MODULES}

    def renew(self, number: int, is_class: bool) -> None:
        """Give a definition another form and other contents."""
        one = self.definitions[number]
        if not one.form or self.draw.random() < 0.5:
            one.form = self.draw.choice(list(CLASSES if is_class else FUNCTIONS))
        one.number = self.draw.randint(0, 9)
        one.used = sorted(self.draw.sample(range(number), min(number, self.draw.randint(0, 2))))
        bases = [i for i in range(number) if self.definitions[i].form in {"plain", "super", "property"}]
        one.base = self.draw.choice([None, *bases])

    def edit(self) -> None:
        """Change something, as a person at work would."""
        for _ in range(self.draw.randint(1, 3)):
            what = self.draw.choice(["renew"] * 5 + ["rename", "move", "imports", "tools", "filler"])
            number = self.draw.randrange(COUNT)
            if what == "renew":
                self.renew(number, self.definitions[number].is_class)
            elif what == "rename":
                one = self.definitions[number]
                one.name = one.name[:2] if len(one.name) > 2 else one.name + "_new"
            elif what == "move":
                at = self.draw.randrange(len(self.cuts))
                self.cuts[at] = min(COUNT, max(0, self.cuts[at] + self.draw.choice([-1, 1])))
                self.cuts.sort()
            elif what == "imports":
                self.ways[self.draw.choice(list(self.ways))] = self.draw.choice(WAYS)
            elif what == "tools":
                self.mark = self.draw.choice("wxyz")
            else:
                self.filler = self.draw.randint(0, 3)

    def home(self, number: int) -> str:
        """The module that a definition stands in."""
        return MODULES[sum(cut <= number for cut in self.cuts)]

    def texts(self) -> dict[str, str]:
        """The source of every module."""
        return {module: self._text(module) for module in MODULES}

    def _text(self, module: str) -> str:
        own = [number for number in range(COUNT) if self.home(number) == module]
        needed = {i for number in own for i in self._needs(number) if self.home(i) != module}
        lines = []
        for other in MODULES[: MODULES.index(module)]:
            way = self.ways[module, other]
            names = [self.definitions[i].name for i in sorted(needed) if self.home(i) == other]
            if other == MODULES[0]:
                names = ["wrap", "times", *names]
            if way == "import":
                lines.append(f"import {other}\n")
                lines += [f"from {other} import wrap, times\n"] if other == MODULES[0] else []
            elif way == "star":
                lines.append(f"from {other} import *\n")
            elif names:
                spelled = [
                    f"{name} as {name}_" if way == "as" and name not in {"wrap", "times"} else name
                    for name in names
                ]
                lines.append(f"from {other} import {', '.join(spelled)}\n")
        tools = TOOLS.format(mark=self.mark) if module == MODULES[0] else ""
        body = "\n".join(self._written(number, module) for number in own)
        return "# filler\n" * self.filler + HEAD + "".join(lines) + tools + "\n" + body

    def _needs(self, number: int) -> list[int]:
        one = self.definitions[number]
        has_base = one.base is not None and "{base}" in {**FUNCTIONS, **CLASSES}[one.form]
        return [*one.used, *([one.base] if has_base and one.base is not None else [])]

    def _spelled(self, number: int, module: str) -> str:
        home, name = self.home(number), self.definitions[number].name
        if home == module:
            return name
        way = self.ways[module, home]
        return f"{home}.{name}" if way == "import" else f"{name}_" if way == "as" else name

    def _written(self, number: int, module: str) -> str:
        one = self.definitions[number]
        calls = [
            f"{self._spelled(i, module)}(x).v()"
            if self.definitions[i].is_class
            else f"{self._spelled(i, module)}(x)"
            for i in one.used
        ]
        base = self.definitions[one.base] if one.base is not None else None
        spelled = self._spelled(one.base, module) if base is not None and one.base is not None else "object"
        if base is not None and base.form not in {"plain", "super", "property"}:
            spelled = "object"
        return {**FUNCTIONS, **CLASSES}[one.form].format(
            name=one.name, number=one.number, used=", ".join(calls) or "x", base=spelled
        )


def results(project: Project, modules: dict[str, types.ModuleType]) -> dict[str, str]:
    """What each definition gives in these modules, as text without addresses."""
    found = {}
    for number, one in enumerate(project.definitions):
        value = getattr(modules[project.home(number)], one.name, None)
        found[one.name] = outcome(value)
    return found


def outcome(value: object) -> str:
    """What a function or class gives when it is called."""
    if value is None:
        return "absent"
    try:
        made = value(2)  # type: ignore[operator]
        got = made.v() if isinstance(value, type) else made
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return re.sub(r"0x[0-9a-f]+", "0x", repr(got))


def fresh(texts: dict[str, str]) -> dict[str, types.ModuleType]:
    """The modules as a process has them that starts with these texts."""
    held = {name: sys.modules.pop(name, None) for name in MODULES}
    made: dict[str, types.ModuleType] = {}
    try:
        for name in MODULES:
            made[name] = sys.modules[name] = types.ModuleType(name)
            exec(compile(texts[name], f"{name}.py", "exec"), vars(made[name]))
    finally:
        for name, module in held.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
    return made


def is_held(value: object) -> bool:
    """Whether a reference to a function that was taken before an edit is to give what the new function gives."""
    return isinstance(value, (types.FunctionType, functools._lru_cache_wrapper))
