"""The driver: prints through CUPS, and believes only the printer itself.

CUPS carries the document and forgets it; state and outcome are asked of the printer over IPP. A job that does
not move for ``stuck_s`` is cancelled at both, and its outcome is told as far as it can be proven.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from devices.printer.api import (
    JobOutcome,
    JobProgress,
    NotPrinted,
    PrintDoubtful,
    PrinterMissing,
    PrinterReady,
    PrinterStatus,
    PrinterStopped,
    PrinterUnavailable,
)
from devices.printer.cups import HalfSpooledError, Spooler, SpoolerError, enter_thread
from devices.printer.ipp_client import IppClient, PrinterJob, PrinterSilentError, PrinterWord
from devices.printer.ipp_tags import JobState
from devices.printer.outcome import Evidence, SpoolJob, judge, together
from devices.printer.pace import Pace
from devices.printer.pages import count_pages
from devices.printer.reasons import SILENT, code_of, split, status_of
from devices.status import StatusCell

R = TypeVar("R")


@dataclass(slots=True)
class _Watched:
    """A job under the driver's eyes."""

    name: str
    pages: int | None
    number: int
    since: float
    up_time_s: int | None
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    seen: PrinterJob | None = None
    code: str | None = None
    reasons: tuple[str, ...] = ()


class CupsPrinter:
    """One printer: queue ``queue`` of the cupsd at ``server`` (its socket), itself at ``printer_uri``."""

    def __init__(
        self,
        queue: str,
        printer_uri: str,
        server: str,
        *,
        user: str = "bianmin",
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = queue
        self._pace = pace or Pace()
        self._clock = clock
        self._spooler = Spooler(queue)
        self._ipp = IppClient(printer_uri, user, self._pace.request_s)
        self._cell: StatusCell[PrinterStatus] = StatusCell(PrinterMissing())
        self._threads = ThreadPoolExecutor(4, "printer", enter_thread, (server, user))
        self._jobs: dict[asyncio.Task[JobOutcome], _Watched] = {}
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="printer-poll", daemon=True)
        self._poller.start()

    @property
    def status(self) -> PrinterStatus:
        """Last known state; never blocks."""
        return self._cell.value

    async def changed(self, since: PrinterStatus) -> PrinterStatus:
        """Return the first status that differs from ``since``."""
        return await self._cell.changed(since)

    async def ensure_queue(self, *, pass_pdf: bool = True) -> None:
        """Make the queue if it is not there or not right. Raises :class:`SpoolerError`; see ``cups.py``.

        An active job is cancelled only when the queue has to be changed.
        """
        await self._in_thread(
            lambda: self._spooler.ensure_queue(
                self._ipp.uri,
                pass_pdf=pass_pdf,
                contimeout_s=self._pace.connect_s,
                timeout_s=self._pace.driver_s,
            )
        )

    async def probe(self) -> PrinterStatus:
        """Ask the printer itself, now; also updates ``status``."""
        return (await self._in_thread(self._ask))[0]

    async def print_pdf(
        self,
        pdf: bytes,
        job_name: str,
        on_progress: Callable[[JobProgress], None] | None = None,
    ) -> JobOutcome:
        """Print a PDF once, on A4, and return what became of it; see :class:`devices.printer.api.Printer`.

        When the coroutine is cancelled the job is cancelled too, and ``CancelledError`` is raised as soon as
        it has come to rest: :meth:`outcome_of` knows the rest.
        """
        pages = count_pages(pdf)
        if pages is None:
            return NotPrinted("printer.refused")
        status, up_time_s = await self._in_thread(self._ask)
        match status:
            case PrinterMissing():
                return NotPrinted("printer.unavailable")
            case PrinterStopped(reasons):
                return NotPrinted(code_of(reasons))
            case PrinterReady():
                watched = _Watched(job_name, pages, 0, self._clock(), up_time_s)
        return await self._through(watched, self._deliver(watched, pdf, on_progress))

    async def outcome_of(self, job_name: str) -> JobOutcome | None:
        """Find out what became of a job of an earlier process; one that is still under way is waited for.

        None: neither spooler nor printer knows it, as when it was never handed over, or both lost power since.
        Cancelling this question does not touch the job; one that stands still for ``stuck_s`` is cancelled.
        Raises :class:`PrinterUnavailable` while one of them does not answer, for then nothing is known.
        """
        try:
            spooled = await self._in_thread(lambda: self._spooler.find(job_name))
            _, jobs = await self._in_thread(lambda: self._ipp.look(job_name))
        except (SpoolerError, PrinterSilentError) as error:
            raise PrinterUnavailable(str(error)) from error
        if spooled is None and not jobs:
            return None
        watched = _Watched(job_name, None, spooled.number if spooled else 0, self._clock(), None)
        return await self._watch(watched, None)

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

    async def _through(self, watched: _Watched, work: Coroutine[Any, Any, JobOutcome]) -> JobOutcome:
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
        self, watched: _Watched, pdf: bytes, on_progress: Callable[[JobProgress], None] | None
    ) -> JobOutcome:
        try:
            watched.number = await self._in_thread(lambda: self._spooler.submit(pdf, watched.name))
        except HalfSpooledError as error:
            watched.number, watched.code = error.number, error.code
            watched.abandoned.set()
        except SpoolerError as error:
            return NotPrinted(error.code)
        return await self._watch(watched, on_progress)

    async def _watch(self, watched: _Watched, on_progress: Callable[[JobProgress], None] | None) -> JobOutcome:
        pace = self._pace
        told = JobProgress(0, ())
        moved, given_up, absent = self._clock(), None, False
        while True:
            evidence = await self._evidence(watched)
            outcome = judge(evidence)
            if isinstance(outcome, NotPrinted) and not evidence.at_printer and not absent:
                absent, outcome = True, None  # the backend may be on its way yet: look once more
            if outcome is not None:
                await self._leave_tidy()
                return outcome
            progress = JobProgress(watched.seen.impressions or 0 if watched.seen else 0, watched.reasons)
            if progress != told:
                told, moved = progress, self._clock()
                if on_progress is not None:
                    on_progress(progress)
            stopped = evidence.at_spooler is not None and evidence.at_spooler.state is JobState.STOPPED
            now = self._clock()
            if given_up is None and (stopped or watched.abandoned.is_set() or now - moved > pace.stuck_s):
                given_up = now
                watched.code = watched.code or self._why(watched)
            if given_up is not None:
                await self._cancel(watched.number, evidence.at_printer or ())
                if now - given_up > pace.settle_s:
                    await self._leave_tidy()
                    return PrintDoubtful(watched.code or "printer.fault", told.impressions if watched.seen else None)
            await self._pause(watched.abandoned if given_up is None else None)

    def _why(self, watched: _Watched) -> str:
        if watched.abandoned.is_set():
            return "printer.cancelled"
        return code_of(watched.reasons, "printer.stuck")

    async def _evidence(self, watched: _Watched) -> Evidence:
        spooled = await self._spooled(watched)
        word: PrinterWord | None = None
        jobs: tuple[PrinterJob, ...] | None = None
        with contextlib.suppress(PrinterSilentError):
            word, jobs = await self._in_thread(lambda: self._ipp.look(watched.name))
        self._note(word)
        if jobs:
            watched.seen = together(jobs)
        watched.reasons = (SILENT,) if word is None else split(word.reasons)[0]
        return Evidence(
            pages=watched.pages,
            at_spooler=spooled,
            at_printer=jobs,
            seen=watched.seen,
            restarted=self._restarted(watched, word),
            code=watched.code,
        )

    async def _spooled(self, watched: _Watched) -> SpoolJob | None:
        """Ask the spooler; one that does not answer may still be sending."""
        if not watched.number:
            return None
        try:
            return await self._in_thread(lambda: self._spooler.job(watched.number, watched.name))
        except SpoolerError:
            return SpoolJob(watched.number, JobState.PROCESSING, started=True)

    def _restarted(self, watched: _Watched, word: PrinterWord | None) -> bool:
        """Whether the printer may have been off since the job was made; 2 s of slack for its coarse clock."""
        if watched.up_time_s is None or word is None or word.up_time_s is None:
            return True
        return word.up_time_s < watched.up_time_s + (self._clock() - watched.since) - 2

    async def _cancel(self, number: int, jobs: tuple[PrinterJob, ...]) -> None:
        await self._in_thread(lambda: self._spooler.cancel(number))
        for job in jobs:
            if not job.state.ended:
                with contextlib.suppress(PrinterSilentError):
                    await self._in_thread(partial(self._ipp.cancel, job))

    async def _leave_tidy(self) -> None:
        with contextlib.suppress(SpoolerError):
            await self._in_thread(self._spooler.repair)

    async def _pause(self, unless: asyncio.Event | None) -> None:
        if unless is None:
            await asyncio.sleep(self._pace.poll_s)
        else:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(unless.wait(), self._pace.poll_s)

    # --- the printer itself

    def _ask(self) -> tuple[PrinterStatus, int | None]:
        try:
            word = self._ipp.state()
        except PrinterSilentError:
            return self._note(None), None
        return self._note(word), word.up_time_s

    def _note(self, word: PrinterWord | None) -> PrinterStatus:
        status = status_of(word)
        self._cell.set(status)
        return status

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._ask()
            self._closing.wait(self._pace.idle_poll_s)

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
