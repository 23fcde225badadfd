"""A citizen applies for an item: it is kept whatever happens, and they leave with its number."""

import pytest

from devices.printer.api import NotPrinted
from kiosk.stage import (
    Answered,
    Attract,
    Choice,
    Chosen,
    Confirmed,
    Delivered,
    Done,
    Edit,
    FormPage,
    Home,
    Identify,
    ItemGuide,
    ItemList,
    ProblemShown,
    Review,
    SearchFor,
)
from kiosk.store import StoreFull
from tests.fakes import town
from tests.fakes.stage import BACK, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import LIU_RESIDENT, ZHANG_RESIDENT, ZHANG_SOCIAL
from tests.terminal_parts import SEALING_KEY
from wire.case import SlipCode, check_case_number
from wire.envelope import unseal
from wire.messages import Application

GUIDE: list[Row] = [
    (Attract, Done.DONE),
    (Home, "apply"),
    (ItemList, Chosen("shop")),
    (like(ItemGuide, item=town.SHOP), Done.DONE),
]
FILL: list[Row] = [
    (like(FormPage, number=1, total=2), Answered("13800001234")),
    (like(FormPage, number=2, total=2), Answered(3)),
    (Review, Confirmed.CONFIRMED),
]


def applications(terminal: FakeTerminal) -> list[Application]:
    """Open what is queued, as only the centre can."""
    return [unseal(envelope, Application, key=SEALING_KEY) for envelope in terminal.store.outbox.pending(100)]


def test_from_guide_to_slip(terminal: FakeTerminal) -> None:
    """Read, card, questions, check, submit: the application is queued, and the slip bears its number."""
    stage = terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL,
            (like(Delivered, take_paper=True, take_card=True, message="3 个工作日"), Done.DONE),
            (Home, NOTHING),
        ]
    )
    (application,) = applications(terminal)
    (slip,) = terminal.press.slips
    delivered = next(view for view in stage.views if isinstance(view, Delivered))
    assert application.item == "shop"
    assert application.applicant == ZHANG_RESIDENT
    assert application.answers == {"operator": "张小燕", "phone": "13800001234", "staff": 3}
    assert application.case_number == slip.code.case_number == (delivered.reference or "").replace(" ", "")
    assert check_case_number(application.case_number)
    assert [job.pdf for job in terminal.printer.jobs] == [b"%PDF-slip"]


def test_centre_down_is_said_and_harmless(terminal: FakeTerminal) -> None:
    """Without a line the application is kept and sent later, and the citizen is told so."""
    terminal.centre.up = False
    terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL,
            (like(Delivered, message="自动送出", take_paper=True), Done.DONE),
            (Home, NOTHING),
        ]
    )
    assert len(applications(terminal)) == 1


@pytest.mark.parametrize("fault", ["paper", "printer", "template"])
def test_no_slip_but_a_number(terminal: FakeTerminal, fault: str) -> None:
    """A slip that cannot be printed costs the citizen nothing: the number is shown, and how to track by it."""
    if fault == "paper":
        terminal.printer.run_out()
    elif fault == "printer":
        terminal.printer.next_outcome = NotPrinted("printer.jammed")
    else:
        terminal.press.broken = True
    terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL,
            (like(Delivered, message="没有打印出来", take_paper=False), Done.DONE),
            (Home, NOTHING),
        ]
    )
    assert len(applications(terminal)) == 1


def test_disk_full_is_said_and_nothing_is_promised(terminal: FakeTerminal) -> None:
    """When an application cannot be kept, the citizen is told that, and gets no number."""

    class Full:
        def submit(self, *_: object) -> SlipCode:
            raise StoreFull("full")

    terminal.applications = Full()
    terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL,
            (like(ProblemShown, problem="terminal.store_full", can_retry=False), Choice.LEAVE),
            (Home, NOTHING),
        ]
    )
    assert applications(terminal) == []
    assert terminal.press.slips == []


def test_wrong_answers_are_explained_and_asked_again(terminal: FakeTerminal) -> None:
    """An answer that does not fit keeps its page, which says what is wrong in both languages."""
    terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (like(FormPage, error=None), Answered("12")),
            (like(FormPage, number=1, error="格式不对"), Answered("  ")),
            (like(FormPage, number=1, error="answer this question"), Answered(" 13800001234 ")),
            (like(FormPage, number=2, error=None), Answered(501)),
            (like(FormPage, number=2, error="500"), Answered(500)),
            (Review, NOTHING),
        ]
    )


def test_review_changes_one_answer(terminal: FakeTerminal) -> None:
    """From the review one answer is changed, or left as it was; what the card said is not up for change."""
    stage = terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL[:2],
            (Review, Edit("staff")),
            (like(FormPage, number=2), Answered(0)),
            (like(FormPage, number=2, error="1"), BACK),
            (like(Review, confirm="提交"), Edit("staff")),
            (like(FormPage, error=None), Answered(0)),
            (like(FormPage, error="1"), Answered(7)),
            (Review, Confirmed.CONFIRMED),
            (Delivered, Done.DONE),
        ]
    )
    assert applications(terminal)[0].answers["staff"] == 7
    review = next(view for view in stage.views if isinstance(view, Review))
    assert [(row.label.zh, row.edit) for row in review.rows] == [
        ("公民身份号码", None),
        ("经营者", None),
        ("电话", "phone"),
        ("从业人数", "staff"),
    ]


def test_document_that_the_item_does_not_accept(terminal: FakeTerminal) -> None:
    """A sound card of a kind that the item does not take is named as such, read at the menu or just now."""
    terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (Home, NOTHING),
            (Home, "apply"),
            (ItemList, Chosen("shop")),
            (ItemGuide, Done.DONE),
            (like(Identify, problem="card.not_accepted"), does(terminal.reader.insert, ZHANG_SOCIAL)),
            (like(Identify, problem="card.not_accepted"), does(terminal.second_reader.insert, ZHANG_RESIDENT)),
            (FormPage, NOTHING),
        ]
    )


def test_search_by_initials(terminal: FakeTerminal) -> None:
    """An item is found by the initials of its pinyin; Back returns to the whole list, then to the menu."""
    stage = terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "apply"),
            (ItemList, SearchFor("gtgsh")),
            (like(ItemList, query="gtgsh"), SearchFor("nothing like this")),
            (like(ItemList, query="nothing like this", items=()), BACK),
            (like(ItemList, query=""), SearchFor("开店")),
            (ItemList, Chosen("shop")),
            (ItemGuide, BACK),
            (ItemList, BACK),
            (Home, NOTHING),
        ]
    )
    found = [view for view in stage.views if isinstance(view, ItemList) and view.query == "gtgsh"]
    assert [card.code for card in found[0].items] == ["shop"]


def test_many_items_are_chosen_by_department(terminal: FakeTerminal) -> None:
    """A catalogue too long for one list begins with the departments."""
    many = [town.item(f"item{number}", f"事项{number}", f"Item {number}") for number in range(40)]
    terminal.store.resources.apply(town.bundle(town.SHOP, *many, cursor=2))
    stage = terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "apply"),
            (like(ItemList, title="部门"), Chosen("housing")),
            (like(ItemList, title="自然资源局"), BACK),
            (like(ItemList, title="部门"), Chosen("market")),
            (like(ItemList, title="市场监督管理局"), Chosen("shop")),
            (ItemGuide, NOTHING),
        ]
    )
    first = next(view for view in stage.views if isinstance(view, ItemList))
    assert {card.note.en for card in first.items} == {"40 services", "1 services"}


def test_form_that_is_broken_is_named(terminal: FakeTerminal) -> None:
    """A form that cannot be asked ends in words; other items go on."""
    broken = town.item("broken", "坏表单", "Broken", form=town.form({"x": {"type": "array"}}))
    terminal.store.resources.apply(town.bundle(town.SHOP, broken, cursor=2))
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "apply"),
            (ItemList, Chosen("broken")),
            (ItemGuide, Done.DONE),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (like(ProblemShown, problem="form.invalid", can_retry=False), Choice.LEAVE),
            (Home, "apply"),
            (ItemList, Chosen("shop")),
            (ItemGuide, Done.DONE),
            (FormPage, NOTHING),
        ]
    )


def test_two_citizens_never_mix(terminal: FakeTerminal) -> None:
    """After a session nothing of the first citizen is known: the second begins from nothing."""
    stage = terminal.play(
        [
            *GUIDE,
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            *FILL,
            (Delivered, does(terminal.reader.remove)),
            (like(Delivered, title="请取走打印好"), Done.DONE),
            (Attract, Done.DONE),
            (like(Home, citizen_masked=None), "apply"),
            *GUIDE[2:],
            (Identify, does(terminal.reader.insert, LIU_RESIDENT)),
            (FormPage, NOTHING),
        ]
    )
    assert stage.resets == terminal.wipes == 2  # once for each: the second ends with the program
    page = stage.views[-1]
    assert isinstance(page, FormPage)
    assert getattr(page.question, "value", None) == ""
