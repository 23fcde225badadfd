"""One slot of a virtual PC/SC reader: holds a virtual card at the far end of vpcd, and can be told to fail.

vpcd (Debian's vsmartcard-vpcd) listens on one TCP port for each slot; a connection is a card being there.
Its other mode, in which vpcd connects to the card, ends pcscd with an abort while the slot is empty (3.3).
Frames are a 16-bit big-endian length and a body; a body of one byte is a control, and only 4 wants a reply.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

_POWER_OFF, _POWER_ON, _RESET, _ATR = 0, 1, 2, 4


class VirtualCard(Protocol):
    """A card: its answer to reset, and its answers to commands."""

    atr: bytes

    def reset(self) -> None:
        """Forget what was selected (power on, power off, reset)."""
        ...

    def answer(self, apdu: bytes) -> bytes:
        """Return the response APDU, data and two status bytes; never nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """The card leaves at command number ``at_apdu``, counted from when the fault is armed, from 0."""

    at_apdu: int = 0


@dataclass(frozen=True, slots=True)
class Swapped:
    """Another card takes this one's place at command ``at_apdu``."""

    card: VirtualCard
    at_apdu: int = 0


@dataclass(frozen=True, slots=True)
class Silent:
    """From command ``at_apdu`` on the card answers nothing, until it is removed."""

    at_apdu: int = 0


@dataclass(frozen=True, slots=True)
class Garbled:
    """From command ``at_apdu`` on, ``mangle`` alters each response for as long as this card stays."""

    mangle: Callable[[bytes], bytes]
    at_apdu: int = 0


@dataclass(frozen=True, slots=True)
class Slow:
    """Each command takes ``delay_s`` longer, as a contact card of 9600 baud does."""

    delay_s: float


Fault = Pulled | Swapped | Silent | Garbled | Slow
_RETRY_S: Final = 0.02


class CardSlot:
    """A slot whose reader listens on ``port`` of loopback. Every method may be called from any thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._card: VirtualCard | None = None
        self._fault: Fault | None = None
        self._commands = 0
        self._connection: socket.socket | None = None
        self._moved = threading.Event()  # set when what is in the slot now leaves it, or comes into it
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="virtual-card-slot", daemon=True)
        self._thread.start()

    @property
    def card(self) -> VirtualCard | None:
        """The card that is in the slot."""
        with self._lock:
            return self._card

    def insert(self, card: VirtualCard, fault: Fault | None = None) -> None:
        """Put a card in; whatever was there is gone, its faults too. ``fault`` is armed before it can be read."""
        self._replace(card, fault)

    def remove(self) -> None:
        """Take the card out."""
        self._replace(None)

    def fail_next(self, fault: Fault | None) -> None:
        """Arm a fault for the card that is in the slot; None disarms."""
        with self._lock:
            self._fault = fault
            self._commands = 0

    def close(self) -> None:
        """Take the card out for good."""
        self._closed = True
        self._replace(None)
        self._thread.join(timeout=2)

    def _replace(self, card: VirtualCard | None, fault: Fault | None = None) -> None:
        with self._lock:
            self._card = card
            self._fault = fault
            self._commands = 0
            self._moved.set()
            self._moved = threading.Event()
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._closed:
            with self._lock:
                card, moved = self._card, self._moved
            if card is None:
                moved.wait()
                continue
            with contextlib.suppress(OSError):
                self._serve(card, moved)
            moved.wait(_RETRY_S)  # the reader is away, or has dropped this card: lie there and try again

    def _serve(self, card: VirtualCard, moved: threading.Event) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as connection:
            with self._lock:
                if moved.is_set():
                    return
                self._connection = connection
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            card.reset()
            while (body := _receive(connection)) is not None:
                if len(body) == 1:
                    if body[0] == _ATR:
                        _send(connection, card.atr)
                    elif body[0] in (_POWER_OFF, _POWER_ON, _RESET):
                        card.reset()
                    continue
                answer = self._answer(card, body, moved)
                if answer is None:
                    return
                _send(connection, answer)

    def _answer(self, card: VirtualCard, apdu: bytes, moved: threading.Event) -> bytes | None:
        with self._lock:
            fault, command = self._fault, self._commands
            self._commands += 1
        match fault:
            case Pulled(at_apdu=at) if command >= at:
                self._replace(None)
                return None
            case Swapped(card=other, at_apdu=at) if command >= at:
                self._replace(other)
                return None
            case Silent(at_apdu=at) if command >= at:
                moved.wait()
                return None
            case Garbled(mangle=mangle, at_apdu=at) if command >= at:
                return mangle(card.answer(apdu))
            case Slow(delay_s=delay_s):
                return None if moved.wait(delay_s) else card.answer(apdu)
            case _:
                return card.answer(apdu)


def _receive(connection: socket.socket) -> bytes | None:
    """Return the next body, or None at the end of the connection."""
    header = _receive_exactly(connection, 2)
    return None if header is None else _receive_exactly(connection, int.from_bytes(header, "big"))


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    received = b""
    while len(received) < size:
        # Linux forgets this option: without it, every command waits 40 ms for a delayed acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(size - len(received))
        if not part:
            return None
        received += part
    return received


def _send(connection: socket.socket, body: bytes) -> None:
    connection.sendall(len(body).to_bytes(2, "big") + body)
