"""What a person who evaluates snippets may rely on, with whole processes."""

from __future__ import annotations

import pytest

from holefit.testing import project

pytestmark = pytest.mark.e2e


def test_an_unfilled_hole_is_never_the_last_value() -> None:
    with project("""
        def answer() -> int:
            return _

        # >>> 6 * 7

        # >>> [1, 2][0]
        # ... answer()
    """) as made:
        assert made.evaluate().count("NameError: name '_' is not defined") == 1
        assert made.evaluate().count("NameError: name '_' is not defined") == 1


def test_underscore_is_the_last_value_in_a_snippet_as_at_the_prompt() -> None:
    with project("""
        # >>> 6 * 7
        # >>> _ + 1
        # >>> (lambda: _)()
        # >>> [_ for _ in range(2)]
    """) as made:
        assert made.evaluate() == (
            "# >>> 6 * 7\n# 42\n# >>> _ + 1\n# 43\n# >>> (lambda: _)()\n# 43\n# >>> [_ for _ in range(2)]\n# [0, 1]\n"
        )


def test_a_gettext_that_is_installed_keeps_its_underscore() -> None:
    with project("""
        import gettext
        gettext.install("app")
        def greeting() -> str:
            return _("hello")

        # >>> 6 * 7

        # >>> greeting()
        # ... _("bye")
    """) as made:
        assert made.evaluate().endswith("# 'hello'\n# 'bye'\n")
