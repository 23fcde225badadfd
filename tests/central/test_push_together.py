"""A batch in which nothing is wrong shares one transaction; the smallest thing wrong, and each envelope has its own."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from central.cases.models import Case
from central.fleet.models import Quarantine, ReceivedEnvelope, Terminal
from central.fleet.taking_in import Handler, Handlers, take_in_together
from central.refusal import Refused
from tests.central.playing import Desk
from wire.envelope import Envelope, EnvelopeKind, Header
from wire.keys import verifying_key
from wire.messages import Application, PushReply, PushRequest
from wire.receipts import check_receipt, digest_of_envelope


def applications(desk: Desk, count: int) -> list[Envelope]:
    """Seal so many applications."""
    return [
        desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(number))
        for number in range(1, count + 1)
    ]


def push(desk: Desk, envelopes: list[Envelope]) -> list[str]:
    """Push; every receipt must be the centre's word on that very envelope. Return what the receipts say."""
    answer = desk.terminal.call("POST", "/push", PushRequest(envelopes=tuple(envelopes)))
    receipts = PushReply.model_validate_json(answer.content).receipts
    for envelope, receipt in zip(envelopes, receipts, strict=True):
        check_receipt(receipt, verifying_key(desk.terminal.enrolment.centre_key))
        assert receipt.id == envelope.header.id
        assert receipt.problem or receipt.digest == digest_of_envelope(envelope)
    return [receipt.problem or receipt.outcome.value for receipt in receipts]


def test_a_batch_that_is_new_is_committed_once(desk: Desk) -> None:
    """Twice as many envelopes cost no further transaction: a drain waits for one flush of the disk a batch."""
    marks = []
    sent = applications(desk, 30)
    for batch in (sent[:10], sent[10:]):
        with CaptureQueriesContext(connection) as asked:
            assert push(desk, batch) == ["stored"] * len(batch)
        marks.append(sum(query["sql"].startswith(("BEGIN", "SAVEPOINT")) for query in asked.captured_queries))
    assert marks[0] == marks[1]
    assert Case.objects.count() == ReceivedEnvelope.objects.count() == 30


def test_one_that_is_refused_keeps_none_of_its_batch_out(desk: Desk) -> None:
    """One for an unknown item goes to quarantine; those before and behind it are stored, each with its case."""
    sent = applications(desk, 5)
    sent[2] = desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(9, item="unheard-of"))
    assert push(desk, sent) == ["stored", "stored", "centre.no_such_item", "stored", "stored"]
    assert Case.objects.count() == ReceivedEnvelope.objects.count() == 4
    assert Quarantine.objects.get().envelope_id == sent[2].header.id


def test_one_that_came_before_is_a_duplicate_among_new_ones(desk: Desk) -> None:
    """A batch of which some is in already is answered for each alone; again, for all."""
    sent = applications(desk, 4)
    push(desk, sent[1:2])
    assert push(desk, sent) == ["stored", "duplicate", "stored", "stored"]
    assert push(desk, sent) == ["duplicate"] * 4
    assert Case.objects.count() == 4


def test_the_same_one_twice_in_a_batch_is_stored_once(desk: Desk) -> None:
    """Whoever builds such a batch is told of the second that it is a duplicate."""
    (one,) = applications(desk, 1)
    assert push(desk, [one, one]) == ["stored", "duplicate"]
    assert Case.objects.count() == 1


@pytest.mark.parametrize("error", [Refused("wire.malformed"), RuntimeError("a bug")], ids=["refused", "bug"])
def test_what_was_begun_together_leaves_nothing_when_one_fails(desk: Desk, error: Exception) -> None:
    """The first one's row and case go with the second one's failure; the batch is then taken in one by one."""
    sent, seen = applications(desk, 2), list[Header]()

    def process(_terminal: Terminal, header: Header, _content: object, _now: datetime) -> None:
        seen.append(header)
        if len(seen) == 2:
            raise error

    handlers: Handlers = {EnvelopeKind.APPLICATION: Handler(Application, process)}
    terminal = Terminal.objects.select_related("centre").get()
    assert take_in_together(terminal, sent, handlers, timezone.now()) is None
    assert len(seen) == 2
    assert not ReceivedEnvelope.objects.exists()
