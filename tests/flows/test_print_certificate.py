"""A citizen prints a certificate: from a card to paper, and all that can come in between."""

import asyncio

import pytest

from devices.card_reader.api import CardGarbled, CardUnsupported
from devices.printer.api import NotPrinted, PrintDoubtful
from kiosk.stage import (
    Answered,
    Attract,
    Choice,
    Chosen,
    Confirmed,
    Delivered,
    Done,
    FormPage,
    Home,
    Identify,
    ItemList,
    PaperCheck,
    PaperFound,
    ProblemShown,
    ReaderState,
    Review,
    Waiting,
)
from kiosk.store import CopyState
from tests.fakes.stage import BACK, HOME, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import LIU_RESIDENT, ZHANG_RESIDENT, ZHANG_SOCIAL
from tests.terminal_parts import SEALING_KEY, receipt_for
from wire.envelope import unseal
from wire.messages import PrintOutcome, PrintReceipt, PrintSettler

CHOOSE: list[Row] = [(Attract, Done.DONE), (Home, "print"), (ItemList, Chosen("no_property"))]
ANSWER: list[Row] = [(FormPage, Answered("loan")), (Review, Confirmed.CONFIRMED)]
TAKE: list[Row] = [(like(Delivered, take_paper=True), Done.DONE), (Home, NOTHING)]


def copies(terminal: FakeTerminal, serial: str = "DL-0001") -> list[CopyState]:
    return [copy.state for copy in terminal.store.ledger.copies(serial)]


def test_card_to_paper_in_four_touches(terminal: FakeTerminal) -> None:
    """A card put down wakes the terminal and greets; four touches later the certificate lies in the tray."""
    stage = terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (like(Home, citizen_masked=None), NOTHING),
            (like(Home, citizen_masked="**燕"), "print"),
            (like(ItemList, title="哪一种证明"), Chosen("no_property")),
            (like(FormPage, number=1, total=1), Answered("loan")),
            (Review, Confirmed.CONFIRMED),
            (like(Delivered, reference="DL-0001", take_paper=True, take_card=True), NOTHING),
        ]
    )
    assert terminal.printer.tray == [terminal.printer.jobs[0].name]
    assert terminal.centre.asked == [("no_property", ZHANG_SOCIAL.id_number, {"purpose": "loan"})]
    assert copies(terminal) == [CopyState.DELIVERED]
    assert terminal.reader.reads == 1
    assert not any(isinstance(view, Identify) for view in stage.views)


def test_card_asked_for_when_it_is_needed(terminal: FakeTerminal) -> None:
    """Who begins with a touch is asked for the card once, and sees that it is being read."""
    stage = terminal.play(
        [
            *CHOOSE,
            (like(Identify, reader=ReaderState.WAITING), does(terminal.reader.insert, ZHANG_RESIDENT)),
            (like(Identify, reader=ReaderState.READING), NOTHING),
            *ANSWER,
            *TAKE,
        ]
    )
    assert copies(terminal) == [CopyState.DELIVERED]
    assert terminal.printer.jobs[0].pdf == b"%PDF-certificate"
    review = next(view for view in stage.views if isinstance(view, Review))
    assert [row.value.zh for row in review.rows] == ["张小燕", "210203********0028", "办理贷款"]


def test_second_certificate_asks_for_no_card(terminal: FakeTerminal) -> None:
    """Whoever was identified once in a visit is not asked again, and no answer is carried over."""
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.second_reader.insert, ZHANG_RESIDENT)),
            *ANSWER,
            (Delivered, Done.DONE),
            (Home, "print"),
            (ItemList, Chosen("no_property")),
            (FormPage, Answered("school")),
            (Review, Confirmed.CONFIRMED),
            (like(Delivered, reference="DL-0002"), Done.DONE),
            (Home, NOTHING),
        ]
    )
    assert terminal.second_reader.reads == 1


def test_card_pulled_while_it_is_read(terminal: FakeTerminal) -> None:
    """A card pulled too early is named; put down again, it is read."""
    terminal.reader.during_read = terminal.reader.remove
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (like(Identify, problem="card.removed"), does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            *TAKE,
        ]
    )


def test_wrong_cards_are_named_one_after_another(terminal: FakeTerminal) -> None:
    """Each kind of wrong card has its own words; the right one is taken at last."""
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, CardUnsupported("type-B"))),
            (like(Identify, problem="card.unsupported"), does(terminal.reader.insert, CardGarbled("length"))),
            (like(Identify, problem="card.garbled"), does(terminal.reader.insert, LIU_RESIDENT)),
            *ANSWER,
            *TAKE,
        ]
    )


def test_reader_unplugged_and_back(terminal: FakeTerminal) -> None:
    """The screen says that no reader is there, and goes on when one is back."""

    def unplug() -> None:
        terminal.second_reader.lose()
        terminal.reader.lose()

    terminal.play(
        [
            *CHOOSE,
            (like(Identify, reader=ReaderState.WAITING), does(unplug)),
            (like(Identify, reader=ReaderState.MISSING), does(terminal.reader.bring_back)),
            (like(Identify, reader=ReaderState.WAITING), does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            *TAKE,
        ]
    )


def test_centre_down_is_said_before_anything_is_asked(terminal: FakeTerminal) -> None:
    """Without a line no certificate can be made: that is the first thing said, and no card is read."""
    terminal.centre.up = False

    def mend() -> None:
        terminal.centre.up = True

    stage = terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (like(ProblemShown, problem="centre.certificate_needs_line", can_retry=True), Choice.LEAVE),
            (Home, does(mend)),
        ]
    )
    assert terminal.reader.reads == 0
    assert not any(isinstance(view, Identify | ItemList) for view in stage.views)


def test_paper_out_before_is_said_before_anything_is_asked(terminal: FakeTerminal) -> None:
    """An empty tray is named first; filled, the same flow goes on by Retry."""
    terminal.printer.run_out()
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (like(ProblemShown, problem="printer.out_of_paper", can_retry=True), Choice.RETRY),
            (like(ProblemShown, problem="printer.out_of_paper"), Choice.LEAVE),
            (Home, does(terminal.printer.refill)),
        ]
    )
    assert terminal.store.ledger.unfinished() == []
    assert terminal.centre.asked == []


def test_printer_unplugged_before(terminal: FakeTerminal) -> None:
    """A printer that does not answer is named first."""
    terminal.printer.vanish()
    terminal.play(
        [(Attract, Done.DONE), (Home, "print"), (like(ProblemShown, problem="printer.unavailable"), Choice.LEAVE)]
    )


def test_paper_out_during_and_refilled(terminal: FakeTerminal) -> None:
    """Paper that runs out is said on the waiting screen; refilled, the one job is printed to its end."""
    terminal.printer.run_out_in_next_job()
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(Waiting, problem="printer.out_of_paper"), does(terminal.printer.refill)),
            *TAKE,
        ]
    )
    assert len(terminal.printer.jobs) == 1
    assert copies(terminal) == [CopyState.DELIVERED]


def test_paper_out_for_longer_than_patience(terminal: FakeTerminal) -> None:
    """No page came out: the copy is void, Retry prints the same certificate as a second copy."""
    terminal.printer.run_out_in_next_job()
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(ProblemShown, problem="printer.out_of_paper", can_retry=True), does(terminal.printer.refill)),
        ]
    )
    assert copies(terminal) == [CopyState.VOID]


def test_second_copy_after_a_void_one(terminal: FakeTerminal) -> None:
    """What was not printed may be printed again: same serial, next copy, asked of the centre once."""
    terminal.printer.next_outcome = NotPrinted("printer.jammed")
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(ProblemShown, problem="printer.jammed", can_retry=True), Choice.RETRY),
            *TAKE,
        ]
    )
    assert copies(terminal) == [CopyState.VOID, CopyState.DELIVERED]
    assert len(terminal.centre.asked) == 1
    assert len({job.name for job in terminal.printer.jobs}) == 2


def test_giving_up_after_a_void_copy(terminal: FakeTerminal) -> None:
    """Whoever leaves after a void copy leaves nothing open."""
    terminal.printer.next_outcome = NotPrinted("printer.jammed")
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (ProblemShown, Choice.LEAVE),
            (Home, NOTHING),
        ]
    )
    assert copies(terminal) == [CopyState.VOID]


def print_in_doubt(terminal: FakeTerminal, *rows: Row) -> None:
    """Play a visit whose printing ends in doubt, up to the question and on."""
    terminal.printer.next_outcome = PrintDoubtful("printer.job_lost", 1)
    asking: list[Row] = [*CHOOSE, (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)), *ANSWER]
    terminal.play([*asking, *rows])


def told(terminal: FakeTerminal) -> list[tuple[PrintOutcome, PrintSettler | None, bool]]:
    """Return what the centre will hear of the copies, in order: of one copy one receipt is under way at a time."""
    heard = []
    while batch := terminal.store.outbox.pending(100):
        receipts = [unseal(envelope, PrintReceipt, key=SEALING_KEY) for envelope in batch]
        heard += [(one.outcome, one.settled_by, one.reprint) for one in receipts]
        terminal.store.outbox.acknowledge([receipt_for(envelope) for envelope in batch])
    return heard


@pytest.mark.fault("printing in doubt", code="printer.doubtful")
def test_doubt_is_called_doubt(terminal: FakeTerminal) -> None:
    """When nobody knows what lies in the tray, the citizen is asked; who goes without a word leaves it to the staff."""
    print_in_doubt(terminal, (like(PaperCheck, problem="printer.doubtful", pages=1, reference="DL-0001"), HOME))
    assert copies(terminal) == [CopyState.DOUBTFUL]
    assert len(terminal.printer.jobs) == 1
    assert told(terminal) == [(PrintOutcome.DOUBTFUL, None, False)]


def test_doubt_is_settled_by_the_citizen(terminal: FakeTerminal) -> None:
    """The paper is complete in the citizen's hand: it is delivered, in the ledger and for the centre."""
    print_in_doubt(terminal, (PaperCheck, PaperFound.COMPLETE), *TAKE)
    assert copies(terminal) == [CopyState.DELIVERED]
    assert told(terminal) == [
        (PrintOutcome.DOUBTFUL, None, False),
        (PrintOutcome.DELIVERED, PrintSettler.CITIZEN, False),
    ]


def test_incomplete_paper_is_printed_once_more_as_a_reprint(terminal: FakeTerminal) -> None:
    """An incomplete copy is void; the next one is marked as a reprint, since paper of the first may be about."""
    print_in_doubt(
        terminal,
        (PaperCheck, PaperFound.INCOMPLETE),
        (like(ProblemShown, problem="printer.found_incomplete", can_retry=True), Choice.RETRY),
        *TAKE,
    )
    assert copies(terminal) == [CopyState.VOID, CopyState.DELIVERED]
    assert [copy.reprint for copy in terminal.store.ledger.copies("DL-0001")] == [False, True]
    assert len(terminal.centre.asked) == 1
    assert (PrintOutcome.DELIVERED, None, True) in told(terminal)


def test_no_second_reprint_in_a_visit(terminal: FakeTerminal) -> None:
    """Whoever finds the reprint incomplete, too, is sent to the staff."""

    def doubt_again() -> None:
        terminal.printer.next_outcome = PrintDoubtful("printer.job_lost", 1)
        asyncio.get_running_loop().call_later(1, terminal.stage.answer, Choice.RETRY)

    print_in_doubt(
        terminal,
        (PaperCheck, PaperFound.INCOMPLETE),
        (like(ProblemShown, can_retry=True), does(doubt_again)),
        (PaperCheck, PaperFound.INCOMPLETE),
        (like(ProblemShown, problem="printer.found_incomplete", can_retry=False), Choice.LEAVE),
        (Home, NOTHING),
    )
    assert copies(terminal) == [CopyState.VOID, CopyState.VOID]


def test_centre_refuses(terminal: FakeTerminal) -> None:
    """The centre's reason is told in its words; there is nothing to retry, and the row ends void."""
    terminal.centre.problem = "certificate.has_property"
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(ProblemShown, problem="certificate.has_property", can_retry=False), Choice.LEAVE),
            (Home, NOTHING),
        ]
    )
    assert terminal.store.ledger.unfinished() == []
    assert terminal.printer.jobs == []


def test_line_cut_while_the_certificate_is_made(terminal: FakeTerminal) -> None:
    """A line that breaks after the questions ends in words, with nothing open; Retry asks nothing again.

    The centre had made the certificate when its answer was lost: it is that one, not a second.
    """

    def cut() -> None:
        terminal.centre.up = False

    def mend_and_retry() -> None:
        terminal.centre.up = True
        asyncio.get_running_loop().call_later(1, terminal.stage.answer, Choice.RETRY)

    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (FormPage, Answered("loan")),
            (Review, Confirmed.CONFIRMED),
            (like(Waiting, message="正在开具"), does(cut)),
            (like(ProblemShown, problem="centre.unreachable", can_retry=True), does(mend_and_retry)),
            *TAKE,
        ]
    )
    assert terminal.store.ledger.unfinished() == []
    assert len(terminal.centre.asked) == 1
    assert copies(terminal) == [CopyState.DELIVERED]


def test_giving_up_while_the_line_is_cut(terminal: FakeTerminal) -> None:
    """Whoever does not want to try again is back at the menu, with nothing open."""

    def cut() -> None:
        terminal.centre.up = False

    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(Waiting, message="正在开具"), does(cut)),
            (like(ProblemShown, problem="centre.unreachable"), Choice.LEAVE),
            (Home, NOTHING),
        ]
    )
    assert terminal.store.ledger.unfinished() == []
    assert terminal.printer.jobs == []


def test_back_from_page_to_page(terminal: FakeTerminal) -> None:
    """Back goes one page back each time, from the review to the menu; the card is read once."""
    terminal.play(
        [
            *CHOOSE,
            (Identify, BACK),
            (ItemList, Chosen("no_property")),
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (FormPage, Answered("loan")),
            (Review, BACK),
            (FormPage, BACK),
            (ItemList, Chosen("no_property")),
            (FormPage, BACK),
            (ItemList, BACK),
            (Home, NOTHING),
        ]
    )
    assert terminal.reader.reads == 1


def test_home_ends_the_flow_not_the_visit(terminal: FakeTerminal) -> None:
    """Home in mid-form leads to the menu; the citizen is still greeted."""
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (FormPage, HOME),
            (like(Home, citizen_masked="**燕"), NOTHING),
        ]
    )
    assert terminal.store.ledger.unfinished() == []


def test_home_while_printing_changes_nothing(terminal: FakeTerminal) -> None:
    """What is being printed is not left half done."""
    terminal.play(
        [
            *CHOOSE,
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            *ANSWER,
            (like(Waiting, message="正在打印"), HOME),
            *TAKE,
        ]
    )
    assert copies(terminal) == [CopyState.DELIVERED]
