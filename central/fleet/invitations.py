"""What a new terminal is told beside its code: where this server is, and whose TLS certificate to trust."""

import ssl

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from wire.invitation import Invitation, NotAnInvitation, digest_of_authority

_SCALE = 6  # px a module; a camera 20 cm away reads it off any display


def authority() -> str | None:
    """Return the first certificate of the configured authority's file as PEM, or None where there is none."""
    if settings.TLS_AUTHORITY is None:
        return None
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    text = settings.TLS_AUTHORITY.read_text(encoding="ascii")
    return f"{begin}{text.partition(begin)[2].partition(end)[0]}{end}\n"


def invitation(code: str, console_url: str) -> Invitation:
    """Return the invitation for a code. Raises NotAnInvitation where no terminal could come to the address."""
    url = (settings.TERMINALS_URL or console_url).rstrip("/")
    pem = authority() if url.startswith("https:") else None
    return Invitation(url, code, None if pem is None else digest_of_authority(ssl.PEM_cert_to_DER_cert(pem)))


def shown(code: str, console_url: str) -> dict[str, str | SafeString]:
    """Return the invitation's address and QR code (SVG) for a page; nothing where no terminal could come to it."""
    try:
        made = invitation(code, console_url)
    except NotAnInvitation:
        return {}
    drawn = segno.make(made.text(), error="m", micro=False)
    svg = drawn.svg_inline(scale=_SCALE, border=4, dark="#000", light="#fff", svgclass="invitation", lineclass=None)
    return {"centre_url": made.url, "qr": mark_safe(svg)}  # noqa: S308 - drawn here, of nothing but modules
