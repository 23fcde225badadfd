"""Which printer it is: tells one printer from another that answers at the same address. Pure."""

import re
from dataclasses import dataclass

from devices.printer.ipp import Attributes, texts
from devices.printer.supplies import clean

ATTRIBUTES = ("printer-uuid", "printer-device-id", "printer-serial-number", "printer-make-and-model")

_SERIAL = re.compile(r"(?:^|;)\s*(?:SN|SERN|SERIALNUMBER)\s*:\s*([^;]+)", re.IGNORECASE)
_NO_UUID = re.compile(r"urn:uuid:[0-]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a printer says it is; empty where it does not tell.

    ``serial``: printer-serial-number, or SN of the IEEE 1284 device id (PWG 5107.2). ``uuid``: printer-uuid.
    """

    serial: str = ""
    uuid: str = ""
    model: str = ""

    def is_another(self, before: "Identity") -> bool:
        """Whether it is provably not the same printer: the first of serial, uuid and model that both tell decides."""
        for mine, its in ((self.serial, before.serial), (self.uuid, before.uuid), (self.model, before.model)):
            if mine and its:
                return mine != its
        return False

    def __str__(self) -> str:
        """Return it for logs and the technician, and as the mark of a queue that was made for it."""
        return " ".join(part for part in (self.model or "printer", self.serial or self.uuid) if part)


NOBODY = Identity()
"""Nothing is known of it."""


def identity_of(told: Attributes) -> Identity:
    """Return what the printer's attributes say of it."""
    serial = _first(told, "printer-serial-number")
    if not serial and (found := _SERIAL.search(_whole(told, "printer-device-id"))):
        serial = clean(found[1])
    uuid = _first(told, "printer-uuid")
    return Identity(serial, "" if _NO_UUID.match(uuid) else uuid, _first(told, "printer-make-and-model"))


def _first(told: Attributes, name: str) -> str:
    return clean(_whole(told, name))


def _whole(told: Attributes, name: str) -> str:
    """Return the first text; a serial number may also come as octets."""
    found = texts(told, name) or tuple(
        value.plain.decode(errors="replace") for value in told.get(name, ()) if isinstance(value.plain, bytes)
    )
    return found[0] if found else ""
