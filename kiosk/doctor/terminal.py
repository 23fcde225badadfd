"""The doctor's look at what is no device: configuration, enrolment, store, line, machine, clock."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from kiosk import health
from kiosk.config import Config, ConfigWrong
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.health import ClockMemory
from kiosk.store import KeyExposed, Store, StoreError
from kiosk.store.terminal import Terminal
from kiosk.store.tpm import KeySealed
from kiosk.sync import enrolment
from kiosk.sync.errors import NotEnrolled
from kiosk.sync.line import line_to
from wire.clock import CHINA, Clock, ClockQuality
from wire.tokens import SKEW


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
    except (NotEnrolled, KeyExposed, KeySealed) as error:
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


async def centre(config: Config, clock: Clock) -> list[Finding]:
    """Ask whether the centre answers, and what time it has. A difference is borne, and told."""
    async with line_to(config.centre, clock) as client:
        if await client.reachable():
            return [well("centre", "answers"), *_difference(client.date, clock)]
    return [fault("centre", "centre.unreachable", config.centre.url)]


def _difference(date: str, clock: Clock) -> list[Finding]:
    """Compare the clocks, to a second. Beyond what a token allows, each first request of a process is signed twice."""
    try:
        ahead = parsedate_to_datetime(date) - clock.now()
    except (TypeError, ValueError):  # no date, or one without a zone
        return []
    detail = f"this clock is {abs(ahead).total_seconds():.0f} s {'slow' if ahead > timedelta(0) else 'fast'}"
    if abs(ahead) > SKEW:
        return [notice("centre's clock", detail, "wire.clock_skewed")]
    return [well("centre's clock", detail)]


def machine(config: Config, clock: Clock, memory: ClockMemory | None = None) -> list[Finding]:
    """Look at the machine itself: room first, then wear, memory, heat, its own clock."""
    return [
        Finding(verdict.subject, verdict.grade, verdict.detail, verdict.code)
        for verdict in health.examine(config.data_dir, clock, memory)
    ]


def clock_memory(config: Config, terminal: Terminal, clock: Clock) -> ClockMemory | None:
    """Return what is kept of the clock; None where there is no store that says."""
    if not config.database.exists():
        return None
    try:
        with Store.open(config.database, clock, terminal) as opened:
            return health.clock_memory(opened.settings)
    except StoreError:
        return None


def time(clock: Clock) -> Finding:
    """Look whether the clock can be trusted; without a network it cannot, and the terminal serves all the same."""
    told = f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, {clock.quality().value}"
    if clock.quality() is ClockQuality.SYNCHRONISED:
        return well("clock", told)
    return notice("clock", told, "terminal.clock_uncertain")
