"""What can go wrong on the line to the centre, each with the code of a message to a person."""

import ssl
from datetime import datetime
from typing import ClassVar


class CentreError(Exception):
    """A call to the centre gave no answer that can be used. The text is for the log: nothing of a citizen."""

    code: str = "centre.unreachable"


class CentreUnreachable(CentreError):
    """No answer came: no line, no name, no trust, a time limit, half an answer, a gateway without a centre."""


class CentreNotTrusted(CentreUnreachable):
    """Whoever answered has no certificate that proves it to be the centre (RFC 5280, 6)."""

    code = "centre.not_trusted"


class CentreOutOfDate(CentreUnreachable):
    """The certificate that was shown is not valid by this machine's clock: one of the two is wrong."""

    code = "centre.certificate_dates"


class CentreGarbled(CentreError):
    """Something answered that is not what the protocol says (``wire.…`` tells how): perhaps not the centre at all."""

    def __init__(self, text: str, code: str = "wire.malformed") -> None:
        super().__init__(text)
        self.code = code


class CentreRefused(CentreError):
    """The centre understood, and said no. ``code`` is its own, of ``problems.toml``; ``status`` is HTTP's.

    ``server_time`` comes with ``wire.clock_skewed``.
    """

    def __init__(self, code: str, status: int, server_time: datetime | None = None) -> None:
        super().__init__(f"{code} (HTTP {status})")
        self.code = code
        self.status = status
        self.server_time = server_time


class NotEnrolled(Exception):
    """This terminal has no identity yet, or the file that holds it cannot be read."""

    code: ClassVar[str] = "terminal.not_enrolled"


_BY_THE_CLOCK = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED (OpenSSL's x509_vfy.h)


def unreached(call: str, error: BaseException) -> CentreUnreachable:
    """Return what an error of the transport means, by what it came from."""
    text, cause = f"{call}: {type(error).__name__}: {error}", error
    while not isinstance(cause, ssl.SSLCertVerificationError):
        deeper = cause.__cause__ or cause.__context__
        if deeper is None:
            return CentreUnreachable(text)
        cause = deeper
    return (CentreOutOfDate if cause.verify_code in _BY_THE_CLOCK else CentreNotTrusted)(text)
