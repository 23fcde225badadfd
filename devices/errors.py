"""The root of every error a driver may raise; each carries the code of a message to a person."""

from typing import ClassVar


class DeviceError(Exception):
    """A device could not do what was asked.

    ``code`` names the message in ``wire/problems.toml``. The exception's own text is for the log: it names
    hardware and protocol states, never anything read from a citizen's document.
    """

    code: ClassVar[str] = "device.fault"
