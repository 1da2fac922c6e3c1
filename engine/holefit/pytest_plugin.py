"""pytest's plugin: with ``--holefit``, the snippets of a project are test items.

Every pytest of an environment loads this module, so it imports nothing before the option is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.getgroup("holefit", "evaluation in place").addoption(
        "--holefit",
        action="store_true",
        help="collect `# >>>` groups in comments and the examples of docstrings, with the options in [tool.holefit]",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect snippets, where that is asked for."""
    if config.getoption("holefit"):
        from holefit.cli.pytest_items import SnippetItems

        config.pluginmanager.register(SnippetItems(), "holefit-snippets")
