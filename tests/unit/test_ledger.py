"""The print ledger: every copy ends as one known outcome, and the centre hears of it once."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from devices.printer.api import JobOutcome, NotPrinted, PrintDoubtful, Printed
from kiosk.store import AuditEvent, CopyState, OutOfOrder, Store
from kiosk.store.copies import CopyEvent, step
from tests.terminal_parts import SEALING_KEY, TERMINAL, StandingClock
from wire.envelope import unseal
from wire.messages import PrintOutcome, PrintReceipt

S, E = CopyState, CopyEvent
FOLLOWS = {
    (S.RESERVED, E.ISSUED): S.ISSUED,
    (S.RESERVED, E.NOT_PRINTED): S.VOID,
    (S.ISSUED, E.SPOOLED): S.SPOOLED,
    (S.ISSUED, E.NOT_PRINTED): S.VOID,
    (S.SPOOLED, E.PAGE_OUT): S.PRINTING,
    (S.SPOOLED, E.PRINTED): S.DELIVERED,
    (S.SPOOLED, E.NOT_PRINTED): S.VOID,
    (S.SPOOLED, E.DOUBTED): S.DOUBTFUL,
    (S.PRINTING, E.PAGE_OUT): S.PRINTING,
    (S.PRINTING, E.PRINTED): S.DELIVERED,
    (S.PRINTING, E.NOT_PRINTED): S.VOID,
    (S.PRINTING, E.DOUBTED): S.DOUBTFUL,
    (S.DELIVERED, E.PAGE_OUT): S.DELIVERED,
    (S.DELIVERED, E.PRINTED): S.DELIVERED,
    (S.VOID, E.PAGE_OUT): S.VOID,
    (S.VOID, E.NOT_PRINTED): S.VOID,
    (S.DOUBTFUL, E.PAGE_OUT): S.DOUBTFUL,
    (S.DOUBTFUL, E.DOUBTED): S.DOUBTFUL,
    (S.DOUBTFUL, E.FOUND_COMPLETE): S.DELIVERED,
    (S.DOUBTFUL, E.FOUND_INCOMPLETE): S.VOID,
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        yield store


def at_the_printer(store: Store, serial: str = "S1") -> str:
    """Return the job name of a copy that the spooler may have."""
    job_name = store.ledger.reserve("item").job_name
    store.ledger.issued(job_name, serial)
    store.ledger.spooled(job_name)
    return job_name


def receipts(store: Store) -> list[PrintReceipt]:
    return [unseal(envelope, PrintReceipt, key=SEALING_KEY) for envelope in store.outbox.pending(100)]


@pytest.mark.parametrize(("state", "event"), list(product(CopyState, CopyEvent)), ids=str)
def test_step(state: CopyState, event: CopyEvent) -> None:
    """What can follow stands in the table; everything else is refused."""
    if (state, event) in FOLLOWS:
        assert step(state, event) is FOLLOWS[state, event]
    else:
        with pytest.raises(OutOfOrder):
            step(state, event)


def test_the_way_of_a_copy(store: Store) -> None:
    """Reserved, issued, spooled, printing, delivered; the receipt says the same."""
    job_name = store.ledger.reserve("no-property").job_name
    states = [
        store.ledger.copy(job_name).state,
        store.ledger.issued(job_name, "S1").state,
        store.ledger.spooled(job_name).state,
        store.ledger.progressed(job_name, 1).state,
        store.ledger.resolve(job_name, Printed(2)).state,
    ]
    assert states == [S.RESERVED, S.ISSUED, S.SPOOLED, S.PRINTING, S.DELIVERED]
    (receipt,) = receipts(store)
    assert (receipt.serial, receipt.job_name, receipt.copy_number) == ("S1", job_name, 1)
    assert (receipt.outcome, receipt.impressions) == (PrintOutcome.DELIVERED, 2)


@pytest.mark.parametrize(
    ("outcome", "state", "impressions", "event"),
    [
        (Printed(1), S.DELIVERED, 1, AuditEvent.COPY_DELIVERED),
        (NotPrinted("printer.refused"), S.VOID, 0, AuditEvent.COPY_VOID),
        (PrintDoubtful("printer.doubtful", 1), S.DOUBTFUL, 1, AuditEvent.COPY_DOUBTFUL),
        (PrintDoubtful("printer.doubtful", None), S.DOUBTFUL, None, AuditEvent.COPY_DOUBTFUL),
    ],
)
def test_outcomes(
    store: Store, outcome: JobOutcome, state: CopyState, impressions: int | None, event: AuditEvent
) -> None:
    """Each outcome of the printer becomes one state, one receipt and one audit event, however often it is told."""
    job_name = at_the_printer(store)
    for _ in range(2):
        copy = store.ledger.resolve(job_name, outcome)
        assert (copy.state, copy.problem) == (state, getattr(outcome, "code", None))
    (receipt,) = receipts(store)
    assert (receipt.outcome, receipt.impressions) == (PrintOutcome(state), impressions)
    assert store.audit.events().count((event, job_name)) == 1


def test_another_outcome_is_refused(store: Store) -> None:
    """What was told to the centre is not taken back."""
    job_name = at_the_printer(store)
    store.ledger.resolve(job_name, Printed(1))
    with pytest.raises(OutOfOrder):
        store.ledger.resolve(job_name, NotPrinted("printer.fault"))
    assert [receipt.outcome for receipt in receipts(store)] == [PrintOutcome.DELIVERED]


def test_copies_of_a_certificate_are_numbered(store: Store) -> None:
    """A certificate printed again is copy 2, whatever became of copy 1."""
    first, second, other = (at_the_printer(store, serial) for serial in ("S1", "S1", "S2"))
    assert [copy.job_name for copy in store.ledger.copies("S1")] == [first, second]
    assert [store.ledger.copy(job_name).copy_number for job_name in (first, second, other)] == [1, 2, 1]


def test_unfinished_are_found_after_a_crash(tmp_path: Path, clock: StandingClock) -> None:
    """A new process finds every copy that has no outcome, oldest first, in the state it was in."""
    path = tmp_path / "crashed.sqlite3"
    with Store.open(path, clock, TERMINAL) as before:
        reserved = before.ledger.reserve("item").job_name
        clock.pass_(1)
        issued = before.ledger.reserve("item").job_name
        before.ledger.issued(issued, "S1")
        clock.pass_(1)
        spooled = at_the_printer(before, "S2")
        clock.pass_(1)
        printing = at_the_printer(before, "S3")
        before.ledger.progressed(printing, 1)
        before.ledger.resolve(at_the_printer(before, "S4"), Printed(1))
    with Store.open(path, clock, TERMINAL) as after:
        assert [(copy.job_name, copy.state) for copy in after.ledger.unfinished()] == [
            (reserved, S.RESERVED),
            (issued, S.ISSUED),
            (spooled, S.SPOOLED),
            (printing, S.PRINTING),
        ]
        after.ledger.resolve(reserved, NotPrinted("terminal.unexpected"))
        assert receipts(after)[0].serial == "S4"
        assert len(receipts(after)) == 1, "a copy without a serial has nothing to tell the centre"


def test_unknown_job(store: Store) -> None:
    """A job name that is not in the ledger is a mistake of the program."""
    with pytest.raises(KeyError):
        store.ledger.copy("nothing")
    with pytest.raises(KeyError):
        store.ledger.spooled("nothing")
