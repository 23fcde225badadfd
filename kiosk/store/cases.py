"""New cases: the case number, the sealed application and the audit event commit at once, before the slip is printed."""

import hashlib
from typing import Any

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.counters import take
from kiosk.store.database import Database
from kiosk.store.outbox import Outbox
from kiosk.store.terminal import Terminal
from wire.case import SlipCode, new_case_number, new_slip_token
from wire.clock import CHINA, Clock
from wire.envelope import EnvelopeKind
from wire.identity import Identity
from wire.messages import Application


class Cases:
    """Where applications are submitted."""

    def __init__(self, database: Database, clock: Clock, terminal: Terminal, outbox: Outbox, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._enrolment = terminal.enrolment
        self._outbox = outbox
        self._audit = audit

    def submit(self, item: str, applicant: Identity, answers: dict[str, Any]) -> SlipCode:
        """Submit an application; return its case number and the secret that opens it, for the slip alone.

        When this returns, the application survives a power cut and needs no line. ``item`` is the item's code.
        """
        now = self._clock.now()
        day = now.astimezone(CHINA).date()
        token = new_slip_token()
        with self._database.transaction() as tx:
            count = take(tx, f"case/{self._enrolment.terminal}/{day.isoformat()}")
            case_number = new_case_number(day, self._enrolment.terminal_number, count)
            application = Application(
                case_number=case_number,
                item=item,
                applicant=applicant,
                answers=answers,
                token_digest=hashlib.sha256(token.encode()).hexdigest(),
                submitted_at=now,
            )
            envelope = self._outbox.submit_in(tx, EnvelopeKind.APPLICATION, application, case_number)
            self._audit.append(tx, AuditEvent.APPLICATION_SUBMITTED, str(envelope.header.id))
        return SlipCode(case_number=case_number, token=token)
