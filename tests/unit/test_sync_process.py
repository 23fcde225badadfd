"""The sync process: nothing lost, nothing stuck, through weeks without a line; its log says what changed, once."""

import asyncio
import gc
import gzip
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import count, pairwise
from pathlib import Path
from typing import IO
from uuid import UUID

import httpx  # noqa: TID251 - the seam's own types
import pytest
from structlog.testing import capture_logs

from devices.printer.api import PrintDoubtful
from kiosk.config import Config, example
from kiosk.config_file import ConfigFile
from kiosk.store import CopyState, Store
from kiosk.store.outbox import OutboxState
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreGarbled, CentreRefused, CentreUnreachable, NotEnrolled
from kiosk.sync.pace import Pace
from kiosk.sync.process import Synchroniser, run
from tests.pretend_centre import URL, PretendCentre, line_down, refused, said
from tests.terminal_parts import CITIZEN, DEVICE_KEY, START, TERMINAL, StandingClock, receipt_for
from wire.bundle import digest_of
from wire.envelope import EnvelopeKind
from wire.messages import (
    Bundle,
    Change,
    Command,
    CommandKind,
    CopyVerdict,
    DeviceReport,
    PrintOutcome,
    PrintReceipt,
    PushOutcome,
    PushReply,
    PushRequest,
    Receipt,
    ResourceKind,
)
from wire.text import Text

ROOT = Path(__file__).parents[2]
DAY_S = 86_400
HANG_S = 60
BUNDLE = Bundle(
    since=0,
    cursor=1,
    changes=(
        Change(
            kind=ResourceKind.DEPARTMENT,
            key="a",
            digest=digest_of({"code": "a", "name": {"zh": "部门", "en": "A"}}),
            content={"code": "a", "name": {"zh": "部门", "en": "A"}},
        ),
    ),
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def centre(clock: StandingClock) -> PretendCentre:
    return PretendCentre(clock)


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        yield store


@pytest.fixture
def app(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    """Open the application's own connection to the same file."""
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as app:
        yield app


@pytest.fixture
async def client(clock: StandingClock, centre: PretendCentre) -> AsyncIterator[CentreClient]:
    async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport()) as client:
        yield client


@pytest.fixture
def process(store: Store, client: CentreClient, clock: StandingClock) -> Synchroniser:
    return Synchroniser(store, client, clock, program_version="0.1.0", random_source=lambda: 0.0)


def submit(store: Store, count: int = 1) -> None:
    for _ in range(count):
        store.cases.submit("item", CITIZEN, {})


def sequences(centre: PretendCentre) -> list[int]:
    """Return the numbers of what the centre has, in the order in which it came."""
    return [envelope.header.sequence for envelope in centre.stored.values()]


def test_pace() -> None:
    """The wait doubles from the first to the longest; chance takes up to half away; weeks do not overflow it."""
    pace = Pace(first_retry_s=1, longest_retry_s=300)
    assert [pace.retry_s(failures, lambda: 0.0) for failures in (1, 2, 3, 9, 10, 100_000)] == [1, 2, 4, 256, 300, 300]
    assert pace.retry_s(3, lambda: 1.0) == 2
    assert pace.retry_s(3, lambda: 0.5) == 3


async def test_push_empties_the_queue_oldest_first(
    store: Store, client: CentreClient, centre: PretendCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything goes, in batches, in the order in which it was submitted."""
    monkeypatch.setattr("kiosk.sync.rounds.BATCH", 4)
    submit(store, 10)
    assert await rounds.push(store, client) == 10
    assert sequences(centre) == list(range(1, 11))
    assert centre.paths() == ["push"] * 3
    assert store.outbox.queue().queued == 0
    assert await rounds.push(store, client) == 0
    assert len(centre.requests) == 3, "an empty queue asks nothing"


async def test_lost_answer(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """When the centre stored a batch and its answer was lost, it is sent again, and is there once."""
    submit(store, 3)
    sent = PushRequest(envelopes=tuple(store.outbox.pending(10)))
    await client.push(sent)
    assert await rounds.push(store, client) == 3
    assert sequences(centre) == [1, 2, 3]


async def test_refused_goes_to_quarantine(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """One refused envelope does not hold the others back."""
    submit(store, 3)
    bad = store.outbox.pending(10)[1].header.id
    centre.refuses[bad] = "wire.sequence_taken"
    assert await rounds.push(store, client) == 3
    assert sequences(centre) == [1, 3]
    assert [(kept.id, kept.problem) for kept in store.outbox.quarantined()] == [(str(bad), "wire.sequence_taken")]


async def test_unreadable_envelope(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An envelope that makes the centre refuse the whole request is found, set aside, and the rest goes."""
    submit(store, 5)
    bad = store.outbox.pending(10)[2].header.id

    def choke(request: httpx.Request) -> httpx.Response | None:
        return refused("wire.malformed") if holds(request, bad) else None

    centre.failure = choke
    assert await rounds.push(store, client) == 5
    assert sequences(centre) == [1, 2, 4, 5]
    assert [kept.id for kept in store.outbox.quarantined()] == [str(bad)]


async def test_whole_refusal_is_no_quarantine(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """A terminal that is not recognised keeps its envelopes as they are."""
    submit(store, 2)
    centre.failure = lambda _: refused("wire.token_refused", 401)
    with pytest.raises(CentreRefused):
        await rounds.push(store, client)
    assert (store.outbox.queue().queued, store.outbox.queue().quarantined) == (2, 0)


async def test_answer_without_receipts(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An answer that settles nothing ends the round instead of turning for ever."""
    submit(store)
    centre.failure = lambda _: said(PushReply(receipts=()))
    with pytest.raises(CentreGarbled):
        await rounds.push(store, client)
    assert store.outbox.queue().queued == 1


async def test_forged_receipts_move_nothing(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An answer whose receipts the centre did not sign is trouble with a code; the envelopes stay."""
    submit(store, 2)
    sent = store.outbox.pending(10)
    forged = tuple(Receipt(id=one.header.id, outcome=PushOutcome.STORED, signature=bytes(64)) for one in sent)
    centre.failure = lambda _: said(PushReply(receipts=forged))
    with pytest.raises(CentreGarbled) as caught:
        await rounds.push(store, client)
    assert caught.value.code == "wire.signature_wrong"
    assert store.outbox.pending(10) == sent


async def test_staff_decide_at_the_centre_and_the_terminal_follows(
    process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """The heartbeat asks about quarantine and doubtful copies; stored, settled, wanted again and verdicts come back."""
    submit(app, 3)
    stored, settled, again = app.outbox.pending(3)
    copy = app.ledger.issued(app.ledger.reserve("item").job_name, "S1").job_name
    app.ledger.spooled(copy)
    app.ledger.resolve(copy, PrintDoubtful("printer.doubtful", None))
    centre.refuses = {one.header.id: "centre.not_processed" for one in (stored, settled, again)}
    await process.tick()
    assert centre.heartbeats[-1].quarantined_ids == tuple(one.header.id for one in (stored, settled, again))
    assert centre.heartbeats[-1].doubtful_copies == (copy,)
    centre.refuses = {}
    centre.decided = [receipt_for(stored), receipt_for(settled, PushOutcome.SETTLED, "centre.not_processed")]
    centre.wants_again = [again.header.id]
    centre.verdicts = [CopyVerdict(job_name=copy, outcome=PrintOutcome.DELIVERED)]
    clock.pass_(60)
    await process.tick()
    assert app.outbox.pending(10) == [again]
    states = [app.outbox.state(str(one.header.id)) for one in (stored, settled, again)]
    assert states == [OutboxState.DELIVERED, OutboxState.SETTLED, OutboxState.QUEUED]
    assert (app.ledger.copy(copy).state, app.ledger.doubtful()) == (CopyState.DELIVERED, [])


@pytest.mark.parametrize("cut_every", [2, 3])
async def test_a_long_queue_drains_through_cuts(
    store: Store, client: CentreClient, centre: PretendCentre, cut_every: int
) -> None:
    """Every second or third answer is lost after the centre stored the batch; each envelope is there once, in order."""
    submit(store, 60)

    number = count()

    def cut(request: httpx.Request) -> httpx.Response | None:
        if next(number) % cut_every:
            return None
        centre.failure = None
        centre.answer(request)  # the centre has it; its answer is lost
        centre.failure = cut
        raise httpx.ReadError("cut")

    centre.failure, rounds_needed = cut, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.sync.rounds.BATCH", 7)
        while store.outbox.queue().queued:
            rounds_needed += 1
            with suppress(CentreUnreachable):
                await rounds.push(store, client)
    assert rounds_needed > 1
    assert sequences(centre) == list(range(1, 61))


async def test_memory_does_not_grow_with_the_queue(
    store: Store, client: CentreClient, centre: PretendCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draining a queue five times as long takes no more at its peak: a batch is all that is ever in memory."""
    monkeypatch.setattr("kiosk.sync.rounds.BATCH", 10)
    peaks, sizes = [], []
    centre.keeps = False

    def tidy(_request: httpx.Request) -> None:
        gc.collect()  # what nobody holds any more is no growth

    centre.failure = tidy
    gc.freeze()
    for length in (100, 500):
        fill(store, length)
        ((size,),) = store.outbox._database.rows("SELECT sum(length(envelope)) FROM outbox")
        tracemalloc.start()
        assert await rounds.push(store, client) == length
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(size)
    gc.unfreeze()
    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 5, (peaks, sizes)


def fill(store: Store, count: int) -> None:
    """Queue many in one transaction: a flush for each would be all that the test does."""
    receipt = PrintReceipt(
        serial="S", job_name="j", copy_number=1, outcome=PrintOutcome.DELIVERED, impressions=1, at=START
    )
    with store.outbox._database.transaction() as tx:
        for _ in range(count):
            store.outbox.submit_in(tx, EnvelopeKind.PRINT_RECEIPT, receipt)


async def test_first_round(process: Synchroniser, app: Store, centre: PretendCentre) -> None:
    """At start everything is done once: push, pull, heartbeat, in this order."""
    submit(app, 2)
    app.settings.report_devices((DeviceReport(name="printer", kind="printer", state="PrinterReady"),))
    centre.bundle = BUNDLE
    await process.tick()
    assert centre.paths() == ["push", "pull", "heartbeat"]
    assert [department.code for department in app.resources.departments()] == ["a"]
    (beat,) = centre.heartbeats
    assert (beat.queued, beat.quarantined, beat.oldest_unsent_at) == (0, 0, None)
    assert [device.name for device in beat.devices] == ["printer"]


async def test_new_envelope_goes_at_once(process: Synchroniser, app: Store, centre: PretendCentre) -> None:
    """What the application submits is sent at the next tick; a tick without a reason asks nothing."""
    await process.tick()
    asked = len(centre.requests)
    await process.tick()
    assert len(centre.requests) == asked
    submit(app)
    await process.tick()
    assert sequences(centre) == [1]


async def test_weeks_without_a_line(
    process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """Three weeks of cases made without a line arrive in order after it is back, and the log stays short."""
    cases = 21 * 4
    centre.failure = line_down
    with capture_logs() as log:
        for _ in range(cases):
            clock.pass_(DAY_S / 4)
            submit(app)
            await process.tick()
        tried = len(centre.requests)
        centre.failure = None
        clock.pass_(300)
        await process.tick()
        await process.tick()
    assert sequences(centre) == list(range(1, cases + 1))
    assert tried == 3 * cases
    assert [entry["event"] for entry in log] == ["line lost", "pushed", "line back"]
    assert app.outbox.queue().queued == 0


async def test_back_off(process: Synchroniser, centre: PretendCentre, clock: StandingClock) -> None:
    """With nothing new to send, a dead line is tried less and less often, but never given up."""
    centre.failure = line_down
    tries = []
    for second in range(DAY_S // 24):
        before = len(centre.requests)
        await process.tick()
        if len(centre.requests) > before:
            tries.append(second)
        clock.pass_(1)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert max(waits) == 300


async def test_line_back_wakes_everything(
    process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """The first call that comes through brings the other jobs forward."""
    centre.failure = line_down
    for _ in range(20):
        await process.tick()
        clock.pass_(300)
    await process.tick()
    centre.failure = None
    centre.requests.clear()
    submit(app)
    await process.tick()
    await process.tick()
    assert sorted(set(centre.paths())) == ["heartbeat", "pull", "push"]


async def test_trouble_is_logged_once(process: Synchroniser, centre: PretendCentre, clock: StandingClock) -> None:
    """A refusal that lasts is one line in the log, and one when it ends; other calls go on meanwhile."""
    centre.failure = lambda request: refused("wire.malformed") if "pull" in request.url.path else None
    with capture_logs() as log:
        for _ in range(5):
            await process.tick()
            clock.pass_(600)
        centre.failure = None
        await process.tick()
    assert [(entry["event"], entry["job"]) for entry in log] == [("refused", "pull"), ("well again", "pull")]
    assert len(centre.heartbeats) == 6


@pytest.mark.fault("torn bundle", code="wire.malformed")
async def test_broken_bundle_leaves_yesterdays(
    process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """A bundle that does not fit is trouble of the pull alone; yesterday's resources stay."""
    centre.bundle = BUNDLE
    await process.tick()
    centre.bundle = Bundle(since=7, cursor=9, changes=())
    clock.pass_(600)
    with capture_logs() as log:
        await process.tick()
    assert [(entry["event"], entry["code"]) for entry in log] == [("refused", "wire.malformed")]
    assert len(app.resources.departments()) == 1


async def test_commands(process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock) -> None:
    """The centre takes the terminal out of service and back, and makes it synchronise."""

    def command(kind: CommandKind, message: Text | None = None) -> Command:
        return Command(id=UUID(int=1), kind=kind, message=message)

    closed = Text(zh="停电检修", en="Closed for maintenance")
    for commands, shown in (
        ([command(CommandKind.OUT_OF_SERVICE, closed)], closed),
        ([command(CommandKind.IN_SERVICE)], None),
        ([command(CommandKind.OUT_OF_SERVICE)], Text(zh="这台机器暂停服务。", en="This machine is out of service.")),
    ):
        centre.commands = commands
        await process.tick()
        assert app.settings.out_of_service() == shown
        clock.pass_(60)
    centre.commands = [command(CommandKind.SYNC)]
    await process.tick()
    centre.requests.clear()
    await process.tick()
    assert centre.paths() == ["pull"], "there is nothing to push"


async def test_full_disk_is_trouble_not_the_end(
    process: Synchroniser, store: Store, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """When receipts cannot be written, the envelopes stay and are sent again; the centre knows them."""
    submit(app, 2)
    connection = store.outbox._database._connection
    connection.execute("PRAGMA query_only = ON")
    with capture_logs() as log:
        await process.tick()
    assert ("push", "terminal.store_read_only") in [(entry["job"], entry["code"]) for entry in log]
    connection.execute("PRAGMA query_only = OFF")
    clock.pass_(60)
    await process.tick()
    assert app.outbox.queue().queued == 0
    assert sequences(centre) == [1, 2]


async def test_stop_ends_a_stalled_call(store: Store, clock: StandingClock) -> None:
    """Stopping does not wait for a centre that does not answer."""
    asked = asyncio.Event()

    async def stall(_request: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        return httpx.Response(204)

    submit(store)
    async with CentreClient(URL, clock, terminal=TERMINAL, transport=httpx.MockTransport(stall)) as client:
        stop = asyncio.Event()
        working = asyncio.create_task(Synchroniser(store, client, clock, program_version="0").run(stop))
        await asked.wait()
        stop.set()
        async with asyncio.timeout(5):
            await working
    assert store.outbox.queue().queued == 1


async def test_mistakes_of_the_program_end_it(store: Store, clock: StandingClock) -> None:
    """What nobody foresaw is not swallowed: the process ends, and systemd starts it anew."""

    def stumble(_request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    async with CentreClient(URL, clock, terminal=TERMINAL, transport=httpx.MockTransport(stumble)) as client:
        with pytest.raises(ZeroDivisionError):
            await Synchroniser(store, client, clock, program_version="0").run(asyncio.Event())


async def test_not_enrolled(tmp_path: Path) -> None:
    """A terminal without identity does not start to synchronise."""
    with pytest.raises(NotEnrolled):
        await run(configured(tmp_path), asyncio.Event())


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start a real process of the terminal configured in a folder; give it, and what it says once it is up."""
    program = "import sys; from pathlib import Path; from kiosk.sync import process\n"
    program += "print('up', flush=True); process.serve(Path(sys.argv[1]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, folder / "kiosk.toml"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "up\n"
            yield child, child.stdout
        finally:
            child.kill()


@pytest.mark.slow
def test_sigterm_ends_cleanly(tmp_path: Path) -> None:
    """A real process that is asked to end does so with status 0, though its centre is away."""
    config = configured(tmp_path)
    enrolment._keep(tmp_path, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment))
    with started(tmp_path) as (child, log):
        assert "line lost" in log.readline()
        child.send_signal(signal.SIGTERM)
        assert child.wait(HANG_S) == 0
    assert config.database.exists()


@pytest.mark.slow
def test_a_terminal_that_is_nobodys_is_waited_for(tmp_path: Path) -> None:
    """Started before the first start, it begins once there is an identity, and ends when the configuration changes."""
    configured(tmp_path)
    with started(tmp_path) as (child, log):
        enrolment._keep(tmp_path, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment))
        assert "line lost" in log.readline()
        ConfigFile(tmp_path / "kiosk.toml").change({"session": {"idle_s": 90}})
        assert "configuration changed" in log.readline()
        assert child.wait(HANG_S) == 0


def configured(folder: Path) -> Config:
    """Return a configuration whose data are in ``folder``, and whose centre does not listen."""
    text = example().replace("/var/lib/bianmin", str(folder)).replace("https://centre.example", "http://127.0.0.1:9")
    (folder / "kiosk.toml").write_text(text, encoding="utf-8")
    return Config.load(folder / "kiosk.toml")


def holds(request: httpx.Request, envelope: UUID) -> bool:
    """Tell whether a push request carries an envelope."""
    if not request.url.path.endswith("/push"):
        return False
    return str(envelope).encode() in gzip.decompress(request.content)
