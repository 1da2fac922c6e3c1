"""Results as edits of the text that holds their snippets.

The present output of a snippet (its range is the parser's to decide) is replaced as a whole; nothing else is touched. In a
comment each line of output is a comment line; in a docstring it is doctest output, escaped for the kind of its literal. What is
written reads back as the same output, so that evaluating twice changes nothing.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Sequence
from typing import Final

from holefit.edits import Edit
from holefit.eval.comparison import Outcome
from holefit.syntax import Snippet, SnippetKind, stops_output
from holefit.syntax.source import Source

BLANK_LINE: Final = "<BLANKLINE>"
_WIDEST = 2_000  # characters of one line, beyond which no reader goes
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\n|\r")


def encoding_of(source: Source) -> str:
    """The encoding that the first lines of a text name for its file; UTF-8 where they name none that Python knows."""
    lines = [line.encode("ascii", "replace") + b"\n" for line in source.lines[:2]]
    try:
        return tokenize.detect_encoding(iter(lines).__next__)[0]
    except SyntaxError:
        return "utf-8"


def output_lines(snippet: Snippet, outcome: Outcome, max_lines: int, encoding: str = "utf-8") -> list[str]:
    """The lines that say what came out, without indentation and prefix, cut behind ``max_lines`` (0: never).

    In a comment, characters that ``encoding`` lacks are escaped. (In a docstring whoever writes the file can do so: there an escape
    means its character.)
    """
    if outcome.exception is not None and snippet.kind is SnippetKind.DOCTEST:
        text = f"Traceback (most recent call last):\n    ...\n{outcome.exception}\n"
    elif outcome.exception is not None:
        text = f"{_ended(outcome.printed)}{outcome.exception}\n"
    else:
        text = _ended(outcome.printed)
    lines = [_narrowed(line) if line.strip() else BLANK_LINE for line in text.split("\n")[:-1]]
    if max_lines and len(lines) > max_lines:
        lines = [*lines[:max_lines], f"... ({len(lines) - max_lines:,} more lines)"]
    return [_as_comment(line, encoding) for line in lines] if snippet.kind is SnippetKind.COMMENT else lines


def present_lines(source: Source, snippet: Snippet) -> list[str]:
    """The lines of output that stand in the text, as :func:`output_lines` gives them."""
    first, last = snippet.output.start.line + 1, snippet.output.end.line
    margin = len(snippet.prefix.rstrip()) if snippet.kind is SnippetKind.COMMENT else len(snippet.prefix)
    lines = [line[margin:] for line in source.lines[first : last + 1]]
    if snippet.kind is SnippetKind.COMMENT:
        return [line.removeprefix(" ").rstrip() for line in lines]
    return snippet.want.split("\n") if lines else []


def unwritable(snippet: Snippet, lines: Sequence[str]) -> str:
    """Why ``lines`` cannot stand in the docstring of ``snippet``; empty when they can."""
    if snippet.kind is SnippetKind.COMMENT or not lines:
        return ""
    if any(line.lstrip().startswith(">>>") for line in lines):
        return "a line of the output starts with >>>, which doctest would take for input"
    if len(snippet.quote) == 1:
        return (
            f"a docstring in single {snippet.quote} has no room for lines of output: use {snippet.quote * 3}"
        )
    if snippet.raw and any(snippet.quote in line for line in lines):
        return f"the output holds {snippet.quote}, which a raw docstring cannot"
    if snippet.raw and any(_CONTROL.search(line) for line in lines):
        return "the output holds control characters, which a raw docstring cannot: leave the r out"
    return ""


def edit(source: Source, snippet: Snippet, lines: Sequence[str]) -> Edit | None:
    """The edit that makes ``lines`` the output of ``snippet``; None when it stands there already. No lines: it is removed."""
    end_of_line = _end_of_line(source, snippet)
    if snippet.kind is SnippetKind.DOCTEST:
        lines = _as_docstring(snippet, lines)
    made = [
        (snippet.prefix + line).rstrip() if snippet.kind is SnippetKind.COMMENT else snippet.prefix + line
        for line in lines
    ]
    text = "".join(end_of_line + line for line in made)
    if snippet.closes and lines and (snippet.raw and lines[-1][-1] in (snippet.quote[0], "\\")):
        text += end_of_line + snippet.indent  # the closing quotes cannot follow at once
    return None if text == source.slice(snippet.output) else Edit(source.path, snippet.output, text)


def followed(source: Source, snippet: Snippet, made: Edit, lines: Sequence[str]) -> Edit:
    """``made``, the edit of a snippet's output in a comment, with ``lines`` below it."""
    end_of_line = _end_of_line(source, snippet)
    below = "".join(end_of_line + (snippet.prefix + line).rstrip() for line in lines)
    return Edit(made.path, made.range, made.text + below)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _narrowed(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}... ({len(line) - _WIDEST:,} more characters)"


def _as_comment(line: str, encoding: str) -> str:
    """``line`` as what follows ``# ``: one more space keeps it from being read as something else than output."""
    line = _CONTROL.sub(_escape, line).rstrip()
    if encoding != "utf-8" and not line.isascii():
        line = line.encode(encoding, "backslashreplace").decode(encoding)
    return " " + line if stops_output(line) or line.startswith("...") else line


def _as_docstring(snippet: Snippet, lines: Sequence[str]) -> list[str]:
    if snippet.raw:
        return list(lines)
    mark = snippet.quote[0]
    escaped = [_CONTROL.sub(_escape, line.replace("\\", "\\\\")) for line in lines]
    if snippet.closes and escaped:  # one quote right before the closing ones would be one of them
        escaped[-1] = escaped[-1].replace(mark, "\\" + mark)
    return [line.replace(snippet.quote, f"\\{mark}" * len(snippet.quote)) for line in escaped]


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _end_of_line(source: Source, snippet: Snippet) -> str:
    """The line end that new lines get: that of the input's last line, or the first one in the text."""
    found = _LINE_END.match(source.text, source.offset(snippet.output.start)) or _LINE_END.search(source.text)
    return found[0] if found else "\n"
