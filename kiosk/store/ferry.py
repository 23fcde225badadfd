"""What the ferry needs of the store: the queue as a stream, the number of each export, the last answer taken over."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.counters import take
from kiosk.store.database import Database, Row
from kiosk.store.settings import put
from kiosk.store.terminal import Terminal

_AT_ONCE = 50
_LAST_ANSWER = "ferry_answer"
_QUEUED = (
    "SELECT position, id, subject, sequence, envelope FROM outbox WHERE state = 'queued' AND position > ?"
    " AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.subject = outbox.subject"
    " AND earlier.position < outbox.position AND earlier.state = 'quarantined') ORDER BY position LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class QueuedEnvelope:
    """An envelope as it is stored; ``text`` is its JSON, which the ferry does not look into."""

    id: UUID
    subject: str
    sequence: int
    text: str


class Ferry:
    """The ferry's part of the file."""

    def __init__(self, database: Database, terminal: Terminal, audit: Audit) -> None:
        self._database = database
        self._terminal = terminal.enrolment.terminal
        self._audit = audit

    def queued(self) -> Iterator[QueuedEnvelope]:
        """Give every queued envelope, oldest first, holding a few at a time. What waits behind a refused one stays."""
        position = 0
        while rows := self._some(position):
            for place, id_, subject, sequence, text in rows:
                position = place
                yield QueuedEnvelope(UUID(id_), subject, sequence, text)

    def begin_export(self) -> int:
        """Return the number of a new export."""
        with self._database.transaction() as tx:
            number = take(tx, f"ferry/{self._terminal}")
            self._audit.append(tx, AuditEvent.FERRY_EXPORTED, str(number))
            return number

    def last_answer(self) -> int:
        """Return the number of the newest answer that was taken over; 0 for none."""
        row = self._database.row("SELECT value FROM setting WHERE name = ?", self._answer_of())
        return 0 if row is None else int(row[0])

    def end_import(self, answer: int) -> None:
        """Note that an answer was taken over whole."""
        with self._database.transaction() as tx:
            put(tx, self._answer_of(), answer)
            self._audit.append(tx, AuditEvent.FERRY_IMPORTED, str(answer))

    def _answer_of(self) -> str:
        return f"{_LAST_ANSWER}/{self._terminal}"

    def _some(self, position: int) -> list[Row]:
        return self._database.rows(_QUEUED, position, _AT_ONCE)
