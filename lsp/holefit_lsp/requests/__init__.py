"""The requests and notifications that the server answers: one file each, translate, one call, translate."""

from typing import TYPE_CHECKING

from holefit_lsp.requests import (
    annotations,
    code_actions,
    code_lenses,
    commands,
    completion,
    configuration,
    constructions,
    diagnostics,
    evaluate,
    folders,
    holes,
    hover,
    inlay_hints,
    interpreter,
    lifecycle,
    reload,
    saving,
    search,
    stops,
    tweaks,
)

if TYPE_CHECKING:
    from holefit_lsp.server import HolefitServer

__all__ = ["register"]


def register(server: "HolefitServer") -> None:
    """Make ``server`` answer all of them."""
    for module in (
        lifecycle,
        configuration,
        folders,
        saving,
        diagnostics,
        code_actions,
        completion,
        hover,
        code_lenses,
        inlay_hints,
        commands,
        holes,
        constructions,
        evaluate,
        reload,
        tweaks,
        annotations,
        interpreter,
        stops,
        search,
    ):
        module.register(server)
