"""What somebody was told of a terminal, and whether its files still say so after it started again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from kiosk.store import KeyExposed, Store, StoreError
from kiosk.store.copies import FINAL, CopyState
from kiosk.sync import enrolment
from kiosk.sync.errors import NotEnrolled
from tests.crash.losing.work import STICK, Told, present_key, reports_of

_ORDER = [CopyState.RESERVED, CopyState.ISSUED, CopyState.SPOOLED, CopyState.PRINTING]


@dataclass
class Promises:
    """Everything that was told so far, by subject; ``told`` counts. ``applications``: case number by envelope."""

    applications: dict[str, str] = field(default_factory=dict)
    copies: dict[str, CopyState] = field(default_factory=dict)
    ferry: dict[str, str] = field(default_factory=dict)
    delivered: set[str] = field(default_factory=set)
    reports: int = 0
    key: str = ""
    cursor: int = 0
    audit: int = 0
    told: int = 0

    def note(self, told: Told) -> None:
        """Enter what was told."""
        self.told += 1
        match told:
            case {"application": envelope, "case": case}:
                self.applications[envelope] = case
            case {"copy": job, "state": state}:
                self.copies[job] = CopyState(state)
            case {"reports": count}:
                self.reports = count
            case {"ferry": name, "digest": digest}:
                self.ferry[name] = digest
            case {"key": key}:
                self.key = key
            case {"cursor": cursor}:
                self.cursor = cursor
            case {"delivered": envelopes}:
                self.delivered.update(envelopes)
            case _:
                raise ValueError(f"unknown: {told}")

    def broken(self, store: Store, data_dir: Path) -> Iterator[str]:
        """Yield, once, every promise that the terminal's files, opened again, do not keep."""
        try:
            store.check()
        except StoreError as error:
            yield f"database is sound: {error}"
        if any(data_dir.glob("damaged-*")):
            yield "database opens as it is"
        yield from self._rows_gone(store)
        yield from self._files_gone(data_dir)
        head, _ = store.audit.head()
        if head < self.audit:
            yield f"audit row {self.audit}"
        self.audit, self.cursor, self.reports = head, store.resources.cursor(), reports_of(store)
        self.delivered = _delivered(store)

    def twice(self, store: Store) -> Iterator[str]:
        """Yield what is there twice: in the queue and delivered, two with one number, two cases with one number."""
        both = _ids(store) & _delivered(store)
        yield from (f"envelope {id_} is queued and delivered" for id_ in sorted(both))
        yield from (
            f"sequence {number}"
            for (number,) in store._database.rows(
                "SELECT sequence FROM (SELECT sequence FROM outbox UNION ALL SELECT sequence FROM delivery)"
                " GROUP BY sequence HAVING count(*) > 1"
            )
        )
        if len(set(self.applications.values())) < len(self.applications):
            yield "a case number was given twice"
            self.applications = {
                envelope: case for case, envelope in {c: e for e, c in self.applications.items()}.items()
            }

    def _rows_gone(self, store: Store) -> Iterator[str]:
        known = _ids(store) | _delivered(store)
        for envelope in self.applications.keys() - known:
            yield f"application {envelope}"
            del self.applications[envelope]
        yield from (f"receipt for {envelope}" for envelope in self.delivered - _delivered(store))
        states = dict(store._database.rows("SELECT job_name, state FROM print_copy"))
        for job, told in list(self.copies.items()):
            if job not in states or not _reached(CopyState(states[job]), told):
                yield f"copy {job} is {told}"
                del self.copies[job]
        if reports_of(store) < self.reports:
            yield f"report {self.reports}"
        if store.resources.cursor() < self.cursor:
            yield f"resources up to {self.cursor}"

    def _files_gone(self, data_dir: Path) -> Iterator[str]:
        try:
            enrolment.load(data_dir).key.sign(b"x")
            rolling = (data_dir / "next.key").exists() or enrolment.read(data_dir).former_last_sequence is not None
            if self.key and not rolling and present_key(data_dir) != self.key:
                yield f"key {self.key} is in use"
                self.key = present_key(data_dir)
        except (NotEnrolled, KeyExposed, OSError) as error:
            yield f"key can be used: {type(error).__name__}"
        for name, digest in list(self.ferry.items()):
            path = data_dir / STICK / name
            if not path.exists() or sha256(path.read_bytes()).hexdigest() != digest:
                yield f"ferry file {name} is whole"
                del self.ferry[name]


def _ids(store: Store) -> set[str]:
    return {id_ for (id_,) in store._database.rows("SELECT id FROM outbox")}


def _delivered(store: Store) -> set[str]:
    return {id_ for (id_,) in store._database.rows("SELECT id FROM delivery")}


def _reached(now: CopyState, told: CopyState) -> bool:
    if now in FINAL:
        return told not in FINAL or now is told
    return told not in FINAL and _ORDER.index(now) >= _ORDER.index(told)
