"""Which of several fits comes first, and how candidates are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from holefit.holes.fits import choose, gather
from holefit.holes.hole import FitKind
from holefit.holes.names import similarity
from holefit.holes.ranking import ranked
from holefit.holes.site import Known, Parameter, Place, Role, Site, Type
from holefit.holes.terms import (
    Attribute,
    Await,
    Blank,
    Call,
    Constant,
    Name,
    Subscript,
    Term,
    blanks,
    size,
    text,
)
from holefit.holes.usage import NOTHING, Nearby
from holefit.session.options import HoleOptions


@dataclass
class Table:
    """A site made of a table: types are words, and only equal words fit."""

    known: list[Known]
    wanted: str = "int"
    name: str = "_"
    place: Place = field(default_factory=lambda: Place(Role.OTHER))
    nearby: Nearby = NOTHING
    attribute_demanded: str | None = None
    calls_demanded: bool = False
    rejects: set[str] = field(default_factory=set)
    patience: int = 1000
    takes: list[Parameter] = field(default_factory=list)

    @property
    def expected(self) -> Type:
        return word(self.wanted)

    def names(self) -> list[Known]:
        return self.known

    def symbols(self) -> dict[str, Any]:
        return {text(one.term): one for one in self.known} | {"None": known("None", "None", 4)}

    def constants(self) -> list[Known]:
        return [Known(Constant("0"), word("int"), "literal", 1)]

    def members(self, of: Known) -> list[Known]:
        return self.attributes(of)

    def attributes(self, of: Known) -> list[Known]:
        made = Known(Attribute(of.term, "size"), word("int"), "attribute", of.distance)
        return [made] if of.type.text == "Box" else []

    def methods(self, of: Known) -> list[Known]:
        made = Known(Attribute(of.term, "find"), word("function"), "method", 1)
        return [made] if of.type.text == "Box" else []

    def typed(self, term: Term) -> Type | None:
        types = {text(known.term): known.type for known in [*self.known, *self.constants()]}
        return types.get(text(term), word("int" if "size" in text(term) or "(" in text(term) else "?"))

    def accepts(self, term: Term) -> Type | None:
        self.patience -= 1
        found = self.typed(term)
        return found if found is not None and found.text in (self.wanted, "bool") else None

    def fits(self, term: Term) -> bool:
        return text(term) not in self.rejects

    def parameters(self, of: Known) -> list[Parameter] | None:
        return (self.takes or [Parameter("key", word("str"))]) if of.type.text == "function" else None

    def suits(self, found: Type, wanted: Type) -> bool:
        return found.text == wanted.text

    def related(self, type: Type) -> bool:
        return type.text == self.wanted

    def exactness(self, type: Type) -> int:
        return 0 if type.text == self.wanted else 1

    def expired(self) -> bool:
        return self.patience <= 0

    def tests(self, of: Known) -> list[str]:
        return []

    def awaits(self, callee: Known) -> bool:
        return False

    def item(self, of: Known) -> Type | None:
        return None

    def wants_truth(self) -> bool:
        return False

    def module_members(self) -> list[Known]:
        return []

    constructors = tuples = elements = module_members

    def indices(self, of: Known) -> list[Constant | Type]:
        return []


def word(text: str) -> Type:
    return Type(text, str)


def known(name: str, type: str = "int", distance: int = 1, order: int = 0) -> Known:
    return Known(Name(name), word(type), "local", distance, order)


def solve(site: Table, **options: Any) -> Any:
    chosen = HoleOptions(**options)
    return choose(cast(Site, site), gather(cast(Site, site), chosen), chosen)


def test_near_and_exact_come_first() -> None:
    site = Table(
        [known("far", distance=3), known("near"), known("flag", "bool"), known("builtin", distance=4)]
    )
    found = [text(fit.term) for fit in solve(site).fits if fit.kind is FitKind.FIT]
    assert [one for one in found if one != "0"] == ["near", "flag", "far", "builtin"]


def test_the_name_of_the_hole_or_of_its_place_decides_between_equals() -> None:
    names = [known("width"), known("height"), known("depth")]
    assert text(solve(Table(names, name="_height")).fits[0].term) == "height"
    assert text(solve(Table(names, place=Place(Role.ARGUMENT, ("depth",)))).fits[0].term) == "depth"
    assert text(solve(Table(names)).fits[0].term) == "width"


def test_what_the_statement_refuses_is_not_shown() -> None:
    site = Table([known("a"), known("b"), known("box", "Box")], rejects={"a"})
    found = [text(fit.term) for fit in solve(site).fits]
    assert found[0] == "b"
    assert set(found) == {"b", "box.size", "0", "box.find(_)"}


def test_limits_and_switches() -> None:
    names = [known(f"n{number}") for number in range(9)] + [known("make", "function")]
    assert len(solve(Table(names)).fits) == 6 + 1
    assert [fit.kind for fit in solve(Table(names), max_valid_hole_fits=2).fits] == [FitKind.FIT] * 2 + [
        FitKind.REFINEMENT
    ]
    assert all(fit.kind is FitKind.FIT for fit in solve(Table(names), refinement_level_hole_fits=0).fits)
    assert solve(Table(names), show_valid_hole_fits=False).fits == ()
    assert len(solve(Table(names), max_relevant_binds=3).bindings) == 3


def test_sorting_by_size_and_not_at_all() -> None:
    pool = [known("longer"), known("x"), Known(Attribute(Name("x"), "size"), word("int"), "attribute", 1)]
    by_size = ranked(cast(Site, Table([])), pool, HoleOptions(sort_by_size_hole_fits=True))
    assert [text(one.term) for one in by_size] == ["x", "longer", "x.size"]
    assert ranked(cast(Site, Table([])), pool, HoleOptions(sort_valid_hole_fits=False)) == pool


def test_an_answer_that_ran_out_of_time_says_so() -> None:
    solution = solve(Table([known(f"n{number}") for number in range(50)], patience=10))
    assert not solution.complete
    assert solve(Table([known("a")])).complete


@pytest.mark.parametrize(
    ("term", "written", "parts", "holes"),
    [
        (Name("a"), "a", 1, 0),
        (Attribute(Name("a"), "b"), "a.b", 2, 0),
        (Call(Name("f"), (Blank(), Blank()), ("key",)), "f(_, key=_)", 4, 2),
        (Subscript(Name("a"), Constant("0")), "a[0]", 3, 0),
        (Attribute(Constant("3"), "real"), "(3).real", 2, 0),
        (Attribute(Await(Name("a")), "b"), "(await a).b", 3, 0),
        (Await(Call(Name("f"))), "await f()", 3, 0),
    ],
)
def test_terms_are_written_as_python(term: Term, written: str, parts: int, holes: int) -> None:
    assert (text(term), size(term), blanks(term)) == (written, parts, holes)


def test_similar_names() -> None:
    assert similarity("width", "self.width") == 1.0
    assert similarity("max_width", "width") > similarity("max_width", "height")
    assert similarity("size", "unrelated") == 0.0
