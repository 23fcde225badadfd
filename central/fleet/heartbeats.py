"""How terminals are: the last heartbeat of each is kept, and answered with what the centre wants."""

from datetime import datetime

from django.db import transaction

from central.fleet.models import Heartbeat as HeartbeatRow
from central.fleet.models import Terminal, TerminalCommand
from central.fleet.quarantine import answers, wanted_again
from wire.messages import Command, CommandKind, Heartbeat, HeartbeatReply
from wire.text import Text

_UNTIL_DONE = (CommandKind.ROLL_KEY.value, CommandKind.SUPPORT_BUNDLE.value)
SERVICE = (CommandKind.OUT_OF_SERVICE.value, CommandKind.IN_SERVICE.value)


@transaction.atomic
def hear(terminal: Terminal, heartbeat: Heartbeat, now: datetime) -> HeartbeatReply:
    """Keep a heartbeat and answer it.

    Whether the terminal is in service is told every time, since an answer may be lost and telling it twice changes
    nothing; that its key is to be rolled, until it is; a support bundle, until it came; a sync is told once. A terminal
    that reports no health knows no support bundles: an unknown command would spoil the whole answer.
    """
    HeartbeatRow.objects.update_or_create(
        terminal=terminal,
        defaults={
            "centre_id": terminal.centre_id,
            "received_at": now,
            "version": heartbeat.version,
            "at": heartbeat.at,
            "clock": heartbeat.clock.value,
            "queued": heartbeat.queued,
            "quarantined": heartbeat.quarantined,
            "oldest_unsent_at": heartbeat.oldest_unsent_at,
            "clock_offset_s": heartbeat.clock_offset_s,
            "devices": [device.model_dump(mode="json") for device in heartbeat.devices],
        },
    )
    rows = list(TerminalCommand.objects.filter(terminal=terminal, told_at=None).order_by("created_at"))
    service = TerminalCommand.objects.filter(terminal=terminal, kind__in=SERVICE).order_by("created_at").last()
    wanted = [row for row in rows if row.kind not in SERVICE] + ([service] if service else [])
    if not any(device.kind == "health" for device in heartbeat.devices):
        wanted = [row for row in wanted if row.kind != CommandKind.SUPPORT_BUNDLE.value]
    if rows:
        told = [row.pk for row in rows if row.kind not in _UNTIL_DONE]
        TerminalCommand.objects.filter(pk__in=told).update(told_at=now)
    asked = heartbeat.quarantined_ids
    return HeartbeatReply(
        server_time=now,
        commands=tuple(_command(row) for row in wanted),
        receipts=answers(terminal, asked, now),
        send_again=wanted_again(terminal, asked, now),
    )


def want(terminal: Terminal, kind: CommandKind, now: datetime, message: Text | None = None) -> TerminalCommand:
    """Ask something of a terminal at its next heartbeat. ``message`` is what citizens see while out of service."""
    return TerminalCommand.objects.create(
        centre_id=terminal.centre_id,
        terminal=terminal,
        kind=kind.value,
        message_zh=message.zh if message else "",
        message_en=message.en if message else "",
        created_at=now,
    )


def _command(row: TerminalCommand) -> Command:
    message = Text(zh=row.message_zh, en=row.message_en) if row.message_zh else None
    return Command(id=row.id, kind=CommandKind(row.kind), message=message)
