"""The audit log at the centre: whole, with gaps, cut, altered, forked, begun anew; what is dropped at the terminal."""

import json
import sqlite3  # noqa: TID251 - the hand that tampers
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from central.audit.chain import take_in_audit
from central.audit.models import AuditEntry, AuditFinding, AuditTrail
from central.audit.verifying import misfits
from central.fleet.models import Terminal
from central.refusal import Refused
from kiosk.store import AuditEvent, StoreDamaged, StoreError
from kiosk.sync import rounds
from tests.central.playing import CITIZEN, Desk
from tests.central.real_terminal import RealTerminal, enrolled, opened, recovered
from wire.audit import MOST_ROWS, AuditBatch, AuditReply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_in_the_loop")]
OLD = timedelta(0)  # rows of a moment ago are old enough to go


@pytest.fixture
async def data(desk: Desk, tmp_path: Path) -> AsyncIterator[Path]:
    await enrolled(desk, tmp_path)
    return tmp_path


async def tell(real: RealTerminal, *, anyway: bool = True) -> int:
    async with real.client() as client:
        return await rounds.audit(real.store, client, real.terminal, anyway=anyway)


def findings() -> list[tuple[str, int, int]]:
    rows = AuditFinding.objects.order_by("trail__generation", "number")
    return [(row.kind, row.number, row.until) for row in rows]


def tamper(data: Path, *statements: str) -> None:
    """Change the terminal's file as somebody with root and SQLite would."""
    connection = sqlite3.connect(data / "terminal.sqlite3")
    for name in ("audit_is_not_changed", "audit_is_not_deleted"):
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def forget_database(data: Path) -> None:
    for path in data.glob("terminal.sqlite3*"):
        path.unlink()


def numbers(trail: int = 1) -> list[int]:
    return list(AuditEntry.objects.filter(trail__generation=trail).order_by("number").values_list("number", flat=True))


async def test_whole(data: Path) -> None:
    """Every row comes, once, in batches; nothing is sent twice or in vain; nothing of a person is in it."""
    with opened(data) as real:
        real.submit(5)
        assert await tell(real) == real.store.audit.head()[0] == 6
        real.submit(3)
        assert await tell(real, anyway=False) == 3
        assert await tell(real, anyway=False) == 0
        assert real.store.audit.at_centre() == 9
    assert (numbers(), findings()) == (list(range(1, 10)), [])
    assert misfits(AuditTrail.objects.get(), timezone.now()) == []
    text = json.dumps(list(AuditEntry.objects.values("at", "event", "subject")))
    for private in (CITIZEN.name, CITIZEN.id_number, "秋水面馆"):
        assert private not in text


async def test_a_backlog_of_weeks(data: Path) -> None:
    """A log longer than one batch comes over in several."""
    with opened(data) as real:
        database = real.store.audit._database
        with database.transaction() as tx:
            for number in range(MOST_ROWS + 10):
                real.store.audit.append(tx, AuditEvent.IN_SERVICE, str(number))
        assert await tell(real) == MOST_ROWS + 11
    assert len(numbers()) == MOST_ROWS + 11


async def test_lost_answer(data: Path) -> None:
    """When the answer was lost, the same rows come again, and are there once."""
    with opened(data) as real:
        real.submit(2)
        async with real.client() as client:
            await client.audit(real.store.audit.batch(real.terminal))
        assert await tell(real) == 3
    assert (numbers(), findings()) == ([1, 2, 3], [])


@pytest.mark.fault("audit log altered", code="terminal.store_damaged")
async def test_a_tampered_row_is_found_on_both_sides(data: Path) -> None:
    """A row that somebody changed before it was sent: the terminal's own check finds it, and so does the centre."""
    with opened(data) as real:
        real.submit(4)
    tamper(data, "UPDATE audit SET subject = 'somebody else' WHERE number = 3")
    with opened(data) as real:
        with pytest.raises(StoreDamaged, match="row 3"):
            real.store.check()
        await tell(real)
    assert (findings(), numbers()) == ([("altered", 3, 3)], [1, 2, 3, 4, 5])


async def test_a_row_changed_after_it_was_sent(data: Path) -> None:
    """Rows replaced so that the terminal's own check is content: the centre, which has the old ones, keeps both."""
    with opened(data) as real:
        real.submit(4)
        await tell(real)
    tamper(data, "DELETE FROM audit WHERE number >= 3")
    with opened(data) as real:
        real.submit(4)
        assert real.store.audit.check() == 6
        await tell(real)
        assert real.store.audit.at_centre() == 6
    assert findings() == [("forked", 3, 5)]
    assert (numbers(1), numbers(2)) == ([1, 2, 3, 4, 5], [3, 4, 5, 6])


async def test_a_missing_row(data: Path) -> None:
    """A row that was taken out of the middle shows as a gap."""
    with opened(data) as real:
        real.submit(5)
    tamper(data, "DELETE FROM audit WHERE number IN (3, 4)")
    with opened(data) as real:
        await tell(real)
    assert findings() == [("gap", 3, 4)]


@pytest.mark.fault("audit log altered")
async def test_the_newest_rows_cut_off(data: Path) -> None:
    """Only the centre can see that a log ends before what it once sent; the first report after a start shows it."""
    with opened(data) as real:
        real.submit(5)
        await tell(real)
    tamper(data, "DELETE FROM audit WHERE number > 4", "UPDATE audit_centre SET number = 4")
    with opened(data) as real:
        assert real.store.audit.check() == 4
        await tell(real)
        await tell(real)
        assert findings() == [("cut", 5, 6)]
        assert real.store.audit.at_centre() == 4


@pytest.mark.fault("database replaced")
async def test_a_replaced_database(data: Path) -> None:
    """A log that begins anew is shown as such, and followed from its beginning."""
    with opened(data) as real:
        real.submit(3)
        await tell(real)
    forget_database(data)
    with opened(data) as real:
        real.submit(2)
        await tell(real)
        assert real.store.audit.at_centre() == 3
        real.submit(5)
        await tell(real)
    assert findings() == [("restarted", 1, 4)]
    assert numbers(2) == list(range(1, 9))
    assert misfits(AuditTrail.objects.get(generation=2), timezone.now()) == []


def spoil(data: Path) -> None:
    """Wear out the flash under the database: its first page, schema and all."""
    with (data / "terminal.sqlite3").open("r+b") as file:
        file.write(b"\xff" * 4096)


def console(path: str, *args: object) -> str:
    client = Client(headers={"host": "testserver"})
    user, _ = User.objects.get_or_create(username="head", is_superuser=True, is_staff=True)
    client.force_login(user)
    return client.get(reverse(path, args=args)).content.decode()


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
async def test_a_database_that_replaced_itself(data: Path) -> None:
    """A terminal that had to replace a corrupt database begins anew and says why: told to staff, not as tampering."""
    with opened(data) as real:
        real.submit(3)
        await tell(real)
    spoil(data)
    with recovered(data) as real:
        ((event, aside), *_) = real.store.audit.events()
        assert event == AuditEvent.STORE_SET_ASIDE
        real.submit(2)
        await tell(real)
        await tell(real)
        assert real.store.audit.at_centre() == real.store.audit.head()[0]
    assert findings() == [("replaced", 1, 4)]
    finding = AuditFinding.objects.get()
    assert (finding.reason, finding.trail.generation) == (aside, 2)
    assert misfits(finding.trail, timezone.now()) == []
    listed = console("admin:audit_audittrail_changelist")
    assert "数据库曾更换，请核对" in listed
    assert "异常</span>" not in listed
    page = console("admin:audit_audittrail_change", finding.trail_id)
    assert aside in page
    assert "errornote" not in page
    terminal = console("admin:fleet_terminal_change", finding.trail.terminal_id)
    assert "数据库曾更换，请核对" in terminal
    assert "有异常" not in terminal
    told = StringIO()
    call_command("verify_audit", stdout=told)
    assert json.loads(told.getvalue().splitlines()[1])["came_with"] == [
        {"kind": "replaced", "rows": [1, 4], "reason": aside}
    ]


async def test_a_database_that_replaced_itself_before_anything_was_heard(data: Path) -> None:
    """Also where the centre had nothing of the log yet, it says that something was before."""
    with opened(data) as real:
        real.submit(3)
    spoil(data)
    with recovered(data) as real:
        await tell(real)
    assert findings() == [("replaced", 1, 1)]


async def test_a_reason_hides_nothing_else(data: Path) -> None:
    """What does not fit later in the new chain shows in red as ever, and so does a log that begins anew in silence."""
    with opened(data) as real:
        real.submit(3)
        await tell(real)
    spoil(data)
    with recovered(data) as real:
        real.submit(4)
    tamper(data, "UPDATE audit SET subject = 'somebody else' WHERE number = 3")
    with opened(data) as real:
        await tell(real)
    assert findings() == [("replaced", 1, 4), ("altered", 3, 3)]
    assert "1 处异常" in console("admin:audit_audittrail_changelist")
    terminal = console("admin:fleet_terminal_change", AuditTrail.objects.first().terminal_id)  # type: ignore[union-attr] # there are two
    assert "有异常" in terminal


async def test_a_restored_centre_gets_all_again(data: Path) -> None:
    """A centre that lost rows (restored from a copy) asks for what the terminal still has."""
    with opened(data) as real:
        real.submit(5)
        await tell(real)
        AuditEntry.objects.filter(number__gt=2).delete()
        kept = AuditEntry.objects.get(number=2)
        AuditTrail.objects.update(verified_number=2, verified_digest=kept.digest)
        real.submit()
        await tell(real)
    assert (numbers(), findings()) == ([1, 2, 3, 4, 5, 6, 7], [])


async def test_rotation(data: Path) -> None:
    """Old rows that the centre has may go, with a row that says so; others never; the chain holds on both sides."""
    with opened(data) as real:
        audit = real.store.audit
        real.submit(5)
        assert audit.rotate(OLD) == 0, "nothing is confirmed yet"
        await tell(real)
        assert audit.rotate(timedelta(days=1)) == 0, "nothing is old enough"
        assert audit.rotate(OLD) == 5
        assert audit.events()[-1] == (AuditEvent.AUDIT_ROTATED.value, "5")
        assert audit.check() == 7
        real.submit(2)
        await tell(real)
        assert audit.rotate(OLD) == 3
        real.store.check()
    assert (numbers(), findings()) == (list(range(1, 10)), [])
    with opened(data) as real:
        assert real.store.audit.head()[0] == 10
        database = real.store.audit._database
        for attempt in (
            "DELETE FROM audit",
            "UPDATE audit_rotation SET through = 10",
            "DELETE FROM audit_rotation",
            "INSERT INTO audit_rotation SELECT number, digest, at FROM audit WHERE number = 10",
        ):
            with pytest.raises(StoreError), database.transaction() as tx:
                tx.run(attempt)


async def test_a_tampered_rotation(data: Path) -> None:
    """Rows that were dropped behind the program's back, with a made-up rotation, show in the terminal's own check."""
    with opened(data) as real:
        real.submit(5)
        await tell(real)
    tamper(
        data,
        "DROP TRIGGER audit_rotation_is_confirmed",
        "INSERT INTO audit_rotation VALUES (3, zeroblob(32), '2026-01-01')",
        "DELETE FROM audit WHERE number <= 3",
    )
    with opened(data) as real, pytest.raises(StoreDamaged, match="row 4"):
        real.store.check()


async def test_a_restored_centre_after_rotation(data: Path) -> None:
    """What neither side has any more shows as a gap."""
    with opened(data) as real:
        real.submit(5)
        await tell(real)
        real.store.audit.rotate(OLD)
        AuditEntry.objects.filter(number__gt=2).delete()
        AuditTrail.objects.update(verified_number=2, verified_digest=AuditEntry.objects.get(number=2).digest)
        await tell(real)
        await tell(real)
    assert (numbers(), findings()) == ([1, 2, 6, 7], [("gap", 3, 5)])


async def test_what_is_carried_late_is_no_cut(data: Path) -> None:
    """A batch from a ferry file that arrives after newer rows came by line changes nothing."""
    terminal = Terminal.objects.order_by("-number")[0]
    with opened(data) as real:
        real.submit(2)
        carried = real.store.audit.batch(real.terminal, current=False)
        real.submit(2)
        await tell(real)
        reply = take_in_audit(terminal, carried, timezone.now())
    assert (reply.number, findings()) == (5, [])


async def test_a_batch_of_somebody_else(data: Path, desk: Desk) -> None:
    """A batch that the terminal did not sign, and rows out of order, are refused."""
    with opened(data) as real:
        real.submit(2)
        batch = real.store.audit.batch(real.terminal)
    assert desk.terminal.call("POST", "/audit", batch).status == 400
    assert not AuditEntry.objects.exists()
    swapped = batch.model_copy(update={"rows": batch.rows[::-1]})
    with pytest.raises(Refused, match="malformed"):
        take_in_audit(Terminal.objects.order_by("-number")[0], swapped, timezone.now())


async def test_altered_at_the_centre(data: Path) -> None:
    """A row changed in the centre's own database is found by its command and its console, which says the row."""
    with opened(data) as real:
        real.submit(4)
        await tell(real)
    call_command("verify_audit", stdout=StringIO())
    AuditEntry.objects.filter(number=2).update(subject="x")
    told = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_audit", stdout=told)
    assert json.loads(told.getvalue())["altered_here"] == [2]
    AuditEntry.objects.filter(number=5).delete()
    trail = AuditTrail.objects.get()
    trail.verified_number, trail.verified_digest = 4, AuditEntry.objects.get(number=4).digest
    trail.save()
    assert misfits(trail, timezone.now()) == [2, 5], "the terminal signed another end"


async def test_console(data: Path) -> None:
    """The terminal's page says how far its log is verified, and what did not fit."""
    with opened(data) as real:
        real.submit(5)
    tamper(data, "DELETE FROM audit WHERE number = 3")
    with opened(data) as real:
        await tell(real)
    client = Client(headers={"host": "testserver"})
    client.force_login(User.objects.create_superuser("head"))
    listed = client.get(reverse("admin:audit_audittrail_changelist")).content.decode()
    assert "1 处异常" in listed
    page = client.get(reverse("admin:audit_audittrail_change", args=[AuditTrail.objects.get().pk])).content.decode()
    assert "第 3 行：缺行" in page
    assert page.count("errornote") == 1
    assert "application_submitted" in page
    trail = AuditTrail.objects.get()
    terminal = client.get(reverse("admin:fleet_terminal_change", args=[trail.terminal_id])).content.decode()
    assert f"已核验到第 {trail.verified_number} 行" in terminal
    assert "有异常" in terminal


def test_reply_about_what_is_not_here(desk: Desk) -> None:
    """An empty log of a new terminal is confirmed as empty."""
    empty = AuditBatch(rows=(), previous=bytes(32), oldest=1, head=0, head_digest=bytes(32))
    assert take_in_audit(Terminal.objects.get(), empty, timezone.now()) == AuditReply(number=0, digest=bytes(32))
