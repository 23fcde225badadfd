"""What becomes of a job, judged from every constellation of what printer and spooler say."""

import pytest

from devices.printer.api import (
    JobOutcome,
    NotPrinted,
    PrintDoubtful,
    Printed,
    PrinterMissing,
    PrinterReady,
    PrinterStatus,
    PrinterStopped,
)
from devices.printer.ipp_client import PrinterJob, PrinterWord
from devices.printer.ipp_tags import JobState, PrinterState
from devices.printer.outcome import Evidence, SpoolJob, judge
from devices.printer.reasons import code_of, split, status_of

PAGES = 3


def at_printer(state: JobState, impressions: int | None, *reasons: str, number: int = 1) -> PrinterJob:
    return PrinterJob(number, state, reasons, impressions, None)


SENDING = SpoolJob(1, JobState.PROCESSING, started=True)
HANDED_OVER = SpoolJob(1, JobState.COMPLETED, started=True)
ABORTED = SpoolJob(1, JobState.ABORTED, started=True)
NEVER_STARTED = SpoolJob(1, JobState.CANCELED, started=False)
WAITING = SpoolJob(1, JobState.PENDING, started=False)
SEEN = at_printer(JobState.PROCESSING, 2)
LOST, REFUSED = "printer.job_lost", "printer.refused"


@pytest.mark.parametrize(
    ("jobs", "outcome"),
    [
        ([at_printer(JobState.PENDING, 0)], None),
        ([at_printer(JobState.PROCESSING, 3)], None),
        ([at_printer(JobState.STOPPED, 2)], None),
        ([at_printer(JobState.COMPLETED, 3)], Printed(3)),
        ([at_printer(JobState.COMPLETED, 4)], Printed(4)),
        ([at_printer(JobState.COMPLETED, None)], Printed(3)),
        ([at_printer(JobState.COMPLETED, 2)], PrintDoubtful("printer.incomplete", 2)),
        ([at_printer(JobState.COMPLETED, 0)], PrintDoubtful("printer.incomplete", 0)),
        ([at_printer(JobState.CANCELED, 3)], Printed(3)),
        ([at_printer(JobState.CANCELED, 0)], NotPrinted(REFUSED)),
        ([at_printer(JobState.CANCELED, 0, "processing-to-stop-point")], None),
        ([at_printer(JobState.CANCELED, 1)], PrintDoubtful(REFUSED, 1)),
        ([at_printer(JobState.ABORTED, None)], PrintDoubtful(REFUSED, None)),
        ([at_printer(JobState.ABORTED, 0, "document-format-error")], NotPrinted(REFUSED)),
        # the spooler tried twice
        ([at_printer(JobState.ABORTED, 0), at_printer(JobState.PROCESSING, 1, number=2)], None),
        ([at_printer(JobState.ABORTED, 1), at_printer(JobState.COMPLETED, 3, number=2)], Printed(4)),
        ([at_printer(JobState.ABORTED, 1), at_printer(JobState.CANCELED, 0, number=2)], PrintDoubtful(REFUSED, 1)),
    ],
)
@pytest.mark.parametrize("spooled", [None, SENDING, HANDED_OVER, ABORTED, NEVER_STARTED])
def test_the_printers_word_counts_first(
    jobs: list[PrinterJob], outcome: JobOutcome | None, spooled: SpoolJob | None
) -> None:
    """Whatever the spooler says, a job that the printer has is judged by the printer."""
    assert judge(Evidence(PAGES, spooled, tuple(jobs))) == outcome


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        # the printer is silent
        (Evidence(PAGES, SENDING, None), None),
        (Evidence(PAGES, HANDED_OVER, None), None),
        (Evidence(PAGES, ABORTED, None), None),
        (Evidence(PAGES, NEVER_STARTED, None), NotPrinted(REFUSED)),
        # the printer has no such job
        (Evidence(PAGES, WAITING, ()), None),
        (Evidence(PAGES, SENDING, ()), None),
        (Evidence(PAGES, HANDED_OVER, ()), PrintDoubtful(LOST, None)),
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN), PrintDoubtful(LOST, 2)),
        (Evidence(PAGES, ABORTED, (), seen=SEEN), PrintDoubtful(LOST, 2)),
        (Evidence(PAGES, ABORTED, ()), NotPrinted(REFUSED)),
        (Evidence(PAGES, ABORTED, (), code="printer.out_of_paper"), NotPrinted("printer.out_of_paper")),
        (Evidence(PAGES, ABORTED, (), restarted=True), PrintDoubtful(LOST, None)),
        (Evidence(PAGES, NEVER_STARTED, (), restarted=True), NotPrinted(REFUSED)),
        (Evidence(PAGES, None, ()), PrintDoubtful(LOST, None)),
        # nobody knows how many pages there are
        (Evidence(None, HANDED_OVER, (at_printer(JobState.COMPLETED, 2),)), Printed(2)),
        (Evidence(None, HANDED_OVER, (at_printer(JobState.COMPLETED, 0),)), PrintDoubtful("printer.incomplete", 0)),
    ],
)
def test_what_nobody_can_prove_is_doubt(evidence: Evidence, outcome: JobOutcome | None) -> None:
    """NotPrinted needs proof that nothing was sent; a handed-over job without a trace is doubt."""
    assert judge(evidence) == outcome


@pytest.mark.parametrize(
    ("state", "reasons", "status"),
    [
        (PrinterState.IDLE, ("none",), PrinterReady()),
        (PrinterState.PROCESSING, ("none",), PrinterReady()),
        (
            PrinterState.IDLE,
            ("media-low-warning", "toner-low-report"),
            PrinterReady(("media-low-warning", "toner-low-report")),
        ),
        (PrinterState.IDLE, ("media-empty-warning",), PrinterReady(("media-empty-warning",))),  # a second tray
        (PrinterState.IDLE, ("media-empty-error",), PrinterStopped(("media-empty-error",))),
        (PrinterState.IDLE, ("media-empty",), PrinterStopped(("media-empty",))),
        (PrinterState.IDLE, ("wifi-not-configured",), PrinterReady(("wifi-not-configured",))),
        (PrinterState.STOPPED, ("paused",), PrinterStopped(("paused",))),
        (PrinterState.STOPPED, ("none",), PrinterStopped(("none",))),
        (PrinterState.IDLE, ("fuser-over-temp-error",), PrinterStopped(("fuser-over-temp-error",))),
    ],
)
def test_status_of_a_printers_word(state: PrinterState, reasons: tuple[str, ...], status: PrinterStatus) -> None:
    """Severities decide (RFC 8011, 5.4.12): a warning does not stop a job, an error does."""
    assert status_of(PrinterWord(state, reasons, accepting=True, up_time_s=1)) == status


def test_silence_and_refusal() -> None:
    """No answer is Missing; a printer that takes no jobs is Stopped."""
    assert status_of(None) == PrinterMissing()
    assert status_of(PrinterWord(PrinterState.IDLE, ("none",), accepting=False, up_time_s=1)) == PrinterStopped(
        ("none",)
    )


def test_codes_for_people() -> None:
    """The first reason that has a code names the message."""
    assert code_of(("media-low-warning", "media-empty-error")) == "printer.out_of_paper"
    assert code_of(("media-jam",)) == "printer.jammed"
    assert code_of(("strange-error",)) == "printer.fault"
    assert split(("none",)) == ((), ())
