"""The doctor's look at what is no device: configuration, enrolment, store, line, disk, clock."""

import shutil
from collections.abc import Callable
from pathlib import Path

from kiosk.config import Config, ConfigWrong
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.store import KeyExposed, Store, StoreError
from kiosk.store.terminal import Terminal
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from wire.clock import CHINA, Clock, ClockQuality

LEAST_FREE_MB = 200  # below it SQLite's next checkpoint and an update may not fit: a fault
FEW_FREE_MB = 1000  # a notice
_MB = 1_000_000


def load(path: Path) -> tuple[Config | None, Finding]:
    """Read the configuration; what is wrong with it is a finding."""
    try:
        return Config.load(path), well("configuration", str(path))
    except ConfigWrong as error:
        return None, fault("configuration", error.code, str(error))


def enrolled(config: Config) -> tuple[Terminal | None, Finding]:
    """Look at the terminal's identity."""
    try:
        terminal = enrolment.load(config.data_dir)
    except (NotEnrolled, KeyExposed) as error:
        return None, fault("enrolment", error.code, str(error))
    return terminal, well("enrolment", f"{terminal.enrolment.terminal} at {terminal.enrolment.centre}")


def store(config: Config, terminal: Terminal, clock: Clock) -> Finding:
    """Read the whole store, and count what waits in it. One that is not there yet is not made."""
    if not config.database.exists():
        return notice("store", "not made yet: the first start does")
    try:
        with Store.open(config.database, clock, terminal) as opened:
            opened.check()
            queue = opened.outbox.queue()
            today = clock.now().astimezone(CHINA).date()
            overdue = sum(kept.overdue(today) for kept in opened.outbox.quarantined())
            replaced = "".join(f"; {told.detail}" for told in opened.settings.recovered(clock.now()))
    except StoreError as error:
        return fault("store", error.code, str(error))
    late = f", {overdue} of them overdue" if overdue else ""
    detail = f"{queue.queued} envelopes queued, {queue.quarantined} in quarantine{late}{replaced}"
    return fault("store", "terminal.quarantined", detail) if queue.quarantined else well("store", detail)


async def centre(config: Config, clock: Clock) -> Finding:
    """Ask whether the centre answers."""
    async with CentreClient(config.centre.url, clock, ca_file=config.centre.ca_file) as client:
        if await client.reachable():
            return well("centre", "answers")
    return fault("centre", "centre.unreachable", config.centre.url)


def disk(folder: Path, free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> Finding:
    """Look how much is free on the partition of a folder, or of the nearest one above it that exists."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = free_bytes(there) // _MB
    detail = f"{free_mb} MB free at {there}"
    if free_mb < LEAST_FREE_MB:
        return fault("disk", "terminal.disk_low", detail)
    return notice("disk", detail, "terminal.disk_low") if free_mb < FEW_FREE_MB else well("disk", detail)


def time(clock: Clock) -> Finding:
    """Look whether the clock can be trusted; without a network it cannot, and the terminal serves all the same."""
    told = f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, {clock.quality().value}"
    if clock.quality() is ClockQuality.SYNCHRONISED:
        return well("clock", told)
    return notice("clock", told, "terminal.clock_uncertain")
