"""The glass as tests of screens use it."""

import asyncio
from typing import Any

from kiosk.stage import View
from screens.gallery import Session


class Glass:
    """Shows a view and plays the citizen on it."""

    def __init__(self, window: Session) -> None:
        self.window = window
        self.stage = window.stage
        self.player = window.player
        self.look = window.app.look
        self._showing: list[asyncio.Task[Any]] = []

    async def show(self, view: View[Any]) -> asyncio.Task[Any]:
        """Show a view; return the task of its answer, once it takes one."""
        showing = await self.window.show(view)
        self._showing.append(showing)
        await self.player.see(type(view))
        return showing

    async def clear(self) -> None:
        """Cancel what is shown, and empty the glass."""
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)
        self._showing.clear()
        self.stage.reset()
        await self.player.frames(2)

    def forget_tasks(self) -> None:
        """Drop the tasks of views, whose results and frames hold what was answered."""
        self._showing.clear()

    async def replace(self, view: View[Any]) -> asyncio.Task[Any]:
        """Cancel what is shown, and show another view at once."""
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)
        self._showing.clear()
        showing = asyncio.create_task(self.stage.show(view))
        self._showing.append(showing)
        await asyncio.sleep(0)
        return showing
