"""The only place that knows which driver, which screen and which store: builds a terminal from its configuration."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
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
from kiosk.attention import Delays
from kiosk.cards import Cards
from kiosk.catalogue import Catalogue
from kiosk.config import Config, ConfigWrong
from kiosk.flows import MENU
from kiosk.flows.technician import technician
from kiosk.occupancy import Occupancy
from kiosk.printing import Desk
from kiosk.private_memory import sweep
from kiosk.proofs import watchdog_of
from kiosk.session import serve
from kiosk.session_folder import SessionFolder, place
from kiosk.staff import Staff, facts
from kiosk.stage import Stage
from kiosk.status_board import Device, StatusBoard
from kiosk.store import Store
from kiosk.store.recovery import open_store
from kiosk.store.terminal import Terminal
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.technician_pin import PinGate
from kiosk.travel_documents import TravelDocumentAccess, TravelDocuments
from kiosk.visit import Equipment
from kiosk.watchdog import ServiceManager
from screens.environment import WindowSettings
from screens.running import run_app
from wire.clock import CHINA, Clock, SystemClock
from wire.problems import Problem, problem

log = logging.getLogger(__name__)

QUEUE_RETRY_S = 10.0  # a printer that was off at start is asked again
DETAILS_S = 60.0  # how often what changes without a new state is written down: toner, sheets
READ_S = 12.0  # a travel document's chip over short answers takes a hundred commands
REPORT_S = 1.0  # the least time between two reports of the devices' states to the sync process


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


async def run(config: Config, *, live_port: int | None = None) -> None:
    """Serve citizens until a signal ends it. ``live_port``: serve the screen on loopback, for demo and tests only.

    Raises NotEnrolled, NoMemoryFolder and StoreError at start, each with a code.
    """
    clock = SystemClock()
    terminal = enrolment.load(config.data_dir)
    with SessionFolder(place(config.data_dir)) as folder, _store(config, clock, terminal) as store:
        window = WindowSettings(
            width=config.screen.width,
            height=config.screen.height,
            kivy_home=folder.home,
            now=lambda: clock.now().astimezone(CHINA),
            offscreen=not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
        )

        async def main(stage: Stage) -> None:
            async with AsyncExitStack() as stack:
                manager = stack.enter_context(ServiceManager.of_environment())
                if live_port is not None:
                    from screens.live import Live  # noqa: PLC0415 - never part of a release
                    from screens.stage import KivyStage  # noqa: PLC0415 - after Kivy was prepared

                    assert isinstance(stage, KivyStage)  # noqa: S101 - the one that run_app makes
                    await stack.enter_async_context(Live(stage, live_port))
                client = CentreClient(config.centre.url, clock, terminal=terminal, ca_file=config.centre.ca_file)
                await stack.enter_async_context(client)
                opened = await stack.enter_async_context(devices(config))
                board = await stack.enter_async_context(StatusBoard(opened.listed(), clock).watching())
                watching = asyncio.create_task(watchdog_of(manager, clock, stage, store, opened.readers).run())
                stack.callback(watching.cancel)
                reporting = asyncio.create_task(_report_for_ever(store, board))
                stack.callback(reporting.cancel)
                occupancy = Occupancy(config.data_dir)
                equipment = Equipment(
                    stage=stage,
                    cards=Cards(*opened.readers),
                    scanner=opened.scanner,
                    desk=Desk(opened.printer, store.ledger, slip_printer=opened.slip_printer),
                    centre=client,
                    applications=store.cases,
                    catalogue=Catalogue(store.resources, store.resources.as_of),
                    clock=clock,
                    centre_name=terminal.enrolment.centre_name,
                    public_url=terminal.enrolment.public_url,
                    speech=opened.speech,
                    staff=_staff(config, store, terminal, opened, board),
                    travel_documents=opened.travel_documents,
                    engaged=occupancy.visit,
                    closed=lambda: _closed(store, occupancy),
                    wipe=partial(_wipe, opened.travel_documents.access, folder),
                )
                delays = Delays(idle_s=config.session.idle_s, warning_s=config.session.warning_s)
                await serve(equipment, MENU, delays, technician if equipment.staff else None)

        await run_app(main, window)


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


def _staff(config: Config, store: Store, terminal: Terminal, opened: Devices, board: StatusBoard) -> Staff | None:
    """Return what the technician's screen needs; None where no PIN is configured."""
    if config.technician.pin_hash is None:
        return None
    return Staff(
        gate=PinGate(config.technician.pin_hash, store.settings, SystemClock()),
        board=board,
        cameras={opened.camera.name: opened.camera},
        printers={printer.name: printer for printer in opened.printers},
        facts=partial(facts, store, terminal),
    )


def _store(config: Config, clock: Clock, terminal: Terminal) -> Store:
    return open_store(config.database, clock, terminal)


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


def _wipe(access: TravelDocumentAccess, folder: SessionFolder) -> None:
    access.wipe()
    folder.empty()
    sweep()


def _closed(store: Store, occupancy: Occupancy) -> Problem | None:
    if store.lost is not None:
        raise store.lost  # between two visits: the next start replaces the file
    if occupancy.reserved():
        return problem("update.under_way")
    message = store.settings.out_of_service()
    return None if message is None else problem("terminal.out_of_service").model_copy(update={"happened": message})


async def _report_for_ever(store: Store, board: StatusBoard) -> None:
    """Write the devices' states down for the heartbeat: on change, and now and then what they tell beside."""
    while True:
        states = board.states
        store.settings.report_devices(board.reports())
        with suppress(TimeoutError):
            async with asyncio.timeout(DETAILS_S):
                await board.changed(states)
        await asyncio.sleep(REPORT_S)
