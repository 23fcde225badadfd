"""The QR code on a certificate: a signed statement that anybody can check without asking the centre.

A COSE_Sign1 message (RFC 9052, 4.2; EdDSA with Ed25519) around a CBOR map, as base64url in the fragment of the
public verification page's address: a phone opens the page, and the statement reaches no log. About 200 bytes.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.errors import CertificateForged, NotOurCode
from wire.keys import key_id, verifying_key
from wire.model import Message

_SIGN1_TAG = 18  # RFC 9052, table 1
_ALG, _KID = 1, 4  # RFC 9052, table 3
_EDDSA = -8  # RFC 9053, table 2
_CODE = re.compile(r"(?:https?://[^\s#]{1,200}/v#)?([A-Za-z0-9_-]{100,1200})", re.ASCII)


class Statement(Message):
    """What a certificate's QR code states. ``digest``: SHA-256 (32 bytes) of the certificate's content and nonce."""

    serial: str
    item: str
    holder_masked: str
    issued_on: date
    digest: bytes


def sign_statement(statement: Statement, key: Ed25519PrivateKey, public_url: str) -> str:
    """Return the text of the QR code: ``https://…/v#<base64url of the COSE_Sign1 message>``."""
    protected = cbor2.dumps({_ALG: _EDDSA, _KID: _kid(key.public_key().public_bytes_raw())}, canonical=True)
    payload = cbor2.dumps(
        {
            1: statement.serial,
            2: statement.item,
            3: statement.holder_masked,
            4: statement.issued_on.isoformat(),
            5: statement.digest,
        },
        canonical=True,
    )
    signature = key.sign(_to_be_signed(protected, payload))
    message = cbor2.dumps(cbor2.CBORTag(_SIGN1_TAG, [protected, {}, payload, signature]))
    return f"{public_url.rstrip('/')}/v#{urlsafe_b64encode(message).rstrip(b'=').decode()}"


def verify_statement(text: str, issuer_keys: Mapping[str, bytes]) -> Statement:
    """Return what a QR code states, when one of ``issuer_keys`` (key id → 32 bytes) signed it.

    Raises :class:`NotOurCode` for a code of another kind, :class:`CertificateForged` when the signature or the
    issuer is wrong. Whether the certificate was revoked since is not in the code: ask the revocation list.
    """
    protected, payload, signature = _take_apart(text)
    try:
        header = _map(protected)
        algorithm, kid = header.get(_ALG), header.get(_KID)
        known = issuer_keys.get(kid.hex()) if isinstance(kid, bytes) else None
        if not isinstance(algorithm, int) or algorithm != _EDDSA or known is None:
            raise CertificateForged("unknown issuer or algorithm")
        verifying_key(known).verify(signature, _to_be_signed(protected, payload))
    except (InvalidSignature, ValueError) as error:
        raise CertificateForged("signature does not hold") from error
    try:
        fields = _map(payload)
        return Statement(
            serial=fields[1],
            item=fields[2],
            holder_masked=fields[3],
            issued_on=date.fromisoformat(fields[4]),
            digest=fields[5],
        )
    except (KeyError, TypeError, ValueError) as error:  # pydantic's ValidationError is a ValueError
        raise NotOurCode("signed, but no statement of a certificate") from error


def _take_apart(text: str) -> tuple[bytes, bytes, bytes]:
    match = _CODE.fullmatch(text)
    if match is None:
        raise NotOurCode("not a verification code")
    try:
        message: Any = cbor2.loads(urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
    except (ValueError, cbor2.CBORDecodeError, RecursionError) as error:
        raise NotOurCode("not CBOR") from error
    parts = getattr(message, "value", None)
    if getattr(message, "tag", None) != _SIGN1_TAG or not isinstance(parts, list | tuple) or len(parts) != 4:  # noqa: PLR2004
        raise NotOurCode("not a COSE_Sign1 message")
    protected, _, payload, signature = parts
    if not all(isinstance(part, bytes) for part in (protected, payload, signature)):
        raise NotOurCode("not a COSE_Sign1 message")
    return protected, payload, signature


def _map(encoded: bytes) -> dict[Any, Any]:
    """Decode CBOR that has to be a map; it may hold anything at all. Raises ValueError."""
    try:
        decoded = cbor2.loads(encoded)
    except (cbor2.CBORDecodeError, RecursionError) as error:
        raise ValueError("not CBOR") from error
    if isinstance(decoded, dict):
        return decoded
    raise ValueError("not a map")


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure (RFC 9052, 4.4), without external data."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _kid(public: bytes) -> bytes:
    return bytes.fromhex(key_id(public))
