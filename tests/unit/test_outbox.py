"""The outbox: gapless numbers, oldest first, gone only with proof."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.store import AuditEvent, Store, Terminal
from kiosk.store.outbox import OutboxEvent, OutboxState, step
from tests.terminal_parts import (
    CENTRE_KEY,
    CITIZEN,
    DEVICE_KEY,
    SEALING_KEY,
    START,
    TERMINAL,
    StandingClock,
    enrolment,
    receipt_for,
)
from wire.envelope import EnvelopeKind, unseal, verify
from wire.errors import SignatureWrong
from wire.messages import Application, PrintOutcome, PrintReceipt, PushOutcome
from wire.receipts import check_receipt, digest_of_envelope, sign_receipt

Q, X, S, D = OutboxState
STORED, REFUSED, RELEASED, SETTLED = OutboxEvent


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        yield store


def a_receipt(serial: str = "S1") -> PrintReceipt:
    return PrintReceipt(
        serial=serial, job_name="j", copy_number=1, outcome=PrintOutcome.DELIVERED, impressions=1, at=START
    )


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (Q, STORED, D), (Q, REFUSED, X), (Q, RELEASED, Q), (Q, SETTLED, S),
        (X, STORED, D), (X, REFUSED, X), (X, RELEASED, Q), (X, SETTLED, S),
        (S, STORED, D), (S, REFUSED, S), (S, RELEASED, Q), (S, SETTLED, S),
        (D, STORED, D), (D, REFUSED, D), (D, RELEASED, D), (D, SETTLED, D),
    ],
)  # fmt: skip
def test_step(state: OutboxState, event: OutboxEvent, after: OutboxState) -> None:
    """Every state has one successor for every event; delivered is for good."""
    assert step(state, event) is after


def test_submitted_is_sealed_signed_and_numbered(store: Store) -> None:
    """What was submitted can be opened by the centre alone, is signed by the terminal, and counts from 1."""
    sent = [store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt(f"S{n}")) for n in range(3)]
    pending = store.outbox.pending(10)
    assert pending == sent
    assert [envelope.header.sequence for envelope in pending] == [1, 2, 3]
    for number, envelope in enumerate(pending):
        verify(envelope, DEVICE_KEY.public_key())
        assert unseal(envelope, PrintReceipt, key=SEALING_KEY).serial == f"S{number}"


def test_sequence_has_no_gap_after_a_failure(store: Store) -> None:
    """A number taken by a transaction that failed is given again."""

    def fail() -> None:
        with store.outbox._database.transaction() as tx:
            store.outbox.submit_in(tx, EnvelopeKind.PRINT_RECEIPT, a_receipt())
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert store.outbox.pending(10) == []
    assert store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt()).header.sequence == 1


def test_order_survives_a_clock_that_jumps_back(store: Store, clock: StandingClock) -> None:
    """Oldest first means first submitted, whatever the clock says."""
    first = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    clock.pass_(-86_400)
    second = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    assert store.outbox.pending(10) == [first, second]


@pytest.mark.parametrize("outcome", [PushOutcome.STORED, PushOutcome.DUPLICATE])
def test_stored_leaves_with_proof(store: Store, outcome: PushOutcome) -> None:
    """An envelope that the centre has leaves the queue, and a proof stays."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    assert not store.outbox.delivered(str(envelope.header.id))
    assert store.outbox.acknowledge([receipt_for(envelope, outcome)]) == 1
    assert store.outbox.pending(10) == []
    assert store.outbox.delivered(str(envelope.header.id))
    assert store.outbox.acknowledge([receipt_for(envelope, outcome)]) == 0, "the second receipt changes nothing"


def test_refused_waits_in_quarantine_until_released(store: Store) -> None:
    """A refused envelope is kept with its reason, out of the way of the others, and can be sent again."""
    bad = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    good = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    store.outbox.acknowledge([receipt_for(bad, PushOutcome.REFUSED, "wire.sequence_taken")])
    assert store.outbox.pending(10) == [good]
    (kept,) = store.outbox.quarantined()
    assert (kept.id, kept.sequence, kept.problem) == (str(bad.header.id), 1, "wire.sequence_taken")
    assert store.outbox.release(kept.id)
    assert not store.outbox.release(kept.id), "it is not in quarantine any more"
    assert store.outbox.pending(10) == [bad, good]


def test_receipts_are_the_centres(store: Store) -> None:
    """An unsigned receipt, another signer's, one that was changed, and one for another envelope move nothing."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    good = receipt_for(envelope)
    spoilt = [
        good.model_copy(update={"signature": b""}),
        sign_receipt(good, DEVICE_KEY),
        receipt_for(envelope, PushOutcome.REFUSED, "wire.malformed").model_copy(update={"outcome": PushOutcome.STORED}),
        receipt_for(envelope, digest=bytes(32)),
    ]
    other = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt("S2"))
    for receipt in spoilt:
        with pytest.raises(SignatureWrong):
            store.outbox.acknowledge([receipt_for(other), receipt])
        assert store.outbox.queue().queued == 2, "not even the good one before it"
    assert store.outbox.acknowledge([good, receipt_for(other)]) == 2


def test_purged_only_with_proof_of_it(store: Store) -> None:
    """Where an envelope was, the centre's signed receipt is, which anybody with the centre's key can check."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    id_ = str(envelope.header.id)
    assert store.outbox.proof(id_) is None
    store.outbox.acknowledge([receipt_for(envelope)])
    proof = store.outbox.proof(id_)
    assert proof is not None
    check_receipt(proof, CENTRE_KEY.public_key())
    assert proof.digest == digest_of_envelope(envelope)
    assert store.outbox.state(id_) is OutboxState.DELIVERED


def test_a_refused_one_has_an_owner_and_a_deadline(store: Store, clock: StandingClock) -> None:
    """Whom the centre named, until the day that it named, also when it names another later; else within three days."""
    first, second = (store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt()) for _ in range(2))
    due = START.date() + timedelta(days=1)
    for owner in ("0007", "0008"):
        refused = receipt_for(first, PushOutcome.REFUSED, "centre.not_processed", owner=owner, due_on=due)
        store.outbox.acknowledge([refused])
    store.outbox.set_aside(second.header.id, "wire.malformed")
    kept = store.outbox.quarantined()
    assert [(one.owner, one.due_on) for one in kept] == [("0008", due), ("", START.date() + timedelta(days=3))]
    assert [one.overdue(due + timedelta(days=1)) for one in kept] == [True, False]
    assert len([event for event, _ in store.audit.events() if event == AuditEvent.ENVELOPE_QUARANTINED]) == 2


def test_what_staff_settled_stays_out_of_the_way(store: Store) -> None:
    """Settled by the centre's staff, an envelope is not sent and not deleted, and a late refusal does not open it."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    for outcome in (PushOutcome.REFUSED, PushOutcome.SETTLED, PushOutcome.REFUSED):
        store.outbox.acknowledge([receipt_for(envelope, outcome, "wire.malformed")])
    assert (store.outbox.queue().queued, store.outbox.queue().quarantined) == (0, 0)
    assert store.outbox.state(str(envelope.header.id)) is OutboxState.SETTLED
    assert store.outbox.release(str(envelope.header.id))
    assert store.outbox.pending(1) == [envelope]


def test_within_a_subject_nothing_overtakes(store: Store) -> None:
    """Of one case, one envelope is under way; behind a refused one the others wait until it is out of the way."""
    of_a = [store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt(), "a") for _ in range(3)]
    of_b = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt(), "b")
    assert store.outbox.pending(10) == [of_a[0], of_b]
    store.outbox.acknowledge([receipt_for(of_a[0])])
    assert store.outbox.pending(10) == [of_a[1], of_b]
    store.outbox.acknowledge([receipt_for(of_a[1], PushOutcome.REFUSED, "centre.not_processed")])
    assert store.outbox.pending(10) == [of_b]
    store.outbox.acknowledge([receipt_for(of_a[1], PushOutcome.SETTLED, "centre.not_processed")])
    assert store.outbox.pending(10) == [of_a[2], of_b]


def test_refusal_without_reason_gets_one(store: Store) -> None:
    """A refused envelope always has a code for the staff."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    store.outbox.acknowledge([receipt_for(envelope, PushOutcome.REFUSED)])
    assert [kept.problem for kept in store.outbox.quarantined()] == ["centre.refused"]


def test_receipt_for_a_stranger_changes_nothing(store: Store) -> None:
    """A receipt for an envelope that never was here is passed over."""
    store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    stranger = TERMINAL.close(EnvelopeKind.PRINT_RECEIPT, a_receipt(), StandingClock(), 7)
    assert store.outbox.acknowledge([receipt_for(stranger)]) == 0
    assert store.outbox.queue().queued == 1


def test_queue_counts(store: Store, clock: StandingClock) -> None:
    """The heartbeat's figures: what waits, what was refused, since when."""
    assert store.outbox.queue().oldest_unsent_at is None
    first = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    clock.pass_(60)
    store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    store.outbox.acknowledge([receipt_for(first, PushOutcome.REFUSED, "wire.malformed")])
    queue = store.outbox.queue()
    assert (queue.queued, queue.quarantined) == (2, 1)
    assert queue.oldest_unsent_at is not None
    assert (queue.oldest_unsent_at - START).total_seconds() == 60


def test_batches_are_bounded_in_size(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large envelopes make short batches, but never an empty one."""
    monkeypatch.setattr("kiosk.store.outbox.BATCH_CHARACTERS", 100)
    for _ in range(3):
        store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    assert len(store.outbox.pending(10)) == 1


def test_damaged_row_is_set_apart(store: Store) -> None:
    """A row that is no envelope any more goes to quarantine with a code, and holds up none of the others."""
    store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    with store.outbox._database.transaction() as tx:
        tx.run("UPDATE outbox SET envelope = '{}'")
    good = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    assert store.outbox.pending(10) == [good]
    assert [kept.problem for kept in store.outbox.quarantined()] == ["terminal.store_damaged"]


def test_new_identity_counts_anew(tmp_path: Path, clock: StandingClock) -> None:
    """Sequence numbers belong to a terminal's id: after a new enrolment they begin at 1 again."""
    for name in ("dl-0012", "dl-0013"):
        with Store.open(tmp_path / "terminal.sqlite3", clock, Terminal(DEVICE_KEY, enrolment(name))) as store:
            assert store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt()).header.sequence == 1


def test_audit_tells_the_story(store: Store) -> None:
    """Every step of an envelope that somebody could ask about is in the audit log."""
    envelope = store.outbox.submit(EnvelopeKind.PRINT_RECEIPT, a_receipt())
    store.outbox.acknowledge([receipt_for(envelope, PushOutcome.REFUSED)])
    store.outbox.release(str(envelope.header.id))
    store.outbox.acknowledge([receipt_for(envelope, PushOutcome.STORED)])
    events = [event for event, subject in store.audit.events() if subject == str(envelope.header.id)]
    assert events == [
        AuditEvent.ENVELOPE_QUARANTINED,
        AuditEvent.ENVELOPE_RELEASED,
        AuditEvent.ENVELOPE_DELIVERED,
    ]


def test_applications_leave_nothing_readable(tmp_path: Path, store: Store) -> None:
    """Name, address, ID number and answers stand in no file of the store, in none of the encodings in use."""
    slip = store.cases.submit("item", CITIZEN, {"reason": "租房落户用途"})
    secrets = [CITIZEN.name, CITIZEN.id_number, str(CITIZEN.address), "租房落户用途", slip.token]
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        for secret in secrets:
            for coding in ("utf-8", "utf-16-le", "utf-16-be", "gbk"):
                assert secret.encode(coding) not in content, f"{file.name} holds it in {coding}"


def test_case_is_what_the_slip_says(store: Store) -> None:
    """The centre opens an application with the slip's case number and the digest of the slip's token."""
    slip = store.cases.submit("item", CITIZEN, {"copies": 2})
    (envelope,) = store.outbox.pending(10)
    application = unseal(envelope, Application, key=SEALING_KEY)
    assert application.case_number == slip.case_number
    assert application.token_digest == hashlib.sha256(slip.token.encode()).hexdigest()
    assert (application.item, application.applicant, application.answers) == ("item", CITIZEN, {"copies": 2})
    assert (AuditEvent.APPLICATION_SUBMITTED, str(envelope.header.id)) in store.audit.events()


def test_cases_are_counted_by_the_day_of_china(store: Store, clock: StandingClock) -> None:
    """The number's date is the citizen's, and the count begins again after midnight in China."""
    clock.pass_(14 * 3600)  # 01:30 → 15:30 UTC, which is 23:30 there
    numbers = [store.cases.submit("item", CITIZEN, {}).case_number for _ in range(2)]
    clock.pass_(3600)
    numbers.append(store.cases.submit("item", CITIZEN, {}).case_number)
    assert [number[:16] for number in numbers] == ["2026112300120001", "2026112300120002", "2026112400120001"]
