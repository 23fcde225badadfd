"""Watches one job from the moment it may be in the spooler until it is known what became of it.

It gathers evidence and gives up what stands still; what the evidence amounts to is judged in ``outcome.py``.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from devices.printer.api import JobOutcome, JobProgress, NotPrinted, PrintDoubtful
from devices.printer.cups import Spooler, SpoolerError
from devices.printer.ipp_client import IppClient, Look, PrinterJob, PrinterSilentError, PrinterWord
from devices.printer.ipp_tags import JobState
from devices.printer.outcome import Evidence, Memory, SpoolJob, judge, together
from devices.printer.pace import Pace
from devices.printer.reasons import SILENT, code_of, split

R = TypeVar("R")
_SLACK_S, _DRIFT = 2, 0.01  # a printer's clock is coarse, and need not be exact


class InThread(Protocol):
    """Runs what blocks in a thread that may speak to the spooler."""

    def __call__(self, work: Callable[[], R], /) -> Awaitable[R]:
        """Return what the work returns."""
        ...


@dataclass(slots=True)
class Watched:
    """A job under the driver's eyes. ``before``: the printer's word before the job was made."""

    name: str
    pages: int | None
    since: float
    number: int = 0
    before: PrinterWord | None = None
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    seen: PrinterJob | None = None
    worked_on: bool = False
    unheard: bool = False
    memory: Memory = Memory.WHOLE
    code: str | None = None
    reasons: tuple[str, ...] = ()
    pages_ever: int | None = None


class Watcher:
    """Watches jobs of one printer. ``note`` hears the printer's word, or None for silence, after each look."""

    def __init__(
        self,
        spooler: Spooler,
        printer: IppClient,
        *,
        pace: Pace,
        in_thread: InThread,
        note: Callable[[PrinterWord | None], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spooler = spooler
        self._printer = printer
        self._pace = pace
        self._in_thread = in_thread
        self._note = note
        self._clock = clock
        self._counts_live = False

    async def watch(self, job: Watched, on_progress: Callable[[JobProgress], None] | None) -> JobOutcome:
        """Return what became of the job; it stands still for ``stuck_s`` at most, and is cancelled then."""
        pace = self._pace
        told = JobProgress(0, ())
        moved, given_up, doubted = self._clock(), None, None
        while True:
            evidence = await self._evidence(job)
            outcome = judge(evidence)
            now = self._clock()
            if outcome is not None and _may_change(outcome, evidence):
                doubted = doubted or now
                if now - doubted < (pace.settle_s if evidence.at_printer else pace.poll_s / 2):
                    outcome = None
            if outcome is not None:
                await self._leave_tidy()
                return outcome
            progress = JobProgress(job.seen.impressions or 0 if job.seen else 0, job.reasons)
            if progress != told:
                told, moved = progress, now
                if on_progress is not None:
                    on_progress(progress)
            if given_up is None and self._gives_up(job, evidence, now - moved):
                given_up = now
                job.code = job.code or _why(job)
            if given_up is not None:
                await self._cancel(job.number, evidence.at_printer or ())
                if now - given_up > pace.settle_s:
                    await self._leave_tidy()
                    return PrintDoubtful(job.code or "printer.fault", told.impressions if job.seen else None)
            await self._pause(job.abandoned if given_up is None else None)

    def _gives_up(self, job: Watched, evidence: Evidence, still_s: float) -> bool:
        stopped = evidence.at_spooler is not None and evidence.at_spooler.state is JobState.STOPPED
        return stopped or job.abandoned.is_set() or job.memory is Memory.ANOTHER or still_s > self._pace.stuck_s

    async def _evidence(self, job: Watched) -> Evidence:
        spooled = await self._spooled(job)
        look: Look | None = None
        with contextlib.suppress(PrinterSilentError):
            look = await self._in_thread(lambda: self._printer.look(job.name))
        self._note(look.word if look else None)
        jobs = None if look is None else look.jobs
        if look is None:
            job.reasons, job.unheard = (SILENT,), True
        else:
            job.reasons = split(look.word.reasons)[0]
            job.memory = self._memory(job, look)
            job.pages_ever = look.word.pages_ever
        if jobs and job.memory is not Memory.ANOTHER:
            jobs = self._learn(job, jobs)
        return Evidence(
            pages=job.pages,
            at_spooler=spooled,
            at_printer=jobs,
            seen=job.seen,
            memory=job.memory,
            counts_live=self._counts_live,
            at_most=_grown(job),
            code=job.code,
        )

    def _learn(self, job: Watched, jobs: tuple[PrinterJob, ...]) -> tuple[PrinterJob, ...]:
        """Note what the jobs show of themselves and of the printer."""
        job.worked_on |= any(one.state in {JobState.PROCESSING, JobState.STOPPED} for one in jobs)
        if job.worked_on:
            jobs = tuple(replace(one, began=True) for one in jobs)
        job.seen = together(jobs)
        # A count of a job that did not end well is one that grew page by page, too.
        self._counts_live |= any(bool(one.impressions) and one.state is not JobState.COMPLETED for one in jobs)
        return jobs

    async def _spooled(self, job: Watched) -> SpoolJob | None:
        """Ask the spooler; one that does not answer may still be sending."""
        if not job.number:
            return None
        try:
            return await self._in_thread(lambda: self._spooler.job(job.number, job.name))
        except SpoolerError:
            return SpoolJob(job.number, JobState.PROCESSING, started=True)

    def _memory(self, job: Watched, look: Look) -> Memory:
        """Say what the printer can still know; what it lost, it does not get back."""
        if job.memory in {Memory.LOST, Memory.ANOTHER}:
            return job.memory
        if job.before is None:  # an earlier process made the job
            return Memory.UNSURE
        if look.word.identity.is_another(job.before.identity):
            return Memory.ANOTHER
        if job.before.up_time_s is None or look.word.up_time_s is None:
            return Memory.UNSURE
        passed_s = self._clock() - job.since
        if look.word.up_time_s < job.before.up_time_s + passed_s * (1 - _DRIFT) - _SLACK_S:
            return Memory.LOST
        return Memory.UNSURE if job.unheard and not look.keeps_list else Memory.WHOLE

    async def _cancel(self, number: int, jobs: tuple[PrinterJob, ...]) -> None:
        await self._in_thread(lambda: self._spooler.cancel(number))
        for one in jobs:
            if not one.state.ended:
                with contextlib.suppress(PrinterSilentError):
                    await self._in_thread(partial(self._printer.cancel, one))

    async def _leave_tidy(self) -> None:
        with contextlib.suppress(SpoolerError):
            await self._in_thread(self._spooler.repair)

    async def _pause(self, unless: asyncio.Event | None) -> None:
        if unless is None:
            await asyncio.sleep(self._pace.poll_s)
        else:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(unless.wait(), self._pace.poll_s)


def _may_change(outcome: JobOutcome, evidence: Evidence) -> bool:
    """Whether another look is worth it: the backend may be on its way yet, the printer's own counter behind."""
    if evidence.at_printer:
        return evidence.contradicts and isinstance(outcome, PrintDoubtful)
    return isinstance(outcome, NotPrinted)


def _grown(job: Watched) -> int | None:
    """Return by how much the printer's count of all its pages has grown, where it keeps one and kept it."""
    before = job.before.pages_ever if job.before else None
    if before is None or job.pages_ever is None or job.memory is not Memory.WHOLE or job.pages_ever < before:
        return None
    return job.pages_ever - before


def _why(job: Watched) -> str:
    if job.memory is Memory.ANOTHER:
        return "printer.replaced"
    if job.abandoned.is_set():
        return "printer.cancelled"
    return code_of(job.reasons, "printer.stuck")
