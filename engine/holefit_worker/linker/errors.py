"""What can go wrong with native code, as one exception that becomes a message."""

from __future__ import annotations

from holefit_wire.interpreter.linker import LinkFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from holefit_wire.interpreter.linker import CompilerMessage


class LinkError(Exception):
    """See :class:`LinkFailed`, whose fields it has."""

    def __init__(
        self, kind: str, text: str, remedy: str = "", messages: Sequence[CompilerMessage] = ()
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.remedy = remedy
        self.messages = tuple(messages)

    def message(self) -> LinkFailed:
        """As it travels."""
        return LinkFailed(self.kind, self.text, self.remedy, self.messages)
