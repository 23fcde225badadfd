"""After an update was taken back, the old program meets the newer one's database: nothing acknowledged is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from devices.printer.api import Printed
from kiosk.store import AuditEvent, CopyState, Store, StoreCorrupt, StoreTooNew, salvage
from kiosk.store.database import Database, migrations
from kiosk.store.recovery import open_store
from kiosk.store.stepping_back import copy_as_known
from tests.killed_at import killed_at
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock, receipt_for
from wire.audit import AuditReply
from wire.envelope import EnvelopeKind
from wire.text import Text

CASES, NEW_CASES, SENT = 12, 7, 3
NEXT = """
ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
CREATE TABLE appointment (id TEXT PRIMARY KEY, day TEXT NOT NULL) STRICT;
"""


@contextmanager
def newer_program() -> Iterator[None]:
    """Be the next release: one migration further."""
    with pytest.MonkeyPatch.context() as patch:
        scripts = [*migrations(), NEXT]
        patch.setattr("kiosk.store.database.migrations", lambda: scripts)
        patch.setattr("kiosk.store.stepping_back.migrations", lambda: scripts)
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "terminal.sqlite3"


@pytest.fixture
def told(path: Path) -> list[str]:
    """Serve with the old program, then with the newer one, which migrates; return every case number that was told."""
    clock = StandingClock()
    with open_store(path, clock, TERMINAL) as store:
        numbers = [store.cases.submit("item", CITIZEN, {}).case_number for _ in range(CASES)]
    with newer_program(), open_store(path, clock, TERMINAL) as store:
        numbers += [store.cases.submit("item", CITIZEN, {}).case_number for _ in range(NEW_CASES)]
        store.outbox.acknowledge([receipt_for(one) for one in store.outbox.pending(SENT)])
        copy = store.ledger.issued(store.ledger.reserve("item").job_name, "S1").job_name
        store.ledger.spooled(copy)
        store.ledger.resolve(copy, Printed(1))
        store.settings.put_out_of_service(Text(zh="检修", en="Closed"), "command")
    return numbers


def unsent(path: Path) -> list[int]:
    """Return the sequence numbers of what waits, in order."""
    with open_store(path, StandingClock(), TERMINAL) as store:
        return [one.header.sequence for one in store.outbox.pending(1000)]


WAITING = list(range(SENT + 1, CASES + NEW_CASES + 2))  # with the copy's receipt


@pytest.mark.fault("update taken back after a migration", code="terminal.store_too_new")
def test_the_old_program_serves_on_with_everything(path: Path, told: list[str]) -> None:
    """What the newer program was told is all there under the old one: queue, proofs, copies, settings, numbers."""
    clock = StandingClock()
    with pytest.raises(StoreTooNew):
        Store.open(path, clock, TERMINAL)
    with newer_program(), Store.open(path, clock, TERMINAL) as store:
        head = store.audit.head()
    with open_store(path, clock, TERMINAL) as store:
        assert [one.header.sequence for one in store.outbox.pending(1000)] == WAITING
        assert [copy.state for copy in store.ledger.copies("S1")] == [CopyState.DELIVERED]
        assert store.settings.out_of_service() is not None
        number = store.cases.submit("item", CITIZEN, {}).case_number
        assert number not in told
        assert int(number[12:16]) == CASES + NEW_CASES + 1, "numbers go on without a gap"
        assert store.outbox.pending(1000)[-1].header.sequence == WAITING[-1] + 1
        assert store.audit.head()[0] == head[0] + 2, "one chain: what was set aside, and the new case"
        assert store.audit.events()[-2][0] == AuditEvent.STORE_SET_ASIDE
        store.check()
        (report,) = store.settings.recovered(clock.now())
        assert report.detail.startswith("newer-0001-")
    (aside,) = path.parent.glob("newer-*")
    assert (aside / path.name).exists(), "the newer file is kept"
    assert unsent(path) == [*WAITING, WAITING[-1] + 1], "done once"
    assert len(list(path.parent.glob("newer-*"))) == 1


def test_an_audit_log_that_was_rotated_comes_along(path: Path, told: list[str]) -> None:
    """The chain's dropped beginning, and how far the centre has it, are as they were."""
    clock = StandingClock()
    with newer_program(), open_store(path, clock, TERMINAL) as store:
        number, digest = store.audit.head()
        assert store.audit.confirm(AuditReply(number=number, digest=digest))
        clock.pass_(timedelta(days=400).total_seconds())
        assert store.audit.rotate() == number - 1
    with open_store(path, clock, TERMINAL) as store:
        assert store.audit.at_centre() == number
        assert store.audit.check() == number + 2
        batch = store.audit.batch(TERMINAL)
        assert (batch.oldest, [row.number for row in batch.rows]) == (number, [number + 1, number + 2])


@pytest.mark.fault("update taken back after a migration", code="terminal.store_too_new")
def test_and_forward_again(path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What only the newer program can read waits beside the old one's file, and goes out when a newer one is back."""
    real = salvage._envelopes

    def the_old_one_reads(candidates: Iterator[str] | list[str]) -> Iterator[object]:
        return (one for one in real(candidates) if one.header.kind is not EnvelopeKind.PRINT_RECEIPT)

    with monkeypatch.context() as patch:
        patch.setattr(salvage, "_envelopes", the_old_one_reads)
        assert unsent(path) == WAITING[:-1], "the last is of a kind that the old program does not know"
        with open_store(path, StandingClock(), TERMINAL) as store:
            store.outbox.acknowledge([receipt_for(one) for one in store.outbox.pending(2)])
            store.cases.submit("item", CITIZEN, {})
    with newer_program():
        assert sorted(unsent(path)) == [*WAITING[2:], WAITING[-1] + 1], "nothing twice, nothing missing"
        assert not list(path.parent.glob("newer-*")) + list(path.parent.glob("taken-*"))
        with open_store(path, StandingClock(), TERMINAL) as store:
            assert len({one.header.sequence for one in store.outbox.pending(1000)}) == len(WAITING) - 1
            store.check()


@pytest.mark.fault("update taken back after a migration", code="terminal.store_too_new")
def test_killed_in_between(path: Path, told: list[str]) -> None:
    """The end comes at any rename, back or forth: the next start finishes it, and nothing is lost."""
    fatal, struck = 0, True
    while struck:
        struck = False
        for program in (nullcontext(), newer_program()):
            with program:
                with killed_at(fatal, "rename") as killer:
                    open_store(path, StandingClock(), TERMINAL).close()
                struck |= killer.struck
                assert sorted(unsent(path)) == WAITING
        fatal += 1
    assert fatal > 2, "renames: the new file made ready, the old one aside, the new one in its place"


@pytest.mark.fault("update taken back after a migration", code="terminal.store_too_new")
def test_a_newer_process_that_still_runs_writes_nothing_into_the_old_file(path: Path, told: list[str]) -> None:
    """It fails with a code instead of acknowledging, and its next start goes on with what the old one made."""
    clock = StandingClock()
    with newer_program():
        running = Store.open(path, clock, TERMINAL)
    assert unsent(path) == WAITING
    with pytest.raises(StoreCorrupt):
        running.cases.submit("item", CITIZEN, {})
    running.close()
    with newer_program():
        assert sorted(unsent(path)) == WAITING


def test_two_that_start_at_once_do_it_once(path: Path, told: list[str]) -> None:
    """Application and sync process of the old program start together: one replaces the file, both go on with it."""
    opened: list[Store] = []
    starting = [
        threading.Thread(target=lambda: opened.append(open_store(path, StandingClock(), TERMINAL))) for _ in range(4)
    ]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert len(opened) == len(starting)
    for store in opened:
        store.cases.submit("item", CITIZEN, {})
        store.close()
    assert len(list(path.parent.glob("newer-*"))) == 1
    assert unsent(path) == list(range(SENT + 1, WAITING[-1] + len(opened) + 1))


@pytest.mark.parametrize(("serial", "state"), [(None, "void"), ("S1", "doubtful")])
def test_a_copy_in_a_state_of_the_future_is_a_persons_to_judge(serial: str | None, state: str) -> None:
    """A copy that only the newer program understands is never taken for delivered, nor printed again unasked."""
    row = {"state": "stapled", "serial": serial, "problem": None}
    assert copy_as_known(row) == {"state": state, "serial": serial, "problem": "printer.interrupted"}
    known = {"state": "delivered", "serial": "S1", "problem": None}
    assert copy_as_known(known) == known


def test_migrations_keep_what_a_former_program_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each schema holds every table and column of the one before, under the same names: the way back rests on it."""
    scripts = migrations()
    before: dict[str, set[str]] = {}
    for count in range(1, len(scripts) + 1):
        monkeypatch.setattr("kiosk.store.database.migrations", lambda count=count: scripts[:count])
        database = Database(tmp_path / f"{count}.sqlite3")
        tables = [name for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        now = {name: {row[1] for row in database.rows(f"PRAGMA table_info({name})")} for name in tables}
        database.close()
        assert now
        for table, columns in before.items():
            assert columns <= now.get(table, set()), f"migration {count} takes something away from {table}"
        before = now
