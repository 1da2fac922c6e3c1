"""Annotations: data attached to names and modules by comments and by ``typing.Annotated``, evaluated at compile time."""

from holefit.annotations.annotation import Annotation, Target
from holefit.annotations.evaluation import evaluate
from holefit.annotations.metadata import metadata
from holefit.annotations.queries import select
from holefit.annotations.staging import Request, stage

__all__ = ["Annotation", "Request", "Target", "evaluate", "metadata", "select", "stage"]
