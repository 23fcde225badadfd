"""Writes the golden vectors: `python -m tests.vectors.make [NAME…]`. Run it only when the protocol changes on purpose.

Another implementation of the protocol can check itself against the files. Keys are fixed and public, so they protect
nothing. Sealed bodies and tokens hold fresh randomness: they differ each time, and every version must open.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from wire.audit import START, AuditBatch, AuditRow, digest_of_row, sign_batch
from wire.bundle import digest_of, sign_bundle
from wire.case import SlipCode, new_case_number, show_case_number
from wire.clock import ClockQuality
from wire.envelope import EnvelopeKind, Header, seal, seal_reply
from wire.ferry import FerryWriter, Manifest, RecordKind, Way, pack_envelope
from wire.identity import DocumentKind, Identity, Sex, mask_id_number, mask_name
from wire.ids import uuid7
from wire.key_roll import KeyInUse, announce
from wire.keys import SealingKey, key_id, signing_key
from wire.messages import (
    Application,
    Bundle,
    CertificateReply,
    Change,
    Command,
    CommandKind,
    HeartbeatReply,
    PushOutcome,
    Receipt,
    ResourceKind,
)
from wire.protocol import SPOKEN
from wire.receipts import sign_receipt
from wire.release import SUMS, SUMS_SIGNATURE, ReleaseFile, names_of, sign_manifest, sums
from wire.release import Manifest as Release
from wire.tokens import Call, sign_request
from wire.verification import Statement, sign_statement

FOLDER = Path(__file__).parent
SIGNING_SEED = bytes(range(32))
SEALING_RAW = bytes(range(96))
NOW = datetime(2026, 11, 23, 1, 30, 0, 123456, tzinfo=UTC)
PUBLIC_URL = "https://centre.example"


def keys() -> dict[str, Any]:
    """Show keys as bytes, their public halves and names."""
    sealing, signing = SealingKey.from_bytes(SEALING_RAW), signing_key(SIGNING_SEED)
    public = signing.public_key().public_bytes_raw()
    return {
        "signing": {"private": SIGNING_SEED.hex(), "public": public.hex(), "key_id": key_id(public)},
        "sealing": {
            "private": SEALING_RAW.hex(),
            "public": sealing.public_bytes().hex(),
            "key_id": key_id(sealing.public_bytes()),
        },
    }


def envelope() -> dict[str, Any]:
    """Show an application, closed for the sealing key of ``keys.json`` and signed by its signing key."""
    header = Header(
        id=UUID("01a20626-8a7b-7cc3-98c4-dc0c0c07398f"),
        kind=EnvelopeKind.APPLICATION,
        terminal="dl-0012",
        sequence=7,
        created_at=NOW,
        clock=ClockQuality.SYNCHRONISED,
    )
    content = Application(
        case_number=new_case_number(date(2026, 11, 23), 12, 1),
        item="residence-permit",
        applicant=Identity(
            document=DocumentKind.SOCIAL_SECURITY_CARD,
            name="欧阳小燕",
            id_number="210203199003072342",
            sex=Sex.FEMALE,
            birth_date=date(1990, 3, 7),
            photo=b"\xff\xd8\x00",
        ),
        answers={"用途": "租房", "copies": 2},
        token_digest="00" * 32,
        submitted_at=NOW,
    )
    closed = seal(
        header, content, receiver=SealingKey.from_bytes(SEALING_RAW).public_bytes(), signer=signing_key(SIGNING_SEED)
    )
    return {
        "bound": header.canonical().hex(),
        "content": content.model_dump(mode="json"),
        "envelope": closed.model_dump(mode="json"),
    }


def reply() -> dict[str, Any]:
    """Show a certificate's answer, closed for the sealing key of ``keys.json`` and signed by its signing key."""
    question = UUID("01a20626-8a7b-7cc3-98c4-dc0c0c07398f")
    content = CertificateReply(serial="DL2026000001", pdf=b"%PDF-2.0", pages=1, verification=f"{PUBLIC_URL}/v#…")
    closed = seal_reply(
        question,
        content,
        receiver=SealingKey.from_bytes(SEALING_RAW).public_bytes(),
        signer=signing_key(SIGNING_SEED),
    )
    return {
        "question": str(question),
        "content": content.model_dump(mode="json"),
        "reply": closed.model_dump(mode="json"),
    }


def token() -> dict[str, Any]:
    """Show a request's token and the call that it is for."""
    call = Call("GET", "/api/terminal/v1/pull?since=7", b"")
    post = Call("post", "/api/terminal/v1/push", b'{"envelopes":[]}')
    made = sign_request(signing_key(SIGNING_SEED), terminal="dl-0012", centre="dalian", call=call, now=NOW)
    return {
        "terminal": "dl-0012",
        "centre": "dalian",
        "now": NOW.isoformat(),
        "calls": [
            {"method": one.method, "path": one.path, "body": one.body.decode(), "digest": one.digest()}
            for one in (call, post)
        ],
        "token_of_first_call": made,
    }


def statement() -> dict[str, Any]:
    """Show a certificate's QR code. Ed25519 is deterministic: the text is always the same."""
    stated = Statement(
        serial="DL2026000001",
        item="no-property",
        holder_masked="***燕",
        issued_on=date(2026, 11, 23),
        digest=bytes(range(32)),
    )
    return {
        "statement": stated.model_dump(mode="json"),
        "public_url": PUBLIC_URL,
        "text": sign_statement(stated, signing_key(SIGNING_SEED), PUBLIC_URL),
    }


def cases() -> dict[str, Any]:
    """Show case numbers, how they are shown, and a slip's QR code."""
    days = [(date(2026, 11, 23), 12, 7), (date(2026, 1, 1), 0, 1), (date(2030, 12, 31), 9999, 9999)]
    numbers = [new_case_number(*one) for one in days]
    slip = SlipCode(case_number=numbers[0], token="AbCdEfGhIjKlMnOpQrSt_-")
    return {
        "numbers": [
            {
                "day": day.isoformat(),
                "terminal": terminal,
                "count": count,
                "number": number,
                "shown": show_case_number(number),
            }
            for (day, terminal, count), number in zip(days, numbers, strict=True)
        ],
        "slip": {"case_number": slip.case_number, "token": slip.token, "text": slip.to_text(PUBLIC_URL)},
    }


def ids() -> dict[str, Any]:
    """Show UUIDv7 made from a time and ten random bytes; the first is the example of RFC 9562, A.6."""
    examples = [(0x017F22E279B0, "cc3018c4dc0c0c07398f"), (0, "00" * 10), ((1 << 48) - 1, "ff" * 10)]
    return {
        "uuid7": [
            {"unix_ms": ms, "random": random, "uuid": str(uuid7(ms, lambda _, r=random: bytes.fromhex(r)))}
            for ms, random in examples
        ]
    }


def bundle() -> dict[str, Any]:
    """Show a bundle signed with the signing key of ``keys.json``, and the digests of its contents."""
    department = {"code": "housing", "name": {"zh": "住房保障部门", "en": "Housing"}}
    made = Bundle(
        since=3,
        cursor=5,
        changes=(
            Change(kind=ResourceKind.DEPARTMENT, key="housing", digest=digest_of(department), content=department),
            Change(kind=ResourceKind.REVOCATION, key="DL2026000001", digest=None, content=None),
        ),
    )
    return {
        "digests": [
            {"content": content, "digest": digest_of(content)} for content in ({}, {"b": 1, "a": "字"}, department)
        ],
        "bundle": made.model_dump(mode="json"),
        "signed": sign_bundle(made, signing_key(SIGNING_SEED)).model_dump(mode="json"),
    }


def masks() -> dict[str, Any]:
    """Show what a person may see of a name and an ID number."""
    names = ["王小明", "欧阳小燕", "李四", "李", "", "阿卜杜拉·买买提"]
    numbers = ["210203199003072342", "11010119900307002X", "12345", ""]
    return {
        "names": {name: mask_name(name) for name in names},
        "id_numbers": {number: mask_id_number(number) for number in numbers},
    }


def receipt() -> dict[str, Any]:
    """Show receipts, stored and refused, signed by the signing key of ``keys.json`` as a centre's."""
    key, id_ = signing_key(SIGNING_SEED), UUID("01a20626-8a7b-7cc3-98c4-dc0c0c07398f")
    stored = Receipt(id=id_, outcome=PushOutcome.STORED, digest=bytes(range(32)))
    refused = Receipt(
        id=id_, outcome=PushOutcome.REFUSED, problem="centre.not_processed", owner="0007", due_on=date(2026, 11, 26)
    )
    return {
        "stored": sign_receipt(stored, key).model_dump(mode="json"),
        "refused": sign_receipt(refused, key).model_dump(mode="json"),
    }


def audit() -> dict[str, Any]:
    """Show an audit log's rows bound by digests, and a batch of them signed by the signing key of ``keys.json``."""
    events = [("terminal_changed", "dl-0012"), ("application_submitted", "01a20626-8a7b-7cc3-98c4-dc0c0c07398f")]
    rows, previous = list[AuditRow](), START
    for number, (event, subject) in enumerate(events, start=1):
        digest = digest_of_row(previous, number, NOW.isoformat(), event, subject)
        rows.append(AuditRow(number=number, at=NOW.isoformat(), event=event, subject=subject, digest=digest))
        previous = digest
    batch = AuditBatch(rows=tuple(rows[1:]), previous=rows[0].digest, oldest=1, head=2, head_digest=previous)
    return {
        "terminal": "dl-0012",
        "rows": [row.model_dump(mode="json") for row in rows],
        "batch": sign_batch(batch, "dl-0012", signing_key(SIGNING_SEED)).model_dump(mode="json"),
    }


def key_roll() -> dict[str, Any]:
    """Show the announcement of a terminal's next key, which vouches for itself, and the word that it is in use."""
    seed = bytes(range(1, 33))
    key = signing_key(seed)
    announcement = announce("dl-0012", key.public_key().public_bytes_raw(), key)
    return {
        "terminal": "dl-0012",
        "next_private": seed.hex(),
        "announcement": announcement.model_dump(mode="json"),
        "in_use": KeyInUse(last_sequence=7).model_dump(mode="json"),
    }


def ferry() -> dict[str, Any]:
    """Show a ferry file of two frames to the centre, sealed for and signed by the keys of ``keys.json``."""
    packed = pack_envelope(UUID("01a20626-8a7b-7cc3-98c4-dc0c0c07398f").bytes, "20261123-0012-0001", '{"header":{}}')
    records = [(RecordKind.HEARTBEAT, b"{}"), (RecordKind.ENVELOPE, packed), (RecordKind.AUDIT_BATCH, b"[]")]
    out, receiver = BytesIO(), SealingKey.from_bytes(SEALING_RAW).public_bytes()
    writer = FerryWriter(out, Way.UP, "dl-0012", "dalian", receiver=receiver, signer=signing_key(SIGNING_SEED))
    for kind, content in records:
        writer.add(kind, content)
    manifest = Manifest(number=7, created_at=NOW, records=3, count=1, digest=writer.digest(), reply_key=receiver)
    writer.finish(manifest)
    return {
        "records": [{"kind": int(kind), "content": content.hex()} for kind, content in records],
        "manifest": manifest.model_dump(mode="json"),
        "file": out.getvalue().hex(),
    }


def release() -> dict[str, Any]:
    """Show the manifest of a release, signed with the signing key of ``keys.json`` as if it were a release key."""
    images = [
        ReleaseFile(name=name, size=size, sha256=f"{size:064x}")
        for name, size in zip(names_of("2026.2")[:3], (60, 400, 4), strict=True)
    ]
    listed = sums(images)
    beside = (
        ReleaseFile(name=SUMS, size=len(listed), sha256=sha256(listed).hexdigest()),
        ReleaseFile(name=SUMS_SIGNATURE, size=119, sha256="0" * 64),
    )
    files = (*images, *beside)
    made = Release(version="2026.2", files=files, made_at=NOW, expires_at=NOW + timedelta(days=180))
    return {
        "sums": listed.decode(),
        "manifest": made.model_dump(mode="json"),
        "signed": sign_manifest(made, signing_key(SIGNING_SEED)).model_dump(mode="json"),
        "versions_in_order": ["0.1.0", "1.0", "1.0.0", "1.0.2", "1.0.10", "2026.2", "2026.10"],
    }


def heartbeat() -> dict[str, Any]:
    """Show two answers to a heartbeat: the second has a command that only version 2 of the protocol knows."""
    sync = Command(id=UUID("01a20626-8a7b-7cc3-98c4-dc0c0c073990"), kind=CommandKind.SYNC)
    update = Command(id=UUID("01a20626-8a7b-7cc3-98c4-dc0c0c073991"), kind=CommandKind.UPDATE)
    replies = (HeartbeatReply(server_time=NOW, commands=(sync,)), HeartbeatReply(server_time=NOW, commands=(update,)))
    return {"spoken": str(SPOKEN), "replies": [reply.model_dump(mode="json") for reply in replies]}


SUBJECTS = {
    make.__name__: make
    for make in (
        *(keys, envelope, reply, token, statement, cases, ids, bundle, masks, receipt),
        *(audit, key_roll, ferry, release, heartbeat),
    )
}


def main(names: Iterable[str] = tuple(SUBJECTS)) -> None:
    """Write every file, or those named."""
    for name in names:
        make = SUBJECTS[name]
        content = {"about": (make.__doc__ or "").strip(), **make()}
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or SUBJECTS)
