"""Messages to frames of bytes and back, with the msgpack module that is handed in."""

from __future__ import annotations

from holefit_wire.codec import MalformedMessageError, from_plain, to_plain
from holefit_wire.frames import frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Packing:
    """Packs and unpacks messages. Packing is for one thread at a time, and so is unpacking.

    ``msgpack`` has ``Packer`` and ``unpackb``: the package itself, or :mod:`holefit_wire.plainpack`. Text may hold lone surrogates, as Python's may.
    """

    def __init__(self, msgpack: Any) -> None:
        self._msgpack = msgpack
        self._packer = self._fresh()

    def pack(self, message: Any) -> bytes:
        """The frame of ``message``.

        Raises: MalformedMessageError, when something in it may not travel (an integer of more than 64 bits, a foreign object).
        """
        try:
            packed: bytes = self._packer.pack(to_plain(message))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            self._packer = self._fresh()  # it may hold half a message
            raise MalformedMessageError(f"cannot be sent: {error}") from None
        return frame(packed)

    def unpack(self, payload: bytes) -> Any:
        """The message in ``payload``.

        Raises: MalformedMessageError, UnknownMessageError.
        """
        return self.to_message(self.unpack_plain(payload))

    def unpack_plain(self, payload: bytes) -> Any:
        """The maps and values in ``payload``, before they are made messages.

        Raises: MalformedMessageError.
        """
        try:
            return self._msgpack.unpackb(
                payload,
                raw=False,
                unicode_errors="surrogatepass",
                strict_map_key=False,
                ext_hook=_no_extensions,
            )
        except MalformedMessageError:
            raise
        except Exception as error:  # msgpack has no base class for what it raises over broken bytes
            raise MalformedMessageError(f"not msgpack: {type(error).__name__}: {error}") from None

    def pack_plain(self, plain: Any) -> bytes:
        """Plain data as bytes, without a frame. From any thread.

        Raises: MalformedMessageError.
        """
        try:
            packed: bytes = self._fresh().pack(plain)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise MalformedMessageError(f"cannot be sent: {error}") from None
        return packed

    def to_message(self, plain: Any) -> Any:
        """The message that ``plain`` stands for.

        Raises: MalformedMessageError, UnknownMessageError.
        """
        try:
            return from_plain(plain)
        except RecursionError:
            raise MalformedMessageError("nested too deeply") from None

    def _fresh(self) -> Any:
        return self._msgpack.Packer(use_bin_type=True, unicode_errors="surrogatepass")


def _no_extensions(code: int, data: bytes) -> Any:
    raise MalformedMessageError(f"extension type {code} is not used here")
