"""The golden vectors: what is deterministic comes out the same, what is sealed opens, to the last field."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.vectors import make
from wire.audit import START, AuditBatch, AuditRow, check_batch, digest_of_row
from wire.bundle import open_bundle
from wire.case import check_case_number, parse_slip
from wire.envelope import Envelope, SealedReply, unseal, unseal_reply, verify
from wire.errors import SignatureWrong
from wire.ferry import FerryFile, Manifest
from wire.key_roll import KeyAnnouncement, KeyInUse, check_announcement
from wire.keys import SealingKey, signing_key, verifying_key
from wire.messages import Application, Bundle, CertificateReply, CommandKind, HeartbeatReply, Receipt, SignedBundle
from wire.protocol import SPOKEN, UPDATE_COMMAND_SINCE, Versions
from wire.receipts import check_receipt
from wire.release import ReleaseExpired, SignedManifest, newer, open_manifest, sums
from wire.tokens import Call, claimed_terminal, verify_request
from wire.verification import Statement, verify_statement

FOLDER = Path(make.__file__).parent
DETERMINISTIC = (
    *("keys", "statement", "cases", "ids", "bundle", "masks", "receipt"),
    *("audit", "key_roll", "release", "heartbeat"),
)


def golden(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def bytes_of(*path: str) -> bytes:
    found: Any = golden("keys")
    for name in path:
        found = found[name]
    return bytes.fromhex(found)


SEALING = SealingKey.from_bytes(bytes_of("sealing", "private"))
PUBLIC = verifying_key(bytes_of("signing", "public"))


def test_no_file_is_missing_or_left_over() -> None:
    """There is one file for each subject."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(make.SUBJECTS)


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_deterministic(name: str) -> None:
    """The code of today writes what the vectors of then say."""
    kept = golden(name)
    kept.pop("about")
    assert make.SUBJECTS[name]() == kept


def test_rfc_example() -> None:
    """The first UUID is the example of RFC 9562, A.6."""
    assert golden("ids")["uuid7"][0]["uuid"] == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_envelope_opens() -> None:
    """An envelope closed long ago is opened by its key, and bound to its header."""
    kept = golden("envelope")
    envelope = Envelope.model_validate_json(json.dumps(kept["envelope"]))
    assert envelope.header.canonical().hex() == kept["bound"]
    verify(envelope, PUBLIC)
    opened = unseal(envelope, Application, key=SEALING)
    assert opened == Application.model_validate_json(json.dumps(kept["content"]))


def test_reply_opens() -> None:
    """So is an answer."""
    kept = golden("reply")
    reply = SealedReply.model_validate_json(json.dumps(kept["reply"]))
    opened = unseal_reply(UUID(kept["question"]), reply, CertificateReply, key=SEALING, signer=PUBLIC)
    assert opened == CertificateReply.model_validate_json(json.dumps(kept["content"]))


def test_token_holds() -> None:
    """A token made long ago holds for its call at its time; digests of calls are as they were."""
    kept = golden("token")
    calls = [Call(one["method"], one["path"], one["body"].encode()) for one in kept["calls"]]
    assert [call.digest() for call in calls] == [one["digest"] for one in kept["calls"]]
    now = datetime.fromisoformat(kept["now"])
    token = kept["token_of_first_call"]
    claims = verify_request(token, PUBLIC, centre=kept["centre"], call=calls[0], now=now)
    assert claims.terminal == claimed_terminal(token) == kept["terminal"]


def test_statement_holds() -> None:
    """A certificate's code made long ago states what it stated."""
    kept = golden("statement")
    known = {golden("keys")["signing"]["key_id"]: bytes_of("signing", "public")}
    assert verify_statement(kept["text"], known) == Statement.model_validate_json(json.dumps(kept["statement"]))


def test_slip_and_numbers_hold() -> None:
    """Slips handed out long ago are still read."""
    kept = golden("cases")
    slip = parse_slip(kept["slip"]["text"])
    assert slip is not None
    assert (slip.case_number, slip.token) == (kept["slip"]["case_number"], kept["slip"]["token"])
    assert all(check_case_number(one["number"]) for one in kept["numbers"])


def test_bundle_opens() -> None:
    """A bundle signed long ago is still taken."""
    kept = golden("bundle")
    signed = SignedBundle.model_validate_json(json.dumps(kept["signed"]))
    assert open_bundle(signed, PUBLIC) == Bundle.model_validate_json(json.dumps(kept["bundle"]))


def test_audit_rows_hold() -> None:
    """Rows that came long ago are still bound to each other, and their batch is still the terminal's word."""
    kept = golden("audit")
    previous = START
    for row in (AuditRow.model_validate_json(json.dumps(row)) for row in kept["rows"]):
        assert row.digest == digest_of_row(previous, row.number, row.at, row.event, row.subject)
        previous = row.digest
    check_batch(AuditBatch.model_validate_json(json.dumps(kept["batch"])), kept["terminal"], PUBLIC)


def test_a_key_roll_holds() -> None:
    """A key that was announced long ago vouched for itself, for this terminal alone."""
    kept = golden("key_roll")
    announcement = KeyAnnouncement.model_validate_json(json.dumps(kept["announcement"]))
    check_announcement(kept["terminal"], announcement)
    with pytest.raises(SignatureWrong):
        check_announcement("dl-0013", announcement)
    assert KeyInUse.model_validate_json(json.dumps(kept["in_use"])).last_sequence == 7


def test_receipts_hold() -> None:
    """Receipts of long ago are still the centre's word."""
    for receipt in (golden("receipt")[name] for name in ("stored", "refused")):
        check_receipt(Receipt.model_validate_json(json.dumps(receipt)), PUBLIC)


def test_a_ferry_file_opens() -> None:
    """A file carried long ago is still opened, whole, with its records and manifest."""
    kept = golden("ferry")
    file = FerryFile(BytesIO(bytes.fromhex(kept["file"])))
    manifest = file.check(SEALING, lambda signature, signed, _: PUBLIC.verify(signature, signed))
    assert manifest == Manifest.model_validate_json(json.dumps(kept["manifest"]))
    assert [{"kind": int(kind), "content": content.hex()} for kind, content in file.records()] == kept["records"]


def test_a_release_opens() -> None:
    """The signed manifest opens with the public key until its last day; versions are ordered as listed."""
    kept = golden("release")
    signed = SignedManifest.model_validate_json(json.dumps(kept["signed"]))
    last_day = datetime.fromisoformat(kept["manifest"]["expires_at"])
    manifest = open_manifest(signed, [PUBLIC], last_day)
    assert manifest.model_dump(mode="json") == kept["manifest"]
    assert sums(manifest.files).decode() == kept["sums"]
    with pytest.raises(ReleaseExpired):
        open_manifest(signed, [PUBLIC], last_day + timedelta(seconds=1))
    assert all(newer(later, earlier) for earlier, later in pairwise(kept["versions_in_order"]))


def test_heartbeats_are_answered_by_version() -> None:
    """An answer of the first version is understood for good; the second version has one command more."""
    kept = golden("heartbeat")
    first, second = (HeartbeatReply.model_validate_json(json.dumps(reply)) for reply in kept["replies"])
    assert [command.kind for command in first.commands] == [CommandKind.SYNC]
    assert [command.kind for command in second.commands] == [CommandKind.UPDATE]
    assert (Versions.parse(kept["spoken"]), UPDATE_COMMAND_SINCE) == (SPOKEN, SPOKEN.newest)


def test_keys_are_what_they_say() -> None:
    """Private halves give the public ones."""
    assert SEALING.public_bytes() == bytes_of("sealing", "public")
    assert SEALING.to_bytes() == bytes_of("sealing", "private")
    signing = signing_key(bytes_of("signing", "private"))
    assert signing.public_key().public_bytes_raw() == bytes_of("signing", "public")
