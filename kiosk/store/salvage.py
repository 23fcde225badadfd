"""What can still be read from a database that is beyond use: rows as far as SQLite goes, envelopes from bare pages."""

import shutil
import sqlite3  # noqa: TID251 - the file is beyond what Database opens
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kiosk.store.carving import texts
from wire.envelope import Envelope

Record = dict[str, Any]  # column → value
FILES = ("", "-wal", "-shm")  # what SQLite lays beside a database
TABLES = ("counter", "outbox", "delivery", "print_copy", "setting", "resource")
_WHOLE = "SELECT * FROM {} ORDER BY 1 {}"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """Rows by table, the tables that were read whole, and every envelope that was found and not delivered, in order.

    ``subjects``: the subject of an envelope by its id, where its row could be read.
    """

    rows: dict[str, list[Record]]
    whole: frozenset[str]
    envelopes: tuple[Envelope, ...]
    subjects: dict[str, str] = field(default_factory=dict)


def salvage(path: Path, tables: tuple[str, ...] = TABLES) -> Salvaged:
    """Read what can be read, from a copy: the damaged files stay as they are. Raises OSError when the copy fails."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="salvage-") as folder:
        copy = Path(folder) / "copy"
        for suffix in FILES[:2]:
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
        log = Path(f"{copy}-wal")
        carved = list(texts(copy.read_bytes(), log.read_bytes() if log.exists() else b""))
        rows, whole = dict[str, list[Record]](), set[str]()
        for table in tables:
            rows[table], complete = _read(copy, table)
            whole |= {table} if complete else set()
    delivered = {row["id"] for row in rows["delivery"]}
    found = {str(one.header.id): one for one in _envelopes(carved)}
    found |= {str(one.header.id): one for one in _envelopes(row["envelope"] for row in rows["outbox"])}
    unsent = sorted((one for id_, one in found.items() if id_ not in delivered), key=lambda one: one.header.sequence)
    subjects = {row["id"]: row["subject"] for row in rows["outbox"] if "subject" in row}
    return Salvaged(rows, frozenset(whole), tuple(unsent), subjects)


def _read(path: Path, table: str) -> tuple[list[Record], bool]:
    """Return a table's rows, from both ends up to what is damaged, and whether they are all."""
    found: dict[Any, Record] = {}
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            for row in connection.execute(_WHOLE.format(table, order)):
                found.setdefault(tuple(row)[:2] if table == "resource" else row[0], dict(row))
            return list(found.values()), True
    return list(found.values()), False


def _envelopes(candidates: Iterator[str] | list[str]) -> Iterator[Envelope]:
    for text in candidates:
        if text.startswith('{"header":'):
            with suppress(ValidationError):
                yield Envelope.model_validate_json(text)
