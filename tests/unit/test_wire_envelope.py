"""Envelopes and answers: only the receiver opens them, nothing can be changed, garbage gives documented errors."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.terminal_parts import CENTRE_KEY, CITIZEN, DEVICE_KEY, SEALING_KEY, START
from wire.clock import ClockQuality
from wire.envelope import (
    SUITE,
    Envelope,
    EnvelopeKind,
    Header,
    SealedReply,
    seal,
    seal_reply,
    unseal,
    unseal_reply,
    verify,
)
from wire.errors import SealBroken, SignatureWrong, WireError
from wire.keys import SealingKey, sealing_public_key
from wire.messages import CaseQuery, CertificateReply
from wire.model import Message

CONTENT = CaseQuery(case_number="20261123001200077", id_number_end="2342", reply_key=bytes(8))
HEADER = Header(
    id=UUID("01a20626-8a7b-7cc3-98c4-dc0c0c07398f"),
    kind=EnvelopeKind.CASE_QUERY,
    terminal="dl-0012",
    sequence=0,
    created_at=START,
    clock=ClockQuality.UNCERTAIN,
)
QUESTION = HEADER.id
CLOSED = seal(HEADER, CONTENT, receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
REPLY = seal_reply(QUESTION, CertificateReply(serial="S1"), receiver=SEALING_KEY.public_bytes(), signer=CENTRE_KEY)

headers = st.builds(
    Header,
    id=st.uuids(),
    kind=st.sampled_from(EnvelopeKind),
    terminal=st.text(max_size=20),
    sequence=st.integers(0, 2**40),
    created_at=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    clock=st.sampled_from(ClockQuality),
)


@given(headers, st.text(max_size=50), st.binary(max_size=50))
@settings(deadline=None, max_examples=40)
def test_round_trip(header: Header, text: str, raw: bytes) -> None:
    """What was closed comes out the same, also after the way over JSON."""
    content = CaseQuery(case_number=text, reply_key=raw)
    closed = seal(header, content, receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
    arrived = Envelope.model_validate_json(closed.model_dump_json())
    assert arrived == closed
    verify(arrived, DEVICE_KEY.public_key())
    assert unseal(arrived, CaseQuery, key=SEALING_KEY) == content


def test_no_two_alike() -> None:
    """The same content closed twice looks different: nobody sees that a citizen came again."""
    again = seal(HEADER, CONTENT, receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
    assert again.body != CLOSED.body


def test_body_is_not_readable() -> None:
    """Nothing of the content shows outside."""
    closed = seal(HEADER, CITIZEN, receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
    assert CITIZEN.name.encode() not in closed.body
    assert CITIZEN.id_number.encode() not in closed.body


@pytest.mark.parametrize(
    "change",
    [
        {"id": UUID(int=1)},
        {"kind": EnvelopeKind.APPLICATION},
        {"terminal": "dl-0013"},
        {"sequence": 1},
        {"created_at": START + timedelta(microseconds=1)},
        {"clock": ClockQuality.SYNCHRONISED},
    ],
    ids=lambda change: next(iter(change)),
)
def test_header_is_bound(change: dict[str, object]) -> None:
    """No field of the header can be changed: neither the signature nor the seal holds then."""
    moved = CLOSED.model_copy(update={"header": HEADER.model_copy(update=change)})
    with pytest.raises(SignatureWrong):
        verify(moved, DEVICE_KEY.public_key())
    with pytest.raises(SealBroken):
        unseal(moved, CaseQuery, key=SEALING_KEY)


def test_same_moment_in_another_zone_is_the_same_header() -> None:
    """A stamp is bound as a moment, not as its writing."""
    elsewhere = HEADER.model_copy(update={"created_at": START.astimezone(timezone(timedelta(hours=8)))})
    assert elsewhere.canonical() == HEADER.canonical()


def test_naive_moment_is_refused() -> None:
    """A stamp without a zone is no stamp."""
    with pytest.raises(ValidationError):
        Header.model_validate(HEADER.model_dump() | {"created_at": START.replace(tzinfo=None)})


def test_changed_body() -> None:
    """A changed body is found, with the signature and without."""
    for place in (0, 1120, len(CLOSED.body) - 1):
        body = bytearray(CLOSED.body)
        body[place] ^= 1
        torn = CLOSED.model_copy(update={"body": bytes(body)})
        with pytest.raises(SignatureWrong):
            verify(torn, DEVICE_KEY.public_key())
        with pytest.raises(SealBroken):
            unseal(torn, CaseQuery, key=SEALING_KEY)


def test_wrong_keys() -> None:
    """Another key neither opens nor verifies; an answer is not an envelope."""
    with pytest.raises(SealBroken):
        unseal(CLOSED, CaseQuery, key=SealingKey.generate())
    with pytest.raises(SignatureWrong):
        verify(CLOSED, Ed25519PrivateKey.generate().public_key())
    mixed = CLOSED.model_copy(update={"body": REPLY.body, "signature": REPLY.signature})
    with pytest.raises(SealBroken):
        unseal(mixed, CertificateReply, key=SEALING_KEY)


def test_other_content_is_told_without_quoting_it() -> None:
    """Content of another kind is an error whose text and causes quote nothing: it may be a citizen's."""
    closed = seal(HEADER, CITIZEN, receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
    with pytest.raises(WireError) as caught:
        unseal(closed, CaseQuery, key=SEALING_KEY)
    assert CITIZEN.name not in str(caught.value)
    assert caught.value.__cause__ is None


class NotJson(Message):
    """Stands for a sender whose content is no JSON at all."""

    def model_dump_json(self, **_: object) -> str:  # type: ignore[override]
        return "[" * 50_000


def test_content_that_is_no_json() -> None:
    """Not even endless brackets are more than an error."""
    closed = seal(HEADER, NotJson(), receiver=SEALING_KEY.public_bytes(), signer=DEVICE_KEY)
    with pytest.raises(WireError):
        unseal(closed, CaseQuery, key=SEALING_KEY)


@given(st.binary(max_size=1300))
@settings(deadline=None, max_examples=100)
def test_garbage_body(body: bytes) -> None:
    """Whatever is sent as a body, it is a broken seal and nothing else."""
    with pytest.raises(SealBroken):
        unseal(CLOSED.model_copy(update={"body": body}), CaseQuery, key=SEALING_KEY)
    with pytest.raises(SignatureWrong):
        verify(CLOSED.model_copy(update={"signature": body[:80]}), DEVICE_KEY.public_key())


@pytest.mark.parametrize("body", [bytes(1120), bytes(1136), b"\xff" * 1136, bytes(5000)])
def test_degenerate_bodies(body: bytes) -> None:
    """Zero points and other degenerate keys are broken seals too."""
    with pytest.raises(SealBroken):
        unseal(CLOSED.model_copy(update={"body": body}), CaseQuery, key=SEALING_KEY)


def test_reply_round_trip() -> None:
    """An answer is opened with the question's key and the centre's."""
    opened = unseal_reply(QUESTION, REPLY, CertificateReply, key=SEALING_KEY, signer=CENTRE_KEY.public_key())
    assert opened.serial == "S1"


def test_reply_to_another_question() -> None:
    """An answer belongs to its question, its key and its centre."""
    public = CENTRE_KEY.public_key()
    with pytest.raises(SignatureWrong):
        unseal_reply(UUID(int=1), REPLY, CertificateReply, key=SEALING_KEY, signer=public)
    with pytest.raises(SignatureWrong):
        unseal_reply(QUESTION, REPLY, CertificateReply, key=SEALING_KEY, signer=DEVICE_KEY.public_key())
    with pytest.raises(SealBroken):
        unseal_reply(QUESTION, REPLY, CertificateReply, key=SealingKey.generate(), signer=public)


def test_reply_sealed_for_another_question_but_signed_for_this_one() -> None:
    """The question's id is bound by the seal too, not by the signature alone."""
    body = SUITE.encrypt(b"{}", sealing_public_key(SEALING_KEY.public_bytes()), info=b"bianmin/reply/1" + bytes(16))
    reply = SealedReply(body=body, signature=CENTRE_KEY.sign(b"bianmin/reply/1" + QUESTION.bytes + body))
    with pytest.raises(SealBroken):
        unseal_reply(QUESTION, reply, CertificateReply, key=SEALING_KEY, signer=CENTRE_KEY.public_key())


@pytest.mark.parametrize("length", [0, 95, 97, 1215, 1217])
def test_keys_of_wrong_length(length: int) -> None:
    """A key of another length is a ValueError."""
    with pytest.raises(ValueError, match="96 bytes"):
        SealingKey.from_bytes(bytes(length))
    with pytest.raises(ValueError, match="1216 bytes"):
        sealing_public_key(bytes(length))


def test_keys_are_not_shown() -> None:
    """No repr gives a key away."""
    assert SEALING_KEY.to_bytes().hex()[:16] not in repr(SEALING_KEY)
