"""Bundles: what the centre publishes to terminals, content-addressed and signed."""

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from wire.errors import SignatureWrong, WireError
from wire.keys import Signer
from wire.messages import Bundle, SignedBundle

_CONTEXT = b"bianmin/bundle/1"


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of content as JSON with sorted keys and no white space."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def sign_bundle(bundle: Bundle, key: Signer) -> SignedBundle:
    """Sign a bundle with the centre's key."""
    content = bundle.model_dump_json().encode()
    return SignedBundle(content=content, signature=key.sign(_CONTEXT + content))


def open_bundle(signed: SignedBundle, key: Ed25519PublicKey) -> Bundle:
    """Check a bundle's signature and every digest in it.

    Raises :class:`SignatureWrong`; :class:`WireError` when the content is torn.
    """
    try:
        key.verify(signed.signature, _CONTEXT + signed.content)
    except InvalidSignature as error:
        raise SignatureWrong("bundle is not from this centre") from error
    try:
        bundle = Bundle.model_validate_json(signed.content)
    except ValidationError as error:
        raise WireError("bundle is not as it should be") from error
    for change in bundle.changes:
        if change.digest != (None if change.content is None else digest_of(change.content)):
            raise WireError(f"digest of {change.kind} {change.key} does not match")
    return bundle
