"""Code that the session ships, and what it looks up by fingerprint."""

from __future__ import annotations

from holefit_wire.codec import message


@message
class CreateCode:
    """Make code objects of what ``marshal`` has packed, in batches; answered with Refs. They may refer to one another by name: all share one namespace, that of ``module``."""

    module: str
    version: str
    batches: list[bytes]


@message
class AddStaticEntry:
    """Enter a value into the static table under a fingerprint; answered with Done. Without a ref the entry is removed."""

    fingerprint: bytes
    ref: int = 0


@message
class LookupStaticEntry:
    """The value under a fingerprint; answered with Ref (0: none)."""

    fingerprint: bytes
