"""What the centre publishes, as last pulled: departments, items, issuers' keys, revocations, settings.

A bundle is taken whole, in one transaction, after every resource in it was read; a broken one leaves yesterday's.
Who signed it was checked before (:func:`wire.bundle.open_bundle`).
"""

import json
from datetime import date
from typing import Any, assert_never

from pydantic import ValidationError

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.database import Database, Transaction
from kiosk.store.settings import put
from kiosk.store.terminal import Terminal
from wire.bundle import digest_of
from wire.catalogue import Department, ServiceItem
from wire.errors import WireError
from wire.keys import key_id
from wire.messages import Bundle, Change, IssuerKey, ResourceKind, Revocation

_CURSOR = "pull_cursor"
_AS_OF = "pulled_on"
_PULLED_BY = "pulled_by"
_MODELS = (Department, ServiceItem, IssuerKey, Revocation)


class Resources:
    """The published resources of one centre."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def belong_to(self, terminal: Terminal) -> None:
        """Forget what cannot be used, and have everything pulled anew, when terminal or program changed.

        Unusable is all that another terminal id pulled (it may be another centre's), and what a new program cannot
        read; the rest of an updated terminal's resources stay in use until then.
        """
        name, stored = terminal.enrolment.terminal, self._get(_PULLED_BY)
        mark = {"terminal": name, "models": _models()}
        if stored == mark:
            return
        with self._database.transaction() as tx:
            if stored is None or stored["terminal"] != name:
                tx.run("DELETE FROM resource")
                self._audit.append(tx, AuditEvent.TERMINAL_CHANGED, name)
            for kind, key, content in tx.rows("SELECT kind, key, content FROM resource"):
                if not _readable(kind, key, content):
                    tx.run("DELETE FROM resource WHERE kind = ? AND key = ?", kind, key)
            put(tx, _CURSOR, 0)
            put(tx, _PULLED_BY, mark)

    def cursor(self) -> int:
        """Return how far the centre's changes were taken; 0 for nothing yet. It grows with every change."""
        return int(self._get(_CURSOR) or 0)

    def apply(self, bundle: Bundle) -> bool:
        """Take a bundle over; return whether it brought anything. ``since`` 0 replaces all that was there.

        Such a whole bundle may go backwards: a centre that was restored from a copy gives what it then knows. Raises
        :class:`WireError` for a bundle that does not follow what is here, or holds a resource that cannot be read:
        then nothing is changed.
        """
        for change in bundle.changes:
            _read(change)
        with self._database.transaction() as tx:
            ((text,),) = tx.rows("SELECT value FROM setting WHERE name = ?", _CURSOR)
            cursor = int(json.loads(text))
            if bundle.since not in (0, cursor) or bundle.cursor < bundle.since:
                raise WireError(f"bundle {bundle.since}…{bundle.cursor} does not follow {cursor}")
            if bundle.cursor == cursor:
                return False
            if bundle.since == 0:
                tx.run("DELETE FROM resource")
            for change in bundle.changes:
                _write(tx, change)
            put(tx, _CURSOR, bundle.cursor)
            self._audit.append(tx, AuditEvent.RESOURCES_CHANGED, str(bundle.cursor))
            return True

    def confirm(self, day: date) -> None:
        """Note that what is here was the centre's word on a day; writes once a day."""
        if self.as_of() != day:
            with self._database.transaction() as tx:
                put(tx, _AS_OF, day.isoformat())

    def as_of(self) -> date | None:
        """Return the last day on which the centre confirmed what is here, None before the first."""
        day = self._get(_AS_OF)
        return None if day is None else date.fromisoformat(day)

    def departments(self) -> list[Department]:
        """Return every department, by code."""
        return [Department.model_validate_json(text) for text in self._all(ResourceKind.DEPARTMENT).values()]

    def items(self) -> list[ServiceItem]:
        """Return every service item, by code."""
        return [ServiceItem.model_validate_json(text) for text in self._all(ResourceKind.ITEM).values()]

    def item(self, code: str) -> ServiceItem | None:
        """Return one service item, or None when the centre does not offer it."""
        text = self._one(ResourceKind.ITEM, code)
        return None if text is None else ServiceItem.model_validate_json(text)

    def issuer_keys(self) -> dict[str, bytes]:
        """Return the keys (32 bytes) that sign certificates, by key id: what ``verify_statement`` takes."""
        keys = self._all(ResourceKind.ISSUER_KEY)
        return {key: IssuerKey.model_validate_json(text).public_key for key, text in keys.items()}

    def revocation(self, serial: str) -> Revocation | None:
        """Return the revocation of a certificate, or None while it is valid."""
        text = self._one(ResourceKind.REVOCATION, serial)
        return None if text is None else Revocation.model_validate_json(text)

    def setting(self, key: str) -> dict[str, Any] | None:
        """Return a setting that the centre published."""
        text = self._one(ResourceKind.SETTING, key)
        return None if text is None else dict(json.loads(text))

    def _get(self, name: str) -> Any:  # noqa: ANN401 - JSON
        row = self._database.row("SELECT value FROM setting WHERE name = ?", name)
        return None if row is None else json.loads(row[0])

    def _all(self, kind: ResourceKind) -> dict[str, str]:
        return dict(self._database.rows("SELECT key, content FROM resource WHERE kind = ? ORDER BY key", kind))

    def _one(self, kind: ResourceKind, key: str) -> str | None:
        row = self._database.row("SELECT content FROM resource WHERE kind = ? AND key = ?", kind, key)
        return None if row is None else str(row[0])


def _models() -> str:
    """Return what changes whenever this program reads resources differently."""
    return digest_of({model.__name__: model.model_json_schema() for model in _MODELS})


def _readable(kind: str, key: str, content: str) -> bool:
    try:
        _read(Change(kind=ResourceKind(kind), key=key, digest=None, content=json.loads(content)))
    except (WireError, ValueError):
        return False
    return True


def _read(change: Change) -> None:
    """Read a resource as it will be read later. Raises :class:`WireError`."""
    content = change.content
    if content is None:
        return
    text = json.dumps(content)
    try:
        match change.kind:
            case ResourceKind.DEPARTMENT:
                fits = Department.model_validate_json(text).code == change.key
            case ResourceKind.ITEM:
                fits = ServiceItem.model_validate_json(text).code == change.key
            case ResourceKind.ISSUER_KEY:
                fits = key_id(IssuerKey.model_validate_json(text).public_key) == change.key
            case ResourceKind.REVOCATION:
                Revocation.model_validate_json(text)
                fits = True
            case ResourceKind.SETTING:
                fits = True
            case _:
                assert_never(change.kind)
    except ValidationError as error:
        raise WireError(
            f"{change.kind} {change.key}: {error.error_count()} fields are not as they should be"
        ) from error
    if not fits:
        raise WireError(f"{change.kind} {change.key} stands under another's key")


def _write(tx: Transaction, change: Change) -> None:
    if change.content is None or change.digest is None:
        tx.run("DELETE FROM resource WHERE kind = ? AND key = ?", change.kind, change.key)
        return
    tx.run(
        "INSERT INTO resource VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind, key) DO UPDATE SET digest = excluded.digest, content = excluded.content",
        *(change.kind, change.key, change.digest, json.dumps(change.content, ensure_ascii=False)),
    )
