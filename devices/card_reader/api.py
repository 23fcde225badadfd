"""What every card reader offers, whatever is behind it: PC/SC, a SAM module, or several of them."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, assert_never

from devices.errors import DeviceError
from wire.identity import Identity


@dataclass(frozen=True, slots=True)
class ReaderMissing:
    """No reader is connected, or its service does not answer."""


@dataclass(frozen=True, slots=True)
class NoCard:
    """The reader is ready and empty."""


@dataclass(frozen=True, slots=True)
class CardPresent:
    """A card lies on or in the reader. ``insertion`` grows with every card, so that two never mix."""

    insertion: int


@dataclass(frozen=True, slots=True)
class ReaderFault:
    """The reader answers, but not as it should. ``reason`` is for the log and the technician."""

    reason: str


CardStatus = ReaderMissing | NoCard | CardPresent | ReaderFault


class CardReadError(DeviceError):
    """A card could not be read; nothing of it is kept."""

    code: ClassVar[str] = "card.unreadable"


class CardRemoved(CardReadError):
    """The card left the reader, or was swapped, before it was read to the end."""

    code: ClassVar[str] = "card.removed"


class CardUnsupported(CardReadError):
    """The card is sound but of a kind that this reader has no profile for."""

    code: ClassVar[str] = "card.unsupported"


class CardGarbled(CardReadError):
    """The card's data contradict themselves: lengths, check digit, dates."""

    code: ClassVar[str] = "card.garbled"


class CardSilent(CardReadError):
    """The card or its reader did not answer within the deadline."""

    code: ClassVar[str] = "card.silent"


class CardWantsPin(CardReadError):
    """The card gives its data only after a PIN, which this terminal does not ask for."""

    code: ClassVar[str] = "card.wants_pin"


class CardWantsAccess(CardReadError):
    """The chip opens only to what is printed on the document: its MRZ, or its card access number."""

    code: ClassVar[str] = "card.wants_mrz"


class CardAccessWrong(CardReadError):
    """The chip did not open to the MRZ or card access number that was given."""

    code: ClassVar[str] = "card.wrong_access"


class CardForged(CardReadError):
    """The chip's data are not what its issuer signed, or the chip is a copy."""

    code: ClassVar[str] = "card.forged"


class ReaderLost(CardReadError):
    """The reader or its service went away while reading."""

    code: ClassVar[str] = "reader.lost"


def present(status: CardStatus) -> CardPresent:
    """Return the card that a status tells of; raise the error that a read ends with where it tells of none."""
    match status:
        case CardPresent():
            return status
        case ReaderMissing():
            raise ReaderLost("no reader")
        case NoCard():
            raise CardRemoved("no card")
        case ReaderFault(reason=reason):
            raise CardSilent(reason)
    assert_never(status)


class CardReader(Protocol):
    """One card reader."""

    name: str

    @property
    def looked_at(self) -> float:
        """When the driver last looked after its reader, well or not (``time.monotonic``): it hangs when long ago."""
        ...

    @property
    def status(self) -> CardStatus:
        """Last known state; never blocks."""
        ...

    async def changed(self, since: CardStatus) -> CardStatus:
        """Return the first status that differs from ``since``."""
        ...

    async def read(self) -> Identity:
        """Read the card that lies there now, within a deadline of a few seconds.

        Raises :class:`CardReadError` subclasses only. Data of two cards never mix.
        """
        ...

    async def aclose(self) -> None:
        """Give the reader back."""
        ...
