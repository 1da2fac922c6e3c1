"""What the pages say of options and names is true and complete."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import holefit
from holefit.session import Options

DOCS = Path(__file__).parents[2] / "docs"


def rows(page: str) -> list[list[str]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def options() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for field in dataclasses.fields(Options):
        value = getattr(Options(), field.name)
        if dataclasses.is_dataclass(value):
            found += [(one.name, getattr(value, one.name)) for one in dataclasses.fields(value)]
        else:
            found.append((field.name, value))
    return found


def test_every_option_is_told_with_its_default() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("options.md") if len(row) == 3}
    assert {name.replace("_", "-"): json.dumps(value) for name, value in options()} == {
        name: default for name, default in told.items() if name not in ("option", "---")
    }


def test_every_public_name_is_told() -> None:
    told = set()
    for row in rows("library.md"):
        told |= set(re.findall(r"`(\w+)`", row[0]))
    assert set(holefit.__all__) - told == set()


@pytest.mark.parametrize("name", holefit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(holefit, name)
    assert name in dir(holefit)
    assert name == "__version__" or value.__doc__


def test_an_unknown_name_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'holefit' has no attribute 'Hol'"):
        _ = holefit.Hol  # type: ignore[attr-defined]  # that is the point


def test_importing_the_library_loads_next_to_nothing() -> None:
    program = "import sys, holefit; print(sorted(m for m in sys.modules if m.split('.')[0] in {names}))"
    names = {"mypy", "msgpack", "rich", "pygls", "lsprotocol", "asyncio", "dataclasses", "ast"}
    run = [sys.executable, "-c", program.replace("{names}", repr(names))]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_session_never_imports_the_type_checker() -> None:
    program = "import sys, holefit; holefit.Session; print('mypy' in sys.modules)"
    run = [sys.executable, "-c", program]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "False\n"


ROOT = DOCS.parent
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted(DOCS.rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    found, in_code = set(), False
    for line in page.read_text(encoding="utf-8").splitlines():
        in_code ^= line.startswith("```")
        if not in_code and (heading := re.match(r"#+ (.*)", line)):
            found.add(re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if link.startswith("http"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_in_the_map() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in sorted(DOCS.glob("*.md")) if f"(docs/{page.name})" not in told] == []
