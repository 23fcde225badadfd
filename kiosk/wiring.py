"""The only place that knows which driver, which screen and which store: builds a terminal from its configuration."""

import asyncio
import logging
import os
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import version

from kiosk import clock_setting, first_start, health
from kiosk.attention import Attention, Delays
from kiosk.cards import Cards
from kiosk.catalogue import Catalogue
from kiosk.config import Config
from kiosk.config_file import ConfigFile
from kiosk.flows import MENU, TECHNICIAN, make_ready
from kiosk.occupancy import Occupancy
from kiosk.printing import Desk
from kiosk.private_memory import overwrite_what_is_freed, sweep
from kiosk.proofs import shown_and_drawn, watchdog_of
from kiosk.session import serve
from kiosk.session_folder import SessionFolder, place
from kiosk.set_up import Tools
from kiosk.staff import Staff, facts
from kiosk.stage import Stage
from kiosk.status_board import StatusBoard
from kiosk.stick import errands
from kiosk.store import Store
from kiosk.store.recovery import open_store
from kiosk.store.terminal import Terminal
from kiosk.sync import enrolment
from kiosk.sync.decommission import Ending, end_here
from kiosk.sync.line import line_to
from kiosk.technician_pin import PinGate
from kiosk.travel_documents import TravelDocumentAccess
from kiosk.updates.running import ask_for_stick
from kiosk.visit import Equipment
from kiosk.watchdog import ServiceManager
from kiosk.wiring_devices import Devices, devices
from kiosk.wiring_set_up import Reconfigured, prepare, serving
from kiosk.wiring_set_up import tools as set_up_tools
from screens.environment import WindowSettings
from screens.running import run_app
from wire.clock import CHINA, Clock, SystemClock
from wire.problems import Problem, problem

log = logging.getLogger(__name__)

DETAILS_S = 60.0  # how often what changes without a new state is written down: toner, sheets
REPORT_S = 1.0  # the least time between two reports of the devices' states to the sync process


async def run(file: ConfigFile, *, live_port: int | None = None) -> None:
    """Serve citizens until a signal ends it. ``live_port``: serve the screen on loopback, for demo and tests only.

    A terminal that is nobody's yet is set up first. Raises ConfigWrong, KeyExposed, NoMemoryFolder and StoreError, each
    with a code.
    """
    clock, config = SystemClock(), file.load()
    new = first_start.under_way(config)
    with SessionFolder(place(config.data_dir)) as folder:
        window = WindowSettings(
            width=config.screen.width,
            height=config.screen.height,
            kivy_home=folder.home,
            now=lambda: clock.now().astimezone(CHINA),
            offscreen=not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
        )

        async def main(stage: Stage) -> None:
            overwrite_what_is_freed()
            async with AsyncExitStack() as stack:
                manager = stack.enter_context(ServiceManager.of_environment())
                if live_port is not None:
                    from screens.live import Live  # noqa: PLC0415 - never part of a release
                    from screens.stage import KivyStage  # noqa: PLC0415 - after Kivy was prepared

                    assert isinstance(stage, KivyStage)  # noqa: S101 - the one that run_app makes
                    await stack.enter_async_context(Live(stage, live_port))
                if new:
                    await prepare(stage, file, clock, manager)
                while True:
                    with suppress(Reconfigured):
                        await _serve(file, clock, stage, folder, manager)

        await run_app(main, window)


async def _serve(file: ConfigFile, clock: Clock, stage: Stage, folder: SessionFolder, manager: ServiceManager) -> None:
    """Open everything that the configuration names, and serve until it is another one (Reconfigured)."""
    config, reconfigured = file.load(), asyncio.Event()

    def closed() -> Problem | None:
        if reconfigured.is_set():
            raise Reconfigured
        return _closed(store, occupancy)

    occupancy = Occupancy(config.data_dir)
    terminal = enrolment.load(config.data_dir)
    async with AsyncExitStack() as stack:
        store = stack.enter_context(_store(config, clock, terminal))
        client = await stack.enter_async_context(line_to(config.centre, clock, terminal))
        opened = await stack.enter_async_context(devices(config))
        board = await stack.enter_async_context(StatusBoard(opened.listed(), clock).watching())
        watching = asyncio.create_task(watchdog_of(manager, clock, stage, store, opened.readers).run())
        stack.callback(watching.cancel)
        reporting = asyncio.create_task(_report_for_ever(store, board))
        stack.callback(reporting.cancel)
        tools = set_up_tools(file, partial(serving, config, opened.readers, opened.camera), reconfigured.set)
        staff = _staff(config, store, terminal, opened, board, tools)
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
            staff=staff,
            travel_documents=opened.travel_documents,
            engaged=occupancy.visit,
            closed=closed,
            wipe=partial(_wipe, opened.travel_documents.access, folder),
        )
        if staff is not None and first_start.under_way(config):
            from kiosk.flows.set_up.first_start import Alone, try_out  # noqa: PLC0415 - once in a terminal's life

            progress = first_start.Progress(config.data_dir)
            await try_out(Alone(equipment, Attention()), staff, progress, first_start.RECOVERY_KEY)
            stage.reset()
        delays = Delays(idle_s=config.session.idle_s, warning_s=config.session.warning_s)
        making_ready = asyncio.create_task(_make_flows_ready(stage))
        stack.callback(making_ready.cancel)
        await serve(equipment, MENU, delays, TECHNICIAN if staff else None)


def _staff(  # noqa: PLR0917 - what there is
    config: Config, store: Store, terminal: Terminal, opened: Devices, board: StatusBoard, tools: Tools
) -> Staff | None:
    """Return what the technician's screen needs; None where no PIN is configured."""
    if config.technician.pin_hash is None:
        return None
    return Staff(
        gate=PinGate(config.technician.pin_hash, store.settings, SystemClock()),
        board=board,
        cameras={opened.camera.name: opened.camera},
        printers={printer.name: printer for printer in opened.printers},
        facts=partial(facts, store, terminal, partial(health.examine, config.data_dir, SystemClock(), None)),
        note_tests=store.settings.note_first_tests,
        tools=tools,
        update=partial(ask_for_stick, config),
        stick=partial(errands.run, config.data_dir),
        set_clock=partial(clock_setting.ask, config.data_dir),
        end=partial(end_here, config, SystemClock(), Ending(version("bianmin"), reset=True)),
    )


def _store(config: Config, clock: Clock, terminal: Terminal) -> Store:
    return open_store(config.database, clock, terminal)


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


async def _make_flows_ready(stage: Stage) -> None:
    """Import the flows beside the attract screen: it does not wait for them, nor they for the first citizen."""
    await shown_and_drawn(stage)
    await asyncio.to_thread(make_ready)


async def _report_for_ever(store: Store, board: StatusBoard) -> None:
    """Write the devices' states down for the heartbeat: on change, and now and then what they tell beside."""
    while True:
        states = board.states
        store.settings.report_devices(board.reports())
        with suppress(TimeoutError):
            async with asyncio.timeout(DETAILS_S):
                await board.changed(states)
        await asyncio.sleep(REPORT_S)
