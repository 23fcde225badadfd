"""Which driver serves which device: opens every device that a configuration names, and gives them all back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from devices import DeviceError
from devices.camera.opencv import OpenCvCamera
from devices.card_reader import emrtd, social_security
from devices.card_reader.apdu import Profile
from devices.card_reader.api import CardReader
from devices.card_reader.emrtd.command import EXTENDED_ANSWER, SHORT_ANSWER
from devices.card_reader.hardware import known, sam_model_at
from devices.card_reader.pcsc_reader import PcscReader
from devices.card_reader.remedies import RestartService, remedies_for
from devices.card_reader.sam import SamReader
from devices.document.mrz_camera import MrzCamera
from devices.printer.cups_printer import CupsPrinter
from devices.printer.media import A4, Paper, Roll
from devices.scanner.camera_scanner import CameraScanner
from devices.speech.api import Mute, Speech
from devices.speech.espeak import EspeakSpeech, Player
from kiosk import config as configuration
from kiosk.config import Config, ConfigWrong
from kiosk.status_board import Device
from kiosk.travel_documents import TravelDocumentAccess, TravelDocuments
from wire.clock import CHINA, SystemClock

log = logging.getLogger(__name__)

QUEUE_RETRY_S = 10.0  # a printer that was off at start is asked again
READ_S = 12.0  # a travel document's chip over short answers takes a hundred commands


@dataclass(frozen=True, slots=True)
class Devices:
    """Every device of this terminal."""

    readers: tuple[CardReader, ...]
    scanner: CameraScanner
    camera: OpenCvCamera
    printer: CupsPrinter
    travel_documents: TravelDocuments
    slip_printer: CupsPrinter | None = None
    speech: Speech = field(default_factory=Mute)

    @property
    def printers(self) -> tuple[CupsPrinter, ...]:
        """The A4 printer, and the slip printer where there is one."""
        return (self.printer,) if self.slip_printer is None else (self.printer, self.slip_printer)

    def listed(self) -> tuple[tuple[str, Device], ...]:
        """Return every device with its kind."""
        return (
            *(("card_reader", reader) for reader in self.readers),
            ("camera", self.camera),
            ("scanner", self.scanner),
            *(("printer", printer) for printer in self.printers),
            *(() if isinstance(self.speech, Mute) else (("speech", self.speech),)),
        )


@asynccontextmanager
async def devices(config: Config) -> AsyncIterator[Devices]:
    """Open every device that the configuration names, and give them all back at the end."""
    async with AsyncExitStack() as stack:
        command = config.recovery.restart_pcscd
        restart = RestartService(command) if command else None  # one for all: they share pcscd
        access = TravelDocumentAccess()
        profile = partial(emrtd.profile, access.current, _trust(config.travel_documents))
        readers = tuple(_reader(one, config.recovery, restart, profile) for one in config.card_readers)
        for reader in readers:
            stack.push_async_callback(reader.aclose)
        camera = OpenCvCamera("camera", config.camera.source)
        stack.push_async_callback(camera.aclose)
        scanner = CameraScanner(camera)
        stack.push_async_callback(scanner.aclose)
        printed = MrzCamera(camera, lambda: SystemClock().now().astimezone(CHINA).date())
        stack.push_async_callback(printed.aclose)
        opened = Devices(
            readers,
            scanner,
            camera,
            _printer(config.printer, A4),
            TravelDocuments(printed, access),
            None if config.slip_printer is None else _printer(config.slip_printer, Roll(80)),
            _voice(config.speech),
        )
        stack.push_async_callback(opened.speech.aclose)
        for printer in opened.printers:
            stack.push_async_callback(printer.aclose)
            queueing = asyncio.create_task(_ensure_queue(printer))
            stack.callback(queueing.cancel)
        yield opened


async def _ensure_queue(printer: CupsPrinter) -> None:
    """Make the printer's queue, as soon as printer and spooler answer; until then nothing can be printed."""
    told = ""
    while True:
        try:
            await printer.ensure_queue()
        except DeviceError as error:
            if told != str(error):
                told = str(error)
                log.warning("no printer queue yet: %s", error)
            await asyncio.sleep(QUEUE_RETRY_S)
        else:
            return


def _reader(
    config: configuration.PcscReader | configuration.SamReader,
    recovery: configuration.Recovery,
    restart: RestartService | None,
    travel_document: Callable[..., Profile],
) -> CardReader:
    power = recovery.cycle_usb_power
    match config:
        case configuration.PcscReader(name=name):
            pcsc = known().pcsc_model(name)
            remedies = remedies_for(pcsc, restart_service=restart, cycle_power=power)
            longest = EXTENDED_ANSWER if pcsc.extended_length else SHORT_ANSWER
            profiles = (social_security.read, travel_document(longest_answer=longest))
            return PcscReader(profiles, name_part=name, model=pcsc, deadline_s=READ_S, remedies=remedies)
        case configuration.SamReader(port=port):
            return SamReader(str(port), remedies=remedies_for(sam_model_at(str(port)), cycle_power=power))
    assert_never(config)


def _trust(config: configuration.TravelDocuments) -> emrtd.Trust:
    """Return the issuers that are trusted. Raises ConfigWrong: no chip passes unchecked because a folder is away."""
    if config.csca_dir is None:
        return emrtd.Trust()
    try:
        return emrtd.Trust.of_folder(config.csca_dir)
    except OSError as error:
        raise ConfigWrong(f"travel_documents.csca_dir: {config.csca_dir}: {error.strerror}") from error


def _printer(config: configuration.Printer, paper: Paper) -> CupsPrinter:
    return CupsPrinter(config.queue, config.uri, str(config.cups_socket), paper=paper)


def _voice(config: configuration.Speech) -> Speech:
    if not config.enabled:
        return Mute()
    return EspeakSpeech(player=Player(("aplay", "--quiet", f"--device={config.device}", "-")), prompts=config.prompts)
