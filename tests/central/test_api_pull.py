"""What terminals are told: all of it, then changes only."""

import json

import pytest
from django.utils import timezone

from central.catalogue.models import Cursor, Published, ServiceItem
from central.catalogue.publishing import offer, put_item
from central.fleet.heartbeats import want
from central.fleet.models import Heartbeat as HeartbeatRow
from central.fleet.models import Terminal
from tests.central.playing import Desk, item, open_centre
from wire.bundle import open_bundle
from wire.catalogue import ServiceItem as WireItem
from wire.clock import ClockQuality
from wire.keys import key_id, verifying_key
from wire.messages import (
    Bundle,
    CommandKind,
    DeviceReport,
    Heartbeat,
    HeartbeatReply,
    IssuerKey,
    ResourceKind,
    SignedBundle,
)
from wire.text import Text


def pull(desk: Desk, since: int) -> Bundle:
    """Pull, and check signature and digests as a terminal does."""
    answer = desk.terminal.call("GET", f"/pull?since={since}")
    signed = SignedBundle.model_validate_json(answer.content)
    return open_bundle(signed, verifying_key(desk.terminal.enrolment.centre_key))


def test_from_nothing_everything_comes(desk: Desk) -> None:
    """A new terminal gets the department, the items and the issuer's key, as it can check them."""
    bundle = pull(desk, 0)
    assert [(change.kind, change.key) for change in bundle.changes[1:]] == [
        (ResourceKind.DEPARTMENT, "market-regulation"),
        (ResourceKind.ITEM, "food-licence"),
        (ResourceKind.ITEM, "filing"),
    ]
    issuer = bundle.changes[0]
    assert key_id(IssuerKey.model_validate(issuer.content, strict=False).public_key) != ""
    assert WireItem.model_validate(bundle.changes[2].content) == item("food-licence")
    assert pull(desk, bundle.cursor).changes == ()


def test_only_changes_come_and_what_is_gone_is_said(desk: Desk) -> None:
    """After a change only it comes; a withdrawn item comes as a tombstone, and a new terminal never hears of it."""
    cursor = pull(desk, 0).cursor
    put_item(desk.centre, item("food-licence", days=7))
    offer(ServiceItem.objects.get(code="filing"), offered=False)
    changes = pull(desk, cursor).changes
    assert [(change.key, change.content is None) for change in changes] == [("food-licence", False), ("filing", True)]
    everything = pull(desk, 0)
    assert "filing" not in {change.key for change in everything.changes}
    assert everything.cursor == cursor + 2


def test_the_same_again_is_no_change(desk: Desk) -> None:
    """Loading the same item again publishes nothing."""
    cursor = pull(desk, 0).cursor
    put_item(desk.centre, item("food-licence"))
    assert pull(desk, cursor) == Bundle(since=cursor, cursor=cursor, changes=())


def test_a_centre_restored_from_a_copy_tells_everything(desk: Desk) -> None:
    """A terminal that is ahead of the centre gets all of it again, from 0."""
    bundle = pull(desk, 99)
    assert (bundle.since, len(bundle.changes)) == (0, 4)


def test_centres_do_not_mix(desk: Desk) -> None:
    """Another centre's items, numbers and keys are its own."""
    other = open_centre("other-centre")
    assert Cursor.objects.get(centre=other).value == Cursor.objects.get(centre=desk.centre).value
    assert len(pull(desk, 0).changes) == Published.objects.filter(centre=desk.centre).count() == 4


@pytest.mark.parametrize("since", ["-1", "x", "", "1.5", "9" * 30])
def test_odd_cursors_are_refused(desk: Desk, since: str) -> None:
    """What is no number of a change is malformed."""
    answer = desk.terminal.call("GET", f"/pull?since={since}")
    assert (answer.status, json.loads(answer.content)["code"]) == (400, "wire.malformed")


def test_answers_are_compressed_where_asked(desk: Desk) -> None:
    """A terminal that takes gzip gets it."""
    answer = desk.terminal.call("GET", "/pull?since=0", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def heartbeat(queued: int = 0) -> Heartbeat:
    return Heartbeat(
        version="1",
        at=timezone.now(),
        clock=ClockQuality.UNCERTAIN,
        queued=queued,
        quarantined=0,
        oldest_unsent_at=None,
        devices=(DeviceReport(name="printer", kind="printer", state="OutOfPaper"),),
    )


def test_heartbeat_is_kept_and_answered(desk: Desk) -> None:
    """The last heartbeat stands; out of service is told each time until in service again, a sync once."""
    terminal = Terminal.objects.get()
    want(terminal, CommandKind.SYNC, timezone.now())
    want(terminal, CommandKind.OUT_OF_SERVICE, timezone.now(), Text(zh="检修", en="Maintenance"))

    def beat(queued: int) -> list[CommandKind]:
        answer = desk.terminal.call("POST", "/heartbeat", heartbeat(queued))
        return [command.kind for command in HeartbeatReply.model_validate_json(answer.content).commands]

    assert beat(3) == [CommandKind.SYNC, CommandKind.OUT_OF_SERVICE]
    assert beat(2) == [CommandKind.OUT_OF_SERVICE]
    want(terminal, CommandKind.IN_SERVICE, timezone.now())
    assert beat(1) == [CommandKind.IN_SERVICE]
    assert HeartbeatRow.objects.get().queued == 1
