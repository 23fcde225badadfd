"""The Latin keyboard of addresses and passwords, and the pages of the set-up."""

import asyncio
import string

import pytest

from kiosk import stage
from screens.entries.text import WITH_SIGNS
from screens.gallery_views import views
from tests.screens.glass import Glass

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = dict(views())


@pytest.mark.parametrize("columns", [10, 7], ids=["wide", "narrow"])
async def test_every_sign_of_a_password_has_a_key(columns: int) -> None:
    """Whatever printable ASCII an address or a password is made of can be entered, on wide screens and narrow ones."""
    keys = {
        key.code
        for method in WITH_SIGNS
        for capitals in (False, True)
        for row in method.rows(columns, method, capitals=capitals)
        for key in row
    }
    assert set(string.printable.strip() + " ") - keys == set()


async def test_a_password_is_typed_hidden_and_shown(glass: Glass) -> None:
    """Dots are shown until it is asked for; small and capital letters, digits and signs make up the answer."""
    view = stage.EnterText(title=VIEWS["set-up-wifi-password"].title, prompt=VIEWS["set-up-code"].prompt, secret=True)
    showing = await glass.show(view)
    for keys in ("key:a", "key:shift", "key:B", "key:switch", "key:7", "key:switch", "key:_"):
        await glass.player.tap(keys)
    assert "●●●●" in glass.player.texts()
    assert "aB7_" not in glass.player.texts()
    await glass.player.tap("other")
    assert "aB7_" in glass.player.texts()
    await glass.player.tap("main")
    assert await asyncio.wait_for(showing, 10) == "aB7_"
    assert glass.stage.frame.screen is None or not glass.stage.frame.screen.ids.entry.text


async def test_next_wakes_when_enough_is_there(glass: Glass) -> None:
    """A code of twelve letters is not sent with eight; nothing at all is an answer where that is allowed."""
    await glass.show(VIEWS["set-up-code"])
    assert "main" not in glass.player.names()
    for _ in range(4):
        await glass.player.tap("key:A")
    await glass.player.until(lambda: "main" in glass.player.names(), 10, "the main action to wake")
    showing = await glass.replace(
        stage.EnterText(title=VIEWS["set-up-code"].title, prompt=VIEWS["set-up-code"].prompt, least=0)
    )
    await glass.player.tap("main")
    assert await asyncio.wait_for(showing, 10) == ""


@pytest.mark.parametrize(
    ("name", "tap", "answer"),
    [
        ("set-up-welcome", "row:en", stage.Chosen("en")),
        ("set-up-network", "row:wired:eth0", stage.Chosen("wired:eth0")),
        ("set-up-network", "main", stage.Done.DONE),
        ("set-up-wifi", "other", stage.Chosen("again")),
        ("set-up-devices", "row:3", stage.Chosen("3")),
        ("technician", "row:network", stage.Chosen("network")),
    ],
)
async def test_answers(glass: Glass, name: str, tap: str, answer: object) -> None:
    """A row answers with its key, the main action goes on, the other one says what it is."""
    showing = await glass.show(VIEWS[name])
    await glass.player.tap(tap)
    assert await asyncio.wait_for(showing, 10) == answer


async def test_nothing_leads_out(glass: Glass) -> None:
    """At the first start there is neither Home nor help; on the technician's screen there are both."""
    await glass.show(VIEWS["set-up-network"])
    assert not {"home", "help"} & set(glass.player.names())
    await glass.replace(VIEWS["technician"])
    await glass.player.until(lambda: {"home", "help"} <= set(glass.player.names()), 10, "to see Home and help")


async def test_what_is_secret_is_in_no_repr() -> None:
    """Neither a key that is shown once nor a password in a proxy's address gets into a log by a view."""
    assert "tbcdjkle" not in repr(VIEWS["set-up-recovery"])
    assert "geheim" not in repr(VIEWS["set-up-network"])
    assert "hunter2" not in repr(VIEWS["set-up-wifi-password"])
