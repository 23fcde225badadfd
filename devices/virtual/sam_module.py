"""A virtual SAM module behind a pseudo terminal, which is its serial line or stands for hidraw; can be told to fail.

The serial line is paced like one of 115200 baud. Linux's own hidraw is not in play: its device would need uhid, or a
USB gadget. The pseudo terminal carries the reports that would pass through it, of the same sizes in the same order.
"""

import os
import pty
import select
import shutil
import tempfile
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from devices.card_reader import sam_frames
from devices.card_reader.sam_frames import FrameDecoder, frame, reply_body
from devices.card_reader.sam_hid import Reports
from devices.virtual.card_resident import VirtualContactlessCard

_BYTES_PER_S: Final = 115200 / 10
_CHUNK: Final = 64
_TICK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Silent:
    """The module answers nothing more, not even searches, until ``fail_next(None)``, ``insert`` or ``remove``."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The answer to the next read ends after ``size`` bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Mangled:
    """``mangle`` alters the frame that answers the next read: noise before it, a wrong checksum, …."""

    mangle: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Garbled:
    """``mangle`` alters the 256 bytes of text of the next read; the frame around it is sound."""

    mangle: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Lifted:
    """The card leaves while the next read is under way; ``other`` takes its place, if given.

    With ``when_read`` it leaves a moment later, between the answer to the read and the question for a new address.
    """

    other: VirtualContactlessCard | None = None
    when_read: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """Each answer comes ``delay_s`` later."""

    delay_s: float


SamFault = Silent | Cut | Mangled | Garbled | Lifted | Slow


class VirtualSamModule:
    """One module. ``port`` is a stable path for the driver. Every method may be called from any thread.

    With ``reports`` it speaks USB HID, a frame cut into such reports.
    """

    def __init__(self, reports: Reports | None = None) -> None:
        self._reports = reports
        self._directory = Path(tempfile.mkdtemp(prefix="sam-"))
        self.port = str(self._directory / ("ttySAM" if reports is None else "hidrawSAM"))
        self._lock = threading.Lock()
        self._card: VirtualContactlessCard | None = None
        self._selected = False
        self._fault: SamFault | None = None
        self._unplugged = threading.Event()
        self._thread: threading.Thread | None = None
        self.plug()

    @property
    def card(self) -> VirtualContactlessCard | None:
        """The card that lies on the module."""
        with self._lock:
            return self._card

    def insert(self, card: VirtualContactlessCard, fault: SamFault | None = None) -> None:
        """Lay a card on; whatever was there is gone, faults too. ``fault`` is armed before it can be read."""
        self._replace(card, fault)

    def remove(self) -> None:
        """Lift the card."""
        self._replace(None)

    def fail_next(self, fault: SamFault | None) -> None:
        """Arm a fault; None disarms."""
        with self._lock:
            self._fault = fault

    def plug(self) -> None:
        """Connect the module: the port is there."""
        if self._thread is not None:
            return
        master, slave = pty.openpty()
        tty.setraw(slave)
        link = Path(self.port)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        with self._lock:
            self._selected, self._fault = False, None  # it had no power
        self._unplugged = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(master, slave, self._unplugged), name="virtual-sam", daemon=True
        )
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable: the port vanishes."""
        thread, self._thread = self._thread, None
        if thread is not None:
            Path(self.port).unlink(missing_ok=True)
            self._unplugged.set()
            thread.join(timeout=2)

    def close(self) -> None:
        """Unplug for good and delete the directory."""
        self.unplug()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _replace(self, card: VirtualContactlessCard | None, fault: SamFault | None = None) -> None:
        with self._lock:
            self._card, self._selected, self._fault = card, False, fault

    def _serve(self, master: int, slave: int, unplugged: threading.Event) -> None:
        decoder, reported = FrameDecoder(), b""
        try:
            while not unplugged.is_set():
                ready, _, _ = select.select([master], [], [], _TICK_S)
                if not ready:
                    continue
                received = os.read(master, 4096)
                if self._reports is not None:
                    received, reported = self._unpack(reported + received)
                for command in decoder.feed(received):
                    if isinstance(slow := self._fault, Slow):
                        unplugged.wait(slow.delay_s)
                    self._send(master, self._answer(command[:2]), unplugged)
        finally:
            os.close(slave)
            os.close(master)

    def _unpack(self, stream: bytes) -> tuple[bytes, bytes]:
        """Return what whole reports carry, each behind its number, and the rest of the stream."""
        assert self._reports is not None  # noqa: S101 - asked by the caller
        written = self._reports.size + 1
        whole = len(stream) - len(stream) % written
        reports = (stream[start + 1 : start + written] for start in range(0, whole, written))
        return b"".join(map(self._reports.unpacked, reports)), stream[whole:]

    def _send(self, master: int, answer: bytes, unplugged: threading.Event) -> None:
        if self._reports is not None:
            for report in self._reports.packed(answer):
                with suppress(OSError):
                    os.write(master, report)
            return
        began = time.monotonic()
        for start in range(0, len(answer), _CHUNK):
            chunk = answer[start : start + _CHUNK]
            due = began + (start + len(chunk)) / _BYTES_PER_S  # on a busy machine delays do not add up
            if unplugged.wait(due - time.monotonic()):
                return
            with suppress(OSError):
                os.write(master, chunk)

    def _answer(self, command: bytes) -> bytes:
        """Return the bytes that answer a command; none from a silent module."""
        with self._lock:
            fault = self._fault
            if isinstance(fault, Silent):
                return b""
            if command == sam_frames.READ.code:
                self._fault = fault if isinstance(fault, Slow) else None
                return self._read(fault)
            return frame(self._short_answer(command))

    def _short_answer(self, command: bytes) -> bytes:
        if command == sam_frames.FIND.code:
            # as real modules do: a card that was selected is not found again until it is lifted
            found = self._card is not None and not self._selected
            return reply_body(sam_frames.FOUND, bytes(4)) if found else reply_body(sam_frames.NO_CARD)
        if command == sam_frames.SELECT.code:
            self._selected = self._card is not None and self._card.selectable
            if self._selected:
                return reply_body(sam_frames.DONE, bytes(8))
            return reply_body(sam_frames.NOT_SELECTED)
        if command == sam_frames.READ_NEW_ADDRESS.code:
            if not self._selected or self._card is None:
                return reply_body(sam_frames.NOT_READ)
            added = self._card.new_address
            return reply_body(sam_frames.DONE, added) if added else reply_body(sam_frames.NO_SUCH_ITEM)
        return reply_body(0x21)  # unknown command

    def _read(self, fault: SamFault | None) -> bytes:
        if isinstance(fault, Lifted) and not fault.when_read:
            self._card, self._selected = fault.other, False
        if self._card is None or not self._selected:
            return frame(reply_body(sam_frames.NOT_READ))
        text = fault.mangle(self._card.text) if isinstance(fault, Garbled) else self._card.text
        sizes = len(text).to_bytes(2, "big") + len(self._card.photo).to_bytes(2, "big")
        answer = frame(reply_body(sam_frames.DONE, sizes + text + self._card.photo))
        match fault:
            case Cut(size=size):
                return answer[:size]
            case Mangled(mangle=mangle):
                return mangle(answer)
            case Lifted(other=other):
                self._card, self._selected = other, False
                return answer
            case _:
                return answer
