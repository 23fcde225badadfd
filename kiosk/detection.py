"""From devices that were found to a configuration: which are taken, and what is then written. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import urlsplit

from devices.finding.api import CameraFound, Found, Hints, PcscFound, PrinterFound, SamFound
from kiosk.config import Config, PcscReader, Printer, SamReader
from kiosk.config_file import Section

Device = PcscFound | SamFound | CameraFound | PrinterFound
_ROLL_QUEUE = "slips"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was found, and which of it the terminal shall use: every reader, one camera, one printer of each kind."""

    found: Found
    taken: frozenset[Device]

    def every(self) -> tuple[Device, ...]:
        """Return everything that was found, in the order it is shown."""
        return (*self.found.readers, *self.found.cameras, *self.found.printers)

    def toggled(self, device: Device) -> "Choice":
        """Take a device, or leave it. Of cameras, and of printers of one kind, one at most is taken."""
        if device in self.taken:
            return Choice(self.found, self.taken - {device})
        return Choice(self.found, frozenset(one for one in self.taken if not _same_place(one, device)) | {device})

    def with_printer(self, printer: PrinterFound) -> "Choice":
        """Add a printer that answered at an address, and take it instead of another of its kind."""
        if printer in self.found.printers:
            return self if printer in self.taken else self.toggled(printer)
        found = replace(self.found, printers=(*self.found.printers, printer))
        return Choice(found, self.taken).toggled(printer)


def printer_uri(typed: str) -> str:
    """Return where a printer is asked: ``192.168.1.30``, ``printer.example:631`` and ``ipp://…`` are understood.

    Without a path it is IPP Everywhere's, ``/ipp/print`` (PWG 5100.14, 4.2). Raises ValueError for what is no address.
    """
    text = typed.strip()
    parts = urlsplit(text if "://" in text else f"ipp://{text}")
    if parts.scheme != "ipp" or parts.username is not None or not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("not the address of a printer")
    if parts.query or parts.fragment or not parts.path.isascii() or any(char.isspace() for char in text):
        raise ValueError("not the address of a printer")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    return f"ipp://{host}{port}{parts.path if parts.path.strip('/') else '/ipp/print'}"


def hints_of(config: Config, serving: frozenset[int | str]) -> Hints:
    """Return where to look beside the usual places: what the configuration names."""
    printers = [config.printer, *([config.slip_printer] if config.slip_printer else [])]
    return Hints(
        ports=tuple(str(reader.port) for reader in config.card_readers if isinstance(reader, SamReader)),
        cameras=(config.camera.source,),
        printers=tuple(printer.uri for printer in printers),
        serving=serving,
    )


def first_choice(found: Found) -> Choice:
    """Take every reader, the first camera, and the first printer for sheets and for a roll."""
    printers = (_first(one for one in found.printers if (one.roll_mm is None) is sheets) for sheets in (True, False))
    return Choice(found, frozenset((*found.readers, *found.cameras[:1], *(one for every in printers for one in every))))


def changes(config: Config, choice: Choice) -> Mapping[str, Section | Sequence[Section] | None]:
    """Return what the configuration's file has to say then. What was not found stays as it stands there."""
    readers = [
        _reader(device)
        for device in choice.every()
        if isinstance(device, PcscFound | SamFound) and device in choice.taken
    ]
    made: dict[str, Section | Sequence[Section] | None] = {}
    if readers:
        made["card_readers"] = readers
    for device in choice.taken:
        match device:
            case CameraFound(source=source):
                made["camera"] = {"source": source}
            case PrinterFound(uri=uri, roll_mm=None):
                made["printer"] = {"queue": config.printer.queue, "uri": uri}
            case PrinterFound(uri=uri):
                made["slip_printer"] = _slips(config.printer, config.slip_printer, uri)
            case PcscFound() | SamFound():
                pass
            case _:
                assert_never(device)
    rolls = [printer.uri for printer in choice.found.printers if printer.roll_mm is not None]
    if config.slip_printer is not None and config.slip_printer.uri in rolls and "slip_printer" not in made:
        made["slip_printer"] = None  # it is there, and was left out
    return made


def _slips(sheets: Printer, slips: Printer | None, uri: str) -> Section:
    free = _ROLL_QUEUE if sheets.queue != _ROLL_QUEUE else f"{_ROLL_QUEUE}-80"
    queue = free if slips is None else slips.queue
    return {"queue": queue, "uri": uri, "cups_socket": str(sheets.cups_socket)}


def _reader(device: PcscFound | SamFound) -> Section:
    match device:
        case PcscFound(name=name):
            return PcscReader(kind="pcsc", name=name).model_dump()
        case SamFound(port=port):
            return {"kind": "sam", "port": port}
    assert_never(device)


def _same_place(one: Device, other: Device) -> bool:
    if isinstance(one, PrinterFound) and isinstance(other, PrinterFound):
        return (one.roll_mm is None) == (other.roll_mm is None)
    return isinstance(one, CameraFound) and isinstance(other, CameraFound)


def _first(printers: Iterable[PrinterFound]) -> tuple[PrinterFound, ...]:
    return tuple(printers)[:1]
