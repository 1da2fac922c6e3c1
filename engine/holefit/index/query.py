"""Queries: ``(list[User]) -> User``, ``str -> Path``, ``Decimal``.

A query is a signature, or a type alone (something of that type, or what can be called for it without arguments). Arguments need no brackets when there
is one. ``_`` stands for any type, ``...`` among the arguments for further ones, a single letter (``T``, ``k2``) that no class has for a name for a
type variable. Names are those of classes as they are called anywhere in the project, the standard library or installed packages; dotted ones (``pathlib.Path``)
say which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from holefit.errors import HolefitError
from holefit.index.type import ANYTHING, NONE, Function, Named, Tuple, Type, Variable, mapped, union

_TOKEN = re.compile(r"\s*(?:(->|\.\.\.)|([A-Za-z_][\w.]*)|(\S))")
_VARIABLE = re.compile(r"[A-Za-z]\d?\Z")
_MOST_READINGS = 6
# Names that everybody writes for what is called something else.
_SPELLED = {
    **{name: f"builtins.{name.lower()}" for name in ("List", "Dict", "Set", "FrozenSet", "Type")},
    **{name: name for name in ("None", "Callable", "Optional", "Union", "Tuple", "tuple", "Any", "Literal")},
    "NoneType": "None",
    "any": "Any",
}


class QueryError(HolefitError):
    """A query cannot be read. ``column`` (0-based) is where in ``query``; ``nearest`` are names that may have been meant."""

    remedy = "Write a signature such as `(list[User]) -> User`, or a type; `_` stands for any type."

    def __init__(self, *, query: str, column: int, problem: str, nearest: Sequence[str] = ()) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"{problem}{hint}")
        self.query = query
        self.column = column
        self.problem = problem
        self.nearest = tuple(nearest)

    def pointed(self) -> str:
        """The query with a mark below the place."""
        return f"{self.query}\n{' ' * self.column}^ {self}"


@dataclass(frozen=True, slots=True)
class Query:
    """A signature that is looked for. ``parameters`` None: a value. ``more``: the candidate may need further arguments."""

    parameters: tuple[Type, ...] | None
    result: Type
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int


def parsed(
    text: str, classes: Callable[[str], Sequence[str]], nearest: Callable[[str], Sequence[str]]
) -> list[Query]:
    """What ``text`` may mean: one query for each reading of a class name that several modules have, likeliest first.

    ``classes`` gives the full names of the classes that a name may mean, ``nearest`` names that resemble it.

    Raises: QueryError.
    """
    return _Parser(text, classes, nearest).queries()


class _Parser:
    def __init__(
        self, text: str, classes: Callable[[str], Sequence[str]], nearest: Callable[[str], Sequence[str]]
    ) -> None:
        self._text = text
        self._classes = classes
        self._nearest = nearest
        self._tokens: list[_Token] = []
        self._at = 0
        self._readings: dict[str, list[str]] = {}
        at = 0
        while (found := _TOKEN.match(text, at)) is not None:
            group = next(number for number in (1, 2, 3) if found.group(number) is not None)
            self._tokens.append(_Token(found.group(group), found.start(group)))
            at = found.end()

    def queries(self) -> list[Query]:
        if not self._tokens:
            raise self._error("there is nothing to look for", 0)
        parameters: tuple[Type, ...] | None = None
        more = False
        if self._has_arrow():
            parameters, more = self._parameters()
            self._take("->")
        result = self._union()
        if (left := self._peek()) is not None:
            raise self._error(f"unexpected {left.text!r}", left.column)
        query = Query(parameters, result, more)
        names = [name for name, meant in self._readings.items() if len(meant) > 1]
        choices = list(product(*(self._readings[name][:3] for name in names)))
        choices.sort(
            key=lambda one: sum(
                self._readings[name].index(full) for name, full in zip(names, one, strict=True)
            )
        )
        return [
            _read_as(query, dict(zip(names, one, strict=True)), self._readings)
            for one in choices[:_MOST_READINGS]
        ]

    def _has_arrow(self) -> bool:
        depth = 0
        for token in self._tokens:
            depth += (token.text in "([") - (token.text in ")]")
            if token.text == "->" and depth == 0:
                return True
        return False

    def _parameters(self) -> tuple[tuple[Type, ...], bool]:
        token = self._peek()
        bracketed = token is not None and token.text == "(" and self._closes_before_arrow()
        if bracketed:
            self._at += 1
        found: list[Type] = []
        more = False
        while (token := self._peek()) is not None and token.text not in (")", "->"):
            if token.text == "...":
                self._at += 1
                more = True
            else:
                found.append(self._parameter())
            if (token := self._peek()) is not None and token.text == ",":
                self._at += 1
            elif token is not None and token.text not in (")", "->"):
                raise self._error(f"expected a comma or '->' before {token.text!r}", token.column)
        if bracketed:
            self._take(")")
        return tuple(found), more

    def _parameter(self) -> Type:
        """A type, or ``name: type`` as signatures are shown."""
        if self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].text == ":":
            self._at += 2
        return self._union()

    def _closes_before_arrow(self) -> bool:
        depth = 0
        for index in range(self._at, len(self._tokens)):
            text = self._tokens[index].text
            depth += (text in "([") - (text in ")]")
            if depth == 0:
                return index + 1 < len(self._tokens) and self._tokens[index + 1].text == "->"
        return True

    def _union(self) -> Type:
        items = [self._single()]
        while (token := self._peek()) is not None and token.text in ("|", "?"):
            self._at += 1
            items.append(NONE if token.text == "?" else self._single())
        return union(items) if len(items) > 1 else items[0]

    def _single(self) -> Type:
        token = self._peek()
        if token is None:
            raise self._error("a type is missing", len(self._text))
        self._at += 1
        if token.text == "(":
            return self._bracketed(token)
        if token.text == "[":  # ``[int]`` as Haskell writes a list
            inner = self._union()
            self._take("]")
            return Named("builtins.list", (inner,))
        if token.text == "_":
            return ANYTHING
        if not (token.text[0].isalpha() or token.text[0] == "_"):
            raise self._error(f"expected a type, not {token.text!r}", token.column)
        return self._named(token)

    def _bracketed(self, opening: _Token) -> Type:
        items: list[Type] = []
        while (token := self._peek()) is not None and token.text != ")":
            items.append(self._union())
            if (token := self._peek()) is not None and token.text == ",":
                self._at += 1
            elif token is not None and token.text == "->":
                self._at += 1
                result = self._union()
                self._take(")")
                return Function(tuple(items), result)
        self._take(")", opening)
        if (token := self._peek()) is not None and token.text == "->":  # a function among the arguments
            self._at += 1
            return Function(tuple(items), self._union())
        return items[0] if len(items) == 1 else Tuple(tuple(items))

    def _named(self, token: _Token) -> Type:
        spelled = _SPELLED.get(
            token.text.rpartition(".")[2] if token.text.startswith("typing.") else token.text
        )
        match spelled:
            case "None":
                return NONE
            case "Any":
                return ANYTHING
            case "Callable":
                return self._callable()
        args = self._arguments()
        match spelled:
            case "Optional":
                return union([*args, NONE]) if args else ANYTHING
            case "Union":
                return union(list(args)) if args else ANYTHING
            case "Literal":
                return ANYTHING
            case "Tuple" | "tuple":
                if len(args) == 2 and args[1] == _DOTS:
                    return Named("builtins.tuple", args[:1])
                return Tuple(args) if args else Named("builtins.tuple")
            case str():
                return Named(spelled, args)
        meant = list(self._classes(token.text))
        if not meant:
            if _VARIABLE.match(token.text) and not args:
                return Variable(token.text)
            near = self._nearest(token.text)
            raise self._error(f"no class is called {token.text!r}", token.column, near)
        self._readings[token.text] = meant
        return Named(f"?{token.text}", args)

    def _arguments(self) -> tuple[Type, ...]:
        token = self._peek()
        if token is None or token.text != "[":
            return ()
        self._at += 1
        found: list[Type] = []
        while (token := self._peek()) is not None and token.text != "]":
            if token.text == "...":
                self._at += 1
                found.append(_DOTS)
            elif token.text in "\"'-0123456789":
                raise self._error("values of literals are not looked for: write their type", token.column)
            else:
                found.append(self._union())
            if (token := self._peek()) is not None and token.text == ",":
                self._at += 1
            elif token is not None and token.text != "]":
                raise self._error(f"expected a comma or ']' before {token.text!r}", token.column)
        self._take("]")
        return tuple(found)

    def _callable(self) -> Type:
        token = self._peek()
        if token is None or token.text != "[":
            return Function(None, ANYTHING)
        self._at += 1
        parameters: tuple[Type, ...] | None = None
        if (token := self._peek()) is not None and token.text == "...":
            self._at += 1
        else:
            self._take("[")
            found: list[Type] = []
            while (token := self._peek()) is not None and token.text != "]":
                found.append(self._union())
                if (token := self._peek()) is not None and token.text == ",":
                    self._at += 1
            self._take("]")
            parameters = tuple(found)
        self._take(",")
        result = self._union()
        self._take("]")
        return Function(parameters, result)

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, text: str, opening: _Token | None = None) -> None:
        token = self._peek()
        if token is None or token.text != text:
            column = len(self._text) if token is None else token.column
            instead = "the end" if token is None else repr(token.text)
            raise self._error(f"expected {text!r}, found {instead}", column)
        self._at += 1

    def _error(self, problem: str, column: int, nearest: Sequence[str] = ()) -> QueryError:
        return QueryError(query=self._text, column=column, problem=problem, nearest=nearest)


_DOTS = Named("...")


def _read_as(query: Query, chosen: dict[str, str], readings: dict[str, list[str]]) -> Query:
    """``query`` with every name read as one class."""

    def read(one: Type) -> Type | None:
        if isinstance(one, Named) and one.name.startswith("?"):
            name = one.name[1:]
            return mapped(Named(chosen.get(name) or readings[name][0], one.args), read)
        return None

    parameters = None if query.parameters is None else tuple(mapped(one, read) for one in query.parameters)
    return Query(parameters, mapped(query.result, read), query.more)
