"""Whole visits over the real glass, which say as they go where they are, and remember what the citizen was told."""

import asyncio
from collections.abc import Awaitable, Callable

from demo.glass import Glass, Seen
from demo.paper import head_of, photograph_page
from devices.camera.api import Pixels
from devices.printer.pages import count_pages
from devices.virtual.people import LIU, ZHANG
from devices.virtual.printer import Trouble
from tests.crash.killing.points import Moment, Scene
from tests.crash.killing.told import Told
from tests.end_to_end.town import Town

Reached = Callable[[Moment], Awaitable[None]]
_PLACES = {
    "ItemList": "choose",
    "ItemGuide": "choose",
    "Identify": "identify",
    "FormPage": "form",
    "Review": "review",
    "Waiting": "waiting",
    "PaperCheck": "paper check",
    "Delivered": "delivered",
    "ScanCode": "track",
    "CaseProgress": "track",
    "ProblemShown": "problem",
}


class Eyes(Glass):
    """The glass as one citizen looks at it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.told = Told()
        self.view: str | None = None

    async def look(self) -> Seen:
        """Look, and remember."""
        seen = await super().look()
        self.view = seen.view
        self.told.read(seen)
        return seen

    @property
    def place(self) -> str:
        """Where the visit was when last looked at."""
        return _PLACES.get(self.view or "", "idle")


class Visits:
    """What citizens do at one terminal. ``eyes`` are the town's glass."""

    def __init__(self, town: Town, eyes: Eyes) -> None:
        self._town = town
        self._eyes = eyes
        self._slip: Pixels | None = None

    async def play(self, scene: Scene, reached: Reached) -> None:
        """Play a scene to its end. Raises :class:`demo.glass.NotSeen`."""
        await self._eyes.see("Attract", timeout_s=60)
        match scene:
            case Scene.CERTIFICATE:
                await self._certificate(reached)
            case Scene.APPLICATION:
                await self._application(reached)
            case Scene.TRACKING:
                await self._tracking(reached)
            case Scene.DOUBT | Scene.DOUBT_WHOLE:
                await self._doubt(reached, whole=scene is Scene.DOUBT_WHOLE)
            case Scene.NOBODY | Scene.RESTART | Scene.ROUND:
                await reached(Moment.BEGIN)

    async def leave_a_slip(self) -> None:
        """Apply once, and keep the slip for those who track their case."""
        await self.play(Scene.APPLICATION, _nobody_strikes)
        self._slip = head_of(await asyncio.to_thread(photograph_page, self._town.hardware.printer.received[-1].pdf))
        await self._town.leave()

    async def _certificate(self, reached: Reached) -> None:
        await self._up_to_the_review_of_a_certificate(reached)
        await reached(Moment.CONFIRMED)
        self._eyes.view = "Waiting"
        await self._eyes.tap("main")
        await self._see_in_the_end("Delivered")
        await reached(Moment.DELIVERED)

    async def _up_to_the_review_of_a_certificate(self, reached: Reached) -> None:
        town = self._town
        town.hardware.insert_social_security_card(ZHANG)
        await reached(Moment.IDENTIFY)
        await town.glass.see("Home")
        await town.glass.tap("tile:print")
        await self._see_in_the_end("ItemList")
        await town.choose("no_property_certificate")
        await town.glass.see_any("FormPage", "Review")
        await reached(Moment.FORM)
        await town.answer_questions()
        await reached(Moment.REVIEW)

    async def _application(self, reached: Reached) -> None:
        town = self._town
        await town.touch_in("apply")
        await town.choose("senior_card")
        await town.glass.see("ItemGuide")
        await town.glass.tap("main")
        await town.glass.see("Identify")
        town.hardware.put_resident_card(LIU)
        await reached(Moment.IDENTIFY)
        await town.glass.see("FormPage")
        await reached(Moment.FORM)
        await town.answer_questions()
        await reached(Moment.REVIEW)
        await reached(Moment.CONFIRMED)
        self._eyes.view = "Waiting"
        await town.glass.tap("main")
        await town.glass.see("Delivered")
        await reached(Moment.DELIVERED)

    async def _tracking(self, reached: Reached) -> None:
        town = self._town
        assert self._slip is not None
        await town.touch_in("track")
        await town.glass.see("ScanCode")
        await reached(Moment.BEGIN)
        town.hardware.camera.show_image(self._slip)
        await town.glass.see("CaseProgress")

    async def _doubt(self, reached: Reached, *, whole: bool) -> None:
        """Let the printer forget a job, before or after its page came out, and answer as the tray shows it."""
        town, printer = self._town, self._town.hardware.printer
        await self._up_to_the_review_of_a_certificate(reached)
        if whole:
            printer.trouble(Trouble.POWER_CUT, after_page=1)
        else:
            town.hold_printing()
        await reached(Moment.CONFIRMED)
        self._eyes.view = "Waiting"
        await town.glass.tap("main")
        if whole:
            await town.soon(lambda: bool(printer.tray) and not printer.jobs, "the printer is dark")
        else:
            await town.printing()
        await town.cut_printers_power()
        if (await town.glass.see_any("PaperCheck", "Delivered")).view == "PaperCheck":
            await reached(Moment.PAPER_CHECK)
            await self._answer_about_paper()
        await self._see_in_the_end("Delivered")
        await reached(Moment.DELIVERED)

    async def _see_in_the_end(self, view: str) -> None:
        """Wait for a view; where a busy machine takes so long that a problem is told instead, try again."""
        while (await self._eyes.see_any(view, "ProblemShown", timeout_s=90)).view != view:
            await self._eyes.tap("main")
            await self._eyes.see_any(view, "Waiting", awaiting=False)

    async def _answer_about_paper(self) -> None:
        printer = self._town.hardware.printer
        job = printer.received[-1]
        complete = sum(sheet.job_name == job.job_name for sheet in printer.tray) == count_pages(job.pdf)
        self._eyes.told.answering(complete=complete)
        await self._eyes.tap("main" if complete else "other")
        if not complete:
            await self._eyes.see_problem("printer.found_incomplete")
            await self._eyes.tap("main")


async def _nobody_strikes(_moment: Moment) -> None:
    """Let a visit pass undisturbed."""
