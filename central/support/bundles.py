"""A support bundle comes in, and is opened: from its envelope, with the centre's key, at the moment it is looked at."""

from datetime import datetime

from django.db.models import QuerySet

from central.establish import keys_of
from central.fleet.heartbeats import want
from central.fleet.models import Terminal, TerminalCommand
from central.support.models import ReceivedBundle
from wire.clock import ClockQuality
from wire.envelope import Envelope, EnvelopeKind, Header, unseal
from wire.messages import CommandKind
from wire.support import SupportBundle


def take_bundle(terminal: Terminal, header: Header, bundle: SupportBundle, now: datetime) -> None:
    """Note a bundle that came, and that the request which it answers is done."""
    ReceivedBundle.objects.create(
        envelope_id=header.id,
        centre_id=terminal.centre_id,
        terminal=terminal,
        made_at=header.created_at,
        received_at=now,
        size=len(bundle.archive),
        asked=bundle.command is not None,
    )
    if bundle.command is not None:
        _waiting(terminal).filter(pk=bundle.command).update(told_at=now)


def ask_for_bundle(terminal: Terminal, now: datetime) -> None:
    """Ask a terminal for a bundle; asked again before it came, it is asked once."""
    if not _waiting(terminal).exists():
        want(terminal, CommandKind.SUPPORT_BUNDLE, now)


def content_of(received: ReceivedBundle) -> bytes:
    """Return the archive of a bundle. Raises :class:`~wire.errors.WireError` for an envelope that cannot be opened."""
    kept = received.envelope
    header = Header(
        id=kept.id,
        kind=EnvelopeKind.SUPPORT_BUNDLE,
        terminal=received.terminal_id,
        sequence=kept.sequence,
        created_at=kept.created_at,
        clock=ClockQuality(kept.clock),
    )
    return content_of_envelope(
        received.terminal, Envelope(header=header, body=bytes(kept.body), signature=bytes(kept.signature))
    )


def content_of_envelope(terminal: Terminal, envelope: Envelope) -> bytes:
    """Return the archive in an envelope. Raises :class:`~wire.errors.WireError`."""
    return unseal(envelope, SupportBundle, key=keys_of(terminal.centre).sealing).archive


def _waiting(terminal: Terminal) -> "QuerySet[TerminalCommand]":
    return TerminalCommand.objects.filter(terminal=terminal, kind=CommandKind.SUPPORT_BUNDLE.value, told_at=None)
