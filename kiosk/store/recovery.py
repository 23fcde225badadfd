"""Opens the terminal's database; one that is corrupt, or of a newer program, is set aside, reported, and replaced.

A newer program's is met after an update was taken back; :mod:`kiosk.store.stepping_back` says what then comes along.
Numbers are never given twice: where the counters cannot be read any more, they go on beyond anything they can have
reached. What an interrupted replacement left is finished at the next start; until then the damaged file is in place.
"""

import logging
from pathlib import Path

from kiosk import private_files
from kiosk.store import Store, stepping_back
from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.database import Database, Transaction, of_the_system
from kiosk.store.errors import StoreCorrupt, StoreTooNew
from kiosk.store.gate import Gate
from kiosk.store.outbox import enqueue
from kiosk.store.salvage import FILES, TABLES, Salvaged, salvage
from kiosk.store.settings import STORE_RECOVERED, put
from kiosk.store.terminal import Terminal
from wire.clock import CHINA, Clock

log = logging.getLogger(__name__)

_DAMAGED, _NEWER = "damaged-", stepping_back.NEWER
_SEQUENCE_JUMP = 1_000  # envelopes that may have been lost
_CASE_JUMP = 5_000  # of the 9,999 cases of a terminal and day
_OF_RESOURCES = frozenset({"pull_cursor", "pulled_on", "pulled_by"})
_REWRITTEN = frozenset({"devices", "update"})  # told anew by who knows; a newer program may have told more of them


def open_store(path: Path, clock: Clock, terminal: Terminal) -> Store:
    """Open or create the database of an enrolled terminal, sound. Raises :class:`~kiosk.store.StoreError`."""
    if not _ready(path).exists():
        try:
            store = _sound(path, clock, terminal)
        except (StoreCorrupt, StoreTooNew) as error:
            log.error("database cannot be used: %s", error)  # noqa: TRY400 - a trace says nothing more
        else:
            stepping_back.take_over_what_was_set_aside(path)
            return store
    try:
        gate = Gate(path)
        try:
            with gate.alone():
                _finish(path)
                if (aside := _must_go(path, gate)) is not None:  # another process may have been quicker
                    _replace(path, clock, terminal, aside)
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


def _must_go(path: Path, gate: Gate) -> str | None:
    """Return what the folder that the file has to go to is called by, None for a sound file that can be read."""
    try:
        database = Database(path, gate)
        try:
            database.check()
        finally:
            database.close()
    except StoreCorrupt:
        return _DAMAGED
    except StoreTooNew:
        return _NEWER
    return None


def _replace(path: Path, clock: Clock, terminal: Terminal, why: str) -> None:
    """Build the new file beside the old one, whole; then change places. At no moment is there neither."""
    building = Path(f"{path}.building")
    for suffix in (*FILES, ".lock"):
        Path(f"{building}{suffix}").unlink(missing_ok=True)
    saved = salvage(path, (*TABLES, *(stepping_back.AUDIT if why == _NEWER else ())))
    aside = _folder_beside(path, clock, why)
    database = Database(building)
    try:
        with database.transaction() as tx:
            _restore(tx, saved, clock, terminal)
            if why == _NEWER:
                stepping_back.carry_audit(tx, saved)
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
    for table in ("counter", "delivery"):
        stepping_back.insert(tx, table, saved.rows[table])
    stepping_back.insert(tx, "print_copy", map(stepping_back.copy_as_known, saved.rows["print_copy"]))
    resources_whole = {"resource", "setting"} <= saved.whole
    if resources_whole:
        stepping_back.insert(tx, "resource", saved.rows["resource"])
    left_out = _REWRITTEN if resources_whole else _REWRITTEN | _OF_RESOURCES
    stepping_back.insert(tx, "setting", (row for row in saved.rows["setting"] if row["name"] not in left_out))
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


def _finish(path: Path) -> None:
    """Put a replacement that is ready in the damaged file's place. The old log goes first: it is not the new file's."""
    ready = _ready(path)
    if not ready.exists():
        return
    aside = _asides(path)[-1]
    for suffix in reversed(FILES):
        part = Path(f"{path}{suffix}")
        if part.exists():
            part.rename(aside / part.name)
    ready.rename(path)
    private_files.sync_folder(path.parent)


def _ready(path: Path) -> Path:
    return Path(f"{path}.ready")


def _asides(path: Path) -> list[Path]:
    """Return the folders of files that were set aside, in that order: each is called by its number."""
    found = [*path.parent.glob(f"{_DAMAGED}*"), *path.parent.glob(f"{_NEWER}*")]
    return sorted(found, key=lambda folder: folder.name.split("-")[1])


def _folder_beside(path: Path, clock: Clock, why: str) -> Path:
    """Make the folder for the old files; its number sorts it after those before it, whatever the clock says."""
    before = _asides(path)
    number = int(before[-1].name.split("-")[1]) + 1 if before else 1
    folder = path.parent / f"{why}{number:04}-{clock.now():%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=0o700)
    return folder
