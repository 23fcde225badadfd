"""``bianmin run``, the same program, with a second task that notes when what stands on the glass was first flipped.

``python -m tests.bench.watched_terminal CONFIG LIVE_PORT NOTES``: NOTES gets one JSON line per event, ``at`` in
seconds of CLOCK_MONOTONIC, which other processes share.
"""

import time

_BEGAN = time.monotonic()  # before anything else is imported

import asyncio  # noqa: E402 - the imports are what is measured
import gc  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

gc.disable()  # as `bianmin run` does

from kiosk.config_file import ConfigFile  # noqa: E402

_LOOK_S = 0.002


async def _watch(notes: Path) -> None:
    """Note the first frame of each view. Kivy is imported by the product, at its own time."""
    while "kivy.core.window" not in sys.modules:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(_LOOK_S)
    from kivy.app import App  # noqa: PLC0415, TID251 - the product has imported it
    from kivy.core.window import Window  # noqa: PLC0415, TID251

    while (app := App.get_running_app()) is None or not app.started.is_set():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)
    _note(notes, "window", time.monotonic())
    noted = None

    def flipped(*_: object) -> None:
        nonlocal noted
        shown = app.stage.shown
        if shown is not None and shown is not noted:
            noted = shown
            _note(notes, type(shown).__name__, time.monotonic())

    Window.bind(on_flip=flipped)
    await asyncio.Event().wait()  # the flips are noted for as long as this is not cancelled


async def _run(config: Path, port: int, notes: Path) -> None:
    from kiosk import wiring  # noqa: PLC0415 - as the command line does

    _note(notes, "wiring", time.monotonic())
    watching = asyncio.create_task(_watch(notes))
    try:
        await wiring.run(ConfigFile(config), live_port=port)
    finally:
        watching.cancel()


def _note(notes: Path, event: str, at: float) -> None:
    with notes.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, "at": at}) + "\n")


if __name__ == "__main__":
    _note(Path(sys.argv[3]), "python", _BEGAN)
    _note(Path(sys.argv[3]), "command", time.monotonic())
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
