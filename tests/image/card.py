"""A virtual card in QEMU's card reader (usb-ccid, ccid-card-passthru), so that libccid and pcscd of the image read it.

The reader's far end speaks libcacard's protocol (vscard_common.h): a header of three big-endian words (type, reader,
length) and a body. Magic and version were checked against QEMU 7.2.
"""

import contextlib
import socket
import struct
import threading
from pathlib import Path
from typing import Final

from devices.virtual.card_slot import VirtualCard
from tests.image.qmp import connected

_INIT, _ERROR, _READER_ADD, _ATR, _CARD_REMOVE, _APDU, _FLUSH, _FLUSHED = 1, 2, 3, 5, 6, 7, 8, 9
_VERSION: Final = 2
_HEADER: Final = struct.Struct(">III")


class ReaderOfQemu:
    """The far end of QEMU's reader at a unix socket. One card at a time."""

    def __init__(self, path: Path, within_s: float = 30.0) -> None:
        self._socket = connected(path, within_s)
        self._card: VirtualCard | None = None
        self.commands = 0
        self._lock = threading.Lock()
        self._send(_INIT, b"VSCD" + struct.pack(">II", _VERSION, 0))
        self._send(_READER_ADD, b"reader\0")
        threading.Thread(target=self._serve, name="card-in-qemu", daemon=True).start()

    def insert(self, card: VirtualCard) -> None:
        """Put a card in."""
        self._card = card
        card.reset()
        self._send(_ATR, card.atr)

    def remove(self) -> None:
        """Take it out."""
        self._card = None
        self._send(_CARD_REMOVE, b"")

    def close(self) -> None:
        """Let go of the reader."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _send(self, kind: int, body: bytes) -> None:
        with self._lock:
            self._socket.sendall(_HEADER.pack(kind, 0, len(body)) + body)

    def _serve(self) -> None:
        with contextlib.suppress(OSError), self._socket.makefile("rb") as stream:
            while header := stream.read(_HEADER.size):
                kind, _, length = _HEADER.unpack(header)
                body = stream.read(length)
                card = self._card
                if kind == _APDU and card is not None:
                    self.commands += 1
                    self._send(_APDU, card.answer(body))
                elif kind == _FLUSH:
                    self._send(_FLUSHED, b"")
