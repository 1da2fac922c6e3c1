"""Source text to what can be known about one module alone: tree, comments, pragmas, snippets, annotations, hole sites."""

from holefit.syntax.annotation_comments import AnnotationComment
from holefit.syntax.imports import Import, import_statements, imports, resolved, statements_in
from holefit.syntax.lexing import Lexed, Literal, lex
from holefit.syntax.parsed import Comment, ParsedModule, Pragma, parse
from holefit.syntax.reading import UndecodableSourceError, decode, read_source
from holefit.syntax.scopes import HoleSite, hole_sites, is_hole_name
from holefit.syntax.snippets import Snippet, SnippetKind, stops_output
from holefit.syntax.source import Position, Range, Source

__all__ = [
    "AnnotationComment",
    "Comment",
    "HoleSite",
    "Import",
    "Lexed",
    "Literal",
    "ParsedModule",
    "Position",
    "Pragma",
    "Range",
    "Snippet",
    "SnippetKind",
    "Source",
    "UndecodableSourceError",
    "decode",
    "hole_sites",
    "import_statements",
    "imports",
    "is_hole_name",
    "lex",
    "parse",
    "read_source",
    "resolved",
    "statements_in",
    "stops_output",
]
