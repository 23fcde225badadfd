"""What an old program takes out of a database that a newer one wrote, after an update was taken back; and the way back.

The old program serves again with a file of its own schema: numbers go on, unsent envelopes, proofs, copies and the
audit chain come along. The newer file is kept beside it. Whatever in it only the newer program could read (an
envelope of a kind that came with it) goes to the centre once a program that can read it is installed again.

This rests on one promise of the migrations, which a test keeps: what a former schema held, each later one holds under
the same names.
"""

import logging
import shutil
import sqlite3  # noqa: TID251 - only asks a file that was set aside for its version
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from kiosk.store.copies import CopyState
from kiosk.store.database import Database, Transaction, migrations
from kiosk.store.outbox import enqueue
from kiosk.store.salvage import Record, Salvaged, salvage

log = logging.getLogger(__name__)

NEWER = "newer-"  # how folders of newer files are called
AUDIT = ("audit", "audit_centre", "audit_rotation")
_TAKEN = "taken-"
_STATES = frozenset(state.value for state in CopyState)
_INTERRUPTED = "printer.interrupted"
_CONFIRMED = "audit_rotation_is_confirmed"  # the trigger that lets nobody claim a rotation


def insert(tx: Transaction, table: str, rows: Iterable[Record]) -> None:
    """Put rows into a table, each as far as this schema has columns for it; one that it cannot hold is left out."""
    known = {name for _, name, *_ in tx.rows(f"PRAGMA table_info({table})")}
    for row in rows:
        kept = {name: value for name, value in row.items() if name in known}
        names, places = ", ".join(kept), ", ".join("?" * len(kept))
        tx.run(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})", *kept.values())  # noqa: S608 - our names


def copy_as_known(row: Record) -> Record:
    """Return a row of the print ledger in a state that this program knows: a person looks into any other."""
    if row["state"] in _STATES:
        return row
    state = CopyState.VOID if row["serial"] is None else CopyState.DOUBTFUL
    return {**row, "state": state.value, "problem": row["problem"] or _INTERRUPTED}


def carry_audit(tx: Transaction, saved: Salvaged) -> None:
    """Go on with the audit chain of the newer file, whose head the centre knows."""
    if not saved.whole.issuperset(AUDIT):
        return  # a new chain begins, and the centre keeps it beside the old one
    insert(tx, "audit", saved.rows["audit"])
    ((guard,),) = tx.rows("SELECT sql FROM sqlite_schema WHERE name = ?", _CONFIRMED)
    tx.run(f"DROP TRIGGER {_CONFIRMED}")  # rows that a rotation names are gone by now
    insert(tx, "audit_rotation", saved.rows["audit_rotation"])
    tx.run(guard)
    for row in saved.rows["audit_centre"]:
        tx.run("UPDATE audit_centre SET number = ?", row["number"])


def take_over_what_was_set_aside(path: Path) -> None:
    """Queue what newer files hold that this program, newer again, can read, and remove them. Raises StoreError.

    Done by two processes at once, or again after an end in the middle, it is done once.
    """
    for taken in path.parent.glob(f"{_TAKEN}*"):
        shutil.rmtree(taken, ignore_errors=True)
    for aside in sorted(path.parent.glob(f"{NEWER}*")):
        with suppress(FileNotFoundError):  # another process was quicker
            if _version(aside / path.name) <= len(migrations()):
                _take_over(path, aside)


def _take_over(path: Path, aside: Path) -> None:
    saved, count = salvage(aside / path.name), 0
    database = Database(path)
    try:
        with database.transaction() as tx:
            for envelope in saved.envelopes:
                if not _is_known(tx, id_ := str(envelope.header.id)):
                    enqueue(tx, envelope, saved.subjects.get(id_))
                    count += 1
    finally:
        database.close()
    taken = aside.with_name(_TAKEN + aside.name)
    aside.rename(taken)
    shutil.rmtree(taken, ignore_errors=True)
    log.warning("%s: %d envelopes taken over", aside.name, count)


def _is_known(tx: Transaction, envelope_id: str) -> bool:
    known = "SELECT id FROM outbox WHERE id = ?1 UNION SELECT id FROM delivery WHERE id = ?1"
    return tx.row(known, envelope_id) is not None


def _version(path: Path) -> int:
    """Return which schema a file has. Raises FileNotFoundError."""
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return 0  # what can be read of it is read
