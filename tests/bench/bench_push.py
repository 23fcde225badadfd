"""Envelopes a second that the centre stores on PostgreSQL, bytes on the wire, and how long an outbox takes to drain.

PostgreSQL flushes every commit to the disk, as in production. ``BENCH_QUEUE`` says how many envelopes are drained
(2000; ``10000,100000`` drains two queues and takes many minutes); ``BENCH_BATCHES`` how many batches each connection
sends (4); ``BENCH_RESIDENT`` which queues are drained for the memory's sake alone (``500,5000``).
"""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store, Terminal
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from tests.bench.draining import PRETEND, Drained
from tests.bench.tables import Row, Table
from tests.central.postgres import private_server
from tests.central.serving import environment_for, run, serving
from tests.terminal_parts import CITIZEN, TERMINAL
from wire.case import new_case_number
from wire.clock import CHINA, SystemClock
from wire.envelope import Envelope, EnvelopeKind
from wire.messages import Application, EnrolmentRequest, PushOutcome, PushRequest

_CONNECTIONS = (1, 2, 4)
_TIMES = 3
_BATCH = rounds.BATCH
_QUEUES = tuple(int(length) for length in os.environ.get("BENCH_QUEUE", "2000").split(","))
_BATCHES = int(os.environ.get("BENCH_BATCHES", "4"))
_MOST_CASES_A_DAY = 9999
_CLOCK = SystemClock()
_RESIDENT = tuple(int(length) for length in os.environ.get("BENCH_RESIDENT", "500,5000").split(","))
_FILLED_AT_ONCE = 1000
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
        script = _LOAD.format(count=max(_CONNECTIONS) + len(_QUEUES))
        codes = run(environment, "shell", "--no-imports", "-c", script).split()
        with serving(environment, workers=2) as centre:
            return asyncio.run(_measure(centre.url, codes, url))


async def _measure(centre: str, codes: list[str], database: str) -> list[Table]:
    pushing = [await _enrol(centre, code) for code in codes[len(_QUEUES) :]]
    applications = [_applications(terminal) for terminal in pushing]
    sample = _closed(pushing[0], applications[0], 1)[0]
    rates = {
        count: [await _rate(centre, pushing[:count], applications) for _ in range(_TIMES)] for count in _CONNECTIONS
    }
    drained = [await _drain(centre, code, length, database) for code, length in zip(codes, _QUEUES, strict=False)]
    return [await _stored(rates, database, sample), _bytes(sample, pushing[0]), *drained, await _resident()]


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
    notes = ("PostgreSQL with fsync; ours commits a batch, the peer each row; client and server share the cores",)
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


async def _drain(centre: str, code: str, length: int, database: str) -> Table:
    """Fill a terminal's outbox, and have a process of its own push until it is empty, through a line that breaks."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        async with CentreClient(centre, _CLOCK) as client:
            terminal = await enrolment.enrol(data_dir, client, code, "bench")
        _fill(data_dir, terminal, length)
        done = await _drained(centre, data_dir)
        with Store.open(data_dir / "terminal.sqlite3", _CLOCK, terminal) as store:
            ((proven,),) = store.outbox._database.rows("SELECT count(*) FROM delivery")
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM cases_case WHERE terminal_id = %s"
        ((cases,),) = connection.execute(asked, (terminal.enrolment.terminal,)).fetchall()
    if not proven == cases == done.envelopes == length:
        raise RuntimeError(f"{length} queued, {proven} proven, {cases} cases")
    rows = (
        Row("until the outbox is empty, receipts checked and kept, s", (done.took_s,)),
        Row("envelopes a second", (length / done.took_s,)),
        Row("answers lost on the way", (float(done.cuts),)),
        Row("resident memory, first tenth of the queue, MB", (done.early_mb,)),
        Row("resident memory, last tenth of the queue, MB", (done.late_mb,)),
    )
    note = "each became one case at the centre and left one receipt at the terminal, as was counted afterwards"
    return Table(f"Draining an outbox of {length} envelopes after weeks without a line", "", rows, (note,))


async def _resident() -> Table:
    """Drain short and long queues at a stand-in that signs receipts and does nothing else, for the memory's sake."""
    rows = []
    for length in _RESIDENT:
        with tempfile.TemporaryDirectory() as folder:
            _fill(Path(folder), TERMINAL, length)
            done = await _drained(PRETEND, Path(folder))
        if done.envelopes != length:
            raise RuntimeError(f"{done.envelopes} of {length} were queued")
        rows += [
            Row(f"{length} queued: first tenth of the queue", (done.early_mb,)),
            Row(f"{length} queued: last tenth, {done.cuts} lost answers later", (done.late_mb,)),
        ]
    note = "real store and client; the centre is a stand-in in the same process, without a database"
    return Table("Resident memory of a drain", "MB", tuple(rows), (note,))


async def _drained(centre: str, data_dir: Path) -> Drained:
    command = (sys.executable, "-m", "tests.bench.draining", centre, str(data_dir))
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    return Drained(**json.loads(output))


def _fill(data_dir: Path, terminal: Terminal, length: int) -> None:
    applications = _applications(terminal)
    with Store.open(data_dir / "terminal.sqlite3", _CLOCK, terminal) as store:
        for start in range(0, length, _FILLED_AT_ONCE):
            with store.outbox._database.transaction() as tx:
                for application in islice(applications, min(_FILLED_AT_ONCE, length - start)):
                    store.outbox.submit_in(tx, EnvelopeKind.APPLICATION, application, application.case_number)


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"
