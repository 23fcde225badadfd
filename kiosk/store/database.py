"""The one door to sqlite3: how the file is opened, what a transaction is, and what its errors mean.

WAL with ``synchronous=FULL`` lost no acknowledged commit in 100 power cuts; nothing else did as well (appliance.md).
"""

import sqlite3  # noqa: TID251 - this is the door
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from kiosk.store.errors import StoreDamaged, StoreError, StoreFull, StoreTooNew

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Any, ...]  # STRICT tables: what a column says, it is

BUSY_TIMEOUT_MS = 5_000
_DAMAGED = {  # https://www.sqlite.org/rescode.html
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
}


class Transaction:
    """What subjects may do inside a transaction; it ends with the ``with`` block that gave it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, *values: Value) -> int:
        """Execute one statement; return the number of rows changed."""
        return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> Row | None:
        """Return the first row of a query, or None."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None


class Database:
    """One connection, usable from any thread; transactions of one process wait for each other."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, and bring it to the newest schema. Raises :class:`StoreError`."""
        self._lock = threading.RLock()
        with _coded():
            try:
                path.touch(mode=0o600)  # SQLite gives its -wal and -shm files the same mode
            except OSError as error:
                raise StoreDamaged(f"cannot open the database: {error.strerror}") from error
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
                self._migrate()
                self._seen = self._data_version()
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing, on disk when the block has ended. Writers of other processes wait. Not to be nested."""
        with self._lock, _coded():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk ends some transactions by itself
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return all rows of a query, outside any transaction."""
        with self._lock, _coded():
            return Transaction(self._connection).rows(sql, *values)

    def row(self, sql: str, *values: Value) -> Row | None:
        """Return the first row of a query, or None."""
        with self._lock, _coded():
            return Transaction(self._connection).row(sql, *values)

    def changed_elsewhere(self) -> bool:
        """Tell whether another connection committed since the last call. Costs microseconds: made for polling."""
        with self._lock, _coded():
            seen, self._seen = self._seen, self._data_version()
            return seen != self._seen

    def check(self) -> None:
        """Read the whole file. Raises :class:`StoreDamaged` for what SQLite finds wrong."""
        with self._lock, _coded():
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != ("ok",):
                raise StoreDamaged("quick_check found damage")

    def close(self) -> None:
        """Close the file; the last one to close folds the WAL in."""
        with self._lock, _coded():
            self._connection.close()

    def _prepare(self) -> None:
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            self._connection.execute(f"PRAGMA {pragma}").fetchone()

    def _migrate(self) -> None:
        """Run the migrations that the file has not seen, all in one transaction (two processes may start at once)."""
        scripts = migrations()
        if self._version() < len(scripts):
            with self.transaction() as tx:
                for script in scripts[self._version() :]:
                    for statement in _statements(script):
                        tx.run(statement)
                tx.run(f"PRAGMA user_version = {len(scripts)}")
        if self._version() > len(scripts):
            raise StoreTooNew(f"database has schema {self._version()}, this program knows {len(scripts)}")

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


def migrations() -> list[str]:
    """Return the migrations' SQL, in order. ``user_version`` counts how many a file has seen."""
    folder = files("kiosk.store").joinpath("migrations")
    scripts = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    for number, script in enumerate(scripts, start=1):
        if not script.name.startswith(f"{number:04}_"):
            raise ValueError(f"migration {script.name} should be number {number:04}")
    return [script.read_text(encoding="utf-8") for script in scripts]


def _statements(script: str) -> Iterator[str]:
    """Split a script, triggers whole. sqlite3's own executescript would commit each statement by itself."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError("a migration ends in the middle of a statement")


@contextmanager
def _coded() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if primary == sqlite3.SQLITE_FULL:
            raise StoreFull(name) from error
        if primary in _DAMAGED:
            raise StoreDamaged(name) from error
        raise StoreError(f"{name}: {error}") from error
