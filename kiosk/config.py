"""The terminal's configuration: one TOML file, checked whole at start, with errors that say what to write instead.

``example.toml`` beside this module describes every key; its comments are what the error messages quote.
"""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from kiosk.technician_pin import HASH_FORM
from wire.invitation import centre_url
from wire.text import Language

_EXAMPLE_LINE = re.compile(r"#?([a-z_]+) = .+")
_KINDS = ("pcsc", "sam")  # stand in pydantic's places of errors, not in the file


class ConfigWrong(Exception):
    """The configuration cannot be used. The text names file and keys, what was expected, and an example of each."""

    code: ClassVar[str] = "terminal.config_wrong"


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("the path is not absolute")
    return path


def _proxy(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("neither an http nor an https address of a proxy")
    _ = parts.port  # ValueError for what is none
    return address


def _camera_source(source: int | str) -> int | str:
    fits = source >= 0 if isinstance(source, int) else source.startswith(("/dev/", "http://", "https://"))
    if not fits:
        raise ValueError("neither an index, nor below /dev, nor an http address")
    return source


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Hour = Annotated[int, Field(ge=0, le=23)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Centre(_Section):
    """Where the centre is. ``ca_file``: authorities for TLS, or None for the system's. ``proxy``: what leads there."""

    url: Annotated[str, AfterValidator(centre_url)]
    ca_file: Annotated[AbsolutePath | None, Field(strict=False)] = None
    proxy: Annotated[str | None, AfterValidator(lambda one: one and _proxy(one)), Field(repr=False)] = None


class PcscReader(_Section):
    """A card reader behind pcscd."""

    kind: Literal["pcsc"]
    name: Annotated[str, Field(min_length=1)]


class SamReader(_Section):
    """A resident card reader's SAM module on a serial port."""

    kind: Literal["sam"]
    port: Annotated[AbsolutePath, Field(strict=False)]


class Camera(_Section):
    """The camera that scans codes. ``source``: index, device file or address of an MJPEG stream."""

    source: Annotated[int | str, AfterValidator(_camera_source)]


class Printer(_Section):
    """A printer and the spooler before it: the A4 one, and one for slips on a roll of 80 mm where there is one."""

    queue: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    uri: Annotated[str, Field(pattern=r"^ipps?://[^\s/]+(/\S*)?$")]
    cups_socket: Annotated[AbsolutePath, Field(strict=False)] = Path("/run/cups/cups.sock")


class Screen(_Section):
    """The picture, in pixels as the citizen sees it; ``rotation`` is what Xorg does (xrandr's words)."""

    width: Annotated[int, Field(ge=640, le=7680)] = 1080
    height: Annotated[int, Field(ge=640, le=7680)] = 1920
    rotation: Literal["normal", "left", "right", "inverted"] = "normal"


class Session(_Section):
    """When a forgotten visit ends (domain.md: 60 s, then a countdown of 15 s)."""

    idle_s: Annotated[int, Field(ge=10, le=600)] = 60
    warning_s: Annotated[int, Field(ge=5, le=120)] = 15


class Speech(_Section):
    """The terminal's voice. ``device``: as ALSA names it; ``prompts``: folder of recordings (``zh/take_card.wav``)."""

    enabled: bool = True
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:,=-]{1,100}$")] = "default"
    prompts: Annotated[AbsolutePath | None, Field(strict=False)] = None


class Technician(_Section):
    """Who may open the technician's screen: ``pin_hash`` as ``bianmin technician-pin`` makes it; None: nobody."""

    pin_hash: Annotated[str | None, Field(pattern=HASH_FORM, repr=False)] = None


class DeviceKey(_Section):
    """How the device key is kept. ``sealed_by_tpm``: it opens on this machine alone; asked for at enrolment."""

    sealed_by_tpm: bool = False


class Recovery(_Section):
    """What may be done from outside about a card reader that stays silent. ``restart_pcscd``: a command, or nothing."""

    restart_pcscd: Annotated[tuple[str, ...], Field(strict=False)] = ()
    cycle_usb_power: bool = False


class Time(_Section):
    """Which servers the clock is set by, beside those that the network names. ``nts``: they prove who they are."""

    servers: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$")], ...], Field(strict=False)
    ] = ()
    nts: bool = True


class TravelDocuments(_Section):
    """How the chips of travel documents are judged. ``csca_dir``: their issuers' certificates; None: not checked."""

    csca_dir: Annotated[AbsolutePath | None, Field(strict=False)] = None


class Updates(_Section):
    """When a release may be installed (from one full hour to another, China's time), and how fast it is fetched."""

    hours: Annotated[tuple[Hour, Hour], Field(strict=False)] = (2, 5)
    most_kb_per_s: Annotated[int, Field(ge=10, le=100_000)] = 250


class Config(_Section):
    """Everything that differs from one terminal to the next."""

    data_dir: Annotated[AbsolutePath, Field(strict=False)]
    languages: Annotated[tuple[Annotated[Language, Field(strict=False)], ...], Field(min_length=1, strict=False)] = (
        Language.ZH,
        Language.EN,
    )
    centre: Centre
    card_readers: Annotated[
        tuple[Annotated[PcscReader | SamReader, Field(discriminator="kind")], ...], Field(strict=False)
    ] = ()
    camera: Camera
    printer: Printer
    slip_printer: Printer | None = None
    screen: Screen = Screen()
    session: Session = Session()
    speech: Speech = Speech()
    travel_documents: TravelDocuments = TravelDocuments()
    time: Time = Time()
    recovery: Recovery = Recovery()
    technician: Technician = Technician()
    device_key: DeviceKey = DeviceKey()
    updates: Updates = Updates()

    @field_validator("slip_printer")
    @classmethod
    def _is_another_printer(cls, slip_printer: Printer | None, info: ValidationInfo) -> Printer | None:
        printer = info.data.get("printer")
        if slip_printer and printer and slip_printer.queue == printer.queue:
            raise ValueError("the queue is the other printer's")
        return slip_printer

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a file. Raises :class:`ConfigWrong` that names everything wrong with it at once."""
        try:
            config = cls.parse(path.read_text(encoding="utf-8"), path)
            mode = path.stat().st_mode & 0o777
        except OSError as error:
            raise ConfigWrong(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigWrong(f"{path}: not TOML: {error}") from error
        if mode & 0o077 and urlsplit(config.centre.proxy or "").password:
            raise ConfigWrong(f"{path}: centre.proxy has a password, and the file mode {mode:04o}; it must be 0600")
        return config

    @classmethod
    def parse(cls, text: str, path: Path) -> Self:
        """Check what a file says, or would say. Raises :class:`ConfigWrong`."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except ValidationError as error:
            raise ConfigWrong("\n".join(f"{path}: {_explained(one)}" for one in error.errors())) from error
        except ValueError as error:  # TOML's own errors name line and column
            raise ConfigWrong(f"{path}: not TOML: {error}") from error

    @property
    def database(self) -> Path:
        """Where the store is."""
        return self.data_dir / "terminal.sqlite3"


def example() -> str:
    """Return the example file: every key, described."""
    return files("kiosk").joinpath("example.toml").read_text(encoding="utf-8")


def described() -> dict[str, tuple[str, str]]:
    """Return what the example file says of each key (``printer.queue``): its description, and an example line."""
    known: dict[str, tuple[str, str]] = {}
    section, comment = "", ""
    for line in example().splitlines():
        if header := re.fullmatch(r"\[+([a-z_]+)\]+", line):
            section, comment = f"{header[1]}.", ""
        elif found := _EXAMPLE_LINE.fullmatch(line):
            known.setdefault(section + found[1], (comment, line.lstrip("#")))
        elif line.startswith("# "):
            comment = line[2:]
    return known


def _explained(error: ErrorDetails) -> str:
    known = described()
    names, place = "", ""
    for part in error["loc"]:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part not in _KINDS and (
            error["type"] in ("extra_forbidden", "missing") or _is_part_of(known, f"{names}.{part}".lstrip("."))
        ):
            names, place = f"{names}.{part}".lstrip("."), f"{place}.{part}".lstrip(".")
    if error["type"] == "extra_forbidden":
        section = names[: names.rfind(".") + 1]
        beside = sorted({name.removeprefix(section).split(".")[0] for name in known if name.startswith(section)})
        return f"{place}: there is no such key; here may stand: {', '.join(beside)}"
    what = "is missing" if error["type"] == "missing" else error["msg"].removeprefix("Value error, ")
    if names in known:
        expected, line = known[names]
        return f"{place}: {what}; expected: {expected}; example: {line}"
    section_keys = ", ".join(name for name in known if name.startswith(f"{names}."))
    return f"{place}: {what}; expected: a section with {section_keys}"


def _is_part_of(known: dict[str, tuple[str, str]], name: str) -> bool:
    """Tell a key or section from the names that pydantic gives to the choices of a union."""
    return any(key == name or key.startswith(f"{name}.") for key in known)
