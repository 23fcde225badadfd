"""What becomes of a job, judged from every constellation of what printer and spooler say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from devices.printer.outcome import Evidence, Memory, SpoolJob, judge
from devices.printer.reasons import code_of, split, status_of

PAGES = 3


def at_printer(
    state: JobState, impressions: int | None, *reasons: str, number: int = 1, began: bool | None = True
) -> PrinterJob:
    return PrinterJob(number, state, reasons, impressions, None, began)


SENDING = SpoolJob(1, JobState.PROCESSING, started=True)
HANDED_OVER = SpoolJob(1, JobState.COMPLETED, started=True)
ABORTED = SpoolJob(1, JobState.ABORTED, started=True)
NEVER_STARTED = SpoolJob(1, JobState.CANCELED, started=False)
WAITING = SpoolJob(1, JobState.PENDING, started=False)
SEEN = at_printer(JobState.PROCESSING, 2)
SEEN_WHOLE = at_printer(JobState.PROCESSING, 3)
LOST, REFUSED, INCOMPLETE, CANCELLED = "printer.job_lost", "printer.refused", "printer.incomplete", "printer.cancelled"
FORGOTTEN, REPLACED, NO_PAPER, JAMMED = (
    "printer.forgotten",
    "printer.replaced",
    "printer.out_of_paper",
    "printer.jammed",
)


@pytest.mark.parametrize(
    ("jobs", "outcome"),
    [
        ([at_printer(JobState.PENDING, 0)], None),
        ([at_printer(JobState.PROCESSING, 3)], None),
        ([at_printer(JobState.STOPPED, 2)], None),
        ([at_printer(JobState.COMPLETED, 3)], Printed(3)),
        ([at_printer(JobState.COMPLETED, 4)], Printed(4)),
        ([at_printer(JobState.COMPLETED, 3, "job-completed-with-errors")], Printed(3)),
        ([at_printer(JobState.COMPLETED, 2)], PrintDoubtful(INCOMPLETE, 2)),
        ([at_printer(JobState.COMPLETED, 0)], PrintDoubtful(INCOMPLETE, 0)),
        # it counts nothing
        ([at_printer(JobState.COMPLETED, None)], Printed(3)),
        ([at_printer(JobState.COMPLETED, None, "job-completed-with-errors")], PrintDoubtful(INCOMPLETE, None)),
        ([at_printer(JobState.CANCELED, None)], PrintDoubtful(CANCELLED, None)),
        ([at_printer(JobState.ABORTED, None)], PrintDoubtful(REFUSED, None)),
        # the cancel came too late, or the last page sticks after it was counted
        ([at_printer(JobState.CANCELED, 3)], Printed(3)),
        ([at_printer(JobState.CANCELED, 3, "job-canceled-at-device")], Printed(3)),
        ([at_printer(JobState.CANCELED, 3, "media-jam")], PrintDoubtful(JAMMED, 3)),
        ([at_printer(JobState.ABORTED, 3)], PrintDoubtful(REFUSED, 3)),
        # given up before the first page, by a printer that may count at the end only
        ([at_printer(JobState.CANCELED, 0)], PrintDoubtful(CANCELLED, 0)),
        ([at_printer(JobState.ABORTED, 0)], PrintDoubtful(REFUSED, 0)),
        # … and where it is proven
        ([at_printer(JobState.CANCELED, 0, began=False)], NotPrinted(CANCELLED)),
        ([at_printer(JobState.CANCELED, None, began=False)], NotPrinted(CANCELLED)),
        ([at_printer(JobState.ABORTED, 0, "document-format-error")], NotPrinted(REFUSED)),
        ([at_printer(JobState.CANCELED, 0, "processing-to-stop-point")], None),
        ([at_printer(JobState.CANCELED, 1)], PrintDoubtful(CANCELLED, 1)),
        ([at_printer(JobState.CANCELED, 1, began=False)], PrintDoubtful(CANCELLED, 1)),
        # the spooler tried twice
        ([at_printer(JobState.ABORTED, 0), at_printer(JobState.PROCESSING, 1, number=2)], None),
        ([at_printer(JobState.ABORTED, 1), at_printer(JobState.COMPLETED, 3, number=2)], Printed(4)),
        ([at_printer(JobState.ABORTED, 1), at_printer(JobState.CANCELED, 0, number=2)], PrintDoubtful(CANCELLED, 1)),
        # two halves are no whole
        ([at_printer(JobState.ABORTED, 2), at_printer(JobState.ABORTED, 1, number=2)], PrintDoubtful(REFUSED, 3)),
        ([at_printer(JobState.ABORTED, 2), at_printer(JobState.COMPLETED, 1, number=2)], PrintDoubtful(INCOMPLETE, 3)),
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
        (Evidence(PAGES, HANDED_OVER, ()), PrintDoubtful(FORGOTTEN, None)),
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN), PrintDoubtful(FORGOTTEN, 2)),
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN, memory=Memory.LOST), PrintDoubtful(LOST, 2)),
        (Evidence(PAGES, ABORTED, (), seen=SEEN), PrintDoubtful(FORGOTTEN, 2)),
        (Evidence(PAGES, ABORTED, ()), NotPrinted(REFUSED)),
        (Evidence(PAGES, ABORTED, (), code=NO_PAPER), NotPrinted(NO_PAPER)),
        (Evidence(PAGES, ABORTED, (), memory=Memory.UNSURE), PrintDoubtful(LOST, None)),
        (Evidence(PAGES, ABORTED, (), memory=Memory.LOST), PrintDoubtful(LOST, None)),
        (Evidence(PAGES, NEVER_STARTED, (), memory=Memory.UNSURE), NotPrinted(REFUSED)),
        (Evidence(PAGES, None, ()), PrintDoubtful(FORGOTTEN, None)),
        # it counted every page before it dropped the job from its list; or it might have been off in between
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN_WHOLE), Printed(3)),
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN_WHOLE, code=JAMMED), PrintDoubtful(FORGOTTEN, 3)),
        (Evidence(PAGES, HANDED_OVER, (), seen=SEEN_WHOLE, memory=Memory.UNSURE), PrintDoubtful(LOST, 3)),
        # nobody knows how many pages there are
        (Evidence(None, HANDED_OVER, (at_printer(JobState.COMPLETED, 2),)), Printed(2)),
        (Evidence(None, HANDED_OVER, (at_printer(JobState.COMPLETED, 0),)), PrintDoubtful(INCOMPLETE, 0)),
        (
            Evidence(None, HANDED_OVER, (at_printer(JobState.COMPLETED, 2, "job-completed-with-errors"),)),
            PrintDoubtful(INCOMPLETE, 2),
        ),
    ],
)
def test_what_nobody_can_prove_is_doubt(evidence: Evidence, outcome: JobOutcome | None) -> None:
    """NotPrinted needs proof that nothing was sent; a handed-over job without a trace is doubt."""
    assert judge(evidence) == outcome


@pytest.mark.parametrize(
    ("spooled", "seen", "jobs", "outcome"),
    [
        (HANDED_OVER, SEEN, (), PrintDoubtful(REPLACED, 2)),
        (HANDED_OVER, None, (), PrintDoubtful(REPLACED, None)),
        (ABORTED, None, (), PrintDoubtful(REPLACED, None)),
        (NEVER_STARTED, None, (), NotPrinted(REPLACED)),
        (SENDING, None, (), None),
        (HANDED_OVER, SEEN, None, None),
        # what the other printer says of a job that it got instead proves nothing of the first
        (HANDED_OVER, SEEN, (at_printer(JobState.COMPLETED, 3),), PrintDoubtful(REPLACED, 2)),
    ],
)
def test_another_printer_knows_nothing(
    spooled: SpoolJob, seen: PrinterJob | None, jobs: tuple[PrinterJob, ...] | None, outcome: JobOutcome | None
) -> None:
    """A printer that was replaced in mid-job took its knowledge away."""
    assert judge(Evidence(PAGES, spooled, jobs, seen, Memory.ANOTHER, code=REPLACED)) == outcome


@pytest.mark.parametrize(
    ("job", "outcome"),
    [
        (at_printer(JobState.PROCESSING, 1), None),
        (at_printer(JobState.COMPLETED, 3), PrintDoubtful(LOST, 3)),
        (at_printer(JobState.ABORTED, 1), PrintDoubtful(LOST, 1)),
        (at_printer(JobState.CANCELED, 0, began=False), NotPrinted(CANCELLED)),
    ],
)
def test_a_job_that_lived_through_a_power_cut(job: PrinterJob, outcome: JobOutcome | None) -> None:
    """A printer that resumes a job may print its pages a second time: its "completed" is no single copy."""
    assert judge(Evidence(PAGES, HANDED_OVER, (job,), memory=Memory.LOST)) == outcome


@pytest.mark.parametrize(
    ("state", "impressions", "at_most", "outcome"),
    [
        (JobState.COMPLETED, 3, 3, Printed(3)),
        (JobState.COMPLETED, 3, 5, Printed(3)),  # another job printed too
        (JobState.COMPLETED, 3, 1, PrintDoubtful(INCOMPLETE, 1)),
        (JobState.COMPLETED, 3, 0, PrintDoubtful(INCOMPLETE, 0)),
        (JobState.COMPLETED, None, 0, PrintDoubtful(INCOMPLETE, 0)),
        (JobState.CANCELED, 3, 1, PrintDoubtful(CANCELLED, 3)),
        (JobState.CANCELED, 0, 1, PrintDoubtful(CANCELLED, 0)),
        (JobState.CANCELED, 0, 0, NotPrinted(CANCELLED)),
        (JobState.ABORTED, None, 0, NotPrinted(REFUSED)),
    ],
)
def test_the_count_of_all_pages_ever_bears_witness(
    state: JobState, impressions: int | None, at_most: int, outcome: JobOutcome
) -> None:
    """A printer cannot have printed more of a job than it printed at all."""
    assert judge(Evidence(PAGES, HANDED_OVER, (at_printer(state, impressions),), at_most=at_most)) == outcome


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        (Evidence(PAGES, HANDED_OVER, (), counts_live=True), PrintDoubtful(FORGOTTEN, None)),
        (
            Evidence(PAGES, HANDED_OVER, (at_printer(JobState.CANCELED, 0),), counts_live=True, code=JAMMED),
            NotPrinted(JAMMED),
        ),
        (
            Evidence(PAGES, HANDED_OVER, (at_printer(JobState.CANCELED, 0),), code=NO_PAPER),
            PrintDoubtful(NO_PAPER, 0),
        ),
        (Evidence(1, HANDED_OVER, (at_printer(JobState.CANCELED, 0),), code=NO_PAPER), NotPrinted(NO_PAPER)),
        (Evidence(1, HANDED_OVER, (at_printer(JobState.CANCELED, 0),), code=JAMMED), PrintDoubtful(JAMMED, 0)),
    ],
)
def test_nothing_is_a_count_only_of_who_counts(evidence: Evidence, outcome: JobOutcome) -> None:
    """The 0 of a job that was given up means none where the printer counts page by page, or waited for the only one."""
    assert judge(evidence) == outcome


_states = st.sampled_from(JobState)
_jobs = st.builds(
    PrinterJob,
    st.integers(0, 9),
    _states,
    st.lists(st.sampled_from(["none", "processing-to-stop-point", "job-completed-with-errors", "x"])).map(tuple),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(1, 5),
    st.none() | st.booleans(),
)
_evidence = st.builds(
    Evidence,
    st.none() | st.integers(1, 4),
    st.none() | st.builds(SpoolJob, st.integers(1, 9), _states, st.booleans()),
    st.none() | st.lists(_jobs, max_size=3).map(tuple),
    st.none() | _jobs,
    st.sampled_from(Memory),
    st.booleans(),
    st.none() | st.integers(0, 5),
    st.sampled_from([None, JAMMED, NO_PAPER, CANCELLED]),
)


@given(_evidence)
def test_never_a_guess(evidence: Evidence) -> None:
    """Whatever is told: Printed only with a whole count or the word completed, NotPrinted only with none counted."""
    outcome = judge(evidence)
    told = (*(evidence.at_printer or ()), *((evidence.seen,) if evidence.seen else ()))
    counts = [job.impressions for job in told if job.impressions is not None]
    if isinstance(outcome, Printed):
        assert evidence.memory in {Memory.WHOLE, Memory.UNSURE}
        assert not evidence.contradicts
        pages = evidence.pages or 1
        assert max(counts, default=0) >= pages or any(
            job.state is JobState.COMPLETED and (job.impressions is None or evidence.pages is None) for job in told
        )
    if isinstance(outcome, NotPrinted):
        assert evidence.memory is Memory.ANOTHER or not any(job.impressions for job in evidence.at_printer or ())
        assert evidence.at_printer or evidence.seen is None


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
