"""Anybody checks a printed certificate; no line is needed."""

import pytest

from kiosk.stage import Attract, Done, Genuineness, Home, ScanCode, VerificationResult
from tests.fakes import town
from tests.fakes.stage import BACK, NOTHING, Row, does, like
from tests.fakes.terminal import TODAY, FakeTerminal
from tests.terminal_parts import DEVICE_KEY, ISSUER_KEY
from wire.case import SlipCode, new_case_number, new_slip_token
from wire.verification import Statement, sign_statement

URL = "https://centre.example"
STATEMENT = Statement(
    serial="DL-0001", item="no_property", holder_masked="**燕", issued_on=TODAY, digest=bytes(range(32))
)
GENUINE = sign_statement(STATEMENT, ISSUER_KEY, URL)
BEGIN: list[Row] = [(Attract, Done.DONE), (Home, "check")]
END: list[Row] = [(Home, NOTHING)]


@pytest.fixture(autouse=True)
def _no_line(terminal: FakeTerminal) -> None:
    terminal.centre.up = False


def test_genuine(terminal: FakeTerminal) -> None:
    """A genuine one is called genuine, with what it states and how old the list is."""
    shown = like(
        VerificationResult,
        result=Genuineness.GENUINE,
        serial="DL-0001",
        item_name="无房产登记证明",
        holder_masked="**燕",
        issued_on=TODAY,
        list_as_of=TODAY,
        problem=None,
    )
    terminal.play([*BEGIN, (ScanCode, does(terminal.scanner.hold, GENUINE)), (shown, Done.DONE), *END])


def test_revoked(terminal: FakeTerminal) -> None:
    """A revoked one is called revoked, though its signature holds."""
    terminal.store.resources.apply(town.bundle(revoked=("DL-0001",), cursor=2, today=TODAY))
    shown = like(VerificationResult, result=Genuineness.REVOKED, problem="verification.revoked", serial="DL-0001")
    terminal.play([*BEGIN, (ScanCode, does(terminal.scanner.hold, GENUINE)), (shown, Done.DONE), *END])


def test_forged(terminal: FakeTerminal) -> None:
    """One that nobody known signed is called forged, and nothing that it states is shown."""
    forged = sign_statement(STATEMENT, DEVICE_KEY, URL)
    shown = like(VerificationResult, result=Genuineness.FORGED, problem="verification.forged", serial=None)
    terminal.play([*BEGIN, (ScanCode, does(terminal.scanner.hold, forged)), (shown, Done.DONE), *END])


def test_other_codes(terminal: FakeTerminal) -> None:
    """A slip's code and a stranger's are each named; the right one is taken after them."""
    slip = SlipCode(case_number=new_case_number(TODAY, 12, 1), token=new_slip_token()).to_text(URL)
    terminal.play(
        [
            *BEGIN,
            (like(ScanCode, can_type=False), does(terminal.scanner.hold, slip)),
            (like(ScanCode, problem="scan.slip_not_certificate"), does(terminal.scanner.hold, "hello")),
            (like(ScanCode, problem="verification.not_our_code"), does(terminal.scanner.hold, GENUINE)),
            (like(VerificationResult, result=Genuineness.GENUINE), Done.DONE),
            *END,
        ]
    )


def test_item_no_longer_offered(terminal: FakeTerminal) -> None:
    """A certificate of an item that the centre has withdrawn is still told by its code."""
    terminal.store.resources.apply(town.bundle(town.SHOP, cursor=2))
    terminal.play(
        [
            *BEGIN,
            (ScanCode, does(terminal.scanner.hold, GENUINE)),
            (like(VerificationResult, result=Genuineness.GENUINE, item_name="no_property"), Done.DONE),
            *END,
        ]
    )


def test_back(terminal: FakeTerminal) -> None:
    """Back leads to the menu."""
    terminal.play([*BEGIN, (ScanCode, BACK), *END])
