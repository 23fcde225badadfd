"""The peer: the smallest Kivy program there is, a label or a button, in a window of the same size and renderer.

``python -m tests.bench.bare_kivy first-frame | idle | touch``. All but the window's size, multisampling and the
offscreen driver is as Kivy comes. Prints JSON: the first flip's CLOCK_MONOTONIC time and the CPU time until
then, in seconds, or a table of touch times.
"""

import asyncio
import json
import os
import sys
import tempfile
import time

_TOUCHES = 15


def _prepare(home: str) -> None:
    os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONSOLELOG="1", KIVY_HOME=home, SDL_VIDEODRIVER="offscreen")
    from kivy.config import Config  # noqa: PLC0415, TID251 - the peer is Kivy itself

    Config.set("graphics", "width", "1080")
    Config.set("graphics", "height", "1920")
    Config.set("graphics", "multisamples", "0")


def _hello(*, stay: bool) -> None:
    from kivy.app import App  # noqa: PLC0415, TID251
    from kivy.core.window import Window  # noqa: PLC0415, TID251
    from kivy.uix.label import Label  # noqa: PLC0415, TID251

    class Hello(App):  # type: ignore[misc] # kivy has no types
        told = False

        def build(self) -> Label:
            Window.bind(on_flip=self.flipped)
            return Label(text="Hello, world", font_size=48)

        def flipped(self, *_: object) -> None:
            if not self.told:
                self.told = True
                _tell({"at": time.monotonic(), "cpu": time.process_time()})
                if not stay:
                    self.stop()

    Hello().run()


def _touch() -> None:
    from kivy.app import App  # noqa: PLC0415, TID251
    from kivy.core.window import Window  # noqa: PLC0415, TID251
    from kivy.uix.button import Button  # noqa: PLC0415, TID251
    from kivy.uix.floatlayout import FloatLayout  # noqa: PLC0415, TID251
    from kivy.uix.label import Label  # noqa: PLC0415, TID251

    from tests.bench.touching import Touching  # noqa: PLC0415

    async def play(app: App) -> None:
        touching = Touching()
        pressed, shown = [], []
        await asyncio.sleep(0.3)
        for _ in range(_TOUCHES):
            button = Button(text="Press", font_size=48, size_hint=(None, None), size=(400, 200))
            other = Label(text="the next view", font_size=48)

            def swap(*_: object, other: Label = other) -> None:
                app.root.clear_widgets()
                app.root.add_widget(other)

            button.bind(on_release=swap)
            app.root.clear_widgets()
            app.root.add_widget(button)
            await asyncio.sleep(0.3)
            pressed.append(await touching.down(button))
            shown.append(await touching.up(lambda other=other: other.parent is app.root))
        _tell({"pressed": pressed, "shown": shown})
        app.stop()

    class Buttons(App):  # type: ignore[misc] # kivy has no types
        def build(self) -> FloatLayout:
            Window.clearcolor = (1, 1, 1, 1)
            return FloatLayout()

    async def run() -> None:
        app = Buttons()
        await asyncio.gather(app.async_run(async_lib="asyncio"), play(app))

    asyncio.run(run())


def _tell(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bare-kivy-") as kivy_home:
        _prepare(kivy_home)
        if sys.argv[1] == "touch":
            _touch()
        else:
            _hello(stay=sys.argv[1] == "idle")
