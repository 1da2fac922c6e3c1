"""A public name cannot change unnoticed: what differs from the last release is told in the changelog."""

import re
from pathlib import Path

from public_names import public_names

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def released() -> dict[str, str]:
    rows = (HERE / "released.txt").read_text(encoding="utf-8").splitlines()
    return dict(row.split("\t", 1) for row in rows)


def untold(before: dict[str, str], now: dict[str, str], changelog: str) -> list[str]:
    """The names that changed and that no `code` in the changelog mentions, itself or with the class that it is in."""
    told = {word for code in re.findall(r"`([^`]+)`", changelog) for word in re.findall(r"\w+", code)}
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    new_or_gone = {name for name in changed if name not in before or name not in now}
    return sorted(
        name
        for name in changed
        if name.rpartition(".")[2] not in told
        and not (name.partition(".")[0] in new_or_gone and name.partition(".")[0] in told)
    )


def test_every_change_of_a_public_name_is_in_the_changelog() -> None:
    fragments = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "changelog.d").glob("*.md"))]
    missing = untold(released(), public_names(), "\n".join(fragments))
    assert missing == [], "tell of each in a fragment in changelog.d, as `name`"


def test_a_change_that_is_not_told_is_seen() -> None:
    before = {"Session": "class", "Session.load": "(self)", "Hole": "class", "Hole.fits": "tuple"}
    now = {"Session": "class", "Session.load": "(self, how)", "Fit": "class", "Fit.text": "str"}
    assert untold(before, before, "") == []
    assert untold(before, now, "") == ["Fit", "Fit.text", "Hole", "Hole.fits", "Session.load"]
    assert untold(before, now, "`Session.load(how)` is new, `Hole` is gone, `Fit` is there") == []
    assert untold(before, now, "load how Hole Fit, in prose only") != []


def test_the_package_says_that_it_has_types() -> None:
    assert (ROOT / "engine/holefit/py.typed").exists()
