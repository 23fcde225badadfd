"""What the store has for a support bundle: counts, and which request of the centre was answered last."""

from typing import Any

from kiosk.store.database import Database
from kiosk.store.outbox import Outbox
from kiosk.store.settings import put
from wire.envelope import Envelope, EnvelopeKind
from wire.support import SupportBundle

_ANSWERED = "support_answered"


class Support:
    """The support bundle's part of the file."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    def counts(self) -> dict[str, Any]:
        """Return how much there is of what, by state and by code; no content and no id."""
        rows = self._database.rows
        by_kind = "SELECT kind, state, problem, count(*) FROM outbox GROUP BY kind, state, problem ORDER BY 1, 2, 3"
        return {
            "outbox": [
                {"kind": kind, "state": state, "problem": problem, "count": count}
                for kind, state, problem, count in rows(by_kind)
            ],
            "delivered": dict(rows("SELECT kind, count(*) FROM delivery GROUP BY kind ORDER BY kind")),
            "copies": [
                {"state": state, "problem": problem, "count": count}
                for state, problem, count in rows(
                    "SELECT state, problem, count(*) FROM print_copy GROUP BY state, problem ORDER BY 1, 2"
                )
            ],
            "resources": dict(rows("SELECT kind, count(*) FROM resource GROUP BY kind ORDER BY kind")),
        }

    def answered(self) -> str:
        """Return the id of the centre's request that was answered last; empty for none."""
        row = self._database.row("SELECT value FROM setting WHERE name = ?", _ANSWERED)
        return "" if row is None else str(row[0]).strip('"')

    def submit(self, bundle: SupportBundle) -> Envelope:
        """Queue a bundle for the centre, and note which request it answers."""
        with self._database.transaction() as tx:
            if bundle.command is not None:
                put(tx, _ANSWERED, str(bundle.command))
            return self._outbox.submit_in(tx, EnvelopeKind.SUPPORT_BUNDLE, bundle)
