"""A stage without a screen that plays a table: which view is expected, and what the citizen does about it.

A row is ``(expected, deed)``. Expected: a class of view, or :func:`like` with what it must show. A deed: the answer;
``BACK``, ``HOME``; ``NOTHING``; or ``does(function)``, which is called while the view is shown (put a card down).
Waiting, reading a card and the idle warning come and go by themselves and need no row; one may name them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from kiosk.stage import Gesture, Identify, IdleAnswer, IdleWarning, ReaderState, View, Waiting, WentBack
from wire.problems import Problem
from wire.text import Language, Text

A = TypeVar("A")


class Deed(Enum):
    """What a citizen can do that is no answer."""

    BACK = auto()
    HOME = auto()
    NOTHING = auto()


BACK, HOME, NOTHING = Deed.BACK, Deed.HOME, Deed.NOTHING


@dataclass(frozen=True)
class Does:
    """Something done in the world while a view is shown."""

    function: Callable[[], object]


def does(function: Callable[..., object], *values: object, **named: object) -> Does:
    return Does(lambda: function(*values, **named))


@dataclass(frozen=True)
class Like:
    """A view of a kind that shows these things. Problems are compared by code, texts by a part in either language."""

    kind: type[View[Any]]
    shows: dict[str, object]

    def fits(self, view: View[Any]) -> bool:
        return type(view) is self.kind and all(_same(getattr(view, name), value) for name, value in self.shows.items())

    def __repr__(self) -> str:
        return f"{self.kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self.shows.items())})"


def like(kind: type[View[Any]], **shows: object) -> Like:
    return Like(kind, shows)


Row = tuple[type[View[Any]] | Like, object]


class OffScript(BaseException):
    """Another view was shown than the table says. No ``except Exception`` of the program under test hides it."""


class PlayedStage:
    """A :class:`kiosk.stage.Stage`. ``views`` are all that were shown; ``ended`` is set when the table is through."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows = [(_expectation(expected), deed) for expected, deed in rows]
        self.views: list[View[Any]] = []
        self.resets = 0
        self.voice_offered = False
        self.chosen = Language.ZH
        self.ended = asyncio.Event()
        self._gestures: asyncio.Queue[Gesture] = asyncio.Queue()
        self._showing = False
        self._later: asyncio.Future[Any]

    @property
    def language(self) -> Language:
        return self.chosen

    def use_language(self, language: Language) -> None:
        self.chosen = language

    @property
    def shown(self) -> View[Any] | None:
        return self.views[-1] if self._showing else None

    def words(self) -> str:
        return type(self.views[-1]).__name__

    def offer_voice(self, *, on: bool) -> None:
        self.voice_offered = on

    def read_aloud(self) -> None:
        """Touch the button that reads aloud."""
        self._gestures.put_nowait(Gesture.READ_ALOUD)

    async def show(self, view: View[A]) -> A:
        if self._showing:
            raise OffScript("two views at once")
        self._showing = True
        try:
            self.views.append(view)
            return await self._play(view)
        finally:
            self._showing = False

    async def warn(self, view: IdleWarning) -> IdleAnswer:
        if not self.rows or not self.rows[0][0].fits(view):
            return await asyncio.Future()
        return await self._play(view)

    async def next_gesture(self) -> Gesture:
        return await self._gestures.get()

    def reset(self) -> None:
        self.resets += 1
        self.chosen = Language.ZH

    def touch(self) -> None:
        """Touch something that is no answer."""
        self._gestures.put_nowait(Gesture.TOUCHED)

    def answer(self, answer: object) -> None:
        """Answer the view that is shown, from a deed that comes later."""
        self._later.set_result(answer)

    def press_home(self) -> None:
        self._gestures.put_nowait(Gesture.HOME)

    async def _play(self, view: View[Any]) -> Any:  # noqa: ANN401 - the view's answer
        if not self.rows:
            return await asyncio.Future()  # after the table's end nobody is there
        expected, deed = self.rows[0]
        if not expected.fits(view) or (_reading(view) and "reader" not in expected.shows):
            if _reading(view) or isinstance(view, Waiting):
                return await asyncio.Future()
            raise OffScript(f"expected {expected}, saw {view}")
        del self.rows[0]
        if not self.rows:
            self.ended.set()
        return await self._do(deed)

    async def _do(self, deed: object) -> Any:  # noqa: ANN401 - the view's answer
        await asyncio.sleep(0.01)  # nobody answers in no time
        match deed:
            case Deed.BACK:
                self.touch()
                raise WentBack
            case Deed.HOME:
                self.press_home()
            case Deed.NOTHING:
                pass
            case Does():
                deed.function()
            case _:
                self.touch()
                return deed
        self._later = asyncio.get_running_loop().create_future()
        return await self._later


def _expectation(expected: type[View[Any]] | Like) -> Like:
    return expected if isinstance(expected, Like) else Like(expected, {})


def _reading(view: View[Any]) -> bool:
    return isinstance(view, Identify) and view.reader is ReaderState.READING


def _same(shown: object, wanted: object) -> bool:
    if isinstance(shown, Problem):
        return shown.code == wanted
    if isinstance(shown, Text) and isinstance(wanted, str):
        return wanted in shown.zh or wanted in shown.en
    return shown == wanted
