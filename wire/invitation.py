"""What the QR code says with which an administrator invites a new terminal: where the centre is, and a one-time code.

``bianmin:enrol?v=1&url=…&code=…&ca=…``, a URI (RFC 3986) whose values are percent-encoded. ``ca`` stands only where the
centre's TLS certificate comes from an authority of its own: the SHA-256 of that authority's certificate (DER), in
base64url without padding. The terminal then asks the centre for the certificate itself, over a line that it does not
trust yet, and takes it only if it has that digest. Typed or scanned, an invitation is text of at most 1,000 characters.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

SCHEME = "bianmin"
_PREFIX = f"{SCHEME}:enrol?"
_VERSION = "1"
_LONGEST = 1000
_LONGEST_URL = 300
_CODE = re.compile(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){2}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DIGEST = hashlib.sha256().digest_size


class NotAnInvitation(ValueError):
    """The text is none, or one of another version."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """``url``: see :func:`centre_url`. ``code``: ``ABCD-1234-EFGH``. ``authority``: 32 octets, or None.

    Raises :class:`NotAnInvitation` for what cannot be one.
    """

    url: str
    code: str = field(repr=False)
    authority: bytes | None = None

    def __post_init__(self) -> None:
        try:
            centre_url(self.url)
        except ValueError as error:
            raise NotAnInvitation(str(error)) from error
        if _CODE.fullmatch(self.code) is None:
            raise NotAnInvitation("an enrolment code looks like ABCD-1234-EFGH")
        if self.authority is not None and (len(self.authority) != _DIGEST or not self.url.lower().startswith("https:")):
            raise NotAnInvitation("an authority is the SHA-256 of its certificate, and only for https")

    def text(self) -> str:
        """Return what the QR code says."""
        values = {"v": _VERSION, "url": self.url, "code": self.code}
        if self.authority is not None:
            values["ca"] = base64.urlsafe_b64encode(self.authority).rstrip(b"=").decode("ascii")
        return _PREFIX + urlencode(values)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a code said. Raises :class:`NotAnInvitation`: nothing else in it is believed."""
        if not text.startswith(_PREFIX) or len(text) > _LONGEST:
            raise NotAnInvitation("not an enrolment code")
        try:
            told = parse_qs(text.removeprefix(_PREFIX), strict_parsing=True, max_num_fields=8, errors="strict")
        except ValueError as error:
            raise NotAnInvitation("not an enrolment code") from error
        values = {name: found[0] for name, found in told.items() if len(found) == 1}
        if values.get("v") != _VERSION or not {"url", "code"} <= values.keys() or len(values) != len(told):
            raise NotAnInvitation("an enrolment code of another version")
        return cls(values["url"], values["code"], _digest(values["ca"]) if "ca" in values else None)


def typed_code(text: str) -> str:
    """Return a code as it is written, from one typed in small letters, with blanks or without hyphens."""
    letters = "".join(filter(str.isalnum, text)).upper()
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def centre_url(url: str) -> str:
    """Return the address of a centre: https, or http on this very machine. Raises ValueError that says why not."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not an https address")
    if (
        len(url) > _LONGEST_URL
        or parts.username is not None
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise ValueError("not an address that could be a centre's")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("http is only for a centre on this machine")
    _ = parts.port  # ValueError for what is none
    return url


def digest_of_authority(certificate: bytes) -> bytes:
    """Return an authority's digest, of its certificate in DER."""
    return hashlib.sha256(certificate).digest()


def _digest(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAnInvitation("no digest") from error
