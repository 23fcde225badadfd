"""The desk: hands certificates and slips over on paper, each copy of a certificate exactly once and accounted for.

A document is only ever in memory. The ledger is written before each step that it announces, so that whatever ends
the program, every copy can be settled afterwards by asking the printer about its ``job_name``.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from devices.printer.api import (
    JobOutcome,
    JobProgress,
    NotPrinted,
    PrintDoubtful,
    Printer,
    PrinterMissing,
    PrinterReady,
    PrinterStopped,
    PrinterUnavailable,
)
from devices.printer.reasons import code_of
from kiosk.printing.slips import Slip, SlipLayout, SlipPress
from kiosk.store import CopyState, PrintCopy, StoreError
from wire.messages import CertificateReply
from wire.problems import Problem, problem

log = logging.getLogger(__name__)

_INTERRUPTED = "printer.interrupted"
Tell = Callable[[JobProgress], None]


class CertificateRefused(Exception):
    """The centre gives no certificate; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Certificate:
    """One copy of a certificate, in memory, with its row in the ledger."""

    job_name: str
    item: str
    serial: str
    pages: int
    pdf: bytes = field(repr=False)


class Ledger(Protocol):
    """What the desk writes down (:class:`kiosk.store.Ledger`)."""

    def reserve(self, item: str) -> PrintCopy:
        """Open a row."""
        ...

    def issued(self, job_name: str, serial: str) -> PrintCopy:
        """Note the serial."""
        ...

    def spooled(self, job_name: str) -> PrintCopy:
        """Note that the job is handed over next."""
        ...

    def progressed(self, job_name: str, impressions: int) -> PrintCopy:
        """Note that pages came out."""
        ...

    def resolve(self, job_name: str, outcome: JobOutcome) -> PrintCopy:
        """Note how the copy ended, and queue its receipt."""
        ...

    def answered(self, job_name: str, *, complete: bool) -> PrintCopy:
        """Note what the citizen said of a doubtful copy."""
        ...

    def unfinished(self) -> list[PrintCopy]:
        """Return the copies without an end."""
        ...


class Press(Protocol):
    """What makes slips (:class:`kiosk.printing.slips.SlipPress`)."""

    def render(self, slip: Slip, layout: SlipLayout = SlipLayout.A4) -> bytes:
        """Return a slip as PDF; called in a thread."""
        ...


class Desk:
    """The printer of certificates, its ledger, what makes slips, and a printer for them where there is one.

    ``retry_s``: how long a silent printer is left alone before it is asked again.
    """

    def __init__(
        self,
        printer: Printer,
        ledger: Ledger,
        press: Press | None = None,
        *,
        slip_printer: Printer | None = None,
        retry_s: float = 60,
    ) -> None:
        self._printer = printer
        self._slip_printer = slip_printer
        self._ledger = ledger
        self._press = press or SlipPress()
        self._retry_s = retry_s

    async def problem(self) -> Problem | None:
        """Ask the printer itself; return why nothing can be printed now, or None."""
        match await self._printer.probe():
            case PrinterReady():
                return None
            case PrinterStopped(reasons):
                return problem(code_of(reasons))
            case PrinterMissing():
                return problem("printer.unavailable")

    async def paper_taken(self, check_s: float) -> None:
        """Return when a printer says that paper was taken from where it comes out; of one that cannot tell, never.

        Asks every ``check_s`` seconds.
        """
        printers = [one for one in (self._printer, self._slip_printer) if one is not None and _room(one) is not None]
        before = [_room(one) for one in printers]
        while all((_room(one) or 0) <= (room or 0) for one, room in zip(printers, before, strict=True)):
            await asyncio.sleep(check_s) if printers else await asyncio.Event().wait()
            for one in printers:
                await one.probe()

    async def issue(self, item: str, ask: Callable[[], Awaitable[CertificateReply]]) -> Certificate:
        """Have a certificate made for an item (its code). Raises :class:`CertificateRefused`, or what asking raises."""
        copy = self._ledger.reserve(item)
        try:
            reply = await ask()
        except Exception as error:
            self._ledger.resolve(copy.job_name, NotPrinted(getattr(error, "code", "terminal.unexpected")))
            raise
        if reply.problem is not None:
            self._ledger.resolve(copy.job_name, NotPrinted(reply.problem))
            raise CertificateRefused(reply.problem)
        self._ledger.issued(copy.job_name, reply.serial)
        return Certificate(copy.job_name, item, reply.serial, reply.pages, reply.pdf)

    def again(self, certificate: Certificate) -> Certificate:
        """Open a row for another copy, after one that came out not at all or not whole."""
        copy = self._ledger.reserve(certificate.item)
        self._ledger.issued(copy.job_name, certificate.serial)
        return Certificate(copy.job_name, certificate.item, certificate.serial, certificate.pages, certificate.pdf)

    def answered(self, certificate: Certificate, *, complete: bool) -> None:
        """Settle a doubtful copy by what the citizen, who looked into the tray, said of it."""
        self._ledger.answered(certificate.job_name, complete=complete)
        log.info("copy %s: %s in the citizen's hand", certificate.job_name, "whole" if complete else "not whole")

    async def deliver(self, certificate: Certificate, tell: Tell) -> JobOutcome:
        """Print one copy, once, and return what became of it. ``tell`` hears of pages and of what holds them up.

        Cancelled, it leaves the row open: :meth:`recover` settles it when the program is back.
        """
        name = certificate.job_name
        self._ledger.spooled(name)

        def on_progress(progress: JobProgress) -> None:
            if progress.impressions:
                try:
                    self._ledger.progressed(name, progress.impressions)
                except StoreError as error:  # the job goes on: its outcome is what counts
                    log.warning("copy %s: pages not written down: %s", name, error)
            tell(progress)

        try:
            outcome = await self._printer.print_pdf(certificate.pdf, name, on_progress)
        except Exception:
            self._ledger.resolve(name, PrintDoubtful(_INTERRUPTED, None))
            raise
        self._ledger.resolve(name, outcome)
        log.info("copy %s: %s", name, type(outcome).__name__)
        return outcome

    async def print_slip(self, slip: Slip, tell: Tell) -> JobOutcome:
        """Print an acceptance slip. Whatever goes wrong is an outcome: the application is kept already.

        It comes from the slip printer where there is one that is well, else on A4. Nothing that may lie in a tray
        already is printed a second time.
        """
        if self._slip_printer is not None and isinstance(await self._slip_printer.probe(), PrinterReady):
            outcome = await self._print_slip_on(self._slip_printer, slip, SlipLayout.ROLL_80, tell)
            if not isinstance(outcome, NotPrinted):
                return outcome
            log.warning("slip printer printed nothing (%s): A4 instead", outcome.code)
        return await self._print_slip_on(self._printer, slip, SlipLayout.A4, tell)

    async def _print_slip_on(self, printer: Printer, slip: Slip, layout: SlipLayout, tell: Tell) -> JobOutcome:
        try:
            pdf = await asyncio.to_thread(self._press.render, slip, layout)
        except Exception as error:  # noqa: BLE001 - no fault of a template may hide that the application is kept
            log.error("slip cannot be made: %s", type(error).__name__)  # noqa: TRY400 - its text may quote the slip
            return NotPrinted("printer.refused")
        return await printer.print_pdf(pdf, f"slip-{uuid4()}", tell)

    async def recover(self) -> None:
        """Settle what an earlier process left open: ask the printer, as often as it takes; nothing is printed.

        What never reached the spooler is void; what nobody knows about is doubtful.
        """
        for copy in self._ledger.unfinished():
            outcome = await self._ended(copy)
            self._ledger.resolve(copy.job_name, outcome)
            log.warning("copy %s of an earlier run: %s", copy.job_name, type(outcome).__name__)

    async def _ended(self, copy: PrintCopy) -> JobOutcome:
        if copy.state in {CopyState.RESERVED, CopyState.ISSUED}:
            return NotPrinted(_INTERRUPTED)
        while True:
            try:
                known = await self._printer.outcome_of(copy.job_name)
            except PrinterUnavailable:
                await asyncio.sleep(self._retry_s)
                continue
            return known or PrintDoubtful(_INTERRUPTED, copy.impressions)


def _room(printer: Printer) -> int | None:
    """Return how many sheets still fit where printed paper lies, None where the printer does not tell."""
    rooms = [tray.room for tray in printer.supplies.outputs if tray.room is not None]
    return sum(rooms) if rooms else None
