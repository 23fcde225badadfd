"""A corrupt database is set aside and reported, what was not sent is saved, and the terminal serves again by itself."""

import os
import shutil
import sqlite3  # noqa: TID251 - damage is done behind the store's back
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.printer.api import Printed
from kiosk import wiring
from kiosk.occupancy import Occupancy
from kiosk.store import AuditEvent, CopyState, Store, StoreCorrupt
from kiosk.store import recovery as recovery_module
from kiosk.store.carving import texts
from kiosk.store.database import Transaction
from kiosk.store.recovery import open_store
from kiosk.sync.client import CentreClient
from kiosk.sync.process import Synchroniser
from tests.killed_at import killed_at
from tests.pretend_centre import URL, PretendCentre
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock, receipt_for
from wire.envelope import Envelope, EnvelopeKind
from wire.messages import PrintOutcome, PrintReceipt
from wire.text import Text

PAGE = 4096
CASES = 30
SENT = 5
Damage = Callable[[Path], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "terminal.sqlite3"


@pytest.fixture
def kept(path: Path) -> list[Envelope]:
    """Make a database with a history, closed; return what it has not sent."""
    with open_store(path, StandingClock(), TERMINAL) as store:
        for _ in range(CASES):
            store.cases.submit("item", CITIZEN, {})
        store.outbox.acknowledge([receipt_for(one) for one in store.outbox.pending(SENT)])
        copy = store.ledger.issued(store.ledger.reserve("item").job_name, "S1").job_name
        store.ledger.spooled(copy)
        store.ledger.resolve(copy, Printed(1))
        store.settings.put_out_of_service(Text(zh="检修", en="Closed"), "command")
        return store.outbox.pending(1000)


def overwrite(path: Path, start: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(length))


def header(path: Path) -> None:
    """Spoil the first page: schema and all."""
    overwrite(path, 0, PAGE)


def not_a_database(path: Path) -> None:
    """Leave the pages, take the sixteen bytes that say what the file is."""
    overwrite(path, 0, 16)


def tail_cut(path: Path) -> None:
    """Lose the last page, as a write that the power cut tore."""
    os.truncate(path, path.stat().st_size - PAGE)


def roots(path: Path) -> None:
    """Spoil the root pages of the outbox and its indexes."""
    connection = sqlite3.connect(path)
    pages = connection.execute("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'outbox'").fetchall()
    connection.close()
    for (page,) in pages:
        overwrite(path, (page - 1) * PAGE, PAGE)


def counters(path: Path) -> None:
    """Spoil the page of the counters."""
    connection = sqlite3.connect(path)
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'counter'").fetchall()
    connection.close()
    overwrite(path, (page - 1) * PAGE, PAGE)


def all_but_the_first(path: Path) -> None:
    """Spoil every page but the one with the schema."""
    overwrite(path, PAGE, path.stat().st_size - PAGE)


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("damaged-*"))


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
@pytest.mark.parametrize("damage", [header, not_a_database, tail_cut, roots, counters])
def test_damaged_is_set_aside_and_what_was_not_sent_is_saved(path: Path, kept: list[Envelope], damage: Damage) -> None:
    """Whatever page is lost, no unsent envelope is lost with it but one on that very page; numbers go on; it serves."""
    damage(path)
    before = path.read_bytes()
    clock = StandingClock()
    with open_store(path, clock, TERMINAL) as store:
        pending = store.outbox.pending(1000)
        missing = [one for one in kept if one not in pending]
        assert len(missing) <= (1 if damage is tail_cut else 0), damage
        already = {one.header.id for one in pending} - {one.header.id for one in kept}
        assert len(already) <= SENT, "what the centre had may go again: it is a duplicate there"
        slip = store.cases.submit("item", CITIZEN, {})
        newest = store.outbox.pending(1000)[-1]
        assert newest.header.sequence > CASES
        assert int(slip.case_number[12:16]) > CASES
        assert store.audit.events()[0][0] == AuditEvent.STORE_SET_ASIDE
        (told,) = store.settings.recovered(clock.now())
        assert told.state == "StoreRecovered"
        store.check()
    (aside,) = asides(path)
    assert told.detail.startswith(aside.name)
    assert (aside / path.name).stat().st_size == len(before), "the damaged file is kept for whoever wants to look"
    with open_store(path, clock, TERMINAL):
        assert len(asides(path)) == 1, "the new one is sound"


def test_ledger_and_settings_come_along(path: Path, kept: list[Envelope]) -> None:
    """Where only the counters' page is lost, copies, proofs and "out of service" are as they were."""
    counters(path)
    with open_store(path, StandingClock(), TERMINAL) as store:
        assert [copy.state for copy in store.ledger.copies("S1")] == [CopyState.DELIVERED]
        assert store.settings.out_of_service() is not None
        assert store.outbox.pending(1000) == kept, "what was sent is not sent again: the proofs were read"


def test_a_sound_database_is_left_alone(path: Path, kept: list[Envelope]) -> None:
    """Nothing is set aside where nothing is wrong."""
    with open_store(path, StandingClock(), TERMINAL) as store:
        assert store.outbox.pending(1000) == kept
        assert store.settings.recovered(StandingClock().now()) == ()
    assert asides(path) == []


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
def test_killed_while_it_was_replaced(path: Path, kept: list[Envelope]) -> None:
    """The end comes at any rename of the replacement: the next start finishes it, and nothing is lost."""
    fatal, struck = 0, True
    while struck:
        if path.exists():
            header(path)
        with killed_at(fatal, "rename") as killer:
            open_store(path, StandingClock(), TERMINAL).close()
        struck = killer.struck
        with open_store(path, StandingClock(), TERMINAL) as store:
            there = {one.header.id for one in store.outbox.pending(1000)}
            assert {one.header.id for one in kept} <= there
            store.check()
        fatal += 1
    assert fatal > 2, "renames: the new file made ready, the old one aside, the new one in its place"


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
def test_the_other_process_notices(path: Path, kept: list[Envelope]) -> None:
    """A process that has the old file open writes nothing into it any more, and knows why: it starts anew."""
    clock = StandingClock()
    other = Store.open(path, clock, TERMINAL)
    assert other.lost is None
    shutil.copyfile(path, path.with_suffix(".sound"))
    header(path)
    with open_store(path, clock, TERMINAL) as store:
        with pytest.raises(StoreCorrupt) as caught:
            other.cases.submit("item", CITIZEN, {})
        assert caught.value.code == "terminal.store_corrupt"
        assert other.lost is not None
        assert len(store.outbox.pending(1000)) >= len(kept)
    other.close()


@pytest.mark.fault("corrupt database", code="terminal.store_corrupt")
async def test_both_processes_end_so_that_the_next_start_can_replace_it(path: Path, kept: list[Envelope]) -> None:
    """Found while running, damage ends the sync process at once, and the application between two visits."""
    clock = StandingClock()
    with open_store(path, clock, TERMINAL) as store, Store.open(path, clock, TERMINAL) as app:
        assert wiring._closed(app, Occupancy(path.parent)) is not None, "out of service, as the centre wants it"
        all_but_the_first(path)
        for opened in (store, app):
            opened.outbox._database._connection.execute("PRAGMA shrink_memory")  # no cache hides it
        centre = PretendCentre(clock)
        async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport()) as client:
            with pytest.raises(StoreCorrupt):
                await Synchroniser(store, client, clock, program_version="0").tick()
        with pytest.raises(StoreCorrupt):
            app.cases.submit("item", CITIZEN, {})
        with pytest.raises(StoreCorrupt):
            wiring._closed(app, Occupancy(path.parent))
    with open_store(path, clock, TERMINAL) as store:
        store.cases.submit("item", CITIZEN, {})
        store.check()


def test_two_that_start_at_once_replace_it_once(path: Path, kept: list[Envelope]) -> None:
    """Application and sync process find the damage at the same moment: one replaces the file, both go on with it."""
    header(path)
    opened: list[Store] = []
    starting = [
        threading.Thread(target=lambda: opened.append(open_store(path, StandingClock(), TERMINAL))) for _ in range(4)
    ]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert len(asides(path)) == 1
    for store in opened:
        store.cases.submit("item", CITIZEN, {})
        store.close()
    with open_store(path, StandingClock(), TERMINAL) as store:
        assert len(store.outbox.pending(1000)) >= len(kept) + 4


def test_carving_reads_the_log_up_to_its_last_commit(path: Path) -> None:
    """Rows that only the write-ahead log has are found; those of a transaction that never committed are not."""
    clock = StandingClock()
    with Store.open(path, clock, TERMINAL) as store:
        store.cases.submit("item", CITIZEN, {})
        receipt = PrintReceipt(
            serial="S", job_name="j", copy_number=1, outcome=PrintOutcome.VOID, impressions=0, at=clock.now()
        )
        connection = store.outbox._database._connection
        connection.execute("PRAGMA cache_size = 2")  # spill before the commit
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(20):
            store.outbox.submit_in(Transaction(connection), EnvelopeKind.PRINT_RECEIPT, receipt)
        log = Path(f"{path}-wal").read_bytes()
        found = [text for text in texts(path.read_bytes(), log) if text.startswith('{"header":')]
        connection.execute("ROLLBACK")
        assert [Envelope.model_validate_json(text) for text in found] == store.outbox.pending(10)


@pytest.mark.parametrize("junk", [b"", b"\x0d" * PAGE, os.urandom(5 * PAGE), bytes(3 * PAGE + 7)])
def test_carving_survives_anything(junk: bytes) -> None:
    """Noise gives nothing that reads as an envelope, and no error."""
    assert not [text for text in texts(junk, junk) if text.startswith('{"header":')]


def test_nothing_is_promised_twice(path: Path, kept: list[Envelope]) -> None:
    """Without readable counters, numbers go on far beyond what can have been given."""
    counters(path)
    with open_store(path, StandingClock(), TERMINAL) as store:
        number = store.cases.submit("item", CITIZEN, {}).case_number
        assert int(number[12:16]) == recovery_module._CASE_JUMP + 1
