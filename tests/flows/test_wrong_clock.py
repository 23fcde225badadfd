"""The time of day jumps by years in the middle of a visit, as when a time service first reaches its server."""

import asyncio
from datetime import timedelta

import pytest

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
    IdleWarning,
    ItemGuide,
    ItemList,
    Review,
)
from kiosk.store import CopyState
from tests.fakes.stage import NOTHING, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_RESIDENT, ZHANG_SOCIAL
from tests.terminal_parts import SEALING_KEY
from wire.case import check_case_number
from wire.envelope import unseal
from wire.messages import Application

YEARS = timedelta(days=3653)
BOTH_WAYS = pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["+10 years", "-10 years"])


@pytest.mark.fault("wrong clock")
@BOTH_WAYS
def test_a_certificate_is_printed_all_the_same(terminal: FakeTerminal, jump: timedelta) -> None:
    """A jump while the card is asked for ends no session and warns nobody; the copy is delivered and accounted for."""

    def leap_and_insert() -> None:
        terminal.clock.at += jump
        terminal.reader.insert(ZHANG_SOCIAL)

    stage = terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (ItemList, Chosen("no_property")),
            (Identify, does(leap_and_insert)),
            (FormPage, Answered("loan")),
            (Review, Confirmed.CONFIRMED),
            (like(Delivered, take_paper=True), Done.DONE),
            (Home, NOTHING),
        ]
    )
    assert not any(isinstance(view, IdleWarning) for view in stage.views)
    assert [copy.state for copy in terminal.store.ledger.copies("DL-0001")] == [CopyState.DELIVERED]


@pytest.mark.fault("wrong clock")
@BOTH_WAYS
def test_an_application_is_kept_under_a_good_number(terminal: FakeTerminal, jump: timedelta) -> None:
    """A jump right before submitting gives one application with a valid number, sealed and queued."""

    def leap_and_confirm() -> None:
        terminal.clock.at += jump
        terminal.stage.answer(Confirmed.CONFIRMED)

    def later() -> None:
        asyncio.get_running_loop().call_later(0.1, leap_and_confirm)

    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "apply"),
            (ItemList, Chosen("shop")),
            (ItemGuide, Done.DONE),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (FormPage, Answered("13800001234")),
            (FormPage, Answered(3)),
            (Review, does(later)),
            (Delivered, Done.DONE),
            (Home, NOTHING),
        ]
    )
    (envelope,) = terminal.store.outbox.pending(10)
    assert check_case_number(unseal(envelope, Application, key=SEALING_KEY).case_number)


@pytest.mark.fault("wrong clock")
@BOTH_WAYS
def test_idling_is_measured_by_time_that_never_jumps(terminal: FakeTerminal, jump: timedelta) -> None:
    """A jump neither hastens nor delays the warning: it comes after a minute of quiet, as ever."""
    times: list[float] = []

    def note(leap: timedelta = timedelta(0)) -> None:
        terminal.clock.at += leap
        times.append(asyncio.get_running_loop().time())

    terminal.play([(Attract, Done.DONE), (Home, does(note, jump)), (IdleWarning, does(note))])
    assert times[1] - times[0] == pytest.approx(terminal.delays.idle_s, abs=1)
