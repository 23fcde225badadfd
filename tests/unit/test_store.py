"""The file itself: its settings, its migrations, its errors, and what survives SIGKILL and another process."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk.store import CopyState, Store, StoreDamaged, StoreError, StoreFull, StoreTooNew
from kiosk.store.database import Database, migrations
from tests.terminal_parts import CITIZEN, START, TERMINAL, StandingClock, receipt_for
from wire.envelope import EnvelopeKind
from wire.messages import DeviceReport, Revocation
from wire.text import Text

ROOT = Path(__file__).parents[2]
SUBMITTER = """
import sys
from pathlib import Path
from kiosk.store import Store
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock
with Store.open(Path(sys.argv[1]), StandingClock(), TERMINAL) as store:
    for _ in range(int(sys.argv[2])):
        print(store.cases.submit("item", CITIZEN, {}).case_number, flush=True)
"""


def open_store(path: Path) -> Store:
    return Store.open(path, StandingClock(), TERMINAL)


def submitter(path: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SUBMITTER, path, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_pragmas(tmp_path: Path) -> None:
    """The file is opened as appliance.md demands: WAL, FULL, foreign keys, deleted content overwritten."""
    database = Database(tmp_path / "a.sqlite3")
    found = {name: database.row(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert found == {"journal_mode": ("wal",), "synchronous": (2,), "foreign_keys": (1,)}
    assert database.row("PRAGMA secure_delete") == (1,)
    assert database.row("PRAGMA user_version") == (len(migrations()),)
    database.close()


def test_readable_by_its_user_alone(tmp_path: Path) -> None:
    """The file and what SQLite lays beside it can be read by nobody else."""
    with open_store(tmp_path / "a.sqlite3") as store:
        store.cases.submit("item", CITIZEN, {})
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"a.sqlite3": 0o600, "a.sqlite3-wal": 0o600, "a.sqlite3-shm": 0o600, "a.sqlite3.lock": 0o600}


@pytest.mark.fault("database of a newer program", code="terminal.store_too_new")
def test_newer_database_is_refused(tmp_path: Path) -> None:
    """A file of a newer program is left alone, with a clear code."""
    database = Database(tmp_path / "a.sqlite3")
    with database.transaction() as tx:
        tx.run(f"PRAGMA user_version = {len(migrations()) + 1}")
    database.close()
    with pytest.raises(StoreTooNew, match=f"schema {len(migrations()) + 1}") as caught:
        open_store(tmp_path / "a.sqlite3")
    assert caught.value.code == "terminal.store_too_new"


def test_migration_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails halfway leaves the file as it was, for the program that comes next."""
    broken = [*migrations(), "CREATE TABLE extra (a) STRICT;"]
    monkeypatch.setattr("kiosk.store.database.migrations", lambda: broken)
    with pytest.raises(StoreError):
        Database(tmp_path / "a.sqlite3")
    monkeypatch.undo()
    database = Database(tmp_path / "a.sqlite3")
    assert database.row("PRAGMA user_version") == (len(migrations()),)
    assert database.row("SELECT count(*) FROM outbox") == (0,)
    database.close()


def test_a_terminal_of_the_first_release_keeps_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queue, quarantine, proofs and copies of the first schema are there after an update; what waits is due at once."""
    path = tmp_path / "a.sqlite3"
    first = migrations()[:1]
    queued, refused = (
        TERMINAL.close(EnvelopeKind.APPLICATION, Revocation(revoked_on=START.date()), StandingClock(), number)
        for number in (1, 2)
    )
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.store.database.migrations", lambda: first)
        database = Database(path)
        with database.transaction() as tx:
            for envelope, state, problem in ((queued, "queued", None), (refused, "quarantined", "wire.malformed")):
                tx.run(
                    "INSERT INTO outbox (id, kind, sequence, queued_at, state, problem, envelope)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(str(envelope.header.id), "application", envelope.header.sequence, START.isoformat()),
                    *(state, problem, envelope.model_dump_json()),
                )
            tx.run("INSERT INTO delivery VALUES ('gone', 'application', 3, 'stored', ?)", START.isoformat())
            tx.run(
                "INSERT INTO print_copy VALUES ('job', 'item', 'S1', 1, 'doubtful', NULL, 'printer.doubtful', ?, ?)",
                *(START.isoformat(), START.isoformat()),
            )
        database.close()
    with open_store(path) as store:
        assert store.outbox.pending(10) == [queued]
        (kept,) = store.outbox.quarantined()
        assert (kept.id, kept.problem, kept.overdue(START.date())) == (str(refused.header.id), "wire.malformed", True)
        assert store.outbox.delivered("gone")
        assert store.outbox.proof("gone") is None, "nobody signed receipts then"
        assert store.ledger.answered("job", complete=True).state is CopyState.DELIVERED
        store.check()


def test_not_a_database(tmp_path: Path) -> None:
    """A file that is something else is damaged, not overwritten."""
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"something else entirely " * 100)
    with pytest.raises(StoreDamaged) as caught:
        open_store(path)
    assert caught.value.code == "terminal.store_corrupt"
    assert path.read_bytes().startswith(b"something else")


@pytest.mark.fault("partition not mounted", code="terminal.store_damaged")
def test_no_folder(tmp_path: Path) -> None:
    """A folder that is not there (a partition that was not mounted) has the same code."""
    with pytest.raises(StoreDamaged):
        open_store(tmp_path / "missing" / "a.sqlite3")


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
def test_torn_page_is_found(tmp_path: Path) -> None:
    """Damage in the middle of the file is found by the check, if not before."""
    path = tmp_path / "a.sqlite3"
    with open_store(path) as store:
        for _ in range(20):
            store.cases.submit("item", CITIZEN, {})
    content = bytearray(path.read_bytes())
    content[8 * 4096 :] = os.urandom(len(content) - 8 * 4096)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged), open_store(path) as store:
        store.check()


def test_read_only(tmp_path: Path) -> None:
    """A file that cannot be written has a code when something is submitted."""
    with open_store(tmp_path / "a.sqlite3") as store:
        store.outbox._database._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreDamaged):
            store.cases.submit("item", CITIZEN, {})


def test_full_disk(tmp_path: Path) -> None:
    """A submission that finds no room fails whole, with a code; the same works again when there is room."""
    with open_store(tmp_path / "a.sqlite3") as store:
        connection = store.outbox._database._connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        kept: list[str] = []

        def submit_until_full() -> None:
            while True:
                kept.append(store.cases.submit("item", CITIZEN, {}).case_number)

        with pytest.raises(StoreFull) as caught:
            submit_until_full()
        assert caught.value.code == "terminal.store_full"
        assert kept
        assert store.outbox.queue().queued == len(kept)
        connection.execute("PRAGMA max_page_count = 100000")
        kept.append(store.cases.submit("item", CITIZEN, {}).case_number)
        assert [envelope.header.sequence for envelope in store.outbox.pending(100)] == list(range(1, len(kept) + 1))
        store.check()


def test_full_disk_of_a_file_limit(tmp_path: Path) -> None:
    """A write that the kernel refuses has a code too, and leaves a sound file."""
    path = tmp_path / "a.sqlite3"
    limited = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from kiosk.store import StoreError
try:
    exec({SUBMITTER!r})
except StoreError as error:
    print(error.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", limited, path, "500"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    *told, code = done.stdout.split()
    assert code in ("terminal.store_full", "terminal.store_damaged")
    with open_store(path) as store:
        assert store.outbox.queue().queued == len(told)
        store.check()


@pytest.mark.slow
def test_killed_while_submitting(tmp_path: Path) -> None:
    """What a process told before SIGKILL is there afterwards: every case, in order, without a gap."""
    path = tmp_path / "a.sqlite3"
    told: list[str] = []
    for lines in (1, 7, 40):
        process = submitter(path, 100_000)
        assert process.stdout is not None
        told += [process.stdout.readline().strip() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().splitlines()
        told += [line for line in rest if len(line) == len(told[0])]
        process.stdout.close()
        process.wait()
    with open_store(path) as store:
        count = store.outbox.queue().queued
        assert count >= len(told)
        sequences = [envelope.header.sequence for envelope in store.outbox.pending(100_000)]
        assert sequences == list(range(1, len(sequences) + 1))
        next_case = store.cases.submit("item", CITIZEN, {}).case_number
        assert int(next_case[12:16]) == count + 1, "numbers that were told are never given again"
        store.check()


@pytest.mark.slow
def test_two_processes_share_the_file(tmp_path: Path) -> None:
    """While the application submits, the sync process takes away; nothing is lost, nothing is taken twice."""
    path = tmp_path / "a.sqlite3"
    count = 60
    with open_store(path) as store:
        process = submitter(path, count)
        assert process.stdout is not None
        taken: list[int] = []
        while process.poll() is None or store.outbox.queue().queued:
            batch = store.outbox.pending(7)
            taken += [envelope.header.sequence for envelope in batch]
            store.outbox.acknowledge([receipt_for(one) for one in batch])
        told = process.stdout.read().split()
        process.stdout.close()
        assert process.returncode == 0
        assert len(set(told)) == count
        assert taken == list(range(1, count + 1))
        store.check()


def test_change_of_another_connection_is_noticed(tmp_path: Path) -> None:
    """What the other process commits is seen by polling; one's own writes are not."""
    with open_store(tmp_path / "a.sqlite3") as one, open_store(tmp_path / "a.sqlite3") as other:
        assert not one.changed_elsewhere()
        one.cases.submit("item", CITIZEN, {})
        assert not one.changed_elsewhere()
        other.cases.submit("item", CITIZEN, {})
        assert one.changed_elsewhere()
        assert not one.changed_elsewhere()


def test_threads_take_turns(tmp_path: Path) -> None:
    """One store may be used from several threads."""
    with open_store(tmp_path / "a.sqlite3") as store:
        threads = [
            threading.Thread(target=lambda: [store.cases.submit("item", CITIZEN, {}) for _ in range(5)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.header.sequence for one in store.outbox.pending(100)] == list(range(1, 21))
        store.check()


def test_audit_chain_shows_what_was_altered(tmp_path: Path) -> None:
    """A row changed, taken out or put in behind the program's back is found."""
    path = tmp_path / "a.sqlite3"
    with open_store(path) as store:
        for _ in range(3):
            store.cases.submit("item", CITIZEN, {})
        assert store.audit.check() == store.audit.head()[0] == 4
        connection = store.outbox._database._connection
        for attempt in ("UPDATE audit SET subject = 'x'", "DELETE FROM audit"):
            with pytest.raises(StoreError), store.outbox._database.transaction() as tx:
                tx.run(attempt)
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET event = 'copy_void' WHERE number = 2")
        with pytest.raises(StoreDamaged, match="row 2"):
            store.audit.check()
        with pytest.raises(StoreDamaged):
            store.check()


def test_settings(tmp_path: Path) -> None:
    """Out of service survives a restart and is taken back; device reports are written only when they change."""
    closed = Text(zh="暂停服务", en="Closed")
    reports = (DeviceReport(name="printer", kind="printer", state="PrinterReady"),)
    with open_store(tmp_path / "a.sqlite3") as store:
        assert store.settings.out_of_service() is None
        assert store.settings.devices() == ()
        store.settings.put_out_of_service(closed, "command-1")
        store.settings.report_devices(reports)
    with open_store(tmp_path / "a.sqlite3") as store, open_store(tmp_path / "a.sqlite3") as watcher:
        assert store.settings.out_of_service() == closed
        assert store.settings.devices() == reports
        watcher.changed_elsewhere()
        store.settings.report_devices(reports)
        assert not watcher.changed_elsewhere()
        store.settings.put_in_service("command-2")
        store.settings.put_in_service("command-3")
        assert store.settings.out_of_service() is None
        assert [subject for _, subject in store.audit.events()][-2:] == ["command-1", "command-2"]


def test_moments_are_aware(tmp_path: Path) -> None:
    """Moments come back from the file as they went in."""
    with open_store(tmp_path / "a.sqlite3") as store:
        assert store.ledger.reserve("item").reserved_at == START
