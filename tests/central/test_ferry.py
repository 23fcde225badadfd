"""The ferry between a real terminal and this centre: any order, any number of times, pushes in between, no damage."""

import os
import shutil
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.audit.models import AuditEntry, AuditFinding
from central.cases.models import Case
from central.catalogue.publishing import put_item
from central.ferry.importing import import_file
from central.ferry.models import FerryBook
from central.fleet.enrolment import revoke
from central.fleet.heartbeats import want
from central.fleet.models import Heartbeat, Quarantine, ReceivedEnvelope, Terminal
from central.refusal import Refused
from kiosk.store import AuditEvent, Store
from kiosk.sync import rounds
from kiosk.sync.ferry import AnswerOld, Exported, Ferry, TakenOver
from kiosk.sync.key_roll import KeyRoll
from tests.central.playing import Desk, item, open_centre
from tests.central.real_terminal import RealTerminal, enrolled, opened
from wire.errors import WireError
from wire.ferry import FerryDamaged, FerryForeign, FerryForged, FerryNotOurs
from wire.ferry_files import FerryUnreadable
from wire.messages import CommandKind
from wire.text import Text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_in_the_loop")]
ANOTHER_CENTRE = "another-centre"


@pytest.fixture
async def real(desk: Desk, tmp_path: Path) -> AsyncIterator[RealTerminal]:
    data = tmp_path / "data"
    data.mkdir()
    await enrolled(desk, data)
    with opened(data) as terminal:
        yield terminal


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def ferry(real: RealTerminal) -> Ferry:
    return Ferry(real.store, real.terminal, real.clock, real.data_dir)


def export(real: RealTerminal, stick: Path) -> Path:
    return ferry(real).export(stick, "test").path


def carry(path: Path) -> Path:
    """Let the centre take a file in; return its answer."""
    return path.parent / import_file(path, path.parent, timezone.now()).answer


def row(real: RealTerminal) -> Terminal:
    return Terminal.objects.get(code=real.terminal.enrolment.terminal)


async def push(real: RealTerminal) -> int:
    async with real.client() as client:
        return await rounds.push(real.store, client)


def everything() -> dict[str, list[Any]]:
    """Return all that the centre's tables hold."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()}


def memory(store: Store) -> list[Any]:
    """Return all that the terminal's tables hold."""
    database = store.audit._database
    tables = [name for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return [(table, database.rows(f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 - the file's own names


def test_there_and_back(real: RealTerminal, stick: Path) -> None:
    """Cases, log, state and catalogue cross without any line; nothing of a person stands on the stick."""
    real.submit(3)
    want(row(real), CommandKind.OUT_OF_SERVICE, timezone.now(), Text(zh="检修", en="Maintenance"))
    exported = ferry(real).export(stick, "test")
    assert exported == Exported(stick / "bianmin-test-centre-0001-1.up.ferry".replace("0001", "0002"), 1, 3)
    assert real.store.outbox.queue().queued == 3, "what was exported stays until an answer comes"
    answer = carry(exported.path)
    assert Case.objects.count() == 3
    assert Heartbeat.objects.get().queued == 3
    assert list(AuditEntry.objects.values_list("event", flat=True))[1:4] == ["application_submitted"] * 3
    taken = ferry(real).take_over(answer)
    assert taken == TakenOver(number=taken.number, export=1, settled=3, changed=True)
    assert (real.store.outbox.queue().queued, len(real.store.resources.items())) == (0, 2)
    assert real.store.settings.out_of_service() == Text(zh="检修", en="Maintenance")
    assert real.store.audit.at_centre() == 5
    assert real.store.audit.events()[-1] == (AuditEvent.FERRY_IMPORTED.value, str(taken.number))
    real.store.check()
    for path in stick.iterdir():
        for private in ("林晚秋", "21020319850412058X", "秋水面馆", "food-licence"):
            assert private.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.fault("ferry file carried again", code="wire.ferry_old")
def test_any_number_of_times(real: RealTerminal, stick: Path) -> None:
    """The same file again makes the same cases and an answer; the same answer again changes nothing, and says so."""
    real.submit(2)
    path = export(real, stick)
    first = carry(path).rename(stick / "first")
    again = carry(path)
    assert (Case.objects.count(), ReceivedEnvelope.objects.count()) == (2, 2)
    ferry(real).take_over(again)
    before = memory(real.store)
    for old in (again, first):
        with pytest.raises(AnswerOld) as caught:
            ferry(real).take_over(old)
        assert caught.value.code == "wire.ferry_old"
    assert memory(real.store) == before


def test_any_order(real: RealTerminal, stick: Path) -> None:
    """Later files may come first, and answers in any order: all is at the centre once, and nothing stays queued."""
    exports = []
    for _ in range(3):
        real.submit()
        exports.append(export(real, stick))
    answers = [carry(exports[n]) for n in (2, 0, 1)]
    assert Case.objects.count() == 3
    settled = 0
    for answer in answers[1:]:
        settled += ferry(real).take_over(answer).settled
    assert settled == 2
    with pytest.raises(AnswerOld):
        ferry(real).take_over(answers[0])
    ferry(real).take_over(carry(export(real, stick)))
    assert real.store.outbox.queue().queued == 0
    assert AuditFinding.objects.count() == 0


async def test_pushes_in_between(real: RealTerminal, stick: Path) -> None:
    """A line that comes back between export and answer does no harm: not to envelopes, catalogue, log or state."""
    ferry(real).take_over(carry(export(real, stick)))
    real.submit(2)
    first = export(real, stick)
    assert await push(real) == 2
    real.submit(2)
    put_item(row(real).centre, item("food-licence", days=8))
    async with real.client() as client:
        await rounds.pull(real.store, client, real.clock)
        await rounds.audit(real.store, client, real.terminal, anyway=True)
        await rounds.heartbeat(real.store, client, real.clock, "later")
    put_item(row(real).centre, item("food-licence", days=9))
    cursor, known = real.store.resources.cursor(), real.store.audit.at_centre()
    taken = ferry(real).take_over(carry(first))
    assert (taken.settled, taken.changed) == (0, False), "a pull overtook the answer"
    assert (real.store.resources.cursor(), real.store.audit.at_centre()) == (cursor, known)
    assert Heartbeat.objects.get().version == "later"
    second = carry(export(real, stick))
    assert await push(real) == 2
    assert ferry(real).take_over(second).changed
    assert real.store.resources.items()[1].promise_days == 9
    assert (Case.objects.count(), real.store.outbox.queue().queued) == (4, 0)
    assert (Quarantine.objects.count(), AuditFinding.objects.count()) == (0, 0)


def test_one_refused_envelope_holds_only_its_own_subject(real: RealTerminal, stick: Path) -> None:
    """A refused envelope is quarantined on both sides; later ones of its subject wait, the others go on."""
    real.submit(3)
    database = real.store.audit._database
    with database.transaction() as tx:
        tx.run("UPDATE outbox SET envelope = '{}' WHERE position = 1")
        tx.run("UPDATE outbox SET subject = 'same' WHERE position IN (1, 2)")
    path = export(real, stick)
    imported = import_file(path, stick, timezone.now())
    assert (imported.outcomes, imported.held) == ({"refused": 1, "stored": 1}, 1)
    assert Quarantine.objects.get().problem == "wire.malformed"
    ferry(real).take_over(stick / imported.answer)
    queue = real.store.outbox.queue()
    assert (queue.queued, queue.quarantined) == (1, 1)
    assert ferry(real).export(stick, "test").envelopes == 0, "what waits behind a refused one is not sent"


def test_a_restored_centre_is_believed(real: RealTerminal, stick: Path) -> None:
    """A centre that knows fewer changes than the terminal (restored from a copy) gives all it has, by the ferry too."""
    ferry(real).take_over(carry(export(real, stick)))
    with real.store.audit._database.transaction() as tx:
        tx.run("UPDATE setting SET value = '99' WHERE name = 'pull_cursor'")
    assert ferry(real).take_over(carry(export(real, stick))).changed
    assert 0 < real.store.resources.cursor() < 99


async def test_key_rolled_on_the_way(real: RealTerminal, stick: Path) -> None:
    """A file that the former key signed before it was rolled is taken in; what a thief signs with it later is not."""
    real.submit()
    path = export(real, stick)
    shutil.copytree(real.data_dir, stick / "stolen")
    async with real.client() as client:
        await KeyRoll(real.data_dir).roll(real.store, client)
    carry(path)
    assert Case.objects.count() == 1
    assert not AuditEntry.objects.exists(), "a former key vouches for envelopes alone"
    with opened(stick / "stolen") as thief:
        thief.submit()
        with pytest.raises(FerryForged):
            carry(export(thief, stick))


def flip(content: bytes) -> bytes:
    return content[:-300] + bytes([content[-300] ^ 1]) + content[-299:]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip, FerryDamaged),
        (lambda content: content[: len(content) // 2], FerryDamaged),
        (lambda content: content + b"x", FerryDamaged),
        (lambda _: b"", FerryNotOurs),
        (lambda _: b"PK\x03\x04" + bytes(1000), FerryNotOurs),
    ],
)
@pytest.mark.fault("ferry file damaged", code="wire.ferry_damaged")
def test_damaged_files_change_nothing(
    real: RealTerminal, stick: Path, damage: Callable[[bytes], bytes], reason: type[WireError]
) -> None:
    """A damaged file is refused with its reason on both sides; neither database changes, and no answer appears."""
    real.submit(2)
    path = export(real, stick)
    answer = carry(path)
    whole = answer.read_bytes()
    centre_before, terminal_before = everything(), memory(real.store)
    answer.write_bytes(damage(whole))
    with pytest.raises(reason):
        ferry(real).take_over(answer)
    answer.unlink()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(reason):
        carry(path)
    assert (everything(), memory(real.store)) == (centre_before, terminal_before)
    assert not answer.exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.fault("ferry file damaged", code="wire.ferry_damaged")
def test_any_byte_of_a_real_file(real: RealTerminal, stick: Path, data: st.DataObject) -> None:
    """Whatever byte is changed, and wherever it is cut, a real export makes no case."""
    source = stick / "whole"
    if not source.exists():
        real.submit(2)
        export(real, stick).rename(source)
    content = bytearray(source.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    path = stick / "damaged"
    path.write_bytes(content)
    with pytest.raises(WireError):
        carry(path)
    assert (Case.objects.count(), ReceivedEnvelope.objects.count(), FerryBook.objects.count()) == (0, 0, 0)


@pytest.mark.fault("ferry file of somebody else", code="wire.ferry_foreign")
async def test_somebody_elses_files(real: RealTerminal, stick: Path, desk: Desk) -> None:
    """A file of another terminal, another centre, the wrong way round, or of a revoked terminal is refused."""
    real.submit()
    mine = export(real, stick)
    other_data = stick / "other"
    other_data.mkdir()
    await enrolled(Desk(open_centre(ANOTHER_CENTRE), desk.terminal), other_data)
    with opened(other_data) as other:
        theirs = export(other, stick)
        answer = carry(mine)
        with pytest.raises(FerryForeign):
            ferry(other).take_over(answer)
        with pytest.raises(FerryForeign):
            ferry(real).take_over(carry(theirs))
    for path, take in ((answer, carry), (mine, ferry(real).take_over)):
        with pytest.raises(FerryForeign):
            take(path)
    revoke(row(real), timezone.now())
    with pytest.raises(Refused, match="ferry_revoked"):
        carry(mine)


@pytest.mark.fault("ferry file forged", code="wire.ferry_forged")
def test_a_stranger_signs(real: RealTerminal, stick: Path) -> None:
    """A file that is sealed to the centre and names a terminal, which did not sign it, is forged."""
    real.submit()
    stranger = replace(real.terminal, key=Ed25519PrivateKey.generate())
    path = Ferry(real.store, stranger, real.clock, real.data_dir).export(stick, "test").path
    with pytest.raises(FerryForged):
        carry(path)
    assert not Case.objects.exists()


@pytest.mark.fault("hostile stick", code="wire.ferry_not_ours")
def test_hostile_stick(real: RealTerminal, stick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command takes one good file from a stick full of tricks, waits for nothing, and writes only its answer."""
    real.submit()
    good = export(real, stick)
    outside = stick.parent / "outside"
    outside.write_bytes(b"kept")
    (stick / "bianmin-a-1.up.ferry").symlink_to(outside)
    (stick / "bianmin-a-2.up.ferry").symlink_to("/dev/zero")
    os.mkfifo(stick / "bianmin-a-3.up.ferry")
    (stick / "bianmin-a-4.up.ferry").mkdir()
    with (stick / "bianmin-a-5.up.ferry").open("wb") as huge:
        huge.truncate(1 << 41)
    (stick / "bianmin-a-6.up.ferry").write_bytes(b"PK\x03\x04" * 100)
    (stick / "..; rm -rf ~").write_bytes(b"x")
    answer = stick / good.name.replace(".up.", ".down.")
    answer.symlink_to(outside)
    before = {path.name for path in stick.iterdir()}
    with pytest.raises(SystemExit):
        call_command("import_ferry", stick)
    told = capsys.readouterr().out
    assert told.count("wire.ferry_not_ours") == 2
    assert '"stored": 1' in told
    assert {path.name for path in stick.iterdir()} == before
    assert (outside.read_bytes(), answer.is_symlink()) == (b"kept", False)
    assert ferry(real).take_over(answer).settled == 1
    for name in ("bianmin-a-1.up.ferry", "bianmin-a-3.up.ferry", "bianmin-a-4.up.ferry"):
        with pytest.raises((FerryUnreadable, FerryNotOurs)):
            ferry(real).take_over(stick / name)


@pytest.mark.fault("hostile stick", code="wire.ferry_unreadable")
def test_a_stick_that_is_full(real: RealTerminal, tmp_path: Path) -> None:
    """Where nothing can be written, the reason is told, and nothing half-written stays."""
    with pytest.raises(FerryUnreadable):
        ferry(real).export(tmp_path / "missing", "test")
    assert real.store.outbox.queue().queued == 0


def test_memory(real: RealTerminal, stick: Path) -> None:
    """Three thousand envelopes are exported in the memory of a few frames."""
    real.submit()
    with real.store.audit._database.transaction() as tx:
        tx.run(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
            " INSERT INTO outbox (id, kind, subject, sequence, queued_at, state, envelope)"
            " SELECT substr(id, 1, 24) || printf('%012d', i), kind, 's' || i, i, queued_at, state, envelope"
            " FROM outbox, n"
        )
    tracemalloc.start()
    try:
        exported = ferry(real).export(stick, "test")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert exported.envelopes == 3000
    assert exported.path.stat().st_size > 6_000_000
    assert peak < 3_000_000


def test_heartbeats_say_when(real: RealTerminal, stick: Path) -> None:
    """A report that was carried counts from when it was made, not from when it arrived."""
    path = export(real, stick)
    import_file(path, stick, timezone.now() + timedelta(days=3))
    assert Heartbeat.objects.get().received_at < timezone.now()
