"""Who comes in: the protocol's version is agreed, the token is the terminal's, for this call, and used for once."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from central.fleet.device_keys import announced_key, use_announced
from central.fleet.models import Terminal, TokenSeen
from central.refusal import Refused
from wire.errors import ClockSkewed, TokenRefused, WireError
from wire.keys import verifying_key
from wire.protocol import HEADER, SPOKEN, Versions, agree
from wire.tokens import SKEW, Call, Claims, claimed_terminal, verify_request


def agreed_version(request: HttpRequest) -> int:
    """Return the version to speak with this terminal. Raises :class:`~wire.errors.WireError`."""
    return agree(SPOKEN, Versions.parse(request.headers.get(HEADER, "")))


def known_terminal(request: HttpRequest) -> Terminal:
    """Return the terminal whose token came with the request. Raises :class:`Refused`: every reason looks the same."""
    agreed_version(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise Refused("wire.token_refused", 401)
    call = Call(method=request.method or "", path=request.get_full_path(), body=request.body)
    return terminal_of(token, call, timezone.now())


def terminal_of(token: str, call: Call, now: datetime) -> Terminal:
    """Check a token for a call and remember that it was used. Raises :class:`Refused`."""
    try:
        terminal = Terminal.objects.select_related("centre").get(
            code=claimed_terminal(token), revoked_at=None, public_key__isnull=False
        )
        claims = _verified(terminal, token, call, now)
        with transaction.atomic():
            TokenSeen.objects.create(
                centre_id=terminal.centre_id,
                terminal=terminal,
                jti=_short(claims.jti),
                expires_at=claims.expires_at + SKEW,
            )
    except ClockSkewed as error:
        raise Refused(error.code, 401) from error
    except (TokenRefused, Terminal.DoesNotExist, IntegrityError) as error:  # the last: this jti was used
        raise Refused("wire.token_refused", 401) from error
    return terminal


def _verified(terminal: Terminal, token: str, call: Call, now: datetime) -> Claims:
    """Check a token against the present key, then against the announced one, which with that becomes the present."""

    def verified(key: bytes) -> Claims:
        return verify_request(token, verifying_key(key), centre=terminal.centre_id, call=call, now=now)

    try:
        return verified(bytes(terminal.public_key or b""))
    except ClockSkewed:
        raise
    except TokenRefused:
        announced = announced_key(terminal)
        if announced is None:
            raise
        claims = verified(announced)
        use_announced(terminal, announced, now)
        return claims


def _short(jti: str) -> str:
    """Return what stands for a jti of any length and content in the table."""
    return sha256(jti.encode()).hexdigest()


def forget_old_tokens(now: datetime) -> None:
    """Drop tokens that their age alone would refuse."""
    TokenSeen.objects.filter(expires_at__lt=now).delete()


class SpeaksProtocol:
    """Middleware: every answer of the terminals' API names the version that was agreed on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request through and mark the answer."""
        response = self._get_response(request)
        if request.path.startswith("/api/terminal/"):
            try:
                response[HEADER] = str(agreed_version(request))
            except WireError:
                response[HEADER] = str(SPOKEN.newest)
            response["Cache-Control"] = "no-store"
        return response
