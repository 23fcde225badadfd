"""The one door to sqlite3: how the file is opened, what a transaction is, and what its errors mean.

WAL with ``synchronous=FULL`` lost no acknowledged commit in 100 power cuts; nothing else did as well (appliance.md).
"""

import errno
import shutil
import sqlite3  # noqa: TID251 - this is the door
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from kiosk.store.errors import StoreCorrupt, StoreDamaged, StoreError, StoreFull, StoreReadOnly, StoreTooNew
from kiosk.store.gate import Gate

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Any, ...]  # STRICT tables: what a column says, it is

BUSY_TIMEOUT_MS = 5_000
_MEANING: dict[int, type[StoreError]] = {  # https://www.sqlite.org/rescode.html
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_IOERR: StoreDamaged,
    sqlite3.SQLITE_CANTOPEN: StoreDamaged,
    sqlite3.SQLITE_PERM: StoreDamaged,
    sqlite3.SQLITE_AUTH: StoreDamaged,
}
_OS_MEANING: dict[int | None, type[StoreError]] = {errno.ENOSPC: StoreFull, errno.EROFS: StoreReadOnly}


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
    """One connection, usable from any thread; transactions of one process wait for each other.

    ``lost``: set for good once the file turned out corrupt, or was replaced by another process.
    """

    def __init__(self, path: Path, gate: Gate | None = None) -> None:
        """Open or create the file, and bring it to the newest schema. Raises :class:`StoreError`.

        ``gate``: one that is held already, by whoever replaces the file.
        """
        self._lock = threading.RLock()
        self._path = path
        self.lost: StoreCorrupt | None = None
        self._gate = gate or self._own_gate()
        self._close_gate = gate is None
        with ExitStack() as stack:
            stack.callback(self._leave_gate)
            with self._coded(), self._gate.shared():
                self._inode = self._touch()
                self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                stack.callback(self._connection.close)
                self._prepare()
                self._migrate()
                self._seen = self._data_version()
            stack.pop_all()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing, on disk when the block has ended. Writers of other processes wait. Not to be nested."""
        with self._lock, self._coded(), self._gate.shared():
            if not self._path.exists() or self._path.stat().st_ino != self._inode:
                raise StoreCorrupt("the file was set aside by another process")
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
        with self._lock, self._coded():
            return Transaction(self._connection).rows(sql, *values)

    def row(self, sql: str, *values: Value) -> Row | None:
        """Return the first row of a query, or None."""
        with self._lock, self._coded():
            return Transaction(self._connection).row(sql, *values)

    def changed_elsewhere(self) -> bool:
        """Tell whether another connection committed since the last call. Costs microseconds: made for polling."""
        with self._lock, self._coded():
            seen, self._seen = self._seen, self._data_version()
            return seen != self._seen

    def check(self) -> None:
        """Read the whole file. Raises :class:`StoreDamaged` for what SQLite finds wrong."""
        with self._lock, self._coded():
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != ("ok",):
                raise StoreCorrupt("quick_check found damage")

    def close(self) -> None:
        """Close the file; the last one to close folds the WAL in."""
        with self._lock, self._coded():
            self._connection.close()
            self._leave_gate()

    @contextmanager
    def _coded(self) -> Iterator[None]:
        """Give every error of SQLite its code, and remember the one after which this file has to be replaced."""
        try:
            yield
        except sqlite3.Error as error:
            meaning = _meaning_of(error, self._path)
            if isinstance(meaning, StoreCorrupt):
                self.lost = meaning
            raise meaning from error
        except StoreCorrupt as error:
            self.lost = error
            raise

    def _own_gate(self) -> Gate:
        with _os_coded():
            return Gate(self._path)

    def _leave_gate(self) -> None:
        if self._close_gate:
            self._gate.close()

    def _touch(self) -> int:
        """Make the file where there is none, readable by its user alone (as SQLite's files beside it then are)."""
        with _os_coded():
            self._path.touch(mode=0o600)
            return self._path.stat().st_ino

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


@contextmanager
def _os_coded() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise of_the_system(error) from error


def of_the_system(error: OSError) -> StoreError:
    """Return what an error of the file system means."""
    return _OS_MEANING.get(error.errno, StoreDamaged)(f"cannot open the database: {error.strerror}")


def _meaning_of(error: sqlite3.Error, path: Path) -> StoreError:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if primary == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free == 0:  # shared memory found no room
        return StoreFull(name)
    meaning = _MEANING.get(primary)
    return StoreError(f"{name}: {error}") if meaning is None else meaning(name)


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
