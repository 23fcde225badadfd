"""The terminal's screen, seen and touched from another process over its live interface (``screens/live.py``)."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

CALL_S = 25.0
LOOK_S = 0.05


class NotSeen(Exception):
    """What was expected on the screen did not come. The text says what is there instead."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands on the screen: the view's class, the names that can be touched, the texts that can be read.

    ``places``: where the middle of each named thing is, px from the left and top.
    ``facts``: the key and kind of a question, the result of a check, a reference, a problem's code.
    """

    view: str | None
    awaiting: bool
    warning: bool
    names: tuple[str, ...]
    texts: tuple[str, ...]
    first_frame_at: float | None
    facts: dict[str, str]
    places: dict[str, tuple[float, float]] = field(default_factory=dict)


class Glass:
    """The screen at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def look(self) -> Seen:
        """Return what is on the screen now. Raises OSError while the application does not answer."""
        told = json.loads(await asyncio.to_thread(_call, Request(f"{self.url}/screen")))  # noqa: S310 - loopback
        return Seen(**{**told, "names": tuple(told["names"]), "texts": tuple(told["texts"])})

    async def see(self, view: str, timeout_s: float = 30.0, *, awaiting: bool = True) -> Seen:
        """Wait until a view is shown (and takes answers), and return what is on it. Raises :class:`NotSeen`."""
        return await self.see_any(view, timeout_s=timeout_s, awaiting=awaiting)

    async def see_any(self, *views: str, timeout_s: float = 30.0, awaiting: bool = True) -> Seen:
        """Wait until one of some views is shown, and return what is on it. Raises :class:`NotSeen`."""
        return await self._until(
            lambda seen: seen.view in views and (seen.awaiting or not awaiting), timeout_s, " or ".join(views)
        )

    async def read(self, text: str, timeout_s: float = 30.0) -> Seen:
        """Wait until a text can be read anywhere on the screen. Raises :class:`NotSeen`."""
        return await self._until(lambda seen: any(text in one for one in seen.texts), timeout_s, repr(text))

    async def see_problem(self, code: str, timeout_s: float = 30.0) -> Seen:
        """Wait until a problem is named, on whatever view. Raises :class:`NotSeen`."""
        return await self._until(lambda seen: seen.facts.get("problem") == code, timeout_s, code)

    async def see_fact(self, name: str, value: str, timeout_s: float = 30.0) -> Seen:
        """Wait until a view that takes answers has a fact. Raises :class:`NotSeen`."""
        return await self._until(
            lambda seen: seen.awaiting and seen.facts.get(name) == value, timeout_s, f"{name} {value}"
        )

    async def see_warning(self, timeout_s: float = 90.0) -> Seen:
        """Wait until the idle warning lies over the view. Raises :class:`NotSeen`."""
        return await self._until(lambda seen: seen.warning, timeout_s, "idle warning")

    async def gone(self, key: str, timeout_s: float = 30.0) -> Seen:
        """Wait until a question is not asked any more. Raises :class:`NotSeen`."""
        return await self._until(lambda seen: seen.facts.get("key") != key, timeout_s, f"anything but {key}")

    async def _until(self, promise: Callable[[Seen], bool], timeout_s: float, what: str) -> Seen:
        seen: Seen | None = None
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                seen = await self.look()
            except OSError:  # not started yet, or just ended
                await asyncio.sleep(LOOK_S)
                continue
            if promise(seen):
                return seen
            await asyncio.sleep(LOOK_S)
        raise NotSeen(f"no {what} within {timeout_s} s; there is {seen}")

    async def tap(self, name: str) -> None:
        """Touch a named widget. Raises :class:`NotSeen`."""
        await self._touch({"name": name})

    async def tap_at(self, x: float, y: float) -> None:
        """Touch a point, px from the top left."""
        await self._touch({"x": x, "y": y})

    async def hold_at(self, x: float, y: float, held_s: float) -> None:
        """Hold a finger on a point, px from the top left."""
        await self._touch({"x": x, "y": y, "held_s": held_s})

    async def tap_wildly(self, points: list[tuple[float, float]]) -> None:
        """Touch one point after another as fast as a hand can, px from the top left."""
        await self._touch({"points": points})

    async def enter(self, text: str) -> None:
        """Touch the keys that write a text."""
        for character in text:
            await self.tap(f"key:{character}")

    async def photograph(self, path: Path) -> Path:
        """Write what the screen shows as a PNG."""
        picture = await asyncio.to_thread(_call, Request(f"{self.url}/frame.png"))  # noqa: S310 - loopback
        await asyncio.to_thread(path.write_bytes, picture)
        return path

    async def _touch(self, wanted: dict[str, Any]) -> None:
        request = Request(f"{self.url}/tap", data=json.dumps(wanted).encode(), method="POST")  # noqa: S310 - loopback
        try:
            await asyncio.to_thread(_call, request)
        except HTTPError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise
            raise NotSeen(f"{wanted}: {error.read().decode(errors='replace')}") from error


def _call(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=CALL_S) as response:  # noqa: S310 - loopback
            return bytes(response.read())
    except HTTPError:
        raise
    except URLError as error:
        raise ConnectionError(str(error.reason)) from error
