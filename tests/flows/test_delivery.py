"""Every copy of a certificate ends as exactly one known outcome, whatever ends the program in between."""

import asyncio
from pathlib import Path
from typing import NoReturn

import pytest

from devices.printer.api import JobProgress, PrintDoubtful, Printed
from kiosk.printing import Certificate
from kiosk.stage import Answered, Attract, Chosen, Confirmed, Done, FormPage, Home, Identify, ItemList, Review, Waiting
from kiosk.store import CopyState, StoreFull
from tests.fakes.loop import run
from tests.fakes.stage import NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_SOCIAL
from tests.terminal_parts import SEALING_KEY
from wire.envelope import unseal
from wire.messages import CertificateReply, PrintOutcome, PrintReceipt

ROWS: list[Row] = [
    (Attract, Done.DONE),
    (Home, "print"),
    (ItemList, Chosen("no_property")),
]
REPLY = CertificateReply(serial="DL-0001", pdf=b"%PDF", pages=1)


async def reply() -> CertificateReply:
    return REPLY


def receipts(terminal: FakeTerminal) -> list[PrintOutcome]:
    """Return what the centre will hear."""
    envelopes = terminal.store.outbox.pending(100)
    return [unseal(envelope, PrintReceipt, key=SEALING_KEY).outcome for envelope in envelopes]


def unfinished(terminal: FakeTerminal) -> list[CopyState]:
    return [copy.state for copy in terminal.store.ledger.unfinished()]


def to_waiting(terminal: FakeTerminal, message: str) -> list[Row]:
    return [
        *ROWS,
        (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
        (FormPage, Answered("loan")),
        (Review, Confirmed.CONFIRMED),
        (like(Waiting, message=message), NOTHING),
    ]


def test_killed_while_the_centre_makes_it(terminal: FakeTerminal) -> None:
    """Killed before the certificate came: the copy is void at the next start, and the printer is not asked."""
    terminal.play(to_waiting(terminal, "正在开具"))
    assert unfinished(terminal) == [CopyState.RESERVED]
    terminal.play([(Attract, NOTHING)])
    assert unfinished(terminal) == []
    assert receipts(terminal) == []


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (Printed(1), PrintOutcome.DELIVERED),
        (PrintDoubtful("printer.job_lost", None), PrintOutcome.DOUBTFUL),
        (None, PrintOutcome.DOUBTFUL),
    ],
)
def test_killed_while_printing(
    terminal: FakeTerminal, known: Printed | PrintDoubtful | None, told: PrintOutcome
) -> None:
    """Killed at the waiting screen: the next start settles the copy by the printer's word, once, and prints nothing."""
    terminal.play(to_waiting(terminal, "正在打印"))
    assert unfinished(terminal) == [CopyState.SPOOLED]
    (job,) = terminal.printer.jobs
    if known is not None:
        terminal.printer.known[job.name] = known
    terminal.play([(Attract, NOTHING)])
    terminal.play([(Attract, NOTHING)])
    assert unfinished(terminal) == []
    assert receipts(terminal) == [told]
    assert len(terminal.printer.jobs) == 1


def test_recovery_waits_for_a_silent_printer(terminal: FakeTerminal) -> None:
    """A printer that is silent at the start is asked again later; citizens are served meanwhile."""
    terminal.play(to_waiting(terminal, "正在打印"))
    terminal.reader.remove()
    terminal.printer.silent = True
    terminal.printer.known[terminal.printer.jobs[0].name] = Printed(1)

    def speaks() -> None:
        terminal.printer.silent = False

    terminal.play([(Attract, Done.DONE), (Home, NOTHING), (Attract, does(speaks))])
    assert unfinished(terminal) == [CopyState.SPOOLED]
    run(terminal.desk.recover())
    assert receipts(terminal) == [PrintOutcome.DELIVERED]


def test_a_silent_printer_is_asked_until_it_speaks(terminal: FakeTerminal) -> None:
    """Recovery itself goes on until the printer has answered."""

    async def play() -> None:
        certificate = await terminal.desk.issue("no_property", reply)
        terminal.store.ledger.spooled(certificate.job_name)
        terminal.printer.silent = True
        recovering = asyncio.create_task(terminal.desk.recover())
        await asyncio.sleep(600)
        assert not recovering.done()
        terminal.printer.silent = False
        await recovering

    run(play())
    assert receipts(terminal) == [PrintOutcome.DOUBTFUL]


def test_pages_are_written_down_as_they_come(terminal: FakeTerminal) -> None:
    """The ledger knows of a page before the job ends."""
    seen: list[tuple[JobProgress, list[CopyState]]] = []

    async def play() -> None:
        certificate = await terminal.desk.issue("no_property", reply)
        await terminal.desk.deliver(certificate, lambda progress: seen.append((progress, unfinished(terminal))))

    run(play())
    assert seen == [(JobProgress(1, ()), [CopyState.PRINTING])]
    assert unfinished(terminal) == []


def test_a_full_disk_does_not_stop_a_job_that_runs(terminal: FakeTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that cannot be written down is still printed, and the outcome is noted when there is room again."""

    def full(job_name: str, impressions: int) -> NoReturn:
        raise StoreFull("full")

    monkeypatch.setattr(type(terminal.store.ledger), "progressed", lambda _, *row: full(*row))

    async def play() -> None:
        certificate = await terminal.desk.issue("no_property", reply)
        assert await terminal.desk.deliver(certificate, lambda _: None) == Printed(1)

    run(play())
    assert receipts(terminal) == [PrintOutcome.DELIVERED]


def test_driver_that_breaks_its_promise(terminal: FakeTerminal) -> None:
    """An exception that no driver may raise leaves doubt on record, not an open row."""

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    async def play() -> Certificate:
        certificate = await terminal.desk.issue("no_property", reply)
        terminal.desk._printer = Broken()  # type: ignore[assignment]
        await terminal.desk.deliver(certificate, lambda _: None)
        return certificate

    with pytest.raises(RuntimeError):
        run(play())
    assert receipts(terminal) == [PrintOutcome.DOUBTFUL]


def test_documents_stay_in_memory(terminal: FakeTerminal, tmp_path: Path) -> None:
    """No byte of a certificate reaches the disk, and no repr shows one."""
    terminal.printer.run_out_in_next_job()
    terminal.play(to_waiting(terminal, "正在打印"))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"%PDF" not in written
    assert ZHANG_SOCIAL.name.encode() not in written
    assert ZHANG_SOCIAL.id_number.encode() not in written
    assert "%PDF" not in repr(Certificate("job", "item", "serial", 1, b"%PDF-secret"))
