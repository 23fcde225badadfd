"""Quarantine: every refused envelope has an owner and a deadline, and ends by a person's word or a later good try."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from central.cases.models import Case
from central.cases.promise import working_day_after
from central.catalogue.models import ServiceItem
from central.establish import keys_of
from central.fleet.models import Quarantine
from central.fleet.quarantine import WORKING_DAYS, settle
from central.organisation.models import Officer
from tests.central.playing import Desk
from tests.central.test_admin import page, staff
from wire.clock import ClockQuality
from wire.envelope import Envelope, EnvelopeKind
from wire.ids import uuid7
from wire.messages import Heartbeat, HeartbeatReply, PushOutcome, PushReply, PushRequest, Receipt
from wire.receipts import check_receipt, digest_of_envelope

LIST = "/console/fleet/quarantine/"


def push(desk: Desk, *envelopes: Envelope) -> tuple[Receipt, ...]:
    answer = desk.terminal.call("POST", "/push", PushRequest(envelopes=envelopes))
    return PushReply.model_validate_json(answer.content).receipts


def ask(desk: Desk, *quarantined: UUID) -> HeartbeatReply:
    """Ask as a terminal does that keeps these in quarantine."""
    beat = Heartbeat(
        version="1",
        at=datetime.now(UTC),
        clock=ClockQuality.SYNCHRONISED,
        queued=0,
        quarantined=len(quarantined),
        oldest_unsent_at=None,
        devices=(),
        quarantined_ids=quarantined,
    )
    answer = desk.terminal.call("POST", "/heartbeat", beat)
    assert answer.status == 200, answer.content
    return HeartbeatReply.model_validate_json(answer.content)


def application(desk: Desk, count: int = 1, item: str = "food-licence") -> Envelope:
    return desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(count, item=item))


@pytest.fixture
def bad(desk: Desk) -> Envelope:
    """Give an envelope that was refused: its item is not there yet."""
    envelope = application(desk, item="late-item")
    push(desk, envelope)
    return envelope


def act(client: Client, action: str, kept: Quarantine, reason: str = "") -> str:
    form = {"action": action, "_selected_action": kept.pk, "reason": reason}
    return client.post(LIST, form, follow=True).content.decode()


def test_every_receipt_is_signed(desk: Desk) -> None:
    """Stored and duplicate name the very envelope; refused names owner and deadline; each is the centre's word."""
    staff("--administrator")
    good, bad = application(desk), application(desk, 2, item="nothing")
    receipts = [*push(desk, good, bad), *push(desk, good)]
    for receipt in receipts:
        check_receipt(receipt, keys_of(desk.centre).signing.public_key())
    assert [receipt.digest for receipt in receipts] == [digest_of_envelope(good), b"", digest_of_envelope(good)]
    refused = receipts[1]
    assert refused.owner == Officer.objects.get().staff_number
    assert refused.due_on == working_day_after(timezone.localdate(), WORKING_DAYS)


def test_owners_share_the_work(desk: Desk) -> None:
    """Each new one goes to the administrator with the least to settle; without one, the deadline stands."""
    push(desk, application(desk, 1, item="nothing"))
    for _ in range(2):
        staff("--administrator")
    staff()  # an officer at a window owns none
    for count in (2, 3):
        push(desk, application(desk, count, item="nothing"))
    owners = list(Quarantine.objects.order_by("pk").values_list("owner", flat=True))
    assert owners[0] is None
    assert len({*owners[1:]}) == 2
    assert None not in owners[1:]


def test_processed_again_at_the_centre(desk: Desk, bad: Envelope) -> None:
    """Once the reason is gone, one press takes the envelope in, and the terminal gets its receipt by the heartbeat."""
    client, kept = staff("--administrator"), Quarantine.objects.get()
    assert "5102" in act(client, "process", kept), "the reason is not gone yet"
    ServiceItem.objects.filter(code="filing").update(code="late-item")
    assert "1 件已正常处理" in act(client, "process", kept)
    assert Case.objects.count() == 1
    (receipt,) = ask(desk, bad.header.id).receipts
    assert (receipt.outcome, receipt.digest) == (PushOutcome.DUPLICATE, digest_of_envelope(bad))
    kept.refresh_from_db()
    assert kept.settled_at is not None


def test_what_came_in_meanwhile_is_closed_by_processing(desk: Desk, bad: Envelope) -> None:
    """An entry that another hand overtook is closed by the same button, and the case is there once."""
    ServiceItem.objects.filter(code="filing").update(code="late-item")
    push(desk, bad)
    Quarantine.objects.update(settled_at=None)
    assert "1 件已正常处理" in act(staff("--administrator"), "process", Quarantine.objects.get())
    assert Quarantine.objects.get().settled_at is not None
    assert Case.objects.count() == 1


def test_settled_with_a_reason_and_kept(desk: Desk, bad: Envelope) -> None:
    """Closing needs a reason; then the original is still there, the terminal told, and a resend changes nothing."""
    client, kept = staff("--administrator"), Quarantine.objects.get()
    act(client, "close", kept)
    assert Quarantine.objects.filter(settled_at=None).exists()
    act(client, "close", kept, "已电话通知申请人到窗口重新申请")
    kept.refresh_from_db()
    assert (kept.settled_by, kept.note) == (Officer.objects.get(), "已电话通知申请人到窗口重新申请")
    assert Envelope.model_validate_json(kept.envelope) == bad
    for receipt in (*ask(desk, bad.header.id).receipts, *push(desk, bad)):
        assert receipt.outcome is PushOutcome.SETTLED
        check_receipt(receipt, keys_of(desk.centre).signing.public_key())
    assert Quarantine.objects.count() == 1


def test_what_never_came_is_owned_here_too(desk: Desk) -> None:
    """An envelope that the terminal could not even hand over gets an owner here; staff can have it sent again."""
    client, envelope = staff("--administrator"), application(desk)
    (receipt,) = ask(desk, envelope.header.id).receipts
    assert (receipt.outcome, receipt.problem) == (PushOutcome.REFUSED, "wire.malformed")
    kept = Quarantine.objects.get()
    assert (kept.envelope, kept.owner) == ("", Officer.objects.get())
    assert ask(desk, envelope.header.id).send_again == ()
    assert "已要求终端重新发送" in act(client, "process", kept)
    assert ask(desk, envelope.header.id).send_again == (envelope.header.id,)
    assert push(desk, envelope)[0].outcome is PushOutcome.STORED
    kept.refresh_from_db()
    assert kept.settled_at is not None


def test_overdue_is_red(desk: Desk, bad: Envelope) -> None:
    """What is past its deadline is marked in the list and on the first page; what is settled never is."""
    client = staff("--administrator")
    red, tile = 'class="promise over"', 'class="tile over"><a href="/console/fleet/quarantine/'
    assert red not in page(client, LIST)
    Quarantine.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert red in page(client, LIST)
    assert tile in page(client, "/console/")
    settle(Quarantine.objects.get(), Officer.objects.get(), "已处理", timezone.now())
    assert red not in page(client, LIST)
    assert tile not in page(client, "/console/")


def test_nobody_deletes_and_strangers_settle_nothing(desk: Desk, bad: Envelope) -> None:
    """No page deletes; officers at windows do not even see the list; settling without a reason is refused."""
    client, kept = staff("--administrator"), Quarantine.objects.get()
    assert client.post(f"{LIST}{kept.pk}/delete/", {"post": "yes"}).status_code == 403
    act(client, "delete_selected", kept)
    assert staff().get(LIST).status_code == 403
    assert staff().post(LIST, {"action": "close", "_selected_action": kept.pk, "reason": "x"}).status_code == 403
    with pytest.raises(ValueError, match="reason"):
        settle(kept, Officer.objects.order_by("pk")[0], " ", timezone.now())
    assert Quarantine.objects.filter(settled_at=None).count() == 1


def test_another_terminals_envelopes_are_nobody_elses_business(desk: Desk, bad: Envelope) -> None:
    """A terminal that asks about an id of another gets no word on it, but a quarantine entry of its own."""
    other = Desk(desk.centre, desk.another_terminal())
    stranger = uuid7(0)
    told = ask(other, bad.header.id, stranger).receipts
    assert [receipt.problem for receipt in told] == ["wire.malformed"] * 2
    assert Quarantine.objects.filter(envelope_id=bad.header.id).count() == 2
