"""Files that ask mypy to look away. Their errors are nobody's business, but their holes are.

mypy does not even parse the function bodies of such a file, so it is shown a text that does not ask.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))*[ \t\f]*(?:#[^\r\n]*)?")
_WHOLE_FILE = re.compile(r"(?m)^([ \t\f]*#[ \t]*type)(:)([ \t]*ignore\b)")
_INLINE = re.compile(
    r"(?m)^([ \t\f]*#[ \t]*mypy:[^\r\n]*?\bignore[-_]errors\b)(?:[ \t]*=[ \t]*True\b)?(?![ \t]*=)"
)


def looked_at(text: str) -> str:
    """``text`` without its requests to ignore the whole file. Only comments differ: every place stays where it is."""
    if "ignore" not in text:
        return text
    text = _INLINE.sub(r"\1 = False", text)
    header = _HEADER.match(text)
    end = header.end() if header else 0
    return _WHOLE_FILE.sub(r"\1;\3", text[:end]) + text[end:]
