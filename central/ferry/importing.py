"""A terminal's ferry file comes in, by the same code as a push, and an answer for that terminal goes out.

The whole file is checked before anything of it is used. Each envelope is stored once, by its id, whatever came when.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from central.api.pushing import take_in_json
from central.audit.chain import take_in_audit
from central.catalogue.publishing import changes_since
from central.certificates.issuing import verdicts
from central.establish import keys_of
from central.ferry.models import FerryBook
from central.fleet.device_keys import check_signed
from central.fleet.heartbeats import hear
from central.fleet.models import Heartbeat as HeartbeatRow
from central.fleet.models import Terminal
from central.refusal import Refused
from wire.audit import AuditBatch, AuditReply, check_batch
from wire.bundle import sign_bundle
from wire.clock import unix_ms
from wire.errors import SignatureWrong
from wire.ferry import (
    FerryFile,
    FerryForeign,
    FerryForged,
    FerryWriter,
    Manifest,
    RecordKind,
    Way,
    unpack_envelope,
)
from wire.ferry_files import file_name, opened, written
from wire.keys import key_id, sealing_public_key
from wire.messages import Heartbeat, HeartbeatReply, PushOutcome, PushReply, Receipt

RECEIPTS_AT_ONCE = 100
_BUNDLE_PIECE_BYTES = 512 * 1024


@dataclass(slots=True)
class Imported:
    """What came of one file. ``held``: envelopes left for later, because one before them was refused."""

    terminal: str
    number: int
    answer: str
    outcomes: dict[str, int] = field(default_factory=dict)
    held: int = 0


def import_file(path: Path, answers: Path, now: datetime) -> Imported:
    """Take in one file and write its answer into the folder ``answers``.

    Raises :class:`~wire.errors.WireError` and :class:`Refused` with the reason's code: then nothing was changed.
    """
    with opened(path) as file:
        ferry = FerryFile(file)
        terminal = _sender(ferry)
        sender = _Sender(terminal, now)
        manifest = ferry.check(keys_of(terminal.centre).sealing, sender.check)
        try:
            sealing_public_key(manifest.reply_key)
        except ValueError as error:
            raise Refused("wire.malformed") from error
        name = file_name(terminal.code, manifest.number, Way.DOWN)
        imported = Imported(terminal.code, manifest.number, name)
        with written(answers, name) as out:
            _Importing(terminal, ferry, manifest, imported, now, by_former_key=sender.by_former_key).answer(out)
    return imported


def _sender(ferry: FerryFile) -> Terminal:
    """Return the terminal that a file says it is from, if it is for this centre."""
    route = ferry.route
    if route.way is not Way.UP:
        raise FerryForeign("an answer, made for a terminal")
    terminal = Terminal.objects.select_related("centre").filter(code=route.terminal, centre=route.centre).first()
    if terminal is None or key_id(keys_of(terminal.centre).sealing.public_bytes()) != route.receiver:
        raise FerryForeign("not from a terminal of this centre")
    if terminal.revoked_at is not None:
        raise Refused("wire.ferry_revoked", 403)
    return terminal


class _Sender:
    """Who signed a file. What a former key signed is good for the envelopes that it closed, and for nothing else."""

    def __init__(self, terminal: Terminal, now: datetime) -> None:
        self._terminal, self._now = terminal, now
        self.by_former_key = False

    def check(self, signature: bytes, signed: bytes, manifest: Manifest) -> None:
        """Raise :class:`FerryForged` unless the terminal signed."""

        def check(key: Ed25519PublicKey) -> None:
            try:
                key.verify(signature, signed)
            except InvalidSignature as error:
                raise SignatureWrong("another key") from error

        try:
            good = check_signed(self._terminal, check, self._now, sequence=manifest.last_sequence)
        except SignatureWrong as error:
            raise FerryForged("not signed by this terminal") from error
        self.by_former_key = not good


class _Importing:
    """One file's records on their way in, and the answer's on their way out."""

    def __init__(
        self,
        terminal: Terminal,
        ferry: FerryFile,
        manifest: Manifest,
        imported: Imported,
        now: datetime,
        *,
        by_former_key: bool,
    ) -> None:
        self._terminal, self._ferry, self._manifest, self._imported = terminal, ferry, manifest, imported
        self._now, self._by_former_key = now, by_former_key
        self._keys = keys_of(terminal.centre)
        self._waiting: list[Receipt] = []
        self._refused: set[bytes] = set()
        self._reply = HeartbeatReply(server_time=now)
        self._audit: AuditReply | None = None

    def answer(self, out: BinaryIO) -> None:
        """Take everything in, and write what the terminal is told about it."""
        terminal, manifest = self._terminal, self._manifest
        writer = FerryWriter(
            out,
            Way.DOWN,
            terminal.code,
            terminal.centre_id,
            receiver=manifest.reply_key,
            signer=self._keys.signing,
        )
        for kind, content in self._ferry.records():
            match kind:
                case RecordKind.ENVELOPE:
                    self._envelope(content)
                case RecordKind.HEARTBEAT | RecordKind.AUDIT_BATCH if self._by_former_key:
                    pass
                case RecordKind.HEARTBEAT:
                    self._heartbeat(Heartbeat.model_validate_json(content))
                case RecordKind.AUDIT_BATCH:
                    self._audit_rows(AuditBatch.model_validate_json(content))
                case _:
                    raise Refused("wire.malformed")
            if len(self._waiting) >= RECEIPTS_AT_ONCE:
                self._flush(writer)
        self._flush(writer)
        for piece in self._bundle():
            writer.add(RecordKind.BUNDLE, piece)
        writer.add(RecordKind.HEARTBEAT_REPLY, self._reply.model_dump_json().encode())
        if self._audit is not None:
            writer.add(RecordKind.AUDIT_REPLY, self._audit.model_dump_json().encode())
        writer.finish(
            Manifest(
                number=next_answer(terminal, self._now),
                created_at=self._now,
                records=writer.records,
                digest=writer.digest(),
                cursor=manifest.cursor,
                answers=manifest.number,
            )
        )

    def _envelope(self, record: bytes) -> None:
        envelope_id, subject, text = unpack_envelope(record)
        if subject in self._refused:
            self._imported.held += 1
            return
        receipt = take_in_json(self._terminal, UUID(bytes=envelope_id), text, self._now)
        if receipt.outcome is PushOutcome.REFUSED:
            self._refused.add(subject)
        told = self._imported.outcomes
        told[receipt.outcome.value] = told.get(receipt.outcome.value, 0) + 1
        self._waiting.append(receipt)

    def _heartbeat(self, heartbeat: Heartbeat) -> None:
        """Hear how the terminal was, unless a later report came by another way."""
        if HeartbeatRow.objects.filter(terminal=self._terminal, at__gte=heartbeat.at).exists():
            return
        reply = hear(self._terminal, heartbeat, self._now)
        HeartbeatRow.objects.filter(terminal=self._terminal).update(received_at=min(heartbeat.at, self._now))
        if heartbeat.doubtful_copies:
            reply = reply.model_copy(update={"verdicts": verdicts(self._terminal, heartbeat.doubtful_copies)})
        self._reply = reply

    def _audit_rows(self, batch: AuditBatch) -> None:
        check_signed(self._terminal, partial(check_batch, batch, self._terminal.code), self._now, sequence=None)
        self._audit = take_in_audit(self._terminal, batch.model_copy(update={"current": False}), self._now)

    def _flush(self, writer: FerryWriter) -> None:
        if self._waiting:
            writer.add(RecordKind.PUSH_REPLY, PushReply(receipts=tuple(self._waiting)).model_dump_json().encode())
            self._waiting.clear()

    def _bundle(self) -> Iterator[bytes]:
        signed = sign_bundle(changes_since(self._terminal.centre, self._manifest.cursor), self._keys.signing)
        text = signed.model_dump_json().encode()
        for at in range(0, len(text), _BUNDLE_PIECE_BYTES):
            yield text[at : at + _BUNDLE_PIECE_BYTES]


@transaction.atomic
def next_answer(terminal: Terminal, now: datetime) -> int:
    """Return the number of the next answer: it grows, even after the centre was restored from a copy."""
    FerryBook.objects.get_or_create(terminal=terminal, defaults={"centre_id": terminal.centre_id})
    book = FerryBook.objects.select_for_update().get(terminal=terminal)
    book.last_answer = max(book.last_answer + 1, unix_ms(now))
    book.imported_at = now
    book.save(update_fields=["last_answer", "imported_at"])
    return book.last_answer
