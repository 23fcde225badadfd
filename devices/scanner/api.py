"""What every QR code scanner offers: the next code that somebody holds in front of it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Protocol

from devices.camera.api import Frame
from devices.errors import DeviceError


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """One code. ``payload`` is what the symbol holds, byte for byte; ``decoder`` read it.

    Bytes, because a symbol seldom says how its text is encoded: GB18030 without an ECI comes out wrong from
    every decoder that guesses. Whoever expects text asks :func:`devices.scanner.text.text_of`. ``eci``: the character
    set that the symbol declares for all of its content, as an ECI number (AIM ITS/04-023); None where it declares none
    or several, or the decoder does not tell. The payload may name a citizen: no repr shows it.
    """

    payload: bytes = field(repr=False)
    decoder: str
    eci: int | None = None


class Hint(Enum):
    """What the scanner can say to whoever holds something before it, while no code is read."""

    SEARCHING = "searching"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    TOO_FAR = "too_far"  # a code is seen, too small to be read
    UNCLEAR = "unclear"  # a code is seen, large enough and not readable: blurred, moving, covered, bent
    OTHER_KIND = "other_kind"  # a barcode that is no QR code
    ALREADY_USED = "already_used"  # the very code that was handed over just now


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture shows. ``hint`` is None where nothing was looked for beside codes."""

    codes: tuple[ScannedCode, ...]
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class ScannerMissing:
    """There is no camera to scan with."""


@dataclass(frozen=True, slots=True)
class ScannerReady:
    """Codes can be scanned."""


@dataclass(frozen=True, slots=True)
class ScannerFault:
    """The camera or the decoder failed; the scanner is trying to come back."""

    reason: str


ScannerStatus = ScannerMissing | ScannerReady | ScannerFault


class ScannerError(DeviceError):
    """Scanning is not possible now."""

    code: ClassVar[str] = "scanner.fault"


class NoPicture(ScannerError):
    """The camera has given no picture for longer than a citizen should wait."""

    code: ClassVar[str] = "camera.fault"


class DecoderFailed(ScannerError):
    """The decoding process cannot be kept alive."""


class Scanner(Protocol):
    """One scanner."""

    name: str

    @property
    def status(self) -> ScannerStatus:
        """Last known state; never blocks."""
        ...

    async def changed(self, since: ScannerStatus) -> ScannerStatus:
        """Return the first status that differs from ``since``."""
        ...

    @property
    def hint(self) -> Hint:
        """What to tell whoever waits for a code to be read; changes at most once a second. Never blocks."""
        ...

    async def hint_changed(self, since: Hint) -> Hint:
        """Return the first hint that differs from ``since``."""
        ...

    async def next_code(self, but_not: bytes | None = None) -> ScannedCode:
        """Film until a QR code is read, and return it; cancel to stop filming.

        A code that stays in view is returned once per call. One whose payload is ``but_not`` is passed over, and the
        hint says so. Raises :class:`ScannerError`: at once when the decoder cannot be kept alive, after a patience
        of seconds when no picture comes.
        """
        ...

    def latest(self) -> Frame | None:
        """Return the newest picture for a preview while filming, else None."""
        ...

    async def aclose(self) -> None:
        """Give back what the scanner itself opened; a camera that was handed to it stays its owner's."""
        ...
