"""Constructions: edits of several lines that a hole, a ``match`` or a use suggests, each leaving holes to go on from.

Steps: the checker tells :mod:`facts`; a module for each construction makes drafts of them and the text (:mod:`layout`); the checker accepts a draft or not.
"""

from holefit.holes.constructions.construction import Construction, ConstructionKind

__all__ = ["Construction", "ConstructionKind"]
