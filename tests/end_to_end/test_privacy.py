"""Whatever a citizen does at the glass, and even when they just walk away: nothing of them is left for the next."""

import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from demo.centre import CentreServer
from demo.glass import Glass, Seen
from demo.play import Stand, set_up_terminal
from devices.virtual.people import LIU, ZHANG, Person
from kiosk.session_folder import file_system
from tests.end_to_end.remains import core_limits
from tests.end_to_end.town import APPLICATION, PAGE_S, Town
from wire.identity import mask_id_number, mask_name

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

TAPS = 200
SCREENS = ("Attract", "Home", "ItemList", "Identify", "FormPage", "Review", "ScanCode", "EnterDigits")
WIDTH, HEIGHT = 1080, 1920
IDLE_S, WARNING_S = 10, 5  # the shortest that the configuration allows


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stand(centre: CentreServer) -> AsyncIterator[Stand]:
    """Give a terminal that is quick to believe that nobody is there."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        async with AsyncExitStack() as stack:
            yield await set_up_terminal(Path(folder), centre, stack, page_s=PAGE_S, idle_s=IDLE_S, warning_s=WARNING_S)


class Witness(Glass):
    """A screen that remembers every text that was looked at."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.read_so_far: set[str] = set()

    async def look(self) -> Seen:
        """Look, and remember."""
        seen = await super().look()
        self.read_so_far.update(seen.texts)
        return seen

    def saw(self, person: Person) -> list[str]:
        """Return the texts that say anything of a person, masked or not."""
        words = (
            person.name,
            person.address,
            person.id_number,
            mask_name(person.name),
            mask_id_number(person.id_number),
        )
        return [text for text in self.read_so_far if any(word in text for word in words)]


async def go_to(town: Town, screen: str) -> None:
    """Walk to a screen."""
    if screen == "Attract":
        await town.glass.see("Attract")
    elif screen == "Home":
        await town.glass.see("Attract")
        await town.glass.tap("start")
    elif screen in {"ScanCode", "EnterDigits"}:
        await town.touch_in("track")
        await town.glass.see("ScanCode")
        if screen == "EnterDigits":
            await town.glass.tap("other")
    elif screen == "Review":
        await town.fill_in_application(LIU)
    else:
        await town.touch_in("apply")
        await town.glass.see("ItemList")
        if screen in {"Identify", "FormPage"}:
            await town.choose(APPLICATION)
            await town.glass.see("ItemGuide")
            await town.glass.tap("main")
        if screen == "FormPage":
            town.hardware.put_resident_card(LIU)
    await town.glass.see(screen)


async def test_no_process_may_dump_its_memory(town: Town) -> None:
    """Application, decoding process and sync set their core limits to nothing themselves: no unit file does it here."""
    processes = town.processes()
    assert len(processes) >= len({"app", "decoder", "sync"})
    assert {core_limits(pid) for pid in processes} == {("0", "0")}


async def test_the_session_folder_is_in_memory_and_emptied(town: Town) -> None:
    """A temporary file that a library leaves, in a folder too, is gone with the visit; the folder is on a tmpfs."""
    left = town.session_folder / "left" / "draft"
    assert file_system(town.session_folder) == "tmpfs"
    await go_to(town, "Home")
    left.parent.mkdir()
    left.write_text(ZHANG.name, encoding="utf-8")
    assert town.traces(ZHANG) != []
    await town.leave()
    assert list(town.session_folder.iterdir()) == []
    assert town.traces(ZHANG) == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_wild_taps_do_no_harm(town: Town, screen: str) -> None:
    """A child's hands all over the glass: the application lives, nothing fails in it, and the way out still works."""
    wild = random.Random(screen)  # noqa: S311 - the same taps in every run
    await go_to(town, screen)
    points = [(wild.uniform(0, WIDTH), wild.uniform(0, HEIGHT)) for _ in range(TAPS // len(SCREENS))]
    await town.glass.tap_wildly(points)
    await town.leave()
    assert town.stand.terminal.app.running
    log = town.stand.terminal.log.read_text(encoding="utf-8")
    assert "screen failed" not in log
    assert "bug in flow" not in log


@pytest.mark.timeout(400)  # it reads whole processes
async def test_a_forgotten_visit_ends_and_the_next_citizen_sees_nothing_of_it(town: Town) -> None:
    """A citizen walks away from a full form: warned, ended, wiped; no screen and no file knows them any more."""
    await town.ask_for_certificate(ZHANG)
    town.hardware.take_cards()
    assert ZHANG.name in await town.read_pages()
    await town.glass.see_warning()
    await town.glass.see("Attract")
    assert await town.left_of(ZHANG) == []

    town.glass = witness = Witness(town.glass.url)
    await town.fill_in_application(LIU)
    await town.glass.tap("main")
    await town.glass.see("Delivered")
    await town.leave()
    assert witness.saw(LIU)
    assert witness.saw(ZHANG) == []
    for person in (ZHANG, LIU):
        assert await town.left_of(person) == []
    if os.geteuid() == 0:  # nobody else may look: the application forbids it
        await town.soon(partial(town.forgot, ZHANG, LIU), "no process has anything of them in its memory")


async def test_who_answers_the_warning_goes_on_where_they_were(town: Town) -> None:
    """The warning is taken away by its button; the same page is there with the same citizen."""
    await town.ask_for_certificate(ZHANG)
    await town.glass.see_warning()
    await town.glass.tap("stay")
    await town.glass.see("Review")
    assert ZHANG.name in await town.read_pages()
