"""The examples of the user's page run as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live import Live

PAGE = Path(__file__).parents[2] / "docs" / "reload.md"
EXAMPLES = re.findall(r"^## (.+?)$.*?^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("example", [code for _, code in EXAMPLES], ids=[title for title, _ in EXAMPLES])
def test_an_example_of_the_page_holds(example: str, live: Live) -> None:
    edited: dict[str, str | None] = {}
    for head, text in re.findall(
        r"^# (\w+\.py(?:, edited)?|session(?:, after an error)?)\n(.*?)(?=^# (?:\w+\.py\b|session)|\Z)",
        example,
        re.M | re.S,
    ):
        if head.startswith("session"):
            if edited:
                done = live.try_reload(**edited)
                assert bool(done.errors) == ("error" in head), done
                edited = {}
            live.run(text)
        elif head.endswith("edited"):
            edited[head.partition(".")[0]] = text
        else:
            live.edit(**{head.partition(".")[0]: text})


def test_each_of_the_eight_rules_has_its_example() -> None:
    assert [title.partition(".")[0] for title, _ in EXAMPLES] == list("12345678")
