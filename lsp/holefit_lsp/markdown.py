"""What hover and completion show, as Markdown, or as plain text for clients that do not read it."""

from __future__ import annotations

from collections.abc import Sequence

from holefit.annotations.annotation import Annotation
from holefit.eval.result import SnippetResult
from holefit.holes.hole import Fit, Hole
from holefit.session.options import HoleOptions

_LONGEST = 4_000


def hole(found: Hole, options: HoleOptions) -> str:
    """A hole: its type, what is done with it, what is in scope, what fits; as much as the options ask for."""
    parts = [code(f"{found.name}: {found.expected}")]
    if found.reached:
        parts.append("*An evaluation stands still here. Fill the hole and save, and it goes on.*")
    if found.constraints:
        parts.append("\n".join(f"- {constraint}" for constraint in found.constraints))
    parts += [code(message, "text") for message in found.messages]
    parts += [f"Or perhaps it is misspelled: `{name}`" for name in found.misspelled]
    if found.bindings:
        rows = [
            f"{one.name}: {one.type}" + ("" if one.value is None else f"  # {one.value}")
            for one in found.bindings
        ]
        parts += ["**In scope**", code("\n".join(rows))]
    if found.fits:
        parts += ["**Fits**", code("\n".join(_fit(one, options) for one in found.fits))]
    elif options.show_valid_hole_fits:
        parts.append("No fit was found." if found.complete else "No fit was found yet.")
    if not found.complete:
        parts.append("*The time for looking ran out: there may be more.*")
    return "\n\n".join(parts)


def fit(found: Fit, options: HoleOptions) -> str:
    """One fit, as a completion's documentation."""
    told = options.show_provenance_of_hole_fits and found.provenance != found.import_text
    parts = [code(_typed(found, options)), found.provenance if told else ""]
    if found.import_text:
        parts.append(code(found.import_text))
    if found.documentation:
        parts.append(found.documentation)
    return "\n\n".join(part for part in parts if part)


def attached(found: Sequence[Annotation]) -> str:
    """The annotations of one name."""
    return "**Annotations**\n\n" + code("\n".join(one.repr for one in found))


def result(found: SnippetResult) -> str:
    """What a snippet gave."""
    parts = []
    if text := found.mime.get("text/markdown"):
        parts.append(text)
    elif found.text:
        parts.append(code(found.text) if found.ok else code(found.text, "text"))
    for image in ("image/png", "image/jpeg"):
        if data := found.mime.get(image):
            parts.append(f"![result](data:{image};base64,{data})")
            break
    if found.frames:
        rows = [f"{one.path}:{one.line} in {one.function}" for one in found.frames]
        parts.append(code("\n".join(rows), "text"))
    for name, stream in (("stdout", found.stdout), ("stderr", found.stderr)):
        if stream:
            parts += [f"**{name}**", code(stream, "text")]
    parts.append(f"*{found.duration_ms:.1f} ms, generation {found.generation}*")
    return "\n\n".join(parts)


def code(text: str, language: str = "python") -> str:
    """A fence around ``text`` that the text itself cannot close."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " ..."
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def plain(markdown: str) -> str:
    """The same without marks."""
    lines = [line for line in markdown.split("\n") if not line.startswith("```")]
    return "\n".join(lines).replace("**", "").replace("\n\n\n", "\n\n").strip()


def _fit(found: Fit, options: HoleOptions) -> str:
    mark = {"passed": " (examples pass)", "failed": " (examples fail)"}.get(found.examples or "", "")
    origin = found.provenance if options.show_provenance_of_hole_fits else ""
    gives = "" if found.value is None else f" = {_short(found.value)}"
    aside = f"{origin}{mark}{gives}".strip()
    return _typed(found, options) + (f"  # {aside}" if aside else "")


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= 80 else line[:80] + "..."


def _typed(found: Fit, options: HoleOptions) -> str:
    return f"{found.text}: {found.type}" if options.show_type_of_hole_fits else found.text
