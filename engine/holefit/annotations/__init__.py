"""Annotations: data attached to top-level names and modules by comments, evaluated at compile time."""

from holefit.annotations.annotation import Annotation, Target
from holefit.annotations.evaluation import evaluate
from holefit.annotations.queries import select
from holefit.annotations.staging import Request, stage

__all__ = ["Annotation", "Request", "Target", "evaluate", "select", "stage"]
