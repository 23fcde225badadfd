"""The token of one request: a JWT signed by the terminal's key, for one centre, one minute, one call."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from wire.errors import ClockSkewed, TokenRefused
from wire.keys import Signer

LIFETIME = timedelta(seconds=60)
SKEW = timedelta(seconds=30)
_ALGORITHM = "Ed25519"  # RFC 9864


@dataclass(frozen=True, slots=True)
class Call:
    """What a token is good for: one method, path and body, so that a caught token serves for nothing else."""

    method: str
    path: str
    body: bytes

    def digest(self) -> str:
        """Return the SHA-256 of the call, in hexadecimal."""
        content = f"{self.method.upper()} {self.path}\n".encode() + self.body
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token said. ``jti`` must be remembered until ``expires_at`` plus :data:`SKEW`."""

    terminal: str
    jti: str
    issued_at: datetime
    expires_at: datetime


def sign_request(key: Signer, *, terminal: str, centre: str, call: Call, now: datetime) -> str:
    """Return the compact JWT for one call (claims as RFC 7523: iss, sub, aud, iat, exp, jti; and the call's digest)."""
    claims = {
        "iss": terminal,
        "sub": terminal,
        "aud": centre,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "call": call.digest(),
    }
    signed = f"{_part({'alg': _ALGORITHM, 'typ': 'JWT'})}.{_part(claims)}"  # RFC 7515, 7.1; the key may be in hardware
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def claimed_terminal(token: str) -> str:
    """Return who a token says it is from, unverified: only to look up the key. Raises :class:`TokenRefused`."""
    try:
        payload = token.split(".")[1]
        terminal = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
    except (IndexError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise TokenRefused("not a token") from error
    if not isinstance(terminal, str):
        raise TokenRefused("not a token")
    return terminal


def verify_request(token: str, key: Ed25519PublicKey, *, centre: str, call: Call, now: datetime) -> Claims:
    """Check a token against the terminal's key, this centre, this call and the time. Raises :class:`TokenRefused`.

    When only the time is wrong, it is a :class:`ClockSkewed`: the terminal may look at our clock and sign again.
    The caller refuses a ``jti`` that it has seen.
    """
    try:
        decoded = jwt.decode(token, _jwk(key), algorithms=[_ALGORITHM])
        claims = decoded.claims
        issued_at = datetime.fromtimestamp(int(claims["iat"]), tz=now.tzinfo)
        expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=now.tzinfo)
        terminal, jti = str(claims["iss"]), str(claims["jti"])
        audience, digest = claims["aud"], claims["call"]
    except (JoseError, KeyError, ValueError, TypeError, OverflowError, OSError) as error:  # the last: a far date
        raise TokenRefused("not a valid token") from error
    if audience != centre or digest != call.digest():
        raise TokenRefused("made for another centre or another call")
    if expires_at - issued_at > LIFETIME:
        raise TokenRefused("valid for too long")
    if now > expires_at + SKEW or issued_at > now + SKEW:
        raise ClockSkewed("expired or not yet valid")
    return Claims(terminal=terminal, jti=jti, issued_at=issued_at, expires_at=expires_at)


def _jwk(key: Ed25519PublicKey) -> OKPKey:
    from cryptography.hazmat.primitives import serialization as s  # noqa: PLC0415

    return OKPKey.import_key(key.public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))


def _part(content: dict[str, object]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
