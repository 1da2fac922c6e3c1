"""Deprecations: say where a project uses what it has marked as deprecated.

    # ANN area: "deprecated: use surface"
    def area(side): ...

A module that defines ``area`` keeps the reason in its interface, as the extension field ``deprecations``; modules that import it get a warning at every use. With the option
``strict`` it is an error. The plugin is pure but for its options.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from holefit import (
    ExtensionField,
    Interface,
    ModuleSummary,
    ParsedModule,
    ParsedResult,
    Plugin,
    Severity,
    by_options,
)

DEPRECATIONS = ExtensionField("deprecations", 1, dict)
"""Reasons by names."""


def parsed(options: tuple[str, ...], summary: ModuleSummary, result: ParsedResult) -> ParsedResult:
    """Store what this module deprecates, and tell where it uses what others do."""
    own = dict(_marked(result.parsed))
    if own:
        result = result.with_field(DEPRECATIONS, own)
    severity = Severity.ERROR if "strict" in options else Severity.WARNING
    for node, name, reason in _uses(result.parsed.tree, summary):
        result = result.with_message(
            result.parsed.range_of(node), f"`{name}` is deprecated: {reason}", severity, "deprecated"
        )
    return result


def _marked(module: ParsedModule) -> Iterator[tuple[str, str]]:
    for comment in module.annotation_comments:
        try:
            value = ast.literal_eval(comment.expression)
        except (ValueError, SyntaxError):
            continue
        if comment.name and isinstance(value, str) and value.startswith("deprecated:"):
            yield comment.name, value.removeprefix("deprecated:").strip()


def reasons(interface: Interface) -> dict[str, str]:
    """What a module deprecates."""
    return DEPRECATIONS.read(interface) or {}


def _uses(tree: ast.Module | None, summary: ModuleSummary) -> Iterator[tuple[ast.expr | ast.alias, str, str]]:
    """Names that are imported from a module and deprecated there, where they stand."""
    assert tree is not None
    modules: dict[str, str] = {}  # local names of modules
    taken: dict[str, str] = {}  # local names of deprecated things, with the reason
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update((one.asname or one.name, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module in summary.uses:
            known = reasons(summary.uses[node.module])
            for one in node.names:
                if one.name in known:
                    taken[one.asname or one.name] = known[one.name]
                    yield one, one.name, known[one.name]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in taken:
            yield node, node.id, taken[node.id]
        elif isinstance(node, ast.Attribute) and (module := modules.get(ast.unparse(node.value))):
            known = reasons(summary.uses[module]) if module in summary.uses else {}
            if node.attr in known:
                yield node, node.attr, known[node.attr]


plugin = Plugin(parsed=parsed, recompile=by_options)
