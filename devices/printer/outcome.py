"""Judges what became of a job from what the printer and the spooler say. Pure: no device, no clock.

The printer's word on the job counts first, then its having no such job, and the spooler's only for what never
left it: CUPS calls jobs completed that the printer gave up or forgot. What neither of them can prove is doubt.
"""

from dataclasses import dataclass

from devices.printer.api import JobOutcome, NotPrinted, PrintDoubtful, Printed
from devices.printer.ipp_client import PrinterJob
from devices.printer.ipp_tags import JobState
from devices.printer.reasons import code_of


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
    printer last had it. ``restarted``: whether the printer may have lost its memory since the job was made.
    ``code``: why the job was given up, when it was.
    """

    pages: int | None
    at_spooler: SpoolJob | None
    at_printer: tuple[PrinterJob, ...] | None
    seen: PrinterJob | None = None
    restarted: bool = False
    code: str | None = None


def judge(evidence: Evidence) -> JobOutcome | None:
    """Return the outcome, or None as long as it can still change."""
    spooled = evidence.at_spooler
    if evidence.at_printer:
        return _by_printer(together(evidence.at_printer), evidence)
    if spooled is not None and spooled.state.ended and not spooled.started:
        return NotPrinted(evidence.code or "printer.refused")
    if evidence.at_printer is None or (spooled is not None and not spooled.state.ended):
        return None
    if evidence.seen is not None:
        return PrintDoubtful("printer.job_lost", evidence.seen.impressions)
    if spooled is None or spooled.state is JobState.COMPLETED or evidence.restarted:
        return PrintDoubtful("printer.job_lost", None)
    return NotPrinted(evidence.code or "printer.refused")


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
    )


def _by_printer(job: PrinterJob, evidence: Evidence) -> JobOutcome | None:  # noqa: PLR0911 - a table
    if not job.state.ended or "processing-to-stop-point" in job.reasons:
        return None
    pages = evidence.pages or job.expected or None  # ippeveprinter expects 0 of every job
    completed = job.state is JobState.COMPLETED
    match job.impressions:
        case int(done) if pages is not None and done >= pages > 0:
            return Printed(done)  # even where a cancel came too late
        case None if completed:
            return Printed(pages or 0)  # a printer that counts nothing: "completed" is its whole word
        case int(done) if completed and pages is None:
            return Printed(done) if done else PrintDoubtful("printer.incomplete", done)
        case int(done) if completed:
            return PrintDoubtful("printer.incomplete", done)
        case 0:
            return NotPrinted(evidence.code or code_of(job.reasons, "printer.refused"))
        case done:
            return PrintDoubtful(evidence.code or code_of(job.reasons, "printer.refused"), done)
