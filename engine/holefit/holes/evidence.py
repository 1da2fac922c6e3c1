"""What speaks for a candidate: observations about it, its place and the code nearby, each a number under a name.

Nothing here knows any particular answer; how much each observation counts is for :mod:`holefit.holes.ranking`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import log1p

from holefit.holes.names import last_name, similarity
from holefit.holes.site import Known, Role, Site
from holefit.holes.terms import (
    Attribute,
    Await,
    Binary,
    Call,
    Comprehension,
    Constant,
    Display,
    Name,
    Subscript,
    Unary,
    names,
    root,
    size,
    text,
)

_EMPTY = ("[]", "{}", "()", "set()")
_ZERO = ('""', "0", "0.0", 'b""')
_NOT_LOCAL = ("self", "cls", "None", "True", "False")
_FORMS = {
    Attribute: "attribute",
    Subscript: "subscript",
    Await: "await",
    Unary: "operation",
    Binary: "operation",
    Display: "display",
    Comprehension: "comprehension",
}


@dataclass
class Witness:
    """Gives the evidence for the candidates of one hole."""

    site: Site
    _last: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nearby, place = self.site.nearby, self.site.place
        argument = ("argument", place.callee, place.slot)
        for label, counts in (("file", nearby.file), ("project", nearby.project)):
            if place.role is Role.ARGUMENT and place.callee:
                self._seen[f"argument in {label}"] = counts.of(*argument)
            if place.role is Role.ASSIGNED:
                self._seen[f"assigned in {label}"] = sum(
                    (counts.of("assigned", hint) for hint in place.hints), Counter()
                )
            self._seen[f"text in {label}"] = counts.of("text")
        self._seen["text in function"] = nearby.function.of("text")
        if place.role is Role.RETURNED:
            self._seen["returned in file"] = nearby.file.of("returned")
            self._seen["returned in function"] = nearby.function.of("returned")
        for label in ("argument in project", "assigned in project"):
            counted = self._seen.get(label)
            if counted:
                total = sum(counted.values())
                for written, number in counted.items():
                    last = written.partition("(")[0].rpartition(".")[2]
                    self._last[last] = self._last.get(last, 0.0) + number / total

    def evidence(self, known: Known) -> dict[str, float]:
        """Observations about one candidate; what is not named is 0."""
        site, term, written = self.site, known.term, text(known.term)
        last = last_name(term)
        found = {f"scope {known.distance}": 1.0, f"type {site.exactness(known.type)}": 1.0}
        found[self._form(known, written)] = 1.0
        found["size"] = min(size(term) - 1, 8)
        if site.place.hints and last:
            alike = max(similarity(hint, last) for hint in site.place.hints)
            found["like hint"] = alike
            found["is hint"] = float(alike == 1.0)
        if last.startswith("_"):
            found["private"] = 1.0
        if known.merit:
            found["merit"] = known.merit
        for label, counted in self._seen.items():
            number = counted.get(written, 0)
            if number and not (isinstance(term, Name) and label.startswith("text")):
                found[label] = log1p(number)
        if last and (share := self._last.get(last)):
            found["last name elsewhere"] = share
        self._names(known, found)
        nearby = site.nearby
        if isinstance(term, Attribute):
            found["attribute in project"] = log1p(nearby.project.of("attribute")[last])
            found["attribute in file"] = log1p(nearby.file.of("attribute")[last])
            found["attribute nowhere"] = float(not found["attribute in project"])
        elif isinstance(term, Call) and last:
            found["called in project"] = log1p(sum(nearby.project.of("call", last).values()))
            found["called in file"] = log1p(sum(nearby.file.of("call", last).values()))
            found["called nowhere"] = float(not found["called in project"])
            if known.distance == 4 and found["called nowhere"]:
                found["builtin called nowhere"] = 1.0
        elif isinstance(term, Name) and known.distance >= 3:
            found["named in file"] = log1p(nearby.file.of("name")[term.name])
            if known.provenance.startswith("from ") and not found["named in file"]:
                found["unused import"] = float(known.distance == 3)
            found["named in project"] = log1p(nearby.project.of("name")[term.name])
        return found

    def _form(self, known: Known, written: str) -> str:
        term = known.term
        if known.provenance == "literal" or isinstance(term, Constant):
            if written in ("None", "True", "False"):
                return written
            if written in _ZERO:
                return "zero"
            return "empty" if written in _EMPTY else "literal"
        if isinstance(term, Call):
            return "call" if term.arguments else "bare call"
        if isinstance(term, Name):
            if term.name in ("self", "cls"):
                return "receiver"
            return known.provenance if known.provenance in ("parameter", "local") else "name"
        return _FORMS[type(term)]

    def _names(self, known: Known, found: dict[str, float]) -> None:
        """How the names that a candidate is made of are used in the function around the hole."""
        nearby, place = self.site.nearby, self.site.place
        used = names(known.term)
        local = [name for name in used if name not in _NOT_LOCAL]
        if isinstance(known.term, Name) and known.distance <= 1 and local:
            found["order"] = -min(known.order, 12) / 12
        if known.distance <= 1 and local:
            unread = sum(name not in nearby.reads for name in local)
            found["unused" if isinstance(known.term, Name) else "unused inside"] = unread / len(local)
            reads = [line for name in local for line in nearby.reads.get(name, ()) if line <= nearby.line]
            if reads:
                found["read near"] = 1.0 / (1.0 + nearby.line - max(reads))
                found["reads"] = log1p(len(reads))
        if len(used) > len(set(used)):
            found["repeats"] = 1.0
        start = root(known.term)
        if isinstance(start, Name) and start.name in place.beside and start.name not in ("self", "cls"):
            found["beside"] = 1.0
