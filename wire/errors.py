"""The root of every error of the protocol; each carries the code of a message to a person."""

from typing import ClassVar


class WireError(Exception):
    """Something received is not what it should be. ``code`` names the message in ``problems.toml``."""

    code: ClassVar[str] = "wire.malformed"


class SealBroken(WireError):
    """A sealed body cannot be opened with this key, or was changed on the way."""

    code: ClassVar[str] = "wire.seal_broken"


class SignatureWrong(WireError):
    """A signature does not belong to the content or to the key."""

    code: ClassVar[str] = "wire.signature_wrong"


class TokenRefused(WireError):
    """A request's token is missing, expired, replayed, or for somebody else."""

    code: ClassVar[str] = "wire.token_refused"


class ClockSkewed(TokenRefused):
    """A request's token is good but for its time: the two clocks disagree."""

    code: ClassVar[str] = "wire.clock_skewed"


class PeerTooOld(WireError):
    """The other side speaks only versions of the protocol that ended."""

    code: ClassVar[str] = "wire.peer_too_old"


class PeerTooNew(WireError):
    """The other side speaks only versions of the protocol that came later."""

    code: ClassVar[str] = "wire.peer_too_new"


class NotOurCode(WireError):
    """A QR code is not a certificate's verification code."""

    code: ClassVar[str] = "verification.not_our_code"


class CertificateForged(WireError):
    """A verification code has our form, but no issuer that is known signed it."""

    code: ClassVar[str] = "verification.forged"
