"""Looks for this machine's devices: readers by pcscd and by asking serial ports, cameras, printers by IPP and mDNS.

Asking a serial port means sending the SAM module's "find a card": anything else on that port gets these ten bytes, too.
A HID device is asked only where ``hardware.toml`` lists its USB numbers: touch screens are HID devices as well.
"""

import asyncio
import getpass
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from devices.camera.api import CameraError
from devices.camera.opencv import OpenCvCamera
from devices.card_reader import pcsc
from devices.card_reader.api import CardReadError, ReaderFault, ReaderMissing
from devices.card_reader.hardware import known, sam_model_at, usb_numbers_of
from devices.card_reader.sam import SamReader
from devices.finding.api import CameraFound, Found, Hints, PcscFound, PrinterFound, SamFound
from devices.printer.ipp_client import IppClient, PrinterSilentError
from devices.printer.media import size_of

S = TypeVar("S")
SERIAL: Final = ("ttyS[0-3]", "ttyUSB*", "ttyACM*")
IPP_USB: Final = tuple(f"ipp://localhost:{port}/ipp/print" for port in range(60000, 60010))  # ipp-usb(8)
_PCSC_S: Final = 5.0
_SAM_S: Final = 4.0
_PICTURE_S: Final = 8.0
_PRINTER_S: Final = 3.0
_BROWSE_S: Final = 3
_WIDEST_ROLL_MM: Final = 112


class MachineFinder:
    """``dev``: where device files are. ``usb_printers``: where ipp-usb offers them. ``browser``: the mDNS browser."""

    def __init__(
        self,
        dev: Path = Path("/dev"),
        usb_printers: Sequence[str] = IPP_USB,
        browser: Sequence[str] = ("ippfind", "--timeout", str(_BROWSE_S), "_ipp._tcp", "--print"),
    ) -> None:
        self._dev = dev
        self._usb_printers = tuple(usb_printers)
        self._browser = tuple(browser)

    async def find(self, hints: Hints) -> Found:
        """Ask everywhere at once."""
        pcsc_readers, modules, cameras, printers = await asyncio.gather(
            _pcsc(), self._modules(hints), self._cameras(hints), self._printers(hints)
        )
        return Found((*pcsc_readers, *modules), cameras, printers)

    async def printer_at(self, uri: str) -> PrinterFound | None:
        """Ask at one address."""
        answered = await asyncio.to_thread(_printer_at, uri)
        return None if answered is None else answered[1]

    async def _modules(self, hints: Hints) -> tuple[SamFound, ...]:
        listed = [str(path) for pattern in SERIAL for path in sorted(self._dev.glob(pattern))]
        models = {model.usb for model in known().sam if model.line == "hid" and model.usb is not None}
        listed += [str(path) for path in sorted(self._dev.glob("hidraw*")) if usb_numbers_of(path) in models]
        ports = _each_once((*hints.ports, *listed), lambda port: str(Path(port).resolve()))
        answered = await asyncio.gather(*(_module_answers(port, hints) for port in ports))
        return tuple(SamFound(port, sam_model_at(port).model) for port, yes in zip(ports, answered, strict=True) if yes)

    async def _cameras(self, hints: Hints) -> tuple[CameraFound, ...]:
        listed = sorted(map(str, self._dev.glob("video*")))
        sources: list[int | str] = _each_once(
            (*hints.cameras, *listed), lambda source: str(_device_of(source) or source)
        )
        tried = [await _picture(source, hints) for source in sources]  # one after another: they share a USB bus
        return tuple(camera for camera in tried if camera is not None)

    async def _printers(self, hints: Hints) -> tuple[PrinterFound, ...]:
        uris = _each_once((*hints.printers, *self._usb_printers, *await self._browsed()), str)
        asked = await asyncio.gather(*(asyncio.to_thread(_printer_at, uri) for uri in uris))
        known_by: dict[str, PrinterFound] = {}
        for mark, printer in filter(None, asked):
            known_by.setdefault(mark, printer)
        return tuple(known_by.values())

    async def _browsed(self) -> list[str]:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._browser,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError:
            return []
        try:
            async with asyncio.timeout(_BROWSE_S + _PRINTER_S):
                printed, _ = await process.communicate()
        except TimeoutError:
            return []
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return printers_of(printed.decode(errors="replace"))


def printers_of(listing: str) -> list[str]:
    """Return the addresses in an ippfind listing: one a line, whatever a printer on the network calls itself."""
    lines = (line.strip() for line in listing.splitlines())
    return [line for line in lines if line.startswith("ipp://") and line.isascii() and " " not in line]


async def _pcsc() -> tuple[PcscFound, ...]:
    def names() -> list[str]:
        with pcsc.context() as handle:
            return pcsc.readers(handle)

    with suppress(CardReadError, TimeoutError):
        async with asyncio.timeout(_PCSC_S):
            return tuple(PcscFound(name) for name in await asyncio.to_thread(names))
    return ()


async def _module_answers(port: str, hints: Hints) -> bool:
    """Tell whether a module answers; a port that is not there is silent like any other."""
    if port in hints.serving:
        return True
    reader = SamReader(port)
    status: object = ReaderMissing()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_SAM_S):
                status = await reader.changed(ReaderMissing())
    finally:
        await reader.aclose()
    return not isinstance(status, ReaderMissing | ReaderFault)


async def _picture(source: int | str, hints: Hints) -> CameraFound | None:
    title = _camera_title(source)
    if source in hints.serving:
        return CameraFound(source, title, 0, 0)
    device = _device_of(source)
    if device is not None and not device.exists():
        return None
    camera = OpenCvCamera("found", source)
    camera.start()
    try:
        async with asyncio.timeout(_PICTURE_S):
            frame = await camera.next_frame(0)
    except (TimeoutError, CameraError):
        return None
    finally:
        camera.stop()
        await camera.aclose()
    height, width = frame.pixels.shape[:2]
    return CameraFound(source, title, width, height)


def _device_of(source: int | str) -> Path | None:
    """Return the device file of a camera; None for a stream."""
    if isinstance(source, int):
        return Path(f"/dev/video{source}")
    return Path(source).resolve() if source.startswith("/") else None


def _camera_title(source: int | str) -> str:
    device = _device_of(source)
    if device is not None:
        with suppress(OSError):
            return Path(f"/sys/class/video4linux/{device.name}/name").read_text(encoding="utf-8").strip()
    return str(source if device is None else device)


def _printer_at(uri: str) -> tuple[str, PrinterFound] | None:
    """Return a printer, and what tells it from others whichever way it is reached; None where none answers."""
    try:
        client = IppClient(uri, getpass.getuser(), _PRINTER_S)
        told = client.state().identity
        media = client.media_loaded()
    except (PrinterSilentError, ValueError, KeyError):
        return None
    sizes = [size for name in media if (size := size_of(name)) is not None]
    narrow = sizes[0][0] if sizes and sizes[0][0] <= _WIDEST_ROLL_MM else None
    return told.uuid or told.serial or uri, PrinterFound(uri, told.model or uri, narrow)


def _each_once(sources: Iterable[S], mark: Callable[[S], str]) -> list[S]:
    found: dict[str, S] = {}
    for source in sources:
        found.setdefault(mark(source), source)
    return list(found.values())
