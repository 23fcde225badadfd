"""The terminal's audit chain as the centre receives it: rows bound by digests, the end of each batch signed.

A row names an event and an id, nothing of a person; so it is not sealed, and anybody may check a chain.
"""

import hashlib
from typing import Annotated

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints

from wire.errors import SignatureWrong
from wire.keys import Signer
from wire.model import Message

START = bytes(32)  # what the first row of a chain is bound to
MOST_ROWS = 500  # in one batch
STORE_SET_ASIDE = "store_set_aside"  # the first row of a log whose database replaced a damaged one
_CONTEXT = "bianmin/audit/1"

Digest = Annotated[bytes, Field(min_length=32, max_length=32)]
Word = Annotated[str, StringConstraints(max_length=100)]


class AuditRow(Message):
    """One row. ``at`` is the exact text (ISO 8601, UTC) that ``digest`` covers."""

    number: Annotated[int, Field(ge=1, lt=2**63)]
    at: Word
    event: Word
    subject: Word
    digest: Digest


class AuditBatch(Message):
    """Rows in order, the digest of the one before them, and where the terminal's log begins and ends.

    ``oldest`` is the first row that the terminal still has (rotation drops confirmed ones); 1 for an empty log.
    ``head`` is the number of the last row, ``head_digest`` its digest. ``current`` is False for a batch that was
    carried: by the time it arrives the log may have grown. The signature is the device key's over the last row here.
    """

    rows: Annotated[tuple[AuditRow, ...], Field(max_length=MOST_ROWS)]
    previous: Digest
    oldest: Annotated[int, Field(ge=1)]
    head: Annotated[int, Field(ge=0)]
    head_digest: Digest
    current: bool = True
    signature: Annotated[bytes, Field(max_length=64)] = b""


class AuditReply(Message):
    """How far the centre has the chain and found it whole: the terminal goes on from the next row.

    ``digest`` is that of row ``number``: the terminal lets go of nothing that the centre knows differently.
    """

    number: Annotated[int, Field(ge=0)]
    digest: Digest


def digest_of_row(previous: bytes, number: int, at: str, event: str, subject: str) -> bytes:
    """Return the SHA-256 (32 bytes) that binds a row to the one before: over its digest and the row as CBOR."""
    return hashlib.sha256(previous + cbor2.dumps([number, at, event, subject], canonical=True)).digest()


def sign_batch(batch: AuditBatch, terminal: str, key: Signer) -> AuditBatch:
    """Return the batch with the terminal's signature (Ed25519, RFC 8032) over where it ends."""
    return batch.model_copy(update={"signature": key.sign(_signed(terminal, *_end(batch)))})


def check_batch(batch: AuditBatch, terminal: str, key: Ed25519PublicKey) -> None:
    """Check who sent a batch. Raises :class:`SignatureWrong`."""
    number, digest = _end(batch)
    check_end(terminal, number, digest, batch.signature, key)


def check_end(terminal: str, number: int, digest: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    """Check that a terminal vouched for its chain up to a row. Raises :class:`SignatureWrong`."""
    try:
        key.verify(signature, _signed(terminal, number, digest))
    except InvalidSignature as error:
        raise SignatureWrong("audit batch is not from this terminal") from error


def _end(batch: AuditBatch) -> tuple[int, bytes]:
    return (batch.rows[-1].number, batch.rows[-1].digest) if batch.rows else (batch.head, batch.head_digest)


def _signed(terminal: str, number: int, digest: bytes) -> bytes:
    return cbor2.dumps([_CONTEXT, terminal, number, digest], canonical=True)
