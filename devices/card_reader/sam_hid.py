"""The SAM module's line as USB HID reports, through Linux's hidraw: packed, unpacked, read and written.

A frame of the module's protocol is cut over reports of one size. How the parts are marked differs by vendor. Two ways
are known here: ``counted``, a first byte that says how many of the others are of the frame (from one vendor's public
program, which also answers with a first byte over that: no data), and bare, the rest of the last report filled up with
zeros (from memory). Neither was tried on a module; the tests have a pseudo terminal in place of hidraw.
"""

import os
import select
from dataclasses import dataclass
from typing import Final

from devices.card_reader.sam_line import LineLost

_UNNUMBERED: Final = b"\x00"  # hidraw wants a report's number first when it is written, and gives none when it is read


@dataclass(frozen=True, slots=True)
class Reports:
    """How frames lie in reports: their ``size`` in bytes, without a report's number, and whether each is counted."""

    size: int = 64
    counted: bool = True

    def packed(self, frame: bytes) -> list[bytes]:
        """Return the reports that carry a frame."""
        room = self.size - 1 if self.counted else self.size
        parts = [frame[start : start + room] for start in range(0, len(frame), room)]
        return [((bytes((len(part),)) if self.counted else b"") + part).ljust(self.size, b"\x00") for part in parts]

    def unpacked(self, report: bytes) -> bytes:
        """Return what a report carries: of a bare one, with its filling, which no frame begins with."""
        if not self.counted:
            return report
        return report[1 : 1 + report[0]] if report[:1] and report[0] < self.size else b""


class HidLine:
    """A hidraw device. Several programs may open one: the module's answers would go to all of them."""

    def __init__(self, path: str, reports: Reports = Reports()) -> None:
        self._reports = reports
        self._partial = b""
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise LineLost(str(error)) from error

    def send(self, frame: bytes) -> None:
        """Throw away what came unasked, then send a frame."""
        while self._read():
            pass
        self._partial = b""
        for report in self._reports.packed(frame):
            try:
                os.write(self._file, _UNNUMBERED + report)
            except OSError as error:
                raise LineLost(str(error)) from error

    def receive(self, timeout_s: float) -> bytes:
        """Return what the next report carries; nothing after the timeout."""
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        while poll.poll(timeout_s * 1000):
            self._partial += self._read()
            if len(self._partial) == self._reports.size:  # hidraw gives whole reports; a pseudo terminal may not
                report, self._partial = self._partial, b""
                if carried := self._reports.unpacked(report):
                    return carried
        return b""

    def close(self) -> None:
        """Close the device."""
        os.close(self._file)

    def _read(self) -> bytes:
        try:
            read = os.read(self._file, self._reports.size - len(self._partial))
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LineLost(str(error)) from error
        if not read:
            raise LineLost("end of file")
        return read
