"""How a terminal comes to be known: an administrator creates it and gets a code; the terminal brings code and key."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from central.establish import keys_of
from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.refusal import Refused
from wire.messages import Enrolment, EnrolmentRequest

CODE_LIFETIME = timedelta(hours=24)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else: no O 0, no I 1


@transaction.atomic
def create_terminal(centre: Centre, name: str, place: str = "") -> Terminal:
    """Add a terminal with the next free number. It can do nothing until it is enrolled."""
    Centre.objects.select_for_update().get(pk=centre.pk)  # two administrators at once get two numbers
    highest = Terminal.objects.filter(centre=centre).aggregate(highest=Max("number"))["highest"] or 0
    number = highest + 1
    return Terminal.objects.create(
        code=f"{centre.code}-{number:04}", centre=centre, number=number, name=name, place=place
    )


def new_code(terminal: Terminal, now: datetime, choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Give a terminal a fresh enrolment code, good once and for a day, and return it: 60 random bits, kept nowhere.

    An earlier code ends. The terminal's present key stays good until the code is used.
    """
    letters = "".join(choose(_LETTERS) for _ in range(12))
    code = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    terminal.enrolment_digest = _digest(code)
    terminal.enrolment_expires_at = now + CODE_LIFETIME
    terminal.enrolled_at = None
    terminal.save(update_fields=["enrolment_digest", "enrolment_expires_at", "enrolled_at"])
    return code


@transaction.atomic
def enrol(request: EnrolmentRequest, now: datetime) -> Enrolment:
    """Take a terminal's public key in exchange for its code. Raises :class:`Refused`.

    The same code with the same key is answered again while the code lasts, because an answer can be lost on the
    way; with another key it is used up.
    """
    terminal = Terminal.objects.select_for_update().filter(enrolment_digest=_digest(request.code)).first()
    if (
        terminal is None
        or terminal.revoked_at is not None
        or terminal.enrolment_expires_at is None
        or now > terminal.enrolment_expires_at
        or (terminal.enrolled_at is not None and bytes(terminal.public_key or b"") != request.public_key)
    ):
        raise Refused("wire.enrolment_refused", 403)
    if terminal.enrolled_at is None:
        terminal.public_key = request.public_key
        terminal.enrolled_at = now
        terminal.save(update_fields=["public_key", "enrolled_at"])
    centre = terminal.centre
    keys = keys_of(centre)
    return Enrolment(
        terminal=terminal.code,
        terminal_number=terminal.number,
        centre=centre.code,
        centre_name=centre.name,
        public_url=centre.public_url,
        sealing_key=keys.sealing.public_bytes(),
        centre_key=keys.signing.public_key().public_bytes_raw(),
        server_time=now,
    )


def revoke(terminal: Terminal, now: datetime) -> None:
    """End a terminal: nothing that it sends is accepted any more, and it cannot be enrolled again."""
    terminal.revoked_at = now
    terminal.enrolment_digest = ""
    terminal.save(update_fields=["revoked_at", "enrolment_digest"])


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
