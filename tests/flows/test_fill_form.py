"""Forms whose pages depend on each other, walked forwards, backwards, and from the review."""

from kiosk.stage import (
    Answered,
    Attract,
    Chosen,
    Confirmed,
    Done,
    Edit,
    FormPage,
    Home,
    Identify,
    ItemGuide,
    ItemList,
    Review,
)
from tests.fakes import town
from tests.fakes.stage import BACK, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_RESIDENT, ZHANG_SOCIAL


def rule(key: str, value: object) -> dict[str, object]:
    return {"effect": "SHOW", "condition": {"scope": f"#/properties/{key}", "schema": {"const": value}}}


TREE = town.item(
    "tree",
    "树",
    "Tree",
    form=town.form(
        {
            "guardian": {"type": "boolean"},
            "who": {"type": "string", "minLength": 2},
            "home": {"type": "string", "x-known": "address"},
            "note": {"type": "string"},
        },
        ("guardian", "home"),
        elements=[
            {"type": "Control", "scope": "#/properties/guardian"},
            {"type": "Control", "scope": "#/properties/who", "rule": rule("guardian", True)},  # noqa: FBT003 - JSON
            {"type": "Control", "scope": "#/properties/home"},
            {"type": "Control", "scope": "#/properties/note"},
        ],
        allOf=[
            {
                "if": {"properties": {"guardian": {"const": True}}, "required": ["guardian"]},
                "then": {"required": ["who"]},
            }
        ],
    ),
)
BARE = town.item("bare", "空", "Bare")


def begin(code: str) -> list[Row]:
    return [(Attract, Done.DONE), (Home, "apply"), (ItemList, Chosen(code)), (ItemGuide, Done.DONE)]


def test_pages_come_and_go(terminal: FakeTerminal) -> None:
    """The number of pages follows the answers; Back walks over the pages that are there."""
    terminal.store.resources.apply(town.bundle(TREE, cursor=2))
    terminal.play(
        [
            *begin("tree"),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (like(FormPage, number=1, total=2), Answered(value=True)),
            (like(FormPage, number=2, total=3), BACK),
            (like(FormPage, number=1, total=3), Answered(value=False)),
            (like(FormPage, number=2, total=2), Answered(None)),
            (Review, BACK),
            (like(FormPage, number=2, total=2), Answered("note")),
            (Review, Confirmed.CONFIRMED),
        ]
    )


def test_a_change_in_the_review_may_open_new_questions(terminal: FakeTerminal) -> None:
    """What a changed answer asks for in addition is asked before the review comes back."""
    terminal.store.resources.apply(town.bundle(TREE, cursor=2))
    terminal.play(
        [
            *begin("tree"),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (FormPage, Answered(value=False)),
            (FormPage, Answered(None)),
            (Review, Edit("guardian")),
            (FormPage, Answered(value=True)),
            (like(FormPage, number=2, total=3, error=None), Answered(None)),
            (like(FormPage, number=3, total=3), Answered(None)),
            (like(FormPage, number=2, total=3, error="请先回答"), Answered("老王")),
            (like(FormPage, number=3, total=3), Answered(None)),
            (Review, NOTHING),
        ]
    )


def test_what_the_card_says_may_be_corrected_where_it_ages(terminal: FakeTerminal) -> None:
    """An address from the card is not asked, but can be changed in the review."""
    terminal.store.resources.apply(town.bundle(TREE, cursor=2))
    stage = terminal.play(
        [
            *begin("tree"),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (FormPage, Answered(value=False)),
            (FormPage, Answered(None)),
            (Review, Edit("home")),
            (like(FormPage, number=2, total=2), Answered("辽宁省大连市新路1号")),
            (Review, NOTHING),
        ]
    )
    review = stage.views[-1]
    assert isinstance(review, Review)
    assert [row.value.zh for row in review.rows if row.edit == "home"] == ["辽宁省大连市新路1号"]


def test_what_a_card_lacks_is_asked(terminal: FakeTerminal) -> None:
    """The social security card has no address: one page more."""
    terminal.store.resources.apply(town.bundle(TREE, cursor=2))
    terminal.play(
        [
            *begin("tree"),
            (Identify, does(terminal.reader.insert, ZHANG_SOCIAL)),
            (like(FormPage, number=1, total=3), NOTHING),
        ]
    )


def test_form_without_questions(terminal: FakeTerminal) -> None:
    """A form that asks nothing leads straight to the review; Back from there leaves it."""
    terminal.store.resources.apply(town.bundle(BARE, cursor=2))
    terminal.play(
        [
            *begin("bare"),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Review, BACK),
            (ItemList, NOTHING),
        ]
    )
