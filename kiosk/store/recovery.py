"""Opens the terminal's database; one that is corrupt is set aside, reported, and replaced by what could be saved.

Numbers are never given twice: where the counters cannot be read any more, they go on beyond anything they can have
reached. What an interrupted replacement left is finished at the next start; until then the damaged file is in place.
"""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from kiosk.store import Store
from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.database import Database, Transaction, of_the_system
from kiosk.store.errors import StoreCorrupt
from kiosk.store.gate import Gate
from kiosk.store.outbox import enqueue
from kiosk.store.salvage import FILES, Record, Salvaged, salvage
from kiosk.store.settings import STORE_RECOVERED, put
from kiosk.store.terminal import Terminal
from wire.clock import CHINA, Clock

log = logging.getLogger(__name__)

_ASIDE = "damaged-"
_SEQUENCE_JUMP = 1_000  # envelopes that may have been lost
_CASE_JUMP = 5_000  # of the 9,999 cases of a terminal and day
_OF_RESOURCES = frozenset({"pull_cursor", "pulled_on", "pulled_by"})


def open_store(path: Path, clock: Clock, terminal: Terminal) -> Store:
    """Open or create the database of an enrolled terminal, sound. Raises :class:`~kiosk.store.StoreError`."""
    if not _ready(path).exists():
        try:
            return _sound(path, clock, terminal)
        except StoreCorrupt as error:
            log.error("database is corrupt: %s", error)  # noqa: TRY400 - a trace says nothing more
    try:
        gate = Gate(path)
        try:
            with gate.alone():
                _finish(path)
                if not _is_sound(path, gate):  # another process may have been quicker
                    _replace(path, clock, terminal)
        finally:
            gate.close()
    except OSError as error:
        raise of_the_system(error) from error
    return _sound(path, clock, terminal)


def _sound(path: Path, clock: Clock, terminal: Terminal) -> Store:
    store = Store.open(path, clock, terminal)
    try:
        store.check_file()
    except BaseException:
        store.close()
        raise
    return store


def _is_sound(path: Path, gate: Gate) -> bool:
    try:
        database = Database(path, gate)
        try:
            database.check()
        finally:
            database.close()
    except StoreCorrupt:
        return False
    return True


def _replace(path: Path, clock: Clock, terminal: Terminal) -> None:
    """Build the new file beside the damaged one, whole; then change places. At no moment is there neither."""
    building = Path(f"{path}.building")
    for suffix in (*FILES, ".lock"):
        Path(f"{building}{suffix}").unlink(missing_ok=True)
    saved = salvage(path)
    aside = _folder_beside(path, clock)
    database = Database(building)
    try:
        with database.transaction() as tx:
            _restore(tx, saved, clock, terminal)
            report = {"as": aside.name, "at": clock.now().isoformat(), "envelopes": len(saved.envelopes)}
            put(tx, STORE_RECOVERED, report)
            Audit(database, clock).append(tx, AuditEvent.STORE_SET_ASIDE, aside.name)
    finally:
        database.close()  # folds the log in: the file is whole by itself
    Path(f"{building}.lock").unlink()
    building.rename(_ready(path))
    _finish(path)
    log.error("database set aside as %s: %d envelopes saved", aside.name, len(saved.envelopes))


def _restore(tx: Transaction, saved: Salvaged, clock: Clock, terminal: Terminal) -> None:
    for table in ("counter", "delivery", "print_copy"):
        _insert(tx, table, saved.rows[table])
    resources_whole = {"resource", "setting"} <= saved.whole
    if resources_whole:
        _insert(tx, "resource", saved.rows["resource"])
    _insert(
        tx, "setting", (row for row in saved.rows["setting"] if resources_whole or row["name"] not in _OF_RESOURCES)
    )
    for envelope in saved.envelopes:
        enqueue(tx, envelope, saved.subjects.get(str(envelope.header.id)))
    _raise_counters(tx, saved, clock, terminal)


def _raise_counters(tx: Transaction, saved: Salvaged, clock: Clock, terminal: Terminal) -> None:
    """See that no number is given a second time."""
    name = terminal.enrolment.terminal
    seen = [0, *(one.header.sequence for one in saved.envelopes), *(row["sequence"] for row in saved.rows["delivery"])]
    sequence, cases = max(seen), 0
    if "counter" not in saved.whole:
        sequence, cases = sequence + _SEQUENCE_JUMP, _CASE_JUMP
    _at_least(tx, f"sequence/{name}", sequence)
    _at_least(tx, f"case/{name}/{clock.now().astimezone(CHINA).date().isoformat()}", cases)


def _at_least(tx: Transaction, counter: str, value: int) -> None:
    if value:
        tx.run(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            *(counter, value),
        )


def _insert(tx: Transaction, table: str, rows: Iterable[Record]) -> None:
    for row in rows:
        names = ", ".join(row)
        places = ", ".join("?" * len(row))
        tx.run(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})", *row.values())  # noqa: S608 - our own names


def _finish(path: Path) -> None:
    """Put a replacement that is ready in the damaged file's place. The old log goes first: it is not the new file's."""
    ready = _ready(path)
    if not ready.exists():
        return
    aside = max(path.parent.glob(f"{_ASIDE}*"))
    for suffix in reversed(FILES):
        part = Path(f"{path}{suffix}")
        if part.exists():
            part.rename(aside / part.name)
    ready.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ready(path: Path) -> Path:
    return Path(f"{path}.ready")


def _folder_beside(path: Path, clock: Clock) -> Path:
    """Make the folder for the damaged files; its number sorts it after those before it, whatever the clock says."""
    number = len(list(path.parent.glob(f"{_ASIDE}*"))) + 1
    folder = path.parent / f"{_ASIDE}{number:04}-{clock.now():%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=0o700)
    return folder
