"""Reads the books: the terminal's file as SQLite sees it, the centre's tables, what came out of the printer."""

import json
import re
import shutil
import sqlite3  # noqa: TID251 - an independent reader of the terminal's file
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from demo.hardware import Hardware
from devices.printer.pages import count_pages
from kiosk.store import Store, StoreError
from kiosk.sync import enrolment
from tests.crash.killing.books import CentreBooks, Copy, Paper, Sent, Sheet, TerminalBooks
from tests.crash.killing.publishing import Publisher
from tests.pdf_checks import text_of
from wire.bundle import digest_of
from wire.case import check_case_number
from wire.clock import SystemClock

_DATABASE = "terminal.sqlite3"
_CASE_DIGITS = 17
_SERIAL = re.compile(r"BM-\d{4}-\d{6,9}-\d", re.ASCII)
_SENT = "SELECT id, kind, sequence FROM {}"


class TerminalFile:
    """The database of a terminal whose data lie in ``data_dir``."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._path = data_dir / _DATABASE
        self._name = enrolment.load(data_dir).enrolment.terminal

    def damage_as_found(self) -> str:
        """Return what SQLite finds wrong with the file as it lies there, empty for nothing.

        Nobody may have it open. It is looked at in a copy: whoever opens it next finds it as it was left.
        """
        with tempfile.TemporaryDirectory(prefix="bianmin-found-") as folder:
            copy = Path(folder) / _DATABASE
            for suffix in ("", "-wal"):
                if Path(f"{self._path}{suffix}").exists():
                    shutil.copyfile(f"{self._path}{suffix}", f"{copy}{suffix}")
            with closing(sqlite3.connect(copy)) as connection:
                return _damage(connection)

    def unfinished(self) -> list[str]:
        """Return the states of the copies that have not come to an end."""
        with self._reading() as connection:
            rows = connection.execute("SELECT state FROM print_copy WHERE state NOT IN ('delivered','void','doubtful')")
            return [str(state) for (state,) in rows]

    def doubtful(self) -> int:
        """Return how many copies wait for a person's word."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM print_copy WHERE state = 'doubtful'").fetchone()[0])

    def to_send(self) -> int:
        """Return how many envelopes are queued."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM outbox WHERE state = 'queued'").fetchone()[0])

    def cursor(self) -> int:
        """Return how far the centre's changes were taken."""
        with self._reading() as connection:
            return _cursor(connection)

    def books(self) -> TerminalBooks:
        """Read everything, at one moment."""
        with self._reading() as connection:
            rows = connection.execute("SELECT kind, key, digest, content FROM resource").fetchall()
            counter = connection.execute("SELECT value FROM counter WHERE name = ?", (f"sequence/{self._name}",))
            return TerminalBooks(
                queued=_sent(connection, "outbox WHERE state = 'queued'"),
                quarantined=_sent(connection, "outbox WHERE state <> 'queued'"),
                delivered=_sent(connection, "delivery"),
                last_sequence=next((value for (value,) in counter), 0),
                copies=tuple(
                    Copy(job_name, serial, number, state, bool(reprint), settled_by or "")
                    for job_name, serial, number, state, reprint, settled_by in connection.execute(
                        "SELECT job_name, serial, copy_number, state, reprint, settled_by FROM print_copy"
                    )
                ),
                cursor=_cursor(connection),
                resources={(kind, key): digest for kind, key, digest, _ in rows},
                contents={(kind, key): digest_of(json.loads(content)) for kind, key, _, content in rows},
                fault=_damage(connection) or self._audit_fault(),
                set_aside=tuple(sorted(path.name for path in self.data_dir.glob("damaged-*"))),
            )

    def _audit_fault(self) -> str:
        try:
            with Store.open(self._path, SystemClock(), enrolment.load(self.data_dir)) as store:
                store.audit.check()
        except StoreError as error:
            return str(error)
        return ""

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            yield connection


class CentreFile:
    """The centre's PostgreSQL, asked about one terminal."""

    def __init__(self, database_url: str, terminal: str) -> None:
        self._url = database_url
        self._terminal = terminal

    def cases(self) -> frozenset[str]:
        """Return the numbers of the terminal's cases."""
        return frozenset(number for (number,) in self._rows("SELECT number FROM cases_case WHERE terminal_id = %s"))

    def doubtful(self) -> int:
        """Return how many of the terminal's copies are in doubt."""
        return len(self._rows("SELECT 1 FROM certificates_printrecord WHERE terminal_id = %s AND outcome = 'doubtful'"))

    def settle_copies(self, outcome: str) -> None:
        """Decide every copy that is in doubt, as staff do at the console: the terminal hears of it by a heartbeat."""
        with psycopg.connect(self._url) as connection:
            connection.execute(
                "UPDATE certificates_printrecord SET outcome = %s, settled_by = 'staff', note = '查看了出纸口'"
                " WHERE terminal_id = %s AND outcome = 'doubtful'",
                (outcome, self._terminal),
            )

    def books(self, publisher: Publisher, cursor: int) -> CentreBooks:
        """Read everything."""
        received = self._rows("SELECT id, kind, sequence FROM fleet_receivedenvelope WHERE terminal_id = %s")
        copies = self._rows(
            "SELECT r.job_name, c.serial, r.copy_number, r.outcome, r.reprint, r.settled_by FROM"
            " certificates_printrecord r JOIN certificates_certificate c ON c.id = r.certificate_id"
            " WHERE r.terminal_id = %s"
        )
        findings = self._rows(
            "SELECT f.kind, f.number FROM audit_auditfinding f JOIN audit_audittrail t ON t.id = f.trail_id"
            " WHERE t.terminal_id = %s"
        )
        return CentreBooks(
            received=tuple(Sent(str(id_), kind, sequence) for id_, kind, sequence in received),
            cases=tuple(n for (n,) in self._rows("SELECT number FROM cases_case WHERE terminal_id = %s")),
            copies=tuple(Copy(*row) for row in copies),
            certificates=frozenset(
                serial for (serial,) in self._rows("SELECT serial FROM certificates_certificate WHERE %s <> ''")
            ),
            quarantined=len(self._rows("SELECT 1 FROM fleet_quarantine WHERE terminal_id = %s")),
            audit_findings=tuple(f"{kind} at row {number}" for kind, number in findings),
            published=publisher.at(cursor),
        )

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(sql, (self._terminal,)).fetchall()  # type: ignore[call-overload] # fixed SQL


class OutputTray:
    """What the virtual printer got and put out. Documents are read once, and dropped."""

    def __init__(self, hardware: Hardware) -> None:
        self._printer = hardware.printer
        self._pages: dict[str, int] = {}
        self._slips: dict[str, str] = {}
        self._certificates: dict[str, str] = {}

    def paper(self) -> Paper:
        """Look."""
        with self._printer.changed:
            received, self._printer.received[:] = list(self._printer.received), []
            sheets = tuple(Sheet(sheet.job_name, sheet.page) for sheet in self._printer.tray)
        for document in received:
            self._pages[document.job_name] = count_pages(document.pdf) or 0
            text = text_of(document.pdf)
            if document.job_name.startswith("slip-"):
                self._slips[document.job_name] = _case_number(text)
            elif serial := _SERIAL.search(text):
                self._certificates[document.job_name] = serial[0]
        return Paper(sheets=sheets, pages=self._pages, slips=self._slips, certificates=self._certificates)


def _case_number(text: str) -> str:
    digits = (text[at : at + _CASE_DIGITS] for at in range(len(text)))
    return next(number for number in digits if check_case_number(number))


def _sent(connection: sqlite3.Connection, table: str) -> tuple[Sent, ...]:
    return tuple(Sent(*row) for row in connection.execute(_SENT.format(table)))


def _cursor(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM setting WHERE name = 'pull_cursor'").fetchone()
    return 0 if row is None else int(json.loads(row[0]))


def _damage(connection: sqlite3.Connection) -> str:
    """Return the first thing that SQLite finds wrong, or nothing."""
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else found
