"""Does the output that stands in a text agree with what its snippet gave?

Judged as the ``doctest`` module judges it, directives and all: ``# doctest: +ELLIPSIS`` behind a line of input, or flags that
hold for every snippet. The module itself is imported when it is needed: most output is the same to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from holefit.errors import HolefitError

_DIRECTIVE = re.compile(r"#\s*doctest:\s*([^\n'\"]*)$", re.MULTILINE)
_EXPECTED_EXCEPTION = re.compile(
    r"^(?:Traceback \((?:most recent call last|innermost last)\):)\s*$"
    r".*?"  # the stack is for the reader: anything, up to the first line that starts with a word
    r"^(?P<message>\w+.*)",
    re.MULTILINE | re.DOTALL,
)


class UnknownDoctestOptionError(HolefitError):
    """A name in the options is no option flag of the ``doctest`` module."""

    def __init__(self, name: str) -> None:
        import doctest

        super().__init__(f"doctest has no option {name!r}")
        self.name = name
        self.remedy = "Use some of " + ", ".join(sorted(doctest.OPTIONFLAGS_BY_NAME)) + "."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a snippet gave, in doctest's terms: all that it printed, the value's line included, or the exception.

    ``exception`` is ``Type: message``, the type as a traceback names it; None when nothing was raised.
    """

    printed: str
    exception: str | None = None


def flags_named(names: Iterable[str]) -> int:
    """The doctest flags with these names, as one number.

    Raises: UnknownDoctestOptionError.
    """
    given = tuple(names)
    if not given:
        return 0
    import doctest

    flags = 0
    for name in given:
        if name not in doctest.OPTIONFLAGS_BY_NAME:
            raise UnknownDoctestOptionError(name)
        flags |= doctest.OPTIONFLAGS_BY_NAME[name]
    return flags


def flags_of(text: str, flags: int = 0) -> int:
    """``flags`` as the directives in a snippet's ``text`` change them. Unknown words are passed over."""
    if "doctest:" not in text:
        return flags
    import doctest

    for directive in _DIRECTIVE.finditer(text):
        for word in directive[1].replace(",", " ").split():
            flag = doctest.OPTIONFLAGS_BY_NAME.get(word[1:], 0)
            flags = flags | flag if word[0] == "+" else flags & ~flag if word[0] == "-" else flags
    return flags


def agrees(want: str, outcome: Outcome, flags: int) -> bool:
    """Whether the doctest output ``want`` (without its last line end) expects this ``outcome``."""
    want = want + "\n" if want else ""
    if outcome.exception is None:
        return _matches(want, outcome.printed, flags)
    expected = _EXPECTED_EXCEPTION.match(want)
    if expected is None:
        return False
    raised = outcome.exception + "\n"
    if _matches(expected["message"], raised, flags):
        return True
    import doctest

    return bool(flags & doctest.IGNORE_EXCEPTION_DETAIL) and _matches(
        _exception_name(expected["message"]), _exception_name(raised), flags
    )


def skips(flags: int) -> bool:
    """Whether ``flags`` say that the snippet is not to be run."""
    if not flags:
        return False
    import doctest

    return bool(flags & doctest.SKIP)


def _matches(want: str, got: str, flags: int) -> bool:
    if want == got:
        return True
    import doctest

    return doctest.OutputChecker().check_output(want, got, flags)


def _exception_name(message: str) -> str:
    """The class's name alone, without module and detail: what IGNORE_EXCEPTION_DETAIL compares."""
    return message.partition("\n")[0].partition(":")[0].rpartition(".")[2]
