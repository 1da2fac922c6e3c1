"""Extension fields: data that plugins keep in interfaces, by name and version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from holefit.errors import HolefitError

if TYPE_CHECKING:
    from holefit.session.interface import Interface

_T_co = TypeVar("_T_co", covariant=True)


class ExtensionFieldError(HolefitError):
    """A value cannot stand in an extension field, or what stands there is not of its type."""

    remedy = "Keep plain data there (None, bool, int, float, str, bytes, lists, and dicts with text keys), and give a field another version when its shape changes."


@dataclass(frozen=True, slots=True)
class ExtensionField(Generic[_T_co]):
    """A field by its ``name`` (begin it with the plugin's own), the ``version`` of what is in it, and the ``type`` of its plain data: ``dict``, ``list``, ``str`` ..."""

    name: str
    version: int
    type: type[_T_co]

    def read(self, interface: Interface) -> _T_co | None:
        """What the interface has in this field; None when it has none, or one of another version.

        Raises: ExtensionFieldError, when it is of another type.
        """
        kept = interface.fields.get(self.name)
        if not isinstance(kept, Mapping) or kept.get("version") != self.version:
            return None
        data: object = kept.get("data")
        if not isinstance(data, self.type):
            raise ExtensionFieldError(
                f"the field {self.name} of {interface.module} holds {type(data).__name__}, not {self.type.__name__}"
            )
        return data

    def stored(self, value: object) -> dict[str, object]:
        """``value`` as the ``fields`` of an interface keep it: keys in order, so that equal content gives equal bytes.

        Raises: ExtensionFieldError, when it is no plain data, or not of the field's type.
        """
        data = _plain(value, self.name)
        if not isinstance(data, self.type):
            raise ExtensionFieldError(
                f"the field {self.name} takes {self.type.__name__}, not {type(value).__name__}"
            )
        return {self.name: {"data": data, "version": self.version}}


def _plain(value: object, where: str) -> object:
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise ExtensionFieldError(f"{where} is a number of more than 64 bits")
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ExtensionFieldError(f"{where} has the key {key!r}, which is no text")
        return {key: _plain(value[key], f"{where}[{key!r}]") for key in sorted(value)}
    raise ExtensionFieldError(f"{where} is a {type(value).__name__}, which is no plain data")
