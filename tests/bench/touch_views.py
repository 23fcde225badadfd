"""The product's screens under one finger, without flows and devices: times from touch to frame, printed as JSON.

``python -m tests.bench.touch_views``: ``touches``, a touch's name → list of ``[frame, cpu]`` in ms
(:class:`tests.bench.touching.Touching`), and ``waits`` of a finger until Kivy sees it, awake and asleep.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.stage import Stage, View
from screens.environment import WindowSettings
from screens.running import run_app

if TYPE_CHECKING:
    from kivy.uix.widget import Widget  # noqa: TID251 - names its type only

    from screens.player import Player

_ROUNDS = 5
_ASLEEP_S = 2.4  # screens.app sleeps 2 s after the last touch
_JITTER_S = 0.009  # fingers know nothing of frames
# view of the gallery, what is touched there, view that follows
_WAYS = (
    ("attract", None, "home"),
    ("home", "tile:print", "item-list"),
    ("item-list", "item", "form-choice"),
    ("form-choice", "main", "review"),
    ("review", "main", "waiting"),
    ("form-text", "main", "form-phone"),
)


async def _main(stage: Stage) -> None:
    from screens import gallery_views  # noqa: PLC0415 - after Kivy was prepared
    from screens.player import Player  # noqa: PLC0415
    from screens.stage import KivyStage  # noqa: PLC0415
    from tests.bench.touching import Touching  # noqa: PLC0415

    assert isinstance(stage, KivyStage)
    views = dict(gallery_views.views())
    player, touching = Player(stage), Touching()
    times: dict[str, list[list[float]]] = {}
    waits: dict[str, list[float]] = {}

    async def go(view: View[Any], name: str | None, following: View[Any], called: str, pause_s: float) -> None:
        async def flow() -> None:
            await stage.show(view)
            await stage.show(following)

        playing = asyncio.create_task(flow())
        await player.see(type(view))
        await asyncio.sleep(pause_s)
        widget = _find(player, name)
        down = await touching.down(widget)
        waits.setdefault("asleep: 20 looks a second" if pause_s > _ASLEEP_S else "awake: 60 looks a second", []).append(
            touching.waited
        )
        if down is not None:
            times.setdefault("pressed", []).append(down)
        times.setdefault(called, []).append(await touching.up(lambda: stage.shown is following))
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)

    for turn in range(_ROUNDS + 1):
        if turn == 1:
            times.clear()  # the first of each loads its glyphs
        for origin, name, goal in _WAYS:
            await go(views[origin], name, views[goal], f"{origin} → {goal}", 0.1 + turn * _JITTER_S)
    for turn in range(1, _ROUNDS + 1):
        await go(views["attract"], None, views["home"], "attract → home, asleep", _ASLEEP_S + turn * _JITTER_S)
    sys.stdout.write(json.dumps({"touches": times, "waits": waits}) + "\n")


def _find(player: "Player", name: str | None) -> "Widget":
    if name is None:
        return player.stage.glass
    names = [one for one in player.names() if one.startswith(name)]
    return player.find(names[0] if names else name)


if __name__ == "__main__":
    from screens import gallery_views

    with tempfile.TemporaryDirectory(prefix="bench-touch-") as home:
        window = WindowSettings(kivy_home=Path(home), now=lambda: gallery_views.NOW, offscreen=True)
        asyncio.run(run_app(_main, window))
