"""Shows views and waits: what a flow needs of whoever plays it, be it a citizen's visit or a terminal's first start."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from kiosk.attention import Attention
from kiosk.stage import Delivered, Stage, View, Waiting

A = TypeVar("A")
B = TypeVar("B")


class Showing(ABC):
    """Has a stage and somebody's attention. ``committed``: the terminal does what must not be left half done."""

    attention: Attention
    committed: bool

    @property
    @abstractmethod
    def shown_on(self) -> Stage:
        """Where views are shown."""

    async def show(self, view: View[A]) -> A:
        """Show a view and return its answer. Raises :class:`kiosk.stage.WentBack`."""
        self.attention.task_done = isinstance(view, Delivered)
        try:
            return await self.shown_on.show(view)
        finally:
            self.attention.task_done = False

    async def show_until(self, view: View[A], event: Awaitable[B], *, somebody: bool = True) -> A | B:
        """Show a view until it is answered or something happens; what comes second is cancelled.

        ``somebody``: what happens is done by somebody who is there.
        """
        shown = asyncio.ensure_future(self.shown_on.show(view))
        happened = asyncio.ensure_future(event)
        try:
            await asyncio.wait((shown, happened), return_when=asyncio.FIRST_COMPLETED)
            if shown.done():
                return shown.result()
            if somebody:
                self.attention.sign()
            return happened.result()
        finally:
            shown.cancel()
            happened.cancel()
            await asyncio.gather(shown, happened, return_exceptions=True)

    async def while_waiting(self, view: Waiting, work: Callable[[Callable[[Waiting], None]], Awaitable[A]]) -> A:
        """Show that the terminal works until ``work`` is done. It is given a way to change the view meanwhile.

        Neither Home nor idle time ends a visit here; the end of the program does.
        """
        views: asyncio.Queue[Waiting] = asyncio.Queue()
        views.put_nowait(view)
        showing = asyncio.create_task(self._show_newest(views))
        self.committed = True
        try:
            with self.attention.working():
                return await work(views.put_nowait)
        finally:
            self.committed = False
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show_newest(self, views: asyncio.Queue[Waiting]) -> None:
        view: Any = await views.get()
        while True:
            view = await self._show_while(view, views.get())

    async def _show_while(self, view: Waiting, following: Awaitable[Waiting]) -> Waiting:
        shown = asyncio.create_task(self.shown_on.show(view))
        try:
            return await following
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)
