"""Envelopes a second that the centre stores on PostgreSQL, bytes on the wire, and how long an outbox takes to drain.

PostgreSQL flushes every commit to the disk, as in production. ``BENCH_QUEUE`` says how many envelopes are drained
(2,000; 10000 and 100000 take minutes); ``BENCH_BATCHES`` how many batches each connection sends (4).
"""

import asyncio
import gzip
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store, Terminal
from kiosk.sync import rounds
from kiosk.sync.client import CentreClient
from tests.bench.tables import Row, Table
from tests.central.postgres import private_server
from tests.central.serving import environment_for, run, serving
from tests.terminal_parts import CITIZEN
from wire.case import new_case_number
from wire.clock import CHINA, SystemClock
from wire.envelope import Envelope, EnvelopeKind
from wire.messages import Application, EnrolmentRequest, PushOutcome, PushRequest

_CONNECTIONS = (1, 2, 4)
_TIMES = 3
_BATCH = rounds.BATCH
_QUEUE = int(os.environ.get("BENCH_QUEUE", "2000"))
_BATCHES = int(os.environ.get("BENCH_BATCHES", "4"))
_MOST_CASES_A_DAY = 9999
_CLOCK = SystemClock()
_STATM = Path("/proc/self/statm")  # proc(5)
_LOAD = """
from tests.central.playing import enrolment_code, open_centre
centre = open_centre()
for _ in range({count}):
    print(enrolment_code(centre))
"""


def measure() -> list[Table]:
    """Return the tables: stored a second, bytes, the drain."""
    with private_server(durable=True) as postgres, tempfile.TemporaryDirectory() as data:
        url = postgres.create("bench")
        environment = environment_for(Path(data), url)
        run(environment, "init")
        script = _LOAD.format(count=max(_CONNECTIONS) + 1)
        codes = run(environment, "shell", "--no-imports", "-c", script).split()
        with serving(environment, workers=2) as centre:
            return asyncio.run(_measure(centre.url, codes, url))


async def _measure(centre: str, codes: list[str], database: str) -> list[Table]:
    *pushing, draining = [await _enrol(centre, code) for code in codes]
    applications = [_applications(terminal) for terminal in pushing]
    sample = _closed(pushing[0], applications[0], 1)[0]
    rates = {
        count: [await _rate(centre, pushing[:count], applications) for _ in range(_TIMES)] for count in _CONNECTIONS
    }
    return [await _stored(rates, database, sample), _bytes(sample, pushing[0]), await _drain(centre, draining)]


async def _enrol(centre: str, code: str) -> Terminal:
    key = Ed25519PrivateKey.generate()
    request = EnrolmentRequest(code=code, public_key=key.public_key().public_bytes_raw(), version="bench")
    async with CentreClient(centre, _CLOCK) as client:
        return Terminal(key, await client.enrol(request))


def _applications(terminal: Terminal) -> Iterator[Application]:
    """Give one application after another, each with a case number of its own."""
    now = _CLOCK.now()
    day = now.astimezone(CHINA).date()
    while True:
        for count in range(1, _MOST_CASES_A_DAY + 1):
            yield Application(
                case_number=new_case_number(day, terminal.enrolment.terminal_number, count),
                item="food-licence",
                applicant=CITIZEN,
                answers={"reason": "年满六十周岁" * 20, "phone": "13900000000"},
                token_digest="0" * 64,
                submitted_at=now,
            )
        day -= timedelta(days=1)


def _closed(terminal: Terminal, applications: Iterator[Application], count: int) -> list[Envelope]:
    return [
        terminal.close(EnvelopeKind.APPLICATION, application, _CLOCK, _number(application))
        for application in islice(applications, count)
    ]


def _number(application: Application) -> int:
    """Return a sequence that no other application of the terminal has."""
    return int(application.case_number[:8] + application.case_number[12:16])


async def _rate(centre: str, terminals: list[Terminal], applications: list[Iterator[Application]]) -> float:
    """Return envelopes a second, all connections together; sealing is done before."""
    batches = [
        [PushRequest(envelopes=tuple(_closed(terminal, given, _BATCH))) for _ in range(_BATCHES)]
        for terminal, given in zip(terminals, applications, strict=False)
    ]

    async def push(terminal: Terminal, requests: list[PushRequest]) -> None:
        async with CentreClient(centre, _CLOCK, terminal=terminal) as client:
            for request in requests:
                reply = await client.push(request)
                if any(receipt.outcome is not PushOutcome.STORED for receipt in reply.receipts):
                    raise RuntimeError("not stored")

    began = time.perf_counter()
    await asyncio.gather(*map(push, terminals, batches))
    return len(terminals) * _BATCHES * _BATCH / (time.perf_counter() - began)


async def _stored(rates: dict[int, list[float]], database: str, sample: Envelope) -> Table:
    rows = []
    for count, values in rates.items():
        peer = f"INSERT of the same bytes and COMMIT, {_connections(count)}"
        plain = [await asyncio.to_thread(_plain, database, sample.body, count) for _ in range(_TIMES)]
        rows.append(Row(f"checked, opened, made a case, receipted; {_connections(count)}", tuple(values), peer))
        rows.append(Row(peer, tuple(plain)))
    notes = ("PostgreSQL with fsync; a commit for each envelope on both sides; client and server share the cores",)
    return Table("Envelopes stored by the centre (batches of 50 over HTTP)", "envelopes/s", tuple(rows), notes)


def _plain(database: str, body: bytes, connections: int) -> float:
    """Return rows a second that as many connections insert, each committed by itself."""

    def insert(_: int) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            for _ in range(_BATCHES * _BATCH):
                connection.execute("INSERT INTO plain (body) VALUES (%s)", (body,))

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS plain (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as hands:
        list(hands.map(insert, range(connections)))
    return connections * _BATCHES * _BATCH / (time.perf_counter() - began)


def _bytes(sample: Envelope, terminal: Terminal) -> Table:
    applications = _applications(terminal)
    plain = next(applications).model_dump_json().encode()
    batch = PushRequest(envelopes=tuple(_closed(terminal, applications, _BATCH))).model_dump_json().encode()
    peer = "the application as plain JSON"
    rows = (
        Row("on the wire, in a batch of 50 (JSON, gzip)", (len(gzip.compress(batch, mtime=0)) / _BATCH,), peer),
        Row("as JSON", (len(batch) / _BATCH,), peer),
        Row("sealed body alone", (float(len(sample.body)),), peer),
        Row(peer, (float(len(plain)),)),
    )
    return Table("Bytes of an envelope", "bytes", rows)


async def _drain(centre: str, terminal: Terminal) -> Table:
    """Fill an outbox, push until it is empty, and look at this process's memory meanwhile."""
    memory = _Memory()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "terminal.sqlite3", _CLOCK, terminal) as store,
    ):
        _fill(store, terminal)
        async with CentreClient(centre, _CLOCK, terminal=terminal) as client:
            watching = asyncio.create_task(memory.watch(lambda: store.outbox.queue().queued))
            began = time.perf_counter()
            await rounds.push(store, client)
            took = time.perf_counter() - began
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
    rows = (
        Row(f"an outbox of {_QUEUE} envelopes, receipts checked and kept, s", (took,)),
        Row("resident memory, first tenth of the queue, MB", (max(memory.early, default=0.0),)),
        Row("resident memory, last tenth of the queue, MB", (max(memory.late, default=0.0),)),
    )
    return Table("Draining an outbox after weeks without a line", "s, MB", rows)


def _fill(store: Store, terminal: Terminal) -> None:
    applications = _applications(terminal)
    for start in range(0, _QUEUE, 1000):
        with store.outbox._database.transaction() as tx:
            for application in islice(applications, min(1000, _QUEUE - start)):
                store.outbox.submit_in(tx, EnvelopeKind.APPLICATION, application, application.case_number)


class _Memory:
    """What this process holds resident, at the begin and at the end of a drain, in megabytes."""

    def __init__(self) -> None:
        self.early: list[float] = []
        self.late: list[float] = []

    async def watch(self, queued: Callable[[], int]) -> None:
        while True:
            pages = int(_STATM.read_text(encoding="ascii").split()[1])  # noqa: ASYNC240 - no disk is behind it
            megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
            if queued() > _QUEUE * 0.9:
                self.early.append(megabytes)
            elif queued() < _QUEUE * 0.1:
                self.late.append(megabytes)
            await asyncio.sleep(0.2)


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"
