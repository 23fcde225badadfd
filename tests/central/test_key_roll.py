"""Keys: rolled by command or by hand, killed between any two steps; former ones and revoked terminals are out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx  # noqa: TID251 - the seam's own types
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from central.api.routes import api
from central.fleet.device_keys import IN_FLIGHT, announce, announced_key
from central.fleet.enrolment import enrol, new_code, revoke
from central.fleet.heartbeats import want
from central.fleet.models import ReceivedEnvelope, Terminal, TerminalCommand, TerminalKey
from central.refusal import Refused
from kiosk.store import AuditEvent, Queue
from kiosk.store.device_key import KeyExposed
from kiosk.store.tpm import SealedKey
from kiosk.sync import enrolment, new_key, rounds
from kiosk.sync.errors import CentreRefused
from kiosk.sync.key_roll import KeyRoll
from kiosk.sync.process import Synchroniser
from tests.central.playing import BASE, Desk, PlayTerminal, in_process
from tests.central.real_terminal import RealTerminal, enrolled, opened
from tests.killed_at import killed_at
from tests.swtpm import chip
from wire.clock import SystemClock
from wire.envelope import EnvelopeKind
from wire.errors import SignatureWrong
from wire.key_roll import KeyAnnouncement
from wire.key_roll import announce as announcement_of
from wire.keys import key_id
from wire.messages import CommandKind, EnrolmentRequest, PushRequest
from wire.problems import details
from wire.text import Text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_in_the_loop")]


@pytest.fixture
async def real(desk: Desk, tmp_path: Path) -> AsyncIterator[RealTerminal]:
    await enrolled(desk, tmp_path)
    with opened(tmp_path) as terminal:
        yield terminal


def row(real: RealTerminal) -> Terminal:
    return Terminal.objects.get(code=real.terminal.enrolment.terminal)


def present(real: RealTerminal) -> bytes:
    return bytes(row(real).public_key or b"")


def thief(real: RealTerminal) -> PlayTerminal:
    """Return somebody who has a copy of the key as it is now."""
    key = Ed25519PrivateKey.from_private_bytes(enrolment.read(real.data_dir).key)
    return PlayTerminal(in_process, key, real.terminal.enrolment)


async def beat(real: RealTerminal) -> tuple[CommandKind, ...]:
    async with real.client() as client:
        commands = await rounds.heartbeat(real.store, client, real.clock, "test")
    return tuple(command.kind for command in commands)


async def test_rolled(real: RealTerminal) -> None:
    """After a roll the new key alone serves; what the former one had closed is still taken in."""
    real.submit(2)
    former, before = thief(real), present(real)
    async with real.client() as client:
        await KeyRoll(real.data_dir).roll(real.store, client)
        assert present(real) == real.terminal.key.public_bytes() != before
        real.submit()
        assert await rounds.push(real.store, client) == 3
    assert former.call("GET", "/pull?since=0").status == 401
    files = {path.name for path in real.data_dir.iterdir() if "sqlite" not in path.name}
    assert files == {"terminal.json", "next.key.lock"}
    assert real.store.outbox.queue().quarantined == 0
    assert [event for event, _ in real.store.audit.events()].count(AuditEvent.KEY_ROLLED.value) == 1


async def test_a_sealed_key_is_followed_by_a_sealed_one(real: RealTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the TPM seals the key it seals the next one, too: rolling never lays a bare key on the disk."""
    with chip() as tpm:
        monkeypatch.setenv("TPM2TOOLS_TCTI", tpm.tcti)
        bare = enrolment.read(real.data_dir).key
        assert isinstance(bare, bytes)
        enrolment.use_key(real.data_dir, tpm.seal(bare), 0)
        enrolment.forget_former(real.data_dir)
        before = present(real)
        async with real.client() as client:
            await KeyRoll(real.data_dir).roll(real.store, client)
            await client.pull(0)
        identity = enrolment.read(real.data_dir)
        assert isinstance(identity.key, SealedKey)
        assert present(real) == new_key.opened(identity.key).public_key().public_bytes_raw() != before


@pytest.mark.fault("centre restored from an older copy", code="wire.token_refused")
async def test_a_centre_restored_from_before_a_roll(real: RealTerminal) -> None:
    """It refuses the terminal with a code, and nothing is lost: enrolled again with the same key, all queued goes."""
    before = present(real)
    async with real.client() as client:
        await KeyRoll(real.data_dir).roll(real.store, client)
    TerminalKey.objects.all().delete()
    Terminal.objects.filter(pk=row(real).pk).update(public_key=before)
    real.submit(3)
    async with real.client() as client:
        with pytest.raises(CentreRefused, match="token_refused"):
            await rounds.push(real.store, client)
        assert real.store.outbox.queue().queued == 3
        code = new_code(row(real), timezone.now())
        await enrolment.enrol(real.data_dir, client, code, "test", same_key=True)
        assert await rounds.push(real.store, client) == 3
    assert real.store.outbox.queue() == Queue(0, 0, None)
    assert present(real) == enrolment.load(real.data_dir).key.public_bytes() != before


async def test_the_former_key_closes_nothing_more(real: RealTerminal) -> None:
    """Who copied the former key cannot add an envelope: it is good up to the last one that the terminal named."""
    real.submit(1)
    former = thief(real)
    async with real.client() as client:
        await KeyRoll(real.data_dir).roll(real.store, client)
        forged = former.envelope(EnvelopeKind.APPLICATION, former.application(7), sequence=2)
        reply = await client.push(PushRequest(envelopes=(forged,)))
    assert [receipt.problem for receipt in reply.receipts] == ["wire.signature_wrong"]
    assert TerminalKey.objects.get(terminal=row(real)).last_sequence == 1


async def test_both_keys_count_until_the_new_one_is_used(real: RealTerminal) -> None:
    """An announced key changes nothing yet; its first use ends the former one."""
    key = Ed25519PrivateKey.generate()
    public, name = key.public_key().public_bytes_raw(), real.terminal.enrolment.terminal
    async with real.client() as client:
        state = await client.announce_key(announcement_of(name, public, key))
        assert state.announced is not None
        await client.pull(0)
        assert announced_key(row(real)) == public
        enrolment.use_key(real.data_dir, key.private_bytes_raw(), 0)
        await client.pull(0)
    assert (present(real), announced_key(row(real))) == (public, None)


async def test_told_until_it_is_done(real: RealTerminal) -> None:
    """The centre asks for a new key with every heartbeat, until one is in use; the sync process does it."""
    want(row(real), CommandKind.ROLL_KEY, timezone.now())
    before = present(real)
    assert await beat(real) == await beat(real) == (CommandKind.ROLL_KEY,)
    async with real.client() as client:
        roll = KeyRoll(real.data_dir)
        process = Synchroniser(real.store, client, real.clock, program_version="test", key_roll=roll)
        await process.tick()
    assert present(real) != before
    assert await beat(real) == ()
    assert TerminalCommand.objects.get().told_at is not None


def test_the_button(desk: Desk) -> None:
    """An administrator asks for a new key with a button; twice is once; the service state stays."""
    client, terminal = Client(headers={"host": "testserver"}), Terminal.objects.get()
    client.force_login(User.objects.create_superuser("head"))
    want(terminal, CommandKind.OUT_OF_SERVICE, timezone.now(), Text(zh="检修", en="Maintenance"))
    for _ in range(2):
        assert client.post(reverse("admin:fleet_terminal_roll_key", args=[terminal.pk])).status_code == 302
    assert TerminalCommand.objects.filter(kind="roll_key").count() == 1
    page = client.get(reverse("admin:fleet_terminal_change", args=[terminal.pk])).content.decode()
    assert "已要求暂停服务：检修" in page


@pytest.mark.fault("killed while the key is rolled")
async def test_killed_between_any_two_steps(real: RealTerminal) -> None:
    """Wherever a roll is killed, the terminal can still talk, nothing queued is lost, and the roll ends later."""
    at, killed = 0, True
    while killed:
        before = present(real)
        with killed_at(at, "fsync", "replace", "rename", "unlink", after=True) as killer:
            async with real.client(lambda _, killer=killer: killer.step()) as client:
                await KeyRoll(real.data_dir).roll(real.store, client)
        killed = killer.struck
        real.submit()
        assert await beat(real) == ()
        async with real.client() as client:
            if killed:
                await KeyRoll(real.data_dir).roll(real.store, client)
            assert await rounds.push(real.store, client) == 1
        assert present(real) != before
        assert not KeyRoll(real.data_dir).pending()
        at += 1
    assert at > 20
    assert real.store.outbox.queue().quarantined == 0
    assert ReceivedEnvelope.objects.count() == at


@pytest.mark.parametrize("lost", ["key", "key-in-use"])
async def test_answers_lost_on_the_way(real: RealTerminal, lost: str) -> None:
    """When the centre did it and its answer was lost, asking again is harmless."""

    class Lost(BaseException):
        pass

    async with real.client() as client:
        call = {"key": "announce_key", "key-in-use": "key_in_use"}[lost]
        original = getattr(client, call)

        async def lose(*args: object) -> None:
            await original(*args)
            raise Lost

        setattr(client, call, lose)
        with pytest.raises(Lost):
            await KeyRoll(real.data_dir).roll(real.store, client)
    assert KeyRoll(real.data_dir).pending()
    assert await beat(real) == ()
    async with real.client() as client:
        await KeyRoll(real.data_dir).roll(real.store, client)
    assert not KeyRoll(real.data_dir).pending()


async def test_the_other_process_signs_with_the_new_key_at_once(real: RealTerminal) -> None:
    """The application, which runs on while the sync process rolls the key, needs no restart."""
    with opened(real.data_dir) as application:
        application.submit()
        async with real.client() as client:
            await KeyRoll(real.data_dir).roll(real.store, client)
            application.submit(2)
            assert await rounds.push(real.store, client) == 3
    assert real.store.outbox.queue().quarantined == 0


async def test_two_processes_roll_one_after_the_other(real: RealTerminal) -> None:
    """The command waits for the sync process in the middle of its roll; then it rolls anew, and the centre follows."""
    before, asked = present(real), list[str]()

    def listen(request: httpx.Request) -> None:
        asked.append(request.url.path)

    first, second = KeyRoll(real.data_dir), KeyRoll(real.data_dir)
    async with real.client(listen) as client:
        async with first._alone():
            waiting = asyncio.create_task(second.roll(real.store, client))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            assert asked == []
            between = await first._roll(real.store, client)
        last = await waiting
    assert len({key_id(before), between, last}) == 3
    assert key_id(present(real)) == last
    assert not first.pending()
    assert TerminalKey.objects.filter(retired_at__isnull=False, last_sequence=None).count() == 0


def test_announcements_have_to_be_proven(desk: Desk) -> None:
    """A key that its holder did not sign for this terminal is refused; so is a former one."""
    terminal, key = Terminal.objects.get(), Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    for bad in (announcement_of("another", public, key), KeyAnnouncement(public_key=public, proof=bytes(64))):
        assert desk.terminal.call("POST", "/key", bad).status == 400
    with pytest.raises(SignatureWrong):
        announce(terminal, KeyAnnouncement(public_key=b"\xff" * 32, proof=bytes(64)), timezone.now())
    TerminalKey.objects.create(
        centre=desk.centre, terminal=terminal, public_key=public, retired_at=timezone.now(), last_sequence=0
    )
    with pytest.raises(Refused, match="key_not_announced"):
        announce(terminal, announcement_of(terminal.code, public, key), timezone.now())


def test_questions_on_their_way_outlive_the_key(desk: Desk) -> None:
    """A question that the former key closed is answered for some minutes after it was retired, and not longer."""
    question = desk.terminal.envelope(EnvelopeKind.CASE_QUERY, desk.terminal.application())
    terminal = Terminal.objects.get()
    old = bytes(terminal.public_key or b"")
    desk.terminal.key = Ed25519PrivateKey.generate()
    terminal.public_key = desk.terminal.key.public_key().public_bytes_raw()
    terminal.save()
    for age, problem in ((timedelta(minutes=1), "wire.malformed"), (IN_FLIGHT, "wire.signature_wrong")):
        TerminalKey.objects.all().delete()
        TerminalKey.objects.create(
            centre=desk.centre, terminal=terminal, public_key=old, retired_at=timezone.now() - age
        )
        assert problem.encode() in desk.terminal.call("POST", "/cases", question).content


def routes() -> list[tuple[str, str]]:
    """Return method and path of every call that the API has."""
    return [
        (method, path)
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


@pytest.mark.parametrize(("method", "path"), routes())
@pytest.mark.fault("terminal revoked", code="wire.token_refused")
def test_revoked_terminals_are_refused_everywhere(desk: Desk, method: str, path: str) -> None:
    """After its revocation a terminal gets nothing from any call, by its present key or an announced one."""
    terminal, key = Terminal.objects.get(), Ed25519PrivateKey.generate()
    announce(terminal, announcement_of(terminal.code, key.public_key().public_bytes_raw(), key), timezone.now())
    code = new_code(terminal, timezone.now())
    revoke(terminal, timezone.now())
    with pytest.raises(Refused, match="enrolment_refused"):
        enrol(EnrolmentRequest(code=code, public_key=bytes(32), version="1"), timezone.now())
    for signer in (desk.terminal.key, key):
        answer = PlayTerminal(in_process, signer, desk.terminal.enrolment).call(method, path, b"")
        assert answer.status == 401 or path in {"/enrol", "/authority"}  # what anybody may ask
    terminal.refresh_from_db()
    assert bytes(terminal.public_key or b"") == desk.terminal.key.public_key().public_bytes_raw()


def test_every_route_is_in_the_table() -> None:
    """The table of calls is not empty, and holds the new ones."""
    assert {path for _, path in routes()} >= {"/push", "/pull", "/heartbeat", "/key", "/key-in-use", "/audit", "/enrol"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
@pytest.mark.fault("key file exposed", code="terminal.key_exposed")
async def test_exposed_key_is_not_used(real: RealTerminal, mode: int) -> None:
    """A key file that others can read stops the start with a code, and stops signing."""
    (real.data_dir / "terminal.json").chmod(mode)
    with pytest.raises(KeyExposed) as caught:
        enrolment.load(real.data_dir)
    assert caught.value.code == "terminal.key_exposed"


class FastClock(SystemClock):
    """A clock that is off by an hour."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=1)


@pytest.mark.fault("wrong clock", code="wire.clock_skewed")
async def test_a_wrong_clock_is_told_and_still_talks(real: RealTerminal) -> None:
    """A terminal whose clock is an hour off learns the centre's time, signs again once, and reports the difference."""
    asked: list[str] = []
    async with real.client(lambda request: asked.append(request.url.path), FastClock()) as client:
        await client.pull(0)
        assert asked == [f"{BASE}/pull", f"{BASE}/pull"]
        await rounds.heartbeat(real.store, client, FastClock(), "test")
        assert asked[2:] == [f"{BASE}/heartbeat"]
    assert -3660 < row(real).heartbeat.clock_offset_s < -3540


async def test_a_second_refusal_stands(real: RealTerminal) -> None:
    """When the centre's word about the time does not help, the terminal does not go on asking."""
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        told = details("wire.clock_skewed", 401, server_time=timezone.now())
        return httpx.Response(401, content=told.model_dump_json().encode())

    async with real.client(refuse) as client:
        with pytest.raises(CentreRefused) as caught:
            await client.pull(0)
    assert (caught.value.code, len(asked)) == ("wire.clock_skewed", 2)


async def test_tokens_are_not_replayed(real: RealTerminal) -> None:
    """A request that was caught and sent again is refused, whatever call it is."""
    caught: list[tuple[str, str, bytes, dict[str, str]]] = []

    def keep(request: httpx.Request) -> None:
        headers = {"Authorization": request.headers["authorization"], "Bianmin-Protocol": "1-1"}
        caught.append((request.method, request.url.raw_path.decode(), request.content, headers))

    real.submit()
    async with real.client(keep) as client:
        await rounds.push(real.store, client)
        await rounds.heartbeat(real.store, client, real.clock, "test")
        await rounds.audit(real.store, client, real.terminal, anyway=True)
    assert len(caught) == 3
    assert {in_process(*request).status for request in caught} == {401}
