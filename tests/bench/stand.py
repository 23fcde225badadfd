"""A centre and an enrolled terminal on virtual hardware, started as far as a benchmark needs them."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.centre import CentreServer
from demo.hardware import Hardware
from demo.terminal import Terminal

PAGE_S = 0.05  # of the virtual printer: no benchmark is about its mechanics


@dataclass(frozen=True, slots=True)
class Stand:
    """``terminal`` is enrolled; neither its application nor its sync process runs yet."""

    root: Path
    centre: CentreServer
    hardware: Hardware
    terminal: Terminal


@asynccontextmanager
async def stand() -> AsyncIterator[Stand]:
    """Give a new stand; afterwards nothing of it is left."""
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bianmin-bench-")))
        hardware = stack.enter_context(Hardware(page_s=PAGE_S))
        centre = CentreServer(root)
        await centre.prepare()
        await centre.start()
        stack.push_async_callback(centre.stop)
        terminal = Terminal(root, hardware, centre.url)
        await terminal.enrol(await centre.new_terminal("大厅一号机"))
        stack.push_async_callback(terminal.stop)
        yield Stand(root, centre, hardware, terminal)
