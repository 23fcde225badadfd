"""Receipts: the centre's signed word on an envelope. Only with it may a terminal let go of the original."""

import hashlib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire.envelope import Envelope
from wire.errors import SignatureWrong
from wire.messages import Receipt

_CONTEXT = "bianmin/receipt/1"


def digest_of_envelope(envelope: Envelope) -> bytes:
    """Return the SHA-256 (32 bytes) of all that a terminal signed, and its signature."""
    return hashlib.sha256(envelope.header.canonical() + envelope.body + envelope.signature).digest()


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> Receipt:
    """Return the receipt with the centre's signature (Ed25519, RFC 8032)."""
    return receipt.model_copy(update={"signature": key.sign(_signed(receipt))})


def check_receipt(receipt: Receipt, key: Ed25519PublicKey) -> None:
    """Check that the centre gave a receipt. Raises :class:`SignatureWrong`."""
    try:
        key.verify(receipt.signature, _signed(receipt))
    except InvalidSignature as error:
        raise SignatureWrong("receipt is not from this centre") from error


def _signed(receipt: Receipt) -> bytes:
    """Return what the signature covers: every field, as deterministic CBOR (RFC 8949, 4.2)."""
    due_on = None if receipt.due_on is None else receipt.due_on.isoformat()
    return cbor2.dumps(
        [
            _CONTEXT,
            receipt.id.bytes,
            receipt.outcome.value,
            receipt.problem,
            receipt.digest,
            receipt.owner,
            due_on,
        ],
        canonical=True,
    )
