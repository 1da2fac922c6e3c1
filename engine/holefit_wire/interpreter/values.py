"""Values that stay in the worker: what they are made of, how they show, bytes in and out."""

from __future__ import annotations

from holefit_wire.codec import message


@message
class Ref:
    """A ref to a new value."""

    ref: int


@message
class Refs:
    """Refs to new values, in order."""

    refs: list[int]


@message
class FreeRefs:
    """Forget these refs; answered with Done."""

    refs: list[int]


@message
class GetClosure:
    """What a value is made of, without running any code of its class. ``start`` and ``count`` choose among its children; answered with Closure."""

    ref: int
    start: int = 0
    count: int = 100


@message
class Child:
    """A part of a value: ``name`` as it is reached (``[0]``, ``['key']``, ``.attribute``), its ref and how it shows, in short."""

    name: str
    ref: int
    type: str
    text: str
    leaf: bool


@message
class Closure:
    """``size`` is what the value itself takes, in bytes; ``total`` the number of all its children."""

    type: str
    size: int
    text: str
    total: int
    children: list[Child]


@message
class Display:
    """Representations of a value, those of the types in ``mime`` or all of them: answered with MimeBundle."""

    ref: int
    mime: list[str]


@message
class MimeBundle:
    """Representations by MIME type, text or base64."""

    data: dict[str, str]


@message
class MallocData:
    """Put bytes into the worker; answered with Ref. Large ones come through the named pipe ``shared``, which the worker removes: ``size`` of them."""

    data: bytes = b""
    shared: str = ""
    size: int = 0


@message
class FetchData:
    """The bytes of a value (bytes, text as UTF-8, anything with a buffer); answered with Data. ``shared`` names a folder that both ends see, for the pipe of large ones."""

    ref: int
    shared: str = ""


@message
class Data:
    """Bytes, or the name of a pipe that they come through, which the session removes: ``size`` of them."""

    data: bytes = b""
    shared: str = ""
    size: int = 0
