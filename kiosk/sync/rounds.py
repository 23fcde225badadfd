"""What the sync process does, once each: push the outbox, pull what the centre publishes, report and take commands."""

from uuid import UUID

from kiosk.store import Store
from kiosk.sync.answers import coded
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreGarbled, CentreRefused
from wire.clock import CHINA, Clock
from wire.messages import (
    MOST_ASKED,
    Command,
    CommandKind,
    Heartbeat,
    PushRequest,
)
from wire.problems import problem
from wire.text import Text

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


async def heartbeat(store: Store, client: CentreClient, clock: Clock, version: str) -> tuple[Command, ...]:
    """Report how the terminal is; do what the centre asks of the store, and return its commands. Raises CentreError.

    What the centre's staff decided about quarantined envelopes and doubtful copies comes in the same answer.
    """
    queue = store.outbox.queue()
    reply = await client.heartbeat(
        Heartbeat(
            version=version,
            at=clock.now(),
            clock=clock.quality(),
            queued=queue.queued,
            quarantined=queue.quarantined,
            oldest_unsent_at=queue.oldest_unsent_at,
            devices=(*store.settings.devices(), *store.settings.recovered(clock.now())),
            quarantined_ids=tuple(UUID(kept.id) for kept in store.outbox.quarantined()[:MOST_ASKED]),
            doubtful_copies=tuple(copy.job_name for copy in store.ledger.doubtful()[:MOST_ASKED]),
        )
    )
    with coded():
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
            case CommandKind.SYNC:
                pass  # the process's own
    return reply.commands


def _closed() -> Text:
    return problem("terminal.out_of_service").happened
