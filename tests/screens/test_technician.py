"""The technician's screen and the gesture that asks for it."""

import asyncio
from typing import Any

import pytest

from kiosk import stage
from screens.gallery_views import CENTRE, views
from tests.screens.glass import Glass

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = dict(views())
OPEN = stage.Attract(centre_name=CENTRE, staff_entry=True)
HOLD_S = 0.3  # instead of the product's five seconds


@pytest.mark.parametrize(
    ("name", "taps", "answer"),
    [
        ("technician", ["main"], stage.Done.DONE),
        ("technician", ["page_down", "test:camera:camera"], stage.TestDevice("camera", "camera")),
        ("technician", ["page_down", "test:card_reader:SAM module"], stage.TestDevice("card_reader", "SAM module")),
        ("technician-faults", ["test:printer:certificates"], stage.TestDevice("printer", "certificates")),
    ],
)
async def test_answer(glass: Glass, name: str, taps: list[str], answer: object) -> None:
    """Each device has its own button; the main action leaves."""
    showing = await glass.show(VIEWS[name])
    for tap in taps:
        await glass.player.tap(tap)
    assert await asyncio.wait_for(showing, 10) == answer


async def test_a_fault_says_what_to_do(glass: Glass) -> None:
    """State, number and advice can be read."""
    await glass.show(VIEWS["technician-faults"])
    texts = "\n".join(glass.player.texts())
    assert "停止，等人处理" in texts
    assert "4003 打印机没有纸了。" in texts
    assert "加 A4 纸" in texts


async def test_a_new_state_is_shown_in_place(glass: Glass) -> None:
    """A change of state updates the screen."""
    await glass.show(VIEWS["technician"])
    await glass.replace(VIEWS["technician-faults"])
    await glass.player.until(lambda: "停止，等人处理" in glass.player.texts(), 10, "to read the new state")


async def held(
    glass: Glass, view: stage.Attract, held_s: float, *, x_off: float = 0, enough_s: float = HOLD_S
) -> "asyncio.Task[Any]":
    """Show an attract screen and hold its emblem."""
    showing = await glass.show(view)
    screen = glass.stage.frame.screen
    screen.hold_s = enough_s
    emblem = screen.ids.emblem
    await glass.player.tap_at(emblem.center_x + x_off, emblem.center_y, held_s)
    return showing


async def test_holding_the_emblem_asks(glass: Glass) -> None:
    """Held long enough, the emblem asks for the technician's screen."""
    showing = await held(glass, OPEN, 3 * HOLD_S)
    assert await asyncio.wait_for(showing, 10) is stage.StaffAsked.STAFF_ASKED


async def test_a_closed_terminal_is_asked_the_same_way(glass: Glass) -> None:
    """Out of service, a tap does nothing, and holding asks."""
    closed = stage.Attract(centre_name=CENTRE, closed=VIEWS["attract-closed"].closed, staff_entry=True)
    showing = await held(glass, closed, 3 * HOLD_S)
    assert await asyncio.wait_for(showing, 10) is stage.StaffAsked.STAFF_ASKED


@pytest.mark.parametrize(
    ("view", "held_s", "x_off", "enough_s"),
    [
        (OPEN, 0.05, 0, 30),
        (OPEN, 3 * HOLD_S, 300, HOLD_S),
        (stage.Attract(centre_name=CENTRE), 3 * HOLD_S, 0, HOLD_S),
    ],
    ids=["a tap", "held beside it", "no technician"],
)
async def test_anything_else_begins_a_visit(
    glass: Glass, view: stage.Attract, held_s: float, x_off: float, enough_s: float
) -> None:
    """A tap on the emblem, a hold elsewhere, or a terminal without a PIN: a citizen is served."""
    showing = await held(glass, view, held_s, x_off=x_off, enough_s=enough_s)
    assert await asyncio.wait_for(showing, 10) is stage.Done.DONE
