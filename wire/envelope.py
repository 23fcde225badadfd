"""Sealed, signed envelopes: once closed, only the receiver's key opens them, and nobody can change them unseen."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import AwareDatetime, ValidationError

from wire.clock import ClockQuality
from wire.errors import SealBroken, SignatureWrong, WireError
from wire.keys import SealingKey, Signer, sealing_public_key
from wire.model import Message

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ENVELOPE = "bianmin/envelope/1"
_REPLY = b"bianmin/reply/1"

B = TypeVar("B", bound=Message)


class EnvelopeKind(StrEnum):
    """What is inside. Application, print receipt and support bundle are queued; the others are asked on the spot."""

    APPLICATION = "application"
    PRINT_RECEIPT = "print_receipt"
    SUPPORT_BUNDLE = "support_bundle"
    CERTIFICATE_REQUEST = "certificate_request"
    CASE_QUERY = "case_query"


class Header(Message):
    """What may be read from outside. It is bound to the seal (HPKE ``info``) and to the signature.

    ``sequence`` counts the queued envelopes of one terminal from 1, without gaps; 0 for one that is not queued.
    """

    id: UUID
    kind: EnvelopeKind
    terminal: str
    sequence: int
    created_at: AwareDatetime
    clock: ClockQuality

    def canonical(self) -> bytes:
        """Return the header as deterministic CBOR (RFC 8949, 4.2): what seal and signature bind."""
        return cbor2.dumps(
            [
                _ENVELOPE,
                self.id.bytes,
                self.kind.value,
                self.terminal,
                self.sequence,
                int(_microseconds(self.created_at)),
                self.clock.value,
            ],
            canonical=True,
        )


class Envelope(Message):
    """A header, a sealed body (HPKE: encapsulated key, then ciphertext), and an Ed25519 signature over both."""

    header: Header
    body: bytes
    signature: bytes


class SealedReply(Message):
    """An answer sealed to the key that came inside the question, signed by the centre."""

    body: bytes
    signature: bytes


def seal(header: Header, content: Message, *, receiver: bytes, signer: Signer) -> Envelope:
    """Close ``content`` for the holder of ``receiver``, a public sealing key of 1216 bytes, and sign it."""
    bound = header.canonical()
    body = SUITE.encrypt(content.model_dump_json().encode(), sealing_public_key(receiver), info=bound)
    return Envelope(header=header, body=body, signature=signer.sign(bound + body))


def verify(envelope: Envelope, signer: Ed25519PublicKey) -> None:
    """Check who closed an envelope, without opening it. Raises :class:`SignatureWrong`."""
    _check(signer, envelope.signature, envelope.header.canonical() + envelope.body)


def unseal(envelope: Envelope, content: type[B], *, key: SealingKey) -> B:
    """Open an envelope. Raises :class:`SealBroken`, or :class:`WireError` for content that is not as expected."""
    return _parse(content, _decrypt(envelope.body, key, envelope.header.canonical()))


def seal_reply(question: UUID, content: Message, *, receiver: bytes, signer: Signer) -> SealedReply:
    """Close the answer to the envelope with id ``question`` for the key that it carried."""
    bound = _REPLY + question.bytes
    body = SUITE.encrypt(content.model_dump_json().encode(), sealing_public_key(receiver), info=bound)
    return SealedReply(body=body, signature=signer.sign(bound + body))


def unseal_reply(
    question: UUID, reply: SealedReply, content: type[B], *, key: SealingKey, signer: Ed25519PublicKey
) -> B:
    """Open an answer. Raises :class:`SignatureWrong`, :class:`SealBroken`, :class:`WireError`."""
    bound = _REPLY + question.bytes
    _check(signer, reply.signature, bound + reply.body)
    return _parse(content, _decrypt(reply.body, key, bound))


def _check(signer: Ed25519PublicKey, signature: bytes, signed: bytes) -> None:
    try:
        signer.verify(signature, signed)
    except InvalidSignature as error:
        raise SignatureWrong("signature does not match") from error


def _decrypt(body: bytes, key: SealingKey, info: bytes) -> bytes:
    try:
        return SUITE.decrypt(body, key.for_hpke(), info=info)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("body cannot be opened") from error


def _parse(content: type[B], plaintext: bytes) -> B:
    try:
        return content.model_validate_json(plaintext)
    except ValidationError as error:  # its text quotes the content, which is a citizen's: never chain it
        raise WireError(f"{content.__name__}: {error.error_count()} fields are not as they should be") from None


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
