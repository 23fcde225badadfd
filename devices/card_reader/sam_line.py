"""What a SAM module's line offers to the driver, whatever it is: a serial port, or HID reports over USB."""

from collections.abc import Callable
from typing import Protocol


class LineLost(Exception):
    """The line is not there, or not any more."""


class Line(Protocol):
    """An open line. Its calls block, and raise ``LineLost`` when the module is unplugged."""

    def send(self, frame: bytes) -> None:
        """Throw away what came unasked, then send a frame."""
        ...

    def receive(self, timeout_s: float) -> bytes:
        """Return what came, as soon as anything did; nothing after the timeout. Frames may come in pieces."""
        ...

    def close(self) -> None:
        """Give the device file back."""
        ...


OpenLine = Callable[[str], Line]
"""Opens the line at a device file; raises ``LineLost`` when that cannot be."""
