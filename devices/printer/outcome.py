"""Judges what became of a job from what the printer and the spooler say. Pure: no device, no clock.

The printer's word on the job counts first, then its having no such job, and the spooler's only for what never
left it: CUPS calls jobs completed that the printer gave up or forgot. What neither of them can prove is doubt.
"""

from dataclasses import dataclass
from enum import Enum, auto

from devices.printer.api import JobOutcome, NotPrinted, PrintDoubtful, Printed
from devices.printer.ipp_client import PrinterJob
from devices.printer.ipp_tags import JobState
from devices.printer.reasons import code_of

_UNREADABLE = {"document-format-error", "unsupported-document-format"}
"""job-state-reasons that a printer gives before its first page (RFC 8011, 5.3.8)."""
_PAPER_PATH = {"printer.jammed", "printer.cover_open"}
"""With these a page that was counted may still stick in the printer."""
_WITH_ERRORS = "job-completed-with-errors"
_STOPPING = "processing-to-stop-point"
_INCOMPLETE = "printer.incomplete"


class Memory(Enum):
    """What a printer's having no such job, or having one, is worth."""

    WHOLE = auto()  # it was there all the time, or keeps a list: a job it does not have it never had
    UNSURE = auto()  # it may have restarted, or went unheard for a while and keeps no list
    LOST = auto()  # it did restart since the job was made: what it forgot, or printed twice, nobody knows
    ANOTHER = auto()  # another printer answers now


@dataclass(frozen=True, slots=True)
class SpoolJob:
    """The spooler's word. ``started``: it began to send the document, or may have."""

    number: int
    state: JobState
    started: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a job at one moment; ask the spooler first and the printer after it.

    ``pages``: sides the document has. ``at_spooler``: None where the spooler is silent or has no such job.
    ``at_printer``: None where the printer is silent, () where it has no such job. ``seen``: the job when the
    printer last had it. ``code``: why the job was given up, when it was.

    ``counts_live``: the printer was once seen to count pages while a job went on, so that its 0 means none; many
    count when the job ends, and their 0 means nothing. ``at_most``: by how much the printer's count of all pages
    it ever printed has grown since before the job, other jobs' pages included; None where it keeps no such count.
    """

    pages: int | None
    at_spooler: SpoolJob | None
    at_printer: tuple[PrinterJob, ...] | None
    seen: PrinterJob | None = None
    memory: Memory = Memory.WHOLE
    counts_live: bool = False
    at_most: int | None = None
    code: str | None = None

    @property
    def contradicts(self) -> bool:
        """The printer printed less in all than this job has."""
        return self.at_most is not None and self.pages is not None and self.at_most < self.pages


def judge(evidence: Evidence) -> JobOutcome | None:
    """Return the outcome, or None as long as it can still change."""
    spooled, seen = evidence.at_spooler, evidence.seen
    if evidence.at_printer and evidence.memory is not Memory.ANOTHER:
        return _by_printer(evidence.at_printer, evidence)
    if spooled is not None and spooled.state.ended and not spooled.started and seen is None:
        return NotPrinted(evidence.code or "printer.refused")
    if evidence.at_printer is None or (spooled is not None and not spooled.state.ended):
        return None
    if seen is not None and _whole((seen,), evidence) and evidence.memory is Memory.WHOLE and evidence.code is None:
        return Printed(seen.impressions or 0)  # it counted every page, and then dropped the job from its list
    given_up = spooled is not None and spooled.state is not JobState.COMPLETED
    if seen is None and given_up and evidence.memory is Memory.WHOLE:
        return NotPrinted(evidence.code or "printer.refused")
    return PrintDoubtful(_lost(evidence), seen.impressions if seen else None)


def together(jobs: tuple[PrinterJob, ...]) -> PrinterJob:
    """See several jobs of one name (the spooler tried again) as one: alive if one is, with all their pages."""
    decisive = min(jobs, key=lambda job: (job.state.ended, job.state is not JobState.COMPLETED, -job.number))
    counts = [job.impressions for job in jobs if job.impressions is not None]
    return PrinterJob(
        decisive.number,
        decisive.state,
        decisive.reasons,
        sum(counts) if counts else None,
        decisive.expected,
        began=None if any(job.began is None for job in jobs) else any(job.began for job in jobs),
    )


def _by_printer(jobs: tuple[PrinterJob, ...], evidence: Evidence) -> JobOutcome | None:
    job = together(jobs)
    if not job.state.ended or any(_STOPPING in one.reasons for one in jobs):
        return None
    if evidence.memory is Memory.LOST and job.began is not False:
        return PrintDoubtful("printer.job_lost", job.impressions)  # begun again after the restart: pages come twice
    if job.state is JobState.COMPLETED:
        return _completed(job, jobs, evidence)
    cancelled = job.state is JobState.CANCELED
    code = evidence.code or code_of(job.reasons, "printer.cancelled" if cancelled else "printer.refused")
    if _whole(jobs, evidence) and cancelled and code not in _PAPER_PATH:
        return Printed(job.impressions or 0)  # the cancel came too late
    if job.impressions in {0, None} and _proves_nothing_came_out(job, evidence):
        return NotPrinted(code)
    return PrintDoubtful(code, job.impressions)


def _completed(job: PrinterJob, jobs: tuple[PrinterJob, ...], evidence: Evidence) -> JobOutcome:
    """Judge a job that is said to be completed: every sheet of it stacked (RFC 8011, 5.3.7)."""
    pages = evidence.pages or job.expected
    if evidence.contradicts:
        return PrintDoubtful(_INCOMPLETE, evidence.at_most)
    if job.impressions is None:  # it counts nothing: "completed" is its whole word
        return PrintDoubtful(_INCOMPLETE, None) if _WITH_ERRORS in job.reasons else Printed(pages or 0)
    if _whole(jobs, evidence) or (pages is None and job.impressions and _WITH_ERRORS not in job.reasons):
        return Printed(job.impressions)
    return PrintDoubtful(_INCOMPLETE, job.impressions)


def _whole(jobs: tuple[PrinterJob, ...], evidence: Evidence) -> bool:
    """Whether one job alone counts every page: two halves of two tries are no whole."""
    if evidence.contradicts:
        return False
    for job in jobs:
        pages = evidence.pages or job.expected
        if pages is not None and job.impressions is not None and job.impressions >= pages:
            return True
    return False


def _proves_nothing_came_out(job: PrinterJob, evidence: Evidence) -> bool:
    """Whether 0, or no count, of a job that was given up is proof."""
    return (
        job.began is False
        or evidence.at_most == 0
        or (evidence.counts_live and job.impressions == 0)
        or not _UNREADABLE.isdisjoint(job.reasons)
        # A job of one page that waited for paper still needed its only sheet.
        or (evidence.pages == 1 and evidence.code == "printer.out_of_paper" and job.impressions == 0)
    )


def _lost(evidence: Evidence) -> str:
    match evidence.memory:
        case Memory.ANOTHER:
            return "printer.replaced"
        case Memory.LOST | Memory.UNSURE:
            return "printer.job_lost"
        case Memory.WHOLE:
            return "printer.forgotten"
