"""What this terminal remembers about itself: out of service or not, and how its devices last were."""

import json
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.database import Database, Transaction
from wire.messages import DeviceReport
from wire.model import Message
from wire.release import UpdateReport
from wire.text import Text

_OUT_OF_SERVICE = "out_of_service"
_DEVICES = "devices"
_TECHNICIAN_FAILURES = "technician_failures"
_UPDATE = "update"
_CLOCK = "clock"
STORE_RECOVERED = "store_recovered"  # written by kiosk.store.recovery
_RECOVERY_TOLD = timedelta(days=30)
_FIRST_TESTS = "first_tests"
_REPORTS = TypeAdapter(tuple[DeviceReport, ...])


class TestOutcome(Message):
    """How the self-test of one device went at the first start. ``code``: what went wrong, None for nothing."""

    __test__ = False  # no class of tests, whatever pytest makes of its name

    kind: str
    name: str
    tried: bool
    code: str | None = None


_OUTCOMES = TypeAdapter(tuple[TestOutcome, ...])


class Settings:
    """A few named values."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def out_of_service(self) -> Text | None:
        """Return the message to show while the centre has put this terminal out of service, else None."""
        stored = self._get(_OUT_OF_SERVICE)
        return None if stored is None else Text.model_validate(stored)

    def put_out_of_service(self, message: Text, command: str) -> None:
        """Take the terminal out of service, as the centre's command with this id says."""
        with self._database.transaction() as tx:
            put(tx, _OUT_OF_SERVICE, message.model_dump())
            self._audit.append(tx, AuditEvent.OUT_OF_SERVICE, command)

    def put_in_service(self, command: str) -> None:
        """Let the terminal serve again."""
        with self._database.transaction() as tx:
            if tx.run("DELETE FROM setting WHERE name = ?", _OUT_OF_SERVICE):
                self._audit.append(tx, AuditEvent.IN_SERVICE, command)

    def devices(self) -> tuple[DeviceReport, ...]:
        """Return the devices' states as the application last reported them: what the heartbeat says."""
        return _REPORTS.validate_python(self._get(_DEVICES) or ())

    def recovered(self, now: datetime) -> tuple[DeviceReport, ...]:
        """Return, for a month, that the database was damaged and replaced: what the heartbeat says beside devices."""
        told = self._get(STORE_RECOVERED)
        if told is None or now - datetime.fromisoformat(told["at"]) > _RECOVERY_TOLD:
            return ()
        detail = f"{told['as']}: {told['envelopes']} envelopes saved"
        return (DeviceReport(name="store", kind="store", state="StoreRecovered", detail=detail),)

    def report_devices(self, reports: tuple[DeviceReport, ...]) -> None:
        """Keep the devices' states for the heartbeat. Writes only when they differ from the last ones."""
        if reports != self.devices():
            with self._database.transaction() as tx:
                put(tx, _DEVICES, _REPORTS.dump_python(reports, mode="json"))

    def update(self) -> UpdateReport | None:
        """Return how the update agent last was, None before its first look."""
        told = self._get(_UPDATE)
        return None if told is None else UpdateReport.model_validate(told, strict=False)

    def report_update(self, report: UpdateReport) -> None:
        """Keep how the update agent is, for the heartbeat. Writes only when that differs from the last time."""
        if report != self.update():
            with self._database.transaction() as tx:
                put(tx, _UPDATE, report.model_dump(mode="json"))

    def first_tests(self) -> tuple[TestOutcome, ...]:
        """Return how the self-tests went when the terminal was set up; empty where it was not, or before."""
        return _OUTCOMES.validate_python(self._get(_FIRST_TESTS) or ())

    def note_first_tests(self, outcomes: tuple[TestOutcome, ...]) -> None:
        """Keep how they went, and which were left out."""
        with self._database.transaction() as tx:
            put(tx, _FIRST_TESTS, _OUTCOMES.dump_python(outcomes, mode="json"))

    def technician_failures(self) -> int:
        """Return how many tries of the technician's PIN in a row were wrong."""
        return int(self._get(_TECHNICIAN_FAILURES) or 0)

    def note_technician_try(self, *, right: bool) -> None:
        """Count a wrong try, or forget all of them after a right one."""
        failures = 0 if right else self.technician_failures() + 1
        with self._database.transaction() as tx:
            put(tx, _TECHNICIAN_FAILURES, failures)
            event = AuditEvent.TECHNICIAN_IN if right else AuditEvent.TECHNICIAN_TRY
            self._audit.append(tx, event, str(failures))

    def clock(self) -> dict[str, Any] | None:
        """Return what :mod:`kiosk.health` keeps of the clock over restarts, as JSON; None when there is nothing yet."""
        kept: dict[str, Any] | None = self._get(_CLOCK)
        return kept

    def keep_clock(self, kept: dict[str, Any]) -> None:
        """Keep what is known of the clock."""
        with self._database.transaction() as tx:
            put(tx, _CLOCK, kept)

    def _get(self, name: str) -> Any:  # noqa: ANN401 - JSON
        row = self._database.row("SELECT value FROM setting WHERE name = ?", name)
        return None if row is None else json.loads(row[0])


def put(tx: Transaction, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Store a value as JSON under a name."""
    text = json.dumps(value, ensure_ascii=False)
    tx.run("INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, text)
