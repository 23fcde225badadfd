"""The models of card readers that are known, from ``hardware.toml``: found by a reader's name or USB numbers.

``python -m devices.card_reader.hardware`` prints the table of ``docs/hardware.md``.
"""

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.card_reader.recovery import Rung

SYSFS: Final = Path("/sys")
FILE: Final = Path(__file__).with_name("hardware.toml")

RungName = Literal["reconnect", "new_context", "restart_service", "power_cycle"]
CardProtocol = Literal["T=0", "T=1"]
UsbNumbers = Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")]
_ALL_RUNGS: Final[tuple[RungName, ...]] = ("reconnect", "new_context", "restart_service", "power_cycle")


class HardwareWrong(Exception):
    """The list of models cannot be used. The text names every wrong key, and what was expected there."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1, description="maker and model, as on its label")]
    usb: Annotated[UsbNumbers | None, Field(description="vendor:product in small hexadecimal digits")] = None
    verified: Annotated[str, Field(min_length=1, description='"simulated only", or on what hardware it was tried')]
    note: Annotated[str, Field(description="one sentence for the technician")] = ""
    rungs: Annotated[
        tuple[RungName, ...], Field(description="rungs of the recovery ladder, of " + ", ".join(_ALL_RUNGS))
    ] = _ALL_RUNGS

    @property
    def allowed(self) -> frozenset[Rung]:
        """The rungs of the recovery ladder that may be climbed with this model."""
        return frozenset(Rung[name.upper()] for name in self.rungs)


class PcscModel(_Model):
    """A reader behind pcscd. ``settle_s``: for how long what pcscd says may still be about the card before."""

    name: Annotated[str, Field(description="part of the reader's name as pcscd lists it")]
    cards: Annotated[str, Field(description='"contact", "contactless" or both')]
    extended_length: Annotated[bool, Field(description="whether it takes commands and answers of more than 256 bytes")]
    protocols: Annotated[
        tuple[CardProtocol, ...], Field(min_length=1, description='protocols to ask for: "T=0", "T=1"')
    ] = ("T=0", "T=1")
    settle_s: Annotated[float, Field(ge=0.4, le=5, description="seconds, pcscd's own 0.4 at least")] = 0.5


class SamModel(_Model):
    """A SAM module. Report size and count only matter for USB HID."""

    line: Annotated[Literal["serial", "hid"], Field(description='"serial" or "hid"')]
    poll_s: Annotated[float, Field(ge=0.05, le=5, description="seconds between two looks for a card")] = 0.3
    report_size: Annotated[int, Field(ge=8, le=1024, description="bytes in a HID report")] = 64
    reports_counted: Annotated[bool, Field(description="whether a report begins with the number of its bytes")] = True


class Hardware(BaseModel):
    """The whole list. The last of each kind fits any device of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pcsc: Annotated[tuple[PcscModel, ...], Field(min_length=1)]
    sam: Annotated[tuple[SamModel, ...], Field(min_length=1)]

    def pcsc_model(self, name: str) -> PcscModel:
        """Return the model of a PC/SC reader by its name."""
        return next((one for one in self.pcsc if one.name in name), self.pcsc[-1])

    def sam_model(self, line: Literal["serial", "hid"], usb: str | None) -> SamModel:
        """Return the model of a module by its line and its USB numbers, ``None`` when it has none."""
        fitting = [one for one in self.sam if one.line == line]
        if not fitting:
            return self.sam[-1]
        return next((one for one in fitting if one.usb is not None and one.usb == usb), fitting[-1])


def load(path: Path) -> Hardware:
    """Read and check a list of models. Raises ``HardwareWrong``."""
    try:
        return Hardware.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HardwareWrong(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        told = [_explained(one["loc"], one["msg"]) for one in error.errors()]
        raise HardwareWrong("\n".join(f"{path}: {line}" for line in told)) from error
    except ValueError as error:  # TOML's own errors name line and column
        raise HardwareWrong(f"{path}: not TOML: {error}") from error


def usb_numbers_of(device: Path, sysfs: Path = SYSFS) -> str | None:
    """Return ``vendor:product`` of the USB device that a serial port or hidraw file belongs to; None: to none."""
    name = device.resolve().name
    place = (sysfs / "class" / ("hidraw" if name.startswith("hidraw") else "tty") / name).resolve()
    for folder in (place, *place.parents):
        numbers = [folder / file for file in ("idVendor", "idProduct")]
        if all(file.is_file() for file in numbers):
            return ":".join(file.read_text(encoding="ascii").strip().lower() for file in numbers)
    return None


def sam_model_at(port: str, sysfs: Path = SYSFS) -> SamModel:
    """Return the model of the module at a device file: ``/dev/hidrawN`` or a link to one, or a serial port."""
    device = Path(port)
    line: Literal["serial", "hid"] = "hid" if device.resolve().name.startswith("hidraw") else "serial"
    return known().sam_model(line, usb_numbers_of(device, sysfs))


@cache
def known() -> Hardware:
    """Return the list that comes with the product."""
    return load(FILE)


def table(hardware: Hardware) -> str:
    """Return the list as the tables of ``docs/hardware.md``."""
    lines = ["| reader (PC/SC) | USB | cards | extended length | tried on | |", "|---|---|---|---|---|---|"]
    for one in hardware.pcsc:
        extended = "yes" if one.extended_length else "no"
        lines.append(f"| {one.model} | {one.usb or ''} | {one.cards} | {extended} | {one.verified} | {one.note} |")
    lines += ["", "| SAM module | USB | line | tried on | |", "|---|---|---|---|---|"]
    lines += [f"| {one.model} | {one.usb or ''} | {one.line} | {one.verified} | {one.note} |" for one in hardware.sam]
    return "\n".join(lines) + "\n"


def _explained(place: tuple[int | str, ...], message: str) -> str:
    kind, *rest = place
    fields = {"pcsc": PcscModel.model_fields, "sam": SamModel.model_fields}.get(str(kind), Hardware.model_fields)
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    key = next((part for part in rest if isinstance(part, str)), None)
    if key is None:
        return f"{kind}{where}: {message}"
    if key not in fields:
        return f"{kind}{where}: there is no such key; here may stand: {', '.join(sorted(fields))}"
    return f"{kind}{where}: {message}; expected: {fields[key].description}"


if __name__ == "__main__":
    sys.stdout.write(table(known()))
