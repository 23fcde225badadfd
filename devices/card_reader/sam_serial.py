"""The SAM module's serial line, 115200 8N1: the door to pyserial."""

import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import serial  # noqa: TID251 - this module is the door to pyserial

from devices.card_reader.sam_line import LineLost, OpenLine

_BAUD: Final = 115200
_CHUNK: Final = 4096


class SerialLine:
    """A serial port, for this process alone."""

    def __init__(self, port: str) -> None:
        with _lost():
            self._port = serial.Serial(port, _BAUD, exclusive=True)

    def send(self, frame: bytes) -> None:
        """Throw away what came unasked, then send a frame."""
        with _lost():
            self._port.reset_input_buffer()
            self._port.write(frame)

    def receive(self, timeout_s: float) -> bytes:
        """Return what came within the timeout."""
        with _lost():
            self._port.timeout = timeout_s
            return bytes(self._port.read(max(1, min(self._port.in_waiting, _CHUNK))))

    def close(self) -> None:
        """Close the port."""
        self._port.close()


_: OpenLine = SerialLine


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except (OSError, termios.error) as error:
        raise LineLost(str(error)) from error
