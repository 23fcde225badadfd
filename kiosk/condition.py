"""What a device's status means to a technician: well or not, in words, its code, and what to do. It asks no device."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, assert_never

from devices.camera.api import CameraFault, CameraMissing, CameraReady, CameraStatus
from devices.card_reader.api import CardPresent, CardStatus, NoCard, ReaderFault, ReaderMissing
from devices.printer.api import PrinterMissing, PrinterReady, PrinterStatus, PrinterStopped
from devices.printer.reasons import code_of
from devices.scanner.api import ScannerFault, ScannerMissing, ScannerReady, ScannerStatus
from devices.speech.api import Speaking, SpeechFault, SpeechMissing, SpeechReady, SpeechStatus
from wire.text import Text

DeviceStatus = CardStatus | CameraStatus | ScannerStatus | PrinterStatus | SpeechStatus
_SERVES_WITHOUT = frozenset({"device.mute"})


@dataclass(frozen=True, slots=True)
class Condition:
    """How a device is. ``state``: the status class; ``code``: of ``wire/problems.toml``, None where all is well.

    ``detail`` is the device's own word (an IPP reason, a size in pixels); nothing of a citizen, nothing of one card.
    """

    state: str
    code: str | None = None
    detail: str = ""

    @property
    def well(self) -> bool:
        """Whether the device can do its work."""
        return self.code is None

    @property
    def bearable(self) -> bool:
        """Whether citizens are served all the same."""
        return self.code is None or self.code in _SERVES_WITHOUT

    @property
    def words(self) -> Text:
        """The state in words."""
        return _told()["state"][self.state]

    @property
    def advice(self) -> Text | None:
        """What to do about it, None where all is well."""
        return None if self.code is None else advice(self.code)


def condition_of(status: DeviceStatus) -> Condition:
    """Return what a status means."""
    return Condition(type(status).__name__, _code_of(status), _detail_of(status))


def _code_of(status: DeviceStatus) -> str | None:
    code: str | None
    match status:
        case CameraReady(black=True):
            code = "camera.dark"
        case NoCard() | CardPresent() | CameraReady() | ScannerReady() | PrinterReady() | SpeechReady() | Speaking():
            code = None
        case SpeechMissing() | SpeechFault():
            code = "device.mute"
        case ReaderMissing():
            code = "reader.lost"
        case ReaderFault():
            code = "reader.fault"
        case CameraMissing() | CameraFault() | ScannerMissing():
            code = "camera.fault"
        case ScannerFault():
            code = "scanner.fault"
        case PrinterMissing():
            code = "printer.unavailable"
        case PrinterStopped(reasons):
            code = code_of(reasons)
        case unreachable:
            assert_never(unreachable)
    return code


def _detail_of(status: DeviceStatus) -> str:
    match status:
        case CameraReady(width, height):
            return f"{width} × {height}"
        case (
            ReaderFault(reason)
            | CameraFault(reason)
            | ScannerFault(reason)
            | SpeechMissing(reason)
            | SpeechFault(reason)
        ):
            return reason
        case PrinterReady(reasons) | PrinterStopped(reasons):
            return ", ".join(reasons)
        case _:
            return ""


def kind_in_words(kind: str) -> Text:
    """Return what a kind of device is called."""
    return _told()["kind"][kind]


def known_kind(kind: str) -> bool:
    """Tell whether there is such a kind of device."""
    return kind in _told()["kind"]


def known_state(state: str) -> bool:
    """Tell whether there is a status class of this name."""
    return state in _told()["state"]


def advice(code: str) -> Text | None:
    """Return what a technician does about a problem, None where nothing more is known than the problem says."""
    return _told()["advice"].get(code)


@cache
def _told() -> dict[str, dict[str, Text]]:
    listed: dict[str, dict[str, Any]] = tomllib.loads(
        files("kiosk").joinpath("advice.toml").read_text(encoding="utf-8")
    )
    return {
        part: {name: Text(zh=words[0], en=words[1]) for name, words in entries.items()}
        for part, entries in listed.items()
    }
