"""The sync process over time: nothing stuck through weeks without a line; its log says what changed, once."""

import asyncio
from itertools import pairwise
from uuid import UUID

import httpx  # noqa: TID251 - the seam's own types
import pytest
from structlog.testing import capture_logs

from kiosk.store import Store
from kiosk.sync.client import CentreClient
from kiosk.sync.pace import Pace
from kiosk.sync.process import Synchroniser
from tests.pretend_centre import URL, PretendCentre, line_down, refused
from tests.terminal_parts import TERMINAL, StandingClock, submit
from wire.bundle import digest_of
from wire.messages import (
    Bundle,
    Change,
    Command,
    CommandKind,
    DeviceReport,
    ResourceKind,
)
from wire.text import Text

DAY_S = 86_400
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


def test_pace() -> None:
    """The wait doubles from the first to the longest; chance takes up to half away; weeks do not overflow it."""
    pace = Pace(first_retry_s=1, longest_retry_s=300)
    assert [pace.retry_s(failures, lambda: 0.0) for failures in (1, 2, 3, 9, 10, 100_000)] == [1, 2, 4, 256, 300, 300]
    assert pace.retry_s(3, lambda: 1.0) == 2
    assert pace.retry_s(3, lambda: 0.5) == 3


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
    assert centre.sequences() == [1]


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
    assert centre.sequences() == list(range(1, cases + 1))
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
    assert centre.sequences() == [1, 2]


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
