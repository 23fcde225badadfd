"""The driver: prints through CUPS, and believes only the printer itself.

CUPS carries the document and forgets it; state and outcome are asked of the printer over IPP. A job that does
not move for ``stuck_s`` is cancelled at both, and its outcome is told as far as it can be proven.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from devices.printer.api import (
    JobOutcome,
    JobProgress,
    NotPrinted,
    PrinterMissing,
    PrinterReady,
    PrinterStatus,
    PrinterStopped,
    PrinterUnavailable,
    Supplies,
)
from devices.printer.cups import HalfSpooledError, Spooler, SpoolerError, enter_thread
from devices.printer.identity import NOBODY
from devices.printer.ipp_client import IppClient, PrinterSilentError, PrinterWord
from devices.printer.media import A4, Paper, Sheets, media_for
from devices.printer.pace import Pace
from devices.printer.pages import count_pages
from devices.printer.reasons import code_of, status_of
from devices.printer.supplies import in_words
from devices.printer.watching import Watched, Watcher
from devices.status import StatusCell

log = logging.getLogger(__name__)

R = TypeVar("R")


class CupsPrinter:
    """One printer: queue ``queue`` of the cupsd at ``server`` (its socket), itself at ``printer_uri``."""

    def __init__(
        self,
        queue: str,
        printer_uri: str,
        server: str,
        *,
        paper: Paper = A4,
        user: str = "bianmin",
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = queue
        self.paper = paper
        self._pace = pace or Pace()
        self._clock = clock
        self._spooler = Spooler(queue)
        self._ipp = IppClient(printer_uri, user, self._pace.request_s)
        self._cell: StatusCell[PrinterStatus] = StatusCell(PrinterMissing())
        self._noting = threading.Lock()
        self._supplies = Supplies()
        self._identity = NOBODY
        self._queueing = asyncio.Lock()  # two that make the queue at once break it
        self._queue_for = NOBODY
        self._pass_pdf = True
        self._threads = ThreadPoolExecutor(4, "printer", enter_thread, (server, user))
        self._watcher = Watcher(
            self._spooler, self._ipp, pace=self._pace, in_thread=self._in_thread, note=self._note, clock=clock
        )
        self._jobs: dict[asyncio.Task[JobOutcome], Watched] = {}
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="printer-poll", daemon=True)
        self._poller.start()

    @property
    def status(self) -> PrinterStatus:
        """Last known state; never blocks."""
        return self._cell.value

    @property
    def supplies(self) -> Supplies:
        """What the printer last said it is filled with; never blocks."""
        return self._supplies

    @property
    def detail(self) -> str:
        """Which printer it is and what it is filled with, in one line for the technician."""
        who = "" if self._identity == NOBODY else str(self._identity)
        return ": ".join(part for part in (who, in_words(self._supplies)) if part)

    async def changed(self, since: PrinterStatus) -> PrinterStatus:
        """Return the first status that differs from ``since``."""
        return await self._cell.changed(since)

    async def ensure_queue(self, *, pass_pdf: bool = True) -> None:
        """Make the queue if it is not there or not right. Raises :class:`SpoolerError`; see ``cups.py``.

        An active job is cancelled only when the queue has to be changed.
        """
        async with self._queueing:
            word = await self._in_thread(self._ask)
            identity = word.identity if word else NOBODY
            await self._in_thread(
                lambda: self._spooler.ensure_queue(
                    self._ipp.uri,
                    str(identity) if word else "",
                    pass_pdf=pass_pdf,
                    contimeout_s=self._pace.connect_s,
                    timeout_s=self._pace.driver_s,
                )
            )
            self._queue_for, self._pass_pdf = identity, pass_pdf

    async def keeps_documents(self) -> bool | None:
        """Tell whether the spooler keeps documents of jobs that have ended; None where it cannot be known."""
        return await self._in_thread(self._spooler.keeps_documents)

    async def remove_queue(self) -> None:
        """Delete the queue; the driver is of no use afterwards."""
        await self._in_thread(self._spooler.remove)

    async def probe(self) -> PrinterStatus:
        """Ask the printer itself, now; also updates ``status``."""
        return self._status_of(await self._in_thread(self._ask))

    async def print_pdf(
        self,
        pdf: bytes,
        job_name: str,
        on_progress: Callable[[JobProgress], None] | None = None,
    ) -> JobOutcome:
        """Print a PDF once and return what became of it; see :class:`devices.printer.api.Printer`.

        When the coroutine is cancelled the job is cancelled too, and ``CancelledError`` is raised as soon as
        it has come to rest: :meth:`outcome_of` knows the rest.
        """
        pages, media = count_pages(pdf), media_for(self.paper, pdf)
        if pages is None or media is None:
            return NotPrinted("printer.refused")
        word = await self._in_thread(self._ask)
        match status_of(word):
            case PrinterMissing():
                return NotPrinted("printer.unavailable")
            case PrinterStopped(reasons):
                return NotPrinted(code_of(reasons))
            case PrinterReady():
                watched = Watched(job_name, pages, self._clock(), before=word)
        return await self._through(watched, self._deliver(watched, pdf, media, on_progress))

    async def outcome_of(self, job_name: str) -> JobOutcome | None:
        """Find out what became of a job of an earlier process; one that is still under way is waited for.

        None: neither spooler nor printer knows it, as when it was never handed over, or both lost power since.
        Cancelling this question does not touch the job; one that stands still for ``stuck_s`` is cancelled.
        Raises :class:`PrinterUnavailable` while one of them does not answer, for then nothing is known.
        """
        try:
            spooled = await self._in_thread(lambda: self._spooler.find(job_name))
            look = await self._in_thread(lambda: self._ipp.look(job_name))
        except (SpoolerError, PrinterSilentError) as error:
            raise PrinterUnavailable(str(error)) from error
        if spooled is None and not look.jobs:
            return None
        watched = Watched(job_name, None, self._clock(), number=spooled.number if spooled else 0)
        return await self._watcher.watch(watched, None)

    async def aclose(self) -> None:
        """Give the printer back; a job that is under way is cancelled first."""
        for watched in self._jobs.values():
            watched.abandoned.set()
        if self._jobs:
            await asyncio.wait(set(self._jobs), timeout=2 * self._pace.settle_s)
        self._closing.set()
        await asyncio.to_thread(self._poller.join)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # --- one job

    async def _through(self, watched: Watched, work: Coroutine[Any, Any, JobOutcome]) -> JobOutcome:
        """Let the job come to rest even where nobody waits for it any more."""
        task = asyncio.ensure_future(work)
        self._jobs[task] = watched
        task.add_done_callback(self._jobs.pop)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            watched.abandoned.set()
            await asyncio.wait({task}, timeout=self._pace.settle_s)
            raise

    async def _deliver(
        self, watched: Watched, pdf: bytes, media: str, on_progress: Callable[[JobProgress], None] | None
    ) -> JobOutcome:
        try:
            if watched.before is not None and watched.before.identity.is_another(self._queue_for):
                await self.ensure_queue(pass_pdf=self._pass_pdf)
            watched.number = await self._in_thread(lambda: self._spooler.submit(pdf, watched.name, media))
        except HalfSpooledError as error:
            watched.number, watched.code = error.number, error.code
            watched.abandoned.set()
        except SpoolerError as error:
            return NotPrinted(error.code)
        return await self._watcher.watch(watched, on_progress)

    # --- the printer itself

    def _ask(self) -> PrinterWord | None:
        """Return the printer's own word, or None for its silence."""
        try:
            word = self._ipp.state()
        except PrinterSilentError:
            word = None
        self._note(word)
        return word

    def _note(self, word: PrinterWord | None) -> None:
        """Keep what the printer said for everybody who reads; log once that it was replaced, or what runs short."""
        with self._noting:
            if word is not None:
                if word.identity.is_another(self._identity):
                    log.warning("printer %s was replaced: %s, before it %s", self.name, word.identity, self._identity)
                self._identity = word.identity
                if word.supplies is not None and word.supplies.short != self._supplies.short:
                    log.info("printer %s is short of: %s", self.name, ", ".join(word.supplies.short) or "nothing")
                self._supplies = word.supplies or self._supplies
            self._cell.set(self._status_of(word))

    def _status_of(self, word: PrinterWord | None) -> PrinterStatus:
        return status_of(word, self._supplies, self.paper.size_mm if isinstance(self.paper, Sheets) else None)

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._ask()
            self._closing.wait(self._pace.idle_poll_s)

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
