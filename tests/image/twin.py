"""A terminal on this host that does what the emulated one does: it knows where things are, and how the screen looks.

Every step is taken at both. The emulated screen is waited for until it shows what the twin's shows, and touched where
the twin has the thing by that name.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from demo.centre import CentreServer
from demo.glass import Glass, NotSeen, Seen
from demo.hardware import Hardware
from demo.terminal import Terminal
from devices.virtual.camera import CameraTrouble
from tests.image.loop import Loop
from tests.image.machine import Machine
from tests.image.pictures import difference
from tests.image.starting import ALIKE

STEP_S: Final = 600.0  # for one step on an emulated processor
_SETTLED_S: Final = 1.5  # a page that has just come is deaf for a moment
_NOT_FELT_S: Final = 30.0
_KEY_S: Final = 2.0  # one key after the other, each drawn
_SAME: Final = 0.5  # of 255: the page that was touched, a clock aside
_HEAD: Final = 45 / 192  # of the height: step, title and hint, above the rows
_SAME_HEAD: Final = 2.0  # of 255; the heads of two pages of the first start are 2.7 and more apart
_IDLE_S, _WARNING_S = 600, 120  # the twin waits for the emulated one


class Twin:
    """A terminal with virtual hardware of its own, at the centre's loopback address."""

    def __init__(self, folder: Path, centre: CentreServer) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._loop = Loop()
        self.hardware = Hardware(page_s=0.1)
        self.hardware.camera.fail(CameraTrouble.SLOW)  # its pictures cost what the emulated processor needs
        self.terminal = Terminal(folder / "terminal", self.hardware, centre.url, idle_s=_IDLE_S, warning_s=_WARNING_S)
        self._glass: Glass = self.terminal.glass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.run(self.terminal.stop())
        self.hardware.close()
        self._loop.end()

    def out_of_the_box(self) -> None:
        """Forget the PIN and the reader that the emulated terminal does not have; start the first start."""
        self._change(lambda settings: settings.partition("[technician]")[0])
        self._loop.run(self.terminal.app.start())

    def enrol(self, code: str) -> None:
        """Enrol by command, with no reader that the emulated terminal does not have, and serve."""
        self._change(lambda settings: settings)
        self._loop.run(self.terminal.enrol(code))
        self._loop.run(self.terminal.start())

    def _change(self, more: Callable[[str], str]) -> None:
        file = self.terminal.config
        before, _, sam = more(file.read_text(encoding="utf-8")).partition('[[card_readers]]\nkind = "sam"')
        file.write_text(f"{before}[camera]{sam.partition('[camera]')[2]}", encoding="utf-8")

    def sync(self) -> None:
        """Start the process that talks to the centre."""
        self._loop.run(self.terminal.sync.start())

    def see(self, *, view: str = "", text: str = "") -> Seen:
        """Wait for a view, or a text. Raises :class:`demo.glass.NotSeen`."""
        if text:
            return self._loop.run(self._glass.read(text, timeout_s=STEP_S))
        return self._loop.run(self._glass.see(view, timeout_s=STEP_S))

    def look(self) -> Seen:
        """Return what is on its screen."""
        return self._loop.run(self._glass.look())

    def tap(self, name: str) -> None:
        """Touch a thing by its name."""
        self._loop.run(self._glass.tap(name))

    def hold(self, x: float, y: float, held_s: float) -> None:
        """Keep a finger on a place, px from the left and top."""
        self._loop.run(self._glass.hold_at(x, y, held_s))

    def go_home(self) -> None:
        """Leave whatever is shown, and wait for the next citizen."""
        while (seen := self.look()).view != "Attract":
            with suppress(NotSeen):  # it changed by itself
                self.tap(next(name for name in ("leave", "home", "main") if name in seen.names))

    def picture(self) -> Path:
        """Return a picture of its screen."""
        return self._loop.run(self._glass.photograph(self._folder / "twin.png"))


class Pair:
    """The emulated terminal and its twin, led through the same steps. ``took``: how long each lasted, in seconds."""

    def __init__(self, machine: Machine, twin: Twin) -> None:
        self._machine = machine
        self._twin = twin
        self._touched: tuple[tuple[float, float], Path] | None = None
        self.took: dict[str, float] = {}

    def shows(self, *, view: str = "", text: str = "", listing: bool = False, within_s: float = STEP_S) -> Seen:
        """Wait until both show a page. AssertionError when the emulated one does not look like the twin.

        ``listing``: it lists devices, of which each terminal has its own; its head alone has to be the same.
        """
        seen, begun = self._twin.see(view=view, text=text), time.monotonic()
        felt_by = begun + _NOT_FELT_S

        def like() -> bool:
            nonlocal felt_by
            now = self._machine.glance()
            expected = self._twin.picture()
            if difference(now, expected, _HEAD) < _SAME_HEAD if listing else difference(now, expected) < ALIKE:
                return True
            if self._touched and time.monotonic() > felt_by and difference(now, self._touched[1]) < _SAME:
                self._machine.touch(*self._touched[0])  # it came while the page was deaf
                felt_by = time.monotonic() + _NOT_FELT_S
            return False

        self._machine.until(like, within_s, f"the screen does not show {view or text}")
        self._touched = None
        self.took[view or text] = time.monotonic() - begun
        threading.Event().wait(_SETTLED_S)
        return seen

    def touch(self, name: str) -> None:
        """Touch a thing on both screens."""
        place = self._twin.look().places[name]
        self._touched = place, self._machine.glance("touched")
        self._machine.touch(*place)
        self._twin.tap(name)

    def hold(self, x: float, y: float, held_s: float) -> None:
        """Keep a finger on a place of both screens, px from the left and top."""
        self._machine.hold(x, y, held_s)
        self._twin.hold(x, y, held_s)

    def touch_here(self, name: str) -> None:
        """Touch a thing on the emulated screen alone, where the twin's page has it."""
        self._machine.touch(*self._twin.look().places[name])

    def step(
        self, name: str, *, view: str = "", text: str = "", listing: bool = False, within_s: float = STEP_S
    ) -> None:
        """Wait for a page on both, and touch a thing there."""
        self.shows(view=view, text=text, listing=listing, within_s=within_s)
        self.touch(name)

    def enter(self, keys: str) -> None:
        """Touch the keys that write a text."""
        for key in keys:
            self.touch(f"key:{key}")
            threading.Event().wait(_KEY_S)
