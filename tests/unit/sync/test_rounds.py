"""One round of the sync process: what is queued goes once, in order, and what is refused blocks nothing."""

import gc
import gzip
import tracemalloc
from contextlib import suppress
from itertools import count
from uuid import UUID

import httpx  # noqa: TID251 - the seam's own types
import pytest

from devices.printer.api import PrintDoubtful
from kiosk.store import CopyState, Store
from kiosk.store.outbox import OutboxState
from kiosk.sync import rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreGarbled, CentreRefused, CentreUnreachable
from kiosk.sync.process import Synchroniser
from tests.pretend_centre import PretendCentre, refused, said
from tests.terminal_parts import START, StandingClock, receipt_for, submit
from wire.envelope import EnvelopeKind
from wire.messages import (
    CopyVerdict,
    PrintOutcome,
    PrintReceipt,
    PushOutcome,
    PushReply,
    PushRequest,
    Receipt,
)


async def test_push_empties_the_queue_oldest_first(
    store: Store, client: CentreClient, centre: PretendCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything goes, in batches, in the order in which it was submitted."""
    monkeypatch.setattr("kiosk.sync.rounds.BATCH", 4)
    submit(store, 10)
    assert await rounds.push(store, client) == 10
    assert centre.sequences() == list(range(1, 11))
    assert centre.paths() == ["push"] * 3
    assert store.outbox.queue().queued == 0
    assert await rounds.push(store, client) == 0
    assert len(centre.requests) == 3, "an empty queue asks nothing"


async def test_lost_answer(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """When the centre stored a batch and its answer was lost, it is sent again, and is there once."""
    submit(store, 3)
    sent = PushRequest(envelopes=tuple(store.outbox.pending(10)))
    await client.push(sent)
    assert await rounds.push(store, client) == 3
    assert centre.sequences() == [1, 2, 3]


async def test_refused_goes_to_quarantine(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """One refused envelope does not hold the others back."""
    submit(store, 3)
    bad = store.outbox.pending(10)[1].header.id
    centre.refuses[bad] = "wire.sequence_taken"
    assert await rounds.push(store, client) == 3
    assert centre.sequences() == [1, 3]
    assert [(kept.id, kept.problem) for kept in store.outbox.quarantined()] == [(str(bad), "wire.sequence_taken")]


async def test_unreadable_envelope(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An envelope that makes the centre refuse the whole request is found, set aside, and the rest goes."""
    submit(store, 5)
    bad = store.outbox.pending(10)[2].header.id

    def choke(request: httpx.Request) -> httpx.Response | None:
        return refused("wire.malformed") if holds(request, bad) else None

    centre.failure = choke
    assert await rounds.push(store, client) == 5
    assert centre.sequences() == [1, 2, 4, 5]
    assert [kept.id for kept in store.outbox.quarantined()] == [str(bad)]


async def test_whole_refusal_is_no_quarantine(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """A terminal that is not recognised keeps its envelopes as they are."""
    submit(store, 2)
    centre.failure = lambda _: refused("wire.token_refused", 401)
    with pytest.raises(CentreRefused):
        await rounds.push(store, client)
    assert (store.outbox.queue().queued, store.outbox.queue().quarantined) == (2, 0)


async def test_answer_without_receipts(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An answer that settles nothing ends the round instead of turning for ever."""
    submit(store)
    centre.failure = lambda _: said(PushReply(receipts=()))
    with pytest.raises(CentreGarbled):
        await rounds.push(store, client)
    assert store.outbox.queue().queued == 1


async def test_forged_receipts_move_nothing(store: Store, client: CentreClient, centre: PretendCentre) -> None:
    """An answer whose receipts the centre did not sign is trouble with a code; the envelopes stay."""
    submit(store, 2)
    sent = store.outbox.pending(10)
    forged = tuple(Receipt(id=one.header.id, outcome=PushOutcome.STORED, signature=bytes(64)) for one in sent)
    centre.failure = lambda _: said(PushReply(receipts=forged))
    with pytest.raises(CentreGarbled) as caught:
        await rounds.push(store, client)
    assert caught.value.code == "wire.signature_wrong"
    assert store.outbox.pending(10) == sent


async def test_staff_decide_at_the_centre_and_the_terminal_follows(
    process: Synchroniser, app: Store, centre: PretendCentre, clock: StandingClock
) -> None:
    """The heartbeat asks about quarantine and doubtful copies; stored, settled, wanted again and verdicts come back."""
    submit(app, 3)
    stored, settled, again = app.outbox.pending(3)
    copy = app.ledger.issued(app.ledger.reserve("item").job_name, "S1").job_name
    app.ledger.spooled(copy)
    app.ledger.resolve(copy, PrintDoubtful("printer.doubtful", None))
    centre.refuses = {one.header.id: "centre.not_processed" for one in (stored, settled, again)}
    await process.tick()
    assert centre.heartbeats[-1].quarantined_ids == tuple(one.header.id for one in (stored, settled, again))
    assert centre.heartbeats[-1].doubtful_copies == (copy,)
    centre.refuses = {}
    centre.decided = [receipt_for(stored), receipt_for(settled, PushOutcome.SETTLED, "centre.not_processed")]
    centre.wants_again = [again.header.id]
    centre.verdicts = [CopyVerdict(job_name=copy, outcome=PrintOutcome.DELIVERED)]
    clock.pass_(60)
    await process.tick()
    assert app.outbox.pending(10) == [again]
    states = [app.outbox.state(str(one.header.id)) for one in (stored, settled, again)]
    assert states == [OutboxState.DELIVERED, OutboxState.SETTLED, OutboxState.QUEUED]
    assert (app.ledger.copy(copy).state, app.ledger.doubtful()) == (CopyState.DELIVERED, [])


@pytest.mark.parametrize("cut_every", [2, 3])
async def test_a_long_queue_drains_through_cuts(
    store: Store, client: CentreClient, centre: PretendCentre, cut_every: int
) -> None:
    """Every second or third answer is lost after the centre stored the batch; each envelope is there once, in order."""
    submit(store, 60)

    number = count()

    def cut(request: httpx.Request) -> httpx.Response | None:
        if next(number) % cut_every:
            return None
        centre.failure = None
        centre.answer(request)  # the centre has it; its answer is lost
        centre.failure = cut
        raise httpx.ReadError("cut")

    centre.failure, rounds_needed = cut, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kiosk.sync.rounds.BATCH", 7)
        while store.outbox.queue().queued:
            rounds_needed += 1
            with suppress(CentreUnreachable):
                await rounds.push(store, client)
    assert rounds_needed > 1
    assert centre.sequences() == list(range(1, 61))


async def test_memory_does_not_grow_with_the_queue(
    store: Store, client: CentreClient, centre: PretendCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draining a queue five times as long takes no more at its peak: a batch is all that is ever in memory."""
    monkeypatch.setattr("kiosk.sync.rounds.BATCH", 10)
    peaks, sizes = [], []
    centre.keeps = False

    def tidy(_request: httpx.Request) -> None:
        gc.collect()  # what nobody holds any more is no growth

    centre.failure = tidy
    gc.freeze()
    for length in (100, 500):
        fill(store, length)
        ((size,),) = store.outbox._database.rows("SELECT sum(length(envelope)) FROM outbox")
        tracemalloc.start()
        assert await rounds.push(store, client) == length
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(size)
    gc.unfreeze()
    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 5, (peaks, sizes)


def fill(store: Store, count: int) -> None:
    """Queue many in one transaction: a flush for each would be all that the test does."""
    receipt = PrintReceipt(
        serial="S", job_name="j", copy_number=1, outcome=PrintOutcome.DELIVERED, impressions=1, at=START
    )
    with store.outbox._database.transaction() as tx:
        for _ in range(count):
            store.outbox.submit_in(tx, EnvelopeKind.PRINT_RECEIPT, receipt)


def holds(request: httpx.Request, envelope: UUID) -> bool:
    """Tell whether a push request carries an envelope."""
    if not request.url.path.endswith("/push"):
        return False
    return str(envelope).encode() in gzip.decompress(request.content)
