"""A citizen tracks a case, by the slip's QR code or by typing."""

import asyncio
from datetime import UTC, datetime

import pytest

from devices.scanner.api import Hint, NoPicture
from kiosk.stage import (
    Attract,
    CaseProgress,
    Choice,
    Done,
    EnterDigits,
    Home,
    ProblemShown,
    ScanCode,
    TypeInstead,
)
from tests.fakes.stage import BACK, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from wire.case import CaseState, CaseStep, CaseView, SlipCode, new_case_number, new_slip_token
from wire.text import Text

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
SLIP = SlipCode(case_number=new_case_number(AT.date(), 12, 1), token=new_slip_token())
CASE = CaseView(
    case_number=SLIP.case_number,
    item_name=Text(zh="个体工商户设立登记", en="Registration"),
    department_name=Text(zh="市场监督管理局", en="Market Regulation"),
    applicant_masked="**燕",
    state=CaseState.IN_REVIEW,
    steps=(CaseStep(state=CaseState.ACCEPTED, at=AT),),
    promised_by=None,
)
BEGIN: list[Row] = [(Attract, Done.DONE), (Home, "track")]
SHOWN: list[Row] = [(like(CaseProgress, case=CASE), Done.DONE), (Home, NOTHING)]


@pytest.fixture(autouse=True)
def _known_case(terminal: FakeTerminal) -> None:
    terminal.centre.cases = {(SLIP.case_number, SLIP.token): CASE, (SLIP.case_number, "002X"): CASE}


def test_by_slip(terminal: FakeTerminal) -> None:
    """The slip's QR code alone opens its case."""
    terminal.play([*BEGIN, (ScanCode, does(terminal.scanner.hold, SLIP.to_text("https://centre.example"))), *SHOWN])


def test_by_number(terminal: FakeTerminal) -> None:
    """The number and the last four characters of the ID number open it too; Back leads page by page."""
    terminal.play(
        [
            *BEGIN,
            (like(ScanCode, can_type=True), TypeInstead()),
            (EnterDigits, BACK),
            (ScanCode, TypeInstead()),
            (like(EnterDigits, length=17, secret=False), SLIP.case_number),
            (like(EnterDigits, length=4, last_may_be_x=True), BACK),
            (like(EnterDigits, length=17), SLIP.case_number),
            (like(EnterDigits, length=4, secret=True), "002X"),
            *SHOWN,
        ]
    )


def test_mistyped_number_is_caught_by_its_check_digit(terminal: FakeTerminal) -> None:
    """A number with a wrong digit never reaches the centre."""
    wrong = SLIP.case_number[:-1] + str((int(SLIP.case_number[-1]) + 1) % 10)
    terminal.play(
        [
            *BEGIN,
            (ScanCode, TypeInstead()),
            (EnterDigits, wrong),
            (like(EnterDigits, problem="case.number_wrong"), SLIP.case_number),
            (like(EnterDigits, length=4, problem=None), "002X"),
            *SHOWN,
        ]
    )


def test_unknown_case(terminal: FakeTerminal) -> None:
    """An unknown case and a wrong proof are one message; Retry begins anew."""
    terminal.play(
        [
            *BEGIN,
            (ScanCode, TypeInstead()),
            (EnterDigits, SLIP.case_number),
            (EnterDigits, "0000"),
            (like(ProblemShown, problem="centre.case_not_found", can_retry=True), Choice.RETRY),
            (ScanCode, BACK),
            (Home, NOTHING),
        ]
    )


def test_other_codes_are_named_and_passed_over(terminal: FakeTerminal) -> None:
    """A code that is no slip's is named, once, while it lies there; the next one counts. Bytes need not be text."""
    hints: list[Hint] = []

    def some_time_later() -> None:
        view = terminal.stage.views[-1]
        assert isinstance(view, ScanCode)
        assert view.hint is not None
        loop = asyncio.get_running_loop()
        for at_s in (0, 4):
            loop.call_later(at_s, lambda: hints.append(view.hint()))
        loop.call_later(5, terminal.scanner.hold, SLIP.to_text("https://centre.example"))

    stage = terminal.play(
        [
            *BEGIN,
            (ScanCode, does(terminal.scanner.hold, "https://pay.example/1")),
            (like(ScanCode, problem="scan.wrong_kind"), does(terminal.scanner.hold, b"\xff\xfe")),
            (like(ScanCode, problem="scan.wrong_kind"), does(some_time_later)),
            *SHOWN,
        ]
    )
    assert sum(isinstance(view, ScanCode) for view in stage.views) == 3
    assert hints == [Hint.SEARCHING, Hint.ALREADY_USED]
    assert terminal.scanner.calls == 3


@pytest.mark.parametrize(
    ("payload", "eci", "problem"),
    [
        ("大连市行政服务中心".encode("gb18030"), None, "verification.not_our_code"),
        ("大连市行政服务中心".encode("gb18030"), 29, "verification.not_our_code"),
        ("大连市行政服务中心".encode(), 26, "verification.not_our_code"),
        (b"\xd2\x84\x43\xa1\x01\x27\xa0", None, "scan.wrong_kind"),
        ("大连市行政服务中心".encode("gb18030"), 26, "scan.wrong_kind"),
    ],
    ids=["gb18030", "gb18030, declared", "utf-8, declared", "binary", "declared wrongly"],
)
def test_other_systems_codes_are_refused_for_what_they_are(
    terminal: FakeTerminal, payload: bytes, eci: int | None, problem: str
) -> None:
    """Text of another system, in whichever encoding, is no code of ours; what is no text is of another kind."""
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "check"),
            (ScanCode, does(terminal.scanner.hold, payload, eci)),
            (like(ScanCode, problem=problem), NOTHING),
        ]
    )


def test_code_that_cannot_be_read(terminal: FakeTerminal) -> None:
    """When nothing is ever read, Back is always there."""
    terminal.play([*BEGIN, (ScanCode, BACK), (Home, NOTHING)])


def test_camera_fails(terminal: FakeTerminal) -> None:
    """A scanner that fails is named; Retry tries it again."""
    terminal.play(
        [
            *BEGIN,
            (ScanCode, does(terminal.scanner.hold, NoPicture("dark"))),
            (like(ProblemShown, can_retry=True), does(terminal.scanner.take_away)),
        ]
    )


def test_centre_down(terminal: FakeTerminal) -> None:
    """Without a line that is said."""
    terminal.centre.up = False
    terminal.play(
        [
            *BEGIN,
            (ScanCode, does(terminal.scanner.hold, SLIP.to_text("https://centre.example"))),
            (like(ProblemShown, problem="centre.unreachable", can_retry=True), Choice.LEAVE),
            (Home, NOTHING),
        ]
    )
