"""The ferry: the queue as one sealed file for somebody to carry, and the centre's answer taken over again.

No line is needed. Everything may happen in any order and any number of times, also with pushes in between: envelopes
are known by their ids, answers by their numbers, and the centre's changes are taken where they follow what is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from pydantic import ValidationError

from kiosk import health, private_files
from kiosk.store import Store, Terminal
from kiosk.store.device_key import private_content
from kiosk.sync import rounds
from wire.audit import AuditReply
from wire.bundle import open_bundle
from wire.clock import CHINA, Clock
from wire.errors import WireError
from wire.ferry import (
    FerryDamaged,
    FerryFile,
    FerryForeign,
    FerryForged,
    FerryNotOurs,
    FerryWriter,
    Manifest,
    RecordKind,
    Way,
    pack_envelope,
)
from wire.ferry_files import file_name, opened, written
from wire.keys import SealingKey, key_id, verifying_key
from wire.messages import HeartbeatReply, PushReply, SignedBundle

MOST_BUNDLE_BYTES = 64 * 1024 * 1024  # as over a line
_KEY = "ferry.key"


class AnswerOld(WireError):
    """An answer is not newer than the last one that was taken over."""

    code: ClassVar[str] = "wire.ferry_old"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written. ``number`` counts this terminal's exports, ``envelopes`` what is inside."""

    path: Path
    number: int
    envelopes: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an answer brought. ``export``: what it answers; ``settled``: envelopes that left the queue.

    ``changed``: the centre's changes were taken. They are left where a pull has overtaken them: the next export asks.
    """

    number: int
    export: int
    settled: int
    changed: bool


class Ferry:
    """The ferry of one terminal. ``data_dir`` holds the key that answers are sealed to (mode 0600)."""

    def __init__(self, store: Store, terminal: Terminal, clock: Clock, data_dir: Path) -> None:
        self._store = store
        self._terminal = terminal
        self._clock = clock
        self._key_path = data_dir / _KEY

    def export(self, folder: Path, version: str) -> Exported:
        """Write what is queued, the state of the terminal and its audit log into one new file; the queue stays.

        Raises :class:`~wire.ferry_files.FerryUnreadable`, StoreError.
        """
        mine, store = self._terminal.enrolment, self._store
        key = self._key()
        number = store.ferry.begin_export()
        name = file_name(mine.terminal, number, Way.UP)
        count, sequences = 0, (0, 0)
        with written(folder, name) as out:
            writer = FerryWriter(
                out, Way.UP, mine.terminal, mine.centre, receiver=mine.sealing_key, signer=self._terminal.key
            )
            machine = health.reports(self._key_path.parent, self._clock, store.settings)
            report = rounds.report(store, self._clock, version, health=machine)
            writer.add(RecordKind.HEARTBEAT, report.model_dump_json().encode())
            for envelope in store.ferry.queued():
                writer.add(RecordKind.ENVELOPE, pack_envelope(envelope.id.bytes, envelope.subject, envelope.text))
                lowest, highest = sequences if count else (envelope.sequence, envelope.sequence)
                sequences = (min(lowest, envelope.sequence), max(highest, envelope.sequence))
                count += 1
            for batch in self._audit_batches():
                writer.add(RecordKind.AUDIT_BATCH, batch)
            writer.finish(
                Manifest(
                    number=number,
                    created_at=self._clock.now(),
                    records=writer.records,
                    count=count,
                    first_sequence=sequences[0],
                    last_sequence=sequences[1],
                    digest=writer.digest(),
                    cursor=store.resources.cursor(),
                    reply_key=key.public_bytes(),
                )
            )
        return Exported(folder / name, number, count)

    def take_over(self, path: Path) -> TakenOver:
        """Take over an answer. The whole file is checked before anything of it is used.

        Raises :class:`~wire.errors.WireError` with the reason's code, :class:`AnswerOld` among them: then nothing was
        changed. Raises StoreError; an answer that was taken over in part can be taken over again.
        """
        with opened(path) as file:
            answer = FerryFile(file)
            self._check_route(answer)
            manifest = answer.check(self._key(), self._check_signature)
            if manifest.number <= self._store.ferry.last_answer():
                raise AnswerOld(f"answer {manifest.number}")
            return self._take_over(answer, manifest)

    def _take_over(self, answer: FerryFile, manifest: Manifest) -> TakenOver:
        settled, bundle = 0, bytearray()
        for kind, content in answer.records():
            with _readable():
                match kind:
                    case RecordKind.PUSH_REPLY:
                        settled += self._store.outbox.acknowledge(PushReply.model_validate_json(content).receipts)
                    case RecordKind.BUNDLE:
                        bundle += content
                        if len(bundle) > MOST_BUNDLE_BYTES:
                            raise FerryDamaged("bundle is too large")
                    case RecordKind.HEARTBEAT_REPLY:
                        rounds.obey(self._store, HeartbeatReply.model_validate_json(content))
                    case RecordKind.AUDIT_REPLY:
                        self._store.audit.confirm(AuditReply.model_validate_json(content))
                    case _:
                        raise FerryNotOurs(f"{kind.name} in an answer")
        changed = bool(bundle) and self._apply(bytes(bundle), manifest)
        self._store.audit.rotate()
        self._store.ferry.end_import(manifest.number)
        return TakenOver(manifest.number, manifest.answers, settled, changed)

    def _apply(self, text: bytes, manifest: Manifest) -> bool:
        """Apply the centre's changes if nothing came since this terminal asked for them, or all of them did anew."""
        with _readable():
            bundle = open_bundle(
                SignedBundle.model_validate_json(text), verifying_key(self._terminal.enrolment.centre_key)
            )
        cursor = self._store.resources.cursor()
        if cursor != manifest.cursor and not (bundle.since == 0 and bundle.cursor > cursor):
            return False
        changed = self._store.resources.apply(bundle)
        self._store.resources.confirm(manifest.created_at.astimezone(CHINA).date())
        return changed

    def _audit_batches(self) -> Iterator[bytes]:
        after: int | None = None
        while (batch := self._store.audit.batch(self._terminal, after=after, current=False)).rows:
            yield batch.model_dump_json().encode()
            after = batch.rows[-1].number

    def _check_route(self, answer: FerryFile) -> None:
        mine, route = self._terminal.enrolment, answer.route
        if (route.way, route.terminal, route.centre) != (Way.DOWN, mine.terminal, mine.centre):
            raise FerryForeign("not an answer to this terminal from its centre")
        if route.receiver != key_id(self._key().public_bytes()):
            raise FerryForeign("sealed to another terminal's key")

    def _check_signature(self, signature: bytes, signed: bytes, _manifest: Manifest) -> None:
        try:
            verifying_key(self._terminal.enrolment.centre_key).verify(signature, signed)
        except InvalidSignature as error:
            raise FerryForged("not signed by this terminal's centre") from error

    def _key(self) -> SealingKey:
        """Return the key that answers are sealed to, made at the first use."""
        try:
            return SealingKey.from_bytes(private_content(self._key_path))
        except (FileNotFoundError, ValueError):
            key = SealingKey.generate()
            private_files.replace(self._key_path, key.to_bytes())
            return key


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ValidationError:  # its text quotes the content
        raise FerryDamaged("a record cannot be read") from None
