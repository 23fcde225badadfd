"""The door to PC/SC: pyscard's calls, their errors wrapped once. When to call them is decided elsewhere.

Errors become ``CardReadError`` subclasses with PC/SC's code in their text. Facts tried against pcscd 1.9.9:

* A transmit to a silent card blocks for ever, and *any* call with its context or card handle from another
  thread then blocks too, holding a lock of libpcsclite which stops every later PC/SC call of the process.
  ``SCardCancel`` does not help. So nobody may touch the context of a blocked transmit.
* pcscd looks at a slot every 0.4 s. A card swapped faster makes the next transmit fail (or return nothing);
  one of those after that talks to the new card. So the first failure ends a session, whatever it was.
* After a restart of pcscd old contexts stay dead, though ``SCardIsValidContext`` calls them valid.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from smartcard import scard  # noqa: TID251 - this module is the door to pyscard

from devices.card_reader import api
from devices.card_reader.apdu import Transmit

_PROTOCOLS: Final = {"T=0": scard.SCARD_PROTOCOL_T0, "T=1": scard.SCARD_PROTOCOL_T1}
_PLUG_EVENTS: Final = "\\\\?PnP?\\Notification"


def _unsigned(code: int) -> int:
    """Return a result code as PC/SC's documents print it: pyscard has them signed."""
    return code & 0xFFFFFFFF


_NO_READERS: Final = _unsigned(scard.SCARD_E_NO_READERS_AVAILABLE)
_UNKNOWN_READER: Final = _unsigned(scard.SCARD_E_UNKNOWN_READER)
_SERVICE_GONE: Final = frozenset(
    _unsigned(code)
    for code in (
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_E_INVALID_HANDLE,
    )
)
_READER_GONE: Final = _SERVICE_GONE | {
    _NO_READERS,
    _UNKNOWN_READER,
    _unsigned(scard.SCARD_E_READER_UNAVAILABLE),
}
_MUTE: Final = _unsigned(scard.SCARD_W_UNRESPONSIVE_CARD)
_BUSY: Final = _unsigned(scard.SCARD_E_SHARING_VIOLATION)
_NOTHING_NEW: Final = frozenset((_unsigned(scard.SCARD_E_TIMEOUT), _unsigned(scard.SCARD_E_CANCELLED)))
_VANISHED: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class SlotState:
    """What pcscd says of one slot: its state flags, and above them its count of insertions and removals."""

    raw: int

    @property
    def present(self) -> bool:
        """Whether a card is in."""
        return bool(self.raw & scard.SCARD_STATE_PRESENT)

    @property
    def events(self) -> int:
        """How many insertions and removals pcscd has seen in this slot (modulo 65536)."""
        return self.raw >> 16


UNAWARE: Final = SlotState(scard.SCARD_STATE_UNAWARE)


@contextmanager
def context() -> Iterator[int]:
    """Open a context. Raises ``ReaderLost`` when pcscd does not answer."""
    code, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if code:
        raise api.ReaderLost(_text(code))
    try:
        yield handle
    finally:
        scard.SCardReleaseContext(handle)


@contextmanager
def connection(handle: int, reader: str, protocols: Collection[str] = ("T=0", "T=1")) -> Iterator[Transmit]:
    """Connect to the card in a reader, by whichever of the protocols both can.

    The card is left as it is afterwards, even after an error: to power it down or reset it when it has just been
    swapped makes pcscd call the slot empty until the new card leaves it (an absence that it did not see itself).
    """
    wanted = sum(bit for name, bit in _PROTOCOLS.items() if name in protocols)
    code, card, protocol = scard.SCardConnect(handle, reader, scard.SCARD_SHARE_SHARED, wanted)
    _check(code)
    header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0

    def transmit(command: bytes) -> bytes:
        code, answer = scard.SCardTransmit(card, header, list(command))
        _check(code)
        if not answer:
            raise api.CardRemoved("empty answer")
        return bytes(answer)

    try:
        yield transmit
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)


def readers(handle: int) -> list[str]:
    """Return the names of all readers. Raises ``ReaderLost`` when pcscd does not answer."""
    code, names = scard.SCardListReaders(handle, [])
    if _unsigned(code) == _NO_READERS:
        return []
    if code:
        raise api.ReaderLost(_text(code))
    return [str(name) for name in names]


def slot_state(handle: int, reader: str, since: SlotState = UNAWARE, timeout_ms: int = 0) -> SlotState | None:
    """Wait until a slot's state differs from ``since``; return ``since`` after the timeout or :func:`cancel`.

    None when the reader is gone. Raises ``ReaderLost`` when pcscd is.
    """
    code, states = scard.SCardGetStatusChange(handle, timeout_ms, [(reader, since.raw)])
    if _unsigned(code) in _NOTHING_NEW:
        return since
    if _unsigned(code) in _SERVICE_GONE:
        raise api.ReaderLost(_text(code))
    if code or states[0][1] & _VANISHED:
        return None
    return SlotState(states[0][1])


def await_plugging(handle: int, known_readers: int, timeout_ms: int) -> None:
    """Wait until a reader comes or goes."""
    slot_state(handle, _PLUG_EVENTS, SlotState(known_readers << 16), timeout_ms)


def cancel(handle: int) -> None:
    """End a wait that another thread is in."""
    scard.SCardCancel(handle)


def _check(code: int) -> None:
    if code == 0:
        return
    text = _text(code)
    match _unsigned(code):
        case gone if gone in _READER_GONE:
            raise api.ReaderLost(text)
        case mute if mute == _MUTE:
            raise api.CardSilent(text)
        case busy if busy == _BUSY:
            raise api.CardReadError("another process holds the card")
        case _:
            raise api.CardRemoved(text)


def _text(code: int) -> str:
    return f"PC/SC {_unsigned(code):#010x}"
