"""Typed holes: what fits where an expression is missing.

A *hole* is an unbound name that starts with ``_``, used as an expression. A *candidate* is an expression that may stand there; a
*fit* is a candidate that the checker accepted in its place; a *refinement* leaves new holes. The search itself runs inside the
type service, over the interface in :mod:`holefit.holes.site`.
"""

from holefit.holes.hole import Binding, Fit, FitKind, Hole

__all__ = ["Binding", "Fit", "FitKind", "Hole"]
