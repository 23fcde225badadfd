"""Where views are shown, as a flow sees it; the screen behind it is another package's business."""

from enum import Enum, auto
from typing import Any, Protocol, TypeVar

from kiosk.stage.views import IdleAnswer, IdleWarning, View
from wire.text import Language

A = TypeVar("A")


class WentBack(Exception):
    """The citizen pressed Back: raised by :meth:`Stage.show` in the flow that showed the view."""


class Gesture(Enum):
    """What a citizen did that is not the answer to a view."""

    TOUCHED = auto()
    HOME = auto()
    HELP = auto()
    READ_ALOUD = auto()


class Stage(Protocol):
    """Where views are shown. One view at a time, and the idle warning over it."""

    @property
    def language(self) -> Language:
        """The language that the citizen chose."""
        ...

    def use_language(self, language: Language) -> None:
        """Show everything in another language, until the session ends."""
        ...

    @property
    def shown(self) -> View[Any] | None:
        """The view that is shown, None while nothing is."""
        ...

    def words(self) -> str:
        """Return what is written on the screen, as a person reads it, in the language that the citizen chose."""
        ...

    def offer_voice(self, *, on: bool) -> None:
        """Offer to read aloud, or don't."""
        ...

    async def show(self, view: View[A]) -> A:
        """Show a view and return its answer. Raises :class:`WentBack`. Cancel it to show another one."""
        ...

    async def warn(self, view: IdleWarning) -> IdleAnswer:
        """Lay the idle warning over what is shown, and return its answer; cancel it to take it away."""
        ...

    async def drawn(self) -> None:
        """Return when a picture that was begun after this call is on the glass."""
        ...

    async def next_gesture(self) -> Gesture:
        """Wait for the next touch of anything, or for Home or Help in the footer."""
        ...

    def reset(self) -> None:
        """End a session: language, text size and contrast as at first, and no text of the last citizen anywhere."""
        ...
