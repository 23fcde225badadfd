"""What the sync process does, once each: push the outbox, pull what the centre publishes, report and take commands."""

from uuid import UUID

from kiosk.store import Store, Terminal
from kiosk.sync.answers import coded
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreGarbled, CentreRefused
from wire.clock import CHINA, Clock
from wire.messages import (
    MOST_ASKED,
    Command,
    CommandKind,
    DeviceReport,
    Heartbeat,
    HeartbeatReply,
    PushRequest,
)
from wire.problems import problem
from wire.text import Text

_MOST_BATCHES = 20  # of audit rows in one round; a backlog of weeks takes a few rounds
BATCH = 50  # envelopes; the protocol allows 100
_UNFIT = "wire.malformed"  # the centre could not even read the request


async def push(store: Store, client: CentreClient) -> int:
    """Send the queue, oldest first, until it is empty; return how many envelopes left it. Raises CentreError.

    When the centre cannot read a whole batch, its envelopes go one by one, and the one that it cannot read goes to
    quarantine: one bad envelope must not hold the others back for ever.
    """
    size, sent = BATCH, 0
    while batch := store.outbox.pending(size):
        try:
            reply = await client.push(PushRequest(envelopes=tuple(batch)))
        except CentreRefused as refusal:
            if refusal.code != _UNFIT:
                raise
            if len(batch) > 1:
                size = 1
                continue
            store.outbox.set_aside(batch[0].header.id, _UNFIT)
            sent, size = sent + 1, BATCH
            continue
        with coded():
            left = store.outbox.acknowledge(reply.receipts)
        if not left:
            raise CentreGarbled("push was answered without a receipt for anything in it")
        sent += left
    return sent


async def pull(store: Store, client: CentreClient, clock: Clock) -> bool:
    """Take over what the centre published since the last time; return whether anything changed. Raises CentreError."""
    bundle = await client.pull(store.resources.cursor())
    with coded():
        changed = store.resources.apply(bundle)
    store.resources.confirm(clock.now().astimezone(CHINA).date())
    return changed


async def heartbeat(
    store: Store, client: CentreClient, clock: Clock, version: str, health: tuple[DeviceReport, ...] = ()
) -> tuple[Command, ...]:
    """Report how the terminal and the machine are; do what the centre asks of the store, and return its commands.

    Raises CentreError.

    What the centre's staff decided about quarantined envelopes and doubtful copies comes in the same answer.
    """
    offset_s = round(client.clock_offset.total_seconds())
    reply = await client.heartbeat(report(store, clock, version, clock_offset_s=offset_s, health=health))
    with coded():
        obey(store, reply)
    return reply.commands


async def audit(store: Store, client: CentreClient, terminal: Terminal, *, anyway: bool) -> int:
    """Send the audit log's new rows, and drop old ones that the centre has; return how many it took.

    Raises CentreError. ``anyway``: ask even when there are none, so that the centre sees a log cut or replaced.
    """
    begin = store.audit.at_centre()
    for _ in range(_MOST_BATCHES):
        batch = store.audit.batch(terminal)
        if not batch.rows and not anyway:
            break
        anyway = False
        if not store.audit.confirm(await client.audit(batch)):
            break
    store.audit.rotate()
    return max(0, store.audit.at_centre() - begin)


def report(
    store: Store, clock: Clock, version: str, *, clock_offset_s: int = 0, health: tuple[DeviceReport, ...] = ()
) -> Heartbeat:
    """Say how the terminal is. ``health``: of the machine (:func:`kiosk.health.reports`), told beside the devices."""
    queue = store.outbox.queue()
    return Heartbeat(
        version=version,
        at=clock.now(),
        clock=clock.quality(),
        queued=queue.queued,
        quarantined=queue.quarantined,
        oldest_unsent_at=queue.oldest_unsent_at,
        devices=(*store.settings.devices(), *store.settings.recovered(clock.now()), *health),
        clock_offset_s=clock_offset_s,
        quarantined_ids=tuple(UUID(kept.id) for kept in store.outbox.quarantined()[:MOST_ASKED]),
        doubtful_copies=tuple(copy.job_name for copy in store.ledger.doubtful()[:MOST_ASKED]),
        update=store.settings.update(),
    )


def obey(store: Store, reply: HeartbeatReply) -> None:
    """Do what the centre asks of the store. Raises :class:`~wire.errors.WireError` for a receipt that is not its."""
    store.outbox.acknowledge(reply.receipts)
    for wanted in reply.send_again:
        store.outbox.release(str(wanted))
    for verdict in reply.verdicts:
        store.ledger.settle(verdict.job_name, verdict.outcome)
    for command in reply.commands:
        match command.kind:
            case CommandKind.OUT_OF_SERVICE:
                store.settings.put_out_of_service(command.message or _closed(), str(command.id))
            case CommandKind.IN_SERVICE:
                store.settings.put_in_service(str(command.id))
            case CommandKind.SYNC | CommandKind.ROLL_KEY | CommandKind.SUPPORT_BUNDLE | CommandKind.UPDATE:
                pass  # the process's own


def _closed() -> Text:
    return problem("terminal.out_of_service").happened
