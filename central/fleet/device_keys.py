"""A terminal's keys over time: the present one, an announced next one, and former ones for what they closed before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from central.fleet.models import Terminal, TerminalCommand, TerminalKey
from central.refusal import Refused
from wire.errors import SignatureWrong
from wire.key_roll import KeyAnnouncement, KeyInUse, KeyState, check_announcement
from wire.keys import key_id, verifying_key
from wire.messages import CommandKind

IN_FLIGHT = timedelta(minutes=10)  # how long a question that the former key closed may still be asked


@transaction.atomic
def announce(terminal: Terminal, announcement: KeyAnnouncement, now: datetime) -> KeyState:
    """Take a terminal's next key. The present one stays good until the next one is used. Again is harmless.

    Raises :class:`~wire.errors.SignatureWrong` when the next key did not sign, :class:`Refused` for a former one.
    """
    check_announcement(terminal.code, announcement)
    locked = Terminal.objects.select_for_update().get(pk=terminal.pk)
    retired = TerminalKey.objects.filter(terminal=locked, retired_at__isnull=False).values_list("public_key", flat=True)
    if announcement.public_key in {bytes(key) for key in retired}:
        raise Refused("wire.key_not_announced", 409)
    if announcement.public_key != bytes(locked.public_key or b""):
        TerminalKey.objects.update_or_create(
            terminal=locked,
            retired_at=None,
            defaults={
                "centre_id": locked.centre_id,
                "public_key": announcement.public_key,
                "announced_at": now,
            },
        )
    return state(locked)


@transaction.atomic
def in_use(terminal: Terminal, message: KeyInUse) -> KeyState:
    """Note up to which envelope the former key is good. The first word counts: a later one cannot widen it."""
    former = TerminalKey.objects.filter(terminal=terminal, retired_at__isnull=False).order_by("retired_at", "pk").last()
    if former is not None and former.last_sequence is None:
        former.last_sequence = message.last_sequence
        former.save(update_fields=["last_sequence"])
    return state(terminal)


def state(terminal: Terminal) -> KeyState:
    """Return which keys are known."""
    present = Terminal.objects.values_list("public_key", flat=True).get(pk=terminal.pk)
    announced = announced_key(terminal)
    return KeyState(present=key_id(bytes(present or b"")), announced=None if announced is None else key_id(announced))


def announced_key(terminal: Terminal) -> bytes | None:
    """Return the key that was announced and not used yet."""
    row = TerminalKey.objects.filter(terminal=terminal, retired_at=None).values_list("public_key", flat=True).first()
    return None if row is None else bytes(row)


@transaction.atomic
def use_announced(terminal: Terminal, key: bytes, now: datetime) -> None:
    """Make the announced key the present one, and retire the present one: the terminal used it for the first time."""
    locked = Terminal.objects.select_for_update().get(pk=terminal.pk)
    row = TerminalKey.objects.filter(terminal=locked, retired_at=None).first()
    if row is not None and bytes(row.public_key) == key:
        row.public_key, row.retired_at = bytes(locked.public_key or b""), now
        row.save(update_fields=["public_key", "retired_at"])
        locked.public_key = key
        locked.save(update_fields=["public_key"])
        TerminalCommand.objects.filter(terminal=locked, kind=CommandKind.ROLL_KEY.value, told_at=None).update(
            told_at=now
        )
    terminal.public_key = key


def check_signed(
    terminal: Terminal, check: Callable[[Ed25519PublicKey], object], now: datetime, *, sequence: int | None
) -> bool:
    """Run ``check`` with the terminal's keys until one fits; return whether that is no former one.

    Raises :class:`~wire.errors.SignatureWrong` when none does.

    ``check`` raises SignatureWrong for a key that did not sign. ``sequence`` of what was signed: a former key is good
    for queued envelopes up to the last that it closed; for what is not queued (0), a few minutes; for what was taken in
    long ago (None), always.
    """
    for key, good in _keys(terminal, now, sequence):
        try:
            check(verifying_key(key))
        except SignatureWrong:
            continue
        return good
    raise SignatureWrong("signed by no key of this terminal")


def _keys(terminal: Terminal, now: datetime, sequence: int | None) -> Iterator[tuple[bytes, bool]]:
    """Yield a terminal's keys and whether each is no former one; the database is asked only for more than the first."""
    yield bytes(terminal.public_key or b""), True
    if (announced := announced_key(terminal)) is not None:
        yield announced, True
    for row in TerminalKey.objects.filter(terminal=terminal, retired_at__isnull=False):
        if sequence is None or _covers(row, sequence, now):
            yield bytes(row.public_key), False


def _covers(former: TerminalKey, sequence: int, now: datetime) -> bool:
    if sequence == 0:
        return former.retired_at is not None and now - former.retired_at < IN_FLIGHT
    return former.last_sequence is None or sequence <= former.last_sequence
