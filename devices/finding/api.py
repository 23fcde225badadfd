"""What a search for devices finds, and where it may be told to look."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PcscFound:
    """A reader that pcscd lists; ``name`` is pcscd's."""

    name: str


@dataclass(frozen=True, slots=True)
class SamFound:
    """A SAM module that answered at ``port``. ``model`` is what ``hardware.toml`` knows of it."""

    port: str
    model: str


@dataclass(frozen=True, slots=True)
class CameraFound:
    """A camera that gave a picture of ``width`` × ``height`` px. ``title``: its maker's name for it, or its source."""

    source: int | str
    title: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PrinterFound:
    """A printer that answered over IPP. ``roll_mm``: the width of the roll in it, None for sheets."""

    uri: str
    model: str
    roll_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that answered."""

    readers: tuple[PcscFound | SamFound, ...] = ()
    cameras: tuple[CameraFound, ...] = ()
    printers: tuple[PrinterFound, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """Where to look beside the usual places: what the configuration names.

    ``serving``: ports and cameras that this very process has open and that work; they are not opened again.
    """

    ports: tuple[str, ...] = ()
    cameras: tuple[int | str, ...] = ()
    printers: tuple[str, ...] = ()
    serving: frozenset[int | str] = frozenset()


class Finder(Protocol):
    """Looks for devices."""

    async def find(self, hints: Hints) -> Found:
        """Ask everywhere, within half a minute. What does not answer is not there; nothing is raised for it."""
        ...

    async def printer_at(self, uri: str) -> PrinterFound | None:
        """Ask at one address (``ipp://…``); None where no printer answers."""
        ...
