"""An index of names by their types: the project, the standard library, installed packages with types.

It answers *what takes these and gives that*, for the search by type and for fits that are not imported yet. It is made from the texts
alone: nothing is imported and nothing runs. A process of its own builds it; it lies on disk, and is looked up there.
"""

from holefit.index.index import Index, IndexUnavailableError, Insertion, Match, insertion
from holefit.index.query import QueryError

__all__ = ["Index", "IndexUnavailableError", "Insertion", "Match", "QueryError", "insertion"]
