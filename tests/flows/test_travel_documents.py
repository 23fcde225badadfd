"""A passport's or permit's printed lines are asked for where an item takes such documents, and only there."""

import pytest

from devices.camera.api import CameraError
from devices.card_reader.api import CardForged
from devices.document.errors import ReadingFailed
from devices.mrz import Mrz, parse
from devices.virtual.emrtd_document import Traveller
from devices.virtual.travellers import ANNA, CHAN
from kiosk.stage import (
    Answered,
    Attract,
    Chosen,
    Confirmed,
    Delivered,
    Done,
    FormPage,
    Home,
    Identify,
    ItemGuide,
    ItemList,
    ReaderState,
    Review,
    ScanCode,
    Sought,
    TypeInstead,
)
from tests.fakes import town
from tests.fakes.devices import Locked
from tests.fakes.stage import BACK, HOME, NOTHING, Row, does, like
from tests.fakes.terminal import TODAY, FakeTerminal
from tests.fakes.town import ANNA_PASSPORT, CHAN_PERMIT, ZHANG_RESIDENT
from tests.terminal_parts import SEALING_KEY
from wire.envelope import unseal
from wire.messages import Application
from wire.problems import problem

PERMIT = Locked(CHAN.key, CHAN_PERMIT)
PASSPORT = Locked(ANNA.key, ANNA_PASSPORT)
GUIDE: list[Row] = [(Attract, Done.DONE), (Home, "apply"), (ItemList, Chosen("stall")), (ItemGuide, Done.DONE)]
LINES = like(ScanCode, sought=Sought.PRINTED_LINES, can_type=True, problem=None)
WRONG = like(ScanCode, sought=Sought.PRINTED_LINES, problem="card.wrong_access")
NUMBER, BIRTH, EXPIRY = (like(FormPage, title="三项", number=place + 1, total=3, error=None) for place in range(3))
STAFF = like(FormPage, number=1, total=1)


def page(traveller: Traveller) -> Mrz:
    return parse(traveller.zone(), TODAY)


def typed(traveller: Traveller) -> list[Row]:
    return [
        (NUMBER, Answered(traveller.number)),
        (BIRTH, Answered(f"{traveller.birth_date}")),
        (EXPIRY, Answered(f"{traveller.valid_to}")),
    ]


@pytest.fixture
def at(terminal: FakeTerminal) -> FakeTerminal:
    """Return a terminal with an item that takes permits and no passports."""
    terminal.store.resources.apply(town.bundle(town.SHOP, town.NO_PROPERTY, town.STALL, cursor=2))
    return terminal


def play(at: FakeTerminal, *rows: Row) -> None:
    """Play from the item's guide on. Afterwards nobody films, and nothing that opens a chip is known any more."""
    at.play([*GUIDE, *rows])
    assert at.travel_documents.access.current() is None
    assert at.mrz_reader.filming == 0


def test_shown_to_the_camera(at: FakeTerminal) -> None:
    """The permit lies on the reader, its lines are shown, and the application goes out in its holder's name."""
    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, does(at.mrz_reader.show, page(CHAN))),
        (STAFF, Answered(2)),
        (Review, Confirmed.CONFIRMED),
        (Delivered, NOTHING),
    )
    review = next(view for view in at.stage.views if isinstance(view, Review))
    assert {row.label.zh: row.value.zh for row in review.rows}["证件号码"] == "*" * len(CHAN.number)
    (envelope,) = at.store.outbox.pending(100)
    assert unseal(envelope, Application, key=SEALING_KEY).applicant == CHAN_PERMIT


def test_put_down_at_the_menu(at: FakeTerminal) -> None:
    """A document that lies there from the beginning is not asked about until an item wants it."""
    at.play(
        [
            (Attract, does(at.reader.insert, PERMIT)),
            (like(Home, citizen_masked=None), "apply"),
            *GUIDE[2:],
            (LINES, does(at.mrz_reader.show, page(CHAN))),
            (STAFF, NOTHING),
        ]
    )


def test_lifted_to_be_shown(at: FakeTerminal) -> None:
    """Whoever lifts the document to show it is asked to put it back, and not for its lines again."""

    def lift_and_show() -> None:
        at.reader.remove()
        at.mrz_reader.show(page(CHAN))

    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, does(lift_and_show)),
        (like(Identify, reader=ReaderState.WAITING, problem=None), does(at.reader.insert, PERMIT)),
        (STAFF, NOTHING),
    )


def test_moved_in_mid_read(at: FakeTerminal) -> None:
    """Taken away while it is read: it is said, and put back it reads without being shown again."""

    def show_and_move() -> None:
        at.reader.during_read = at.reader.remove
        at.mrz_reader.show(page(CHAN))

    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, does(show_and_move)),
        (like(Identify, problem="card.removed"), does(at.reader.insert, PERMIT)),
        (STAFF, NOTHING),
    )


def test_typed(at: FakeTerminal) -> None:
    """Typing three things does as well; Back leads page by page, and what was typed is still there on the way."""
    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, TypeInstead()),
        (NUMBER, BACK),
        (LINES, TypeInstead()),
        (NUMBER, Answered("h1234 5678")),
        (BIRTH, BACK),
        (NUMBER, Answered("H12345678 ")),
        (BIRTH, Answered("1988-02-29")),
        (EXPIRY, Answered("2031-05-19")),
        (STAFF, NOTHING),
    )


def test_what_cannot_be_printed_on_a_document_is_asked_again(at: FakeTerminal) -> None:
    """Other characters in the number are explained; nothing is tried at the chip."""
    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, TypeInstead()),
        (NUMBER, Answered("H-1234")),
        (like(FormPage, number=1, error="字母和数字"), Answered("证1234")),
        (like(FormPage, number=1, error="letters and digits"), Answered("H12345678")),
        (BIRTH, Answered("2199-01-01")),
        (like(FormPage, number=2, error=""), NOTHING),
    )
    assert at.reader.reads == 1


def test_another_documents_lines(at: FakeTerminal) -> None:
    """Lines of another document: said kindly, and passed over while they lie there; the right ones open the chip."""

    def later() -> None:
        assert at.reader.reads == 2
        at.mrz_reader.show(page(CHAN))

    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, does(at.mrz_reader.show, page(ANNA))),
        (WRONG, does(later)),
        (STAFF, NOTHING),
    )
    assert at.reader.reads == 3


def test_mistyped(at: FakeTerminal) -> None:
    """What was mistyped is asked again from the beginning; none of it is shown."""
    at.play(
        [
            *GUIDE,
            (Identify, does(at.reader.insert, PERMIT)),
            (LINES, TypeInstead()),
            *typed(ANNA),
            (WRONG, TypeInstead()),
            (like(FormPage, number=1), NOTHING),
        ]
    )
    shown = at.stage.views[-1]
    assert isinstance(shown, FormPage)
    assert not getattr(shown.question, "value", None)


@pytest.mark.parametrize("fault", [CameraError("dark"), ReadingFailed("no program")], ids=["camera", "tesseract"])
def test_lines_that_cannot_be_read_are_typed(at: FakeTerminal, fault: CameraError | ReadingFailed) -> None:
    """Without a camera, or what reads its pictures, typing is asked for at once, and says why; Back leaves."""
    at.mrz_reader.show(fault)
    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, NOTHING),
        (like(FormPage, number=1, total=3, error=problem(fault.code).happened.zh), BACK),
        (ItemList, NOTHING),
    )


def test_back_leaves(at: FakeTerminal) -> None:
    """Back from the camera leads to where the citizen came from."""
    play(at, (Identify, does(at.reader.insert, PERMIT)), (LINES, BACK), (ItemList, NOTHING))


def test_home_leaves_nothing(at: FakeTerminal) -> None:
    """Home in the middle of it ends it; the next item asks anew."""
    play(
        at,
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, does(lambda: (at.reader.remove(), at.mrz_reader.show(page(CHAN))))),
        (like(Identify, reader=ReaderState.WAITING), HOME),
        (Home, "apply"),
        *GUIDE[2:],
        (Identify, does(at.reader.insert, PERMIT)),
        (LINES, NOTHING),
    )


def test_an_item_that_takes_none(at: FakeTerminal) -> None:
    """Where no travel document is taken, nobody is asked to show or type what would not help them."""
    at.play(
        [
            *GUIDE[:2],
            (ItemList, Chosen("shop")),
            (ItemGuide, Done.DONE),
            (Identify, does(at.reader.insert, PERMIT)),
            (like(Identify, problem="card.not_accepted"), does(at.second_reader.insert, ZHANG_RESIDENT)),
            (like(FormPage, number=1, total=2), NOTHING),
        ]
    )


def test_another_kind_of_travel_document(at: FakeTerminal) -> None:
    """A passport where only permits are taken turns out as one once it is open, and is not accepted."""
    play(
        at,
        (Identify, does(at.reader.insert, PASSPORT)),
        (LINES, does(at.mrz_reader.show, page(ANNA))),
        (like(Identify, problem="card.not_accepted"), does(at.second_reader.insert, ZHANG_RESIDENT)),
        (STAFF, NOTHING),
    )


def test_a_forged_chip(at: FakeTerminal) -> None:
    """A forged document is named as one, and not tried again by itself."""
    play(
        at,
        (Identify, does(at.reader.insert, Locked(CHAN.key, CardForged("hash")))),
        (LINES, does(at.mrz_reader.show, page(CHAN))),
        (like(Identify, problem="card.forged"), NOTHING),
    )
    assert at.reader.reads == 2
