"""`make demo`: everything of one terminal and its centre on this machine, played or left to a person's hands."""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from demo.centre import OFFICER, CentreServer
from demo.dock import Action, Dock
from demo.glass import NotSeen
from demo.hardware import PAGE_S, Hardware
from demo.line import Line
from demo.process import ChildFailed
from demo.terminal import Terminal
from demo.visit import print_and_check
from devices.virtual.people import GULINUR, LIU, ZHANG, ZHANG_YU

KIOSK = (1080, 1920)
LAPTOP = (1280, 1024)  # fits most people's displays


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Stand:
    """A centre, a line and an enrolled terminal on its virtual hardware, all running."""

    centre: CentreServer
    line: Line
    hardware: Hardware
    terminal: Terminal


async def set_up(root: Path, stack: AsyncExitStack, *, size: tuple[int, int] = KIOSK) -> Stand:
    """Start a centre and a terminal; ``stack`` ends them. ``root``: an empty folder for what they keep and log."""
    centre = CentreServer(root)
    await centre.prepare()
    await centre.start()
    stack.push_async_callback(centre.stop)
    return await set_up_terminal(root, centre, stack, size=size)


async def set_up_terminal(
    root: Path,
    centre: CentreServer,
    stack: AsyncExitStack,
    *,
    page_s: float = PAGE_S,
    idle_s: int = 60,
    warning_s: int = 15,
    size: tuple[int, int] = KIOSK,
) -> Stand:
    """Start a terminal with its line and hardware at a centre that serves; its printer takes ``page_s`` a page."""
    hardware = stack.enter_context(Hardware(page_s=page_s))
    line = Line(centre.port)
    await line.mend()
    stack.push_async_callback(line.cut)
    url = f"http://127.0.0.1:{line.own_port}"
    terminal = Terminal(root / "terminal", hardware, url, size=size, idle_s=idle_s, warning_s=warning_s, speech=True)
    await terminal.enrol(await centre.new_terminal("大厅自助终端"))
    stack.push_async_callback(terminal.stop)
    await terminal.start()
    return Stand(centre, line, hardware, terminal)


def play(out: Path, *, watch: bool) -> int:
    """Set everything up in ``out``; play one visit, or serve a person. Return the exit status."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if watch or display:
        return asyncio.run(_left_to_hands(out.resolve(), LAPTOP if display else KIOSK))
    try:
        return asyncio.run(_played(out.resolve()))
    except (ChildFailed, NotSeen, OSError) as error:
        _say(f"demo: failed: {error}; the logs are below {out}")
        _say(json.dumps({"verified": False, "failed": type(error).__name__}))
        return 1


async def _played(out: Path) -> int:
    """Play one visit without a display."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        stand = await _ready(out, stack, KIOSK)
        done = await print_and_check(stand.terminal.glass, stand.hardware, stand.centre, out)
    summary = {
        "pdf": str(done.pdf),
        "pictures": [str(picture) for picture in done.pictures],
        "serial": done.serial,
        "verified": done.verified,
        "seconds": round(time.monotonic() - began, 1),
    }
    _say(f"demo: the printed certificate is {done.pdf}, pictures of the screens are in {out}")
    _say(json.dumps(summary, ensure_ascii=False))
    return 0 if done.verified else 1


async def _left_to_hands(out: Path, size: tuple[int, int]) -> int:
    """Serve whoever touches the window, or the page that shows it, until interrupted."""
    async with AsyncExitStack() as stack:
        await _serve(await _ready(out, stack, size))
    return 0


async def _ready(out: Path, stack: AsyncExitStack, size: tuple[int, int]) -> Stand:
    began = time.monotonic()
    _say("demo: starting the centre, the terminal and its virtual hardware …")
    stand = await set_up(out, stack, size=size)
    await stand.terminal.glass.see("Attract", timeout_s=60)
    _say(f"demo: ready after {time.monotonic() - began:.1f} s")
    return stand


async def _serve(stand: Stand) -> None:
    """Offer the dock until interrupted."""
    dock = Dock(_actions(stand), lambda: _state(stand), stand.terminal.glass.url)
    try:
        _say(f"demo: the screen   {stand.terminal.glass.url}/")
        _say(f"demo: the dock     {dock.url}   (cards, codes, paper, the line)")
        _say(
            f"demo: the console  {stand.centre.url}/console/   user {OFFICER}, password {stand.centre.officer_password}"
        )
        _say("demo: Ctrl-C ends it")
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        ended = asyncio.create_task(stand.terminal.app.ended())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended.cancel()
    finally:
        dock.close()


def _threaded(work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        await asyncio.to_thread(work)

    return act


def _state(stand: Stand) -> dict[str, str]:
    return {**stand.hardware.state(), "线路 Line": "通 whole" if stand.line.whole else "断 cut"}


def _actions(stand: Stand) -> dict[str, Action]:
    hardware, line = stand.hardware, stand.line
    people = {"zhang": ZHANG, "liu": LIU, "zhangyu": ZHANG_YU, "gulinur": GULINUR}
    cards = "放卡 Cards"
    printer = "打印机 Printer"
    actions = {}
    for key, person in people.items():
        insert = partial(hardware.insert_social_security_card, person)
        actions[f"social-{key}"] = Action(cards, f"社保卡 {person.name}", _threaded(insert))
        actions[f"resident-{key}"] = Action(
            cards, f"身份证 {person.name}", _threaded(partial(hardware.put_resident_card, person))
        )
    actions["unknown-card"] = Action(cards, "银行卡 Bank card", _threaded(hardware.insert_unknown_card))
    actions["take-cards"] = Action(cards, "取走 Take away", _threaded(hardware.take_cards))
    actions["show-certificate"] = Action(
        "镜头前 Before the camera", "刚打印的文件 The last printed page", _threaded(hardware.show_last_page)
    )
    actions["show-rubbish"] = Action(
        "镜头前 Before the camera", "别的二维码 Another code", _threaded(lambda: hardware.camera.show_code(b"hello"))
    )
    actions["show-nothing"] = Action("镜头前 Before the camera", "拿开 Take away", _threaded(hardware.camera.clear))
    actions["empty-tray"] = Action(printer, "没有纸 Out of paper", _threaded(lambda: hardware.printer.refill(0)))
    actions["jam"] = Action(printer, "卡纸 Jam", _threaded(hardware.jam_printer))
    actions["take-paper"] = Action(printer, "取走纸 Take the paper", _threaded(hardware.take_paper))
    actions["mend-printer"] = Action(printer, "修好、加纸 Mend and refill", _threaded(hardware.mend_printer))
    actions["cut-line"] = Action("线路 Line", "断线 Cut", line.cut)
    actions["mend-line"] = Action("线路 Line", "接通 Mend", line.mend)
    return actions
