"""A terminal's own code, store and client against the centre of this process: no stand-in on either side."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx  # noqa: TID251 - the seam between the client and this process

from kiosk.store import Store, Terminal
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from tests.central.playing import CITIZEN, Desk, enrolment_code, in_process
from wire.clock import Clock, SystemClock

URL = "http://testserver"
Meddle = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class RealTerminal:
    """An enrolled terminal's data folder and open store; :meth:`client` is its line."""

    data_dir: Path
    terminal: Terminal
    store: Store
    clock: Clock

    def client(self, meddle: Meddle | None = None, clock: Clock | None = None) -> CentreClient:
        """Return a line; ``meddle`` may answer instead of the centre, or raise."""
        return CentreClient(
            URL,
            clock or self.clock,
            terminal=enrolment.load(self.data_dir),
            transport=httpx.MockTransport(lambda request: answer(request, meddle)),
        )

    def submit(self, count: int = 1) -> None:
        """Submit applications."""
        for _ in range(count):
            self.store.cases.submit("food-licence", CITIZEN, {"shop": "秋水面馆"})


@contextmanager
def opened(data_dir: Path, clock: Clock | None = None) -> Iterator[RealTerminal]:
    """Open an enrolled terminal."""
    clock = clock or SystemClock()
    terminal = enrolment.load(data_dir)
    with Store.open(data_dir / "terminal.sqlite3", clock, terminal) as store:
        yield RealTerminal(data_dir, terminal, store, clock)


@contextmanager
def recovered(data_dir: Path) -> Iterator[RealTerminal]:
    """Open an enrolled terminal as its processes do at their start: a corrupt database is replaced."""
    clock, terminal = SystemClock(), enrolment.load(data_dir)
    with open_store(data_dir / "terminal.sqlite3", clock, terminal) as store:
        yield RealTerminal(data_dir, terminal, store, clock)


async def enrolled(desk: Desk, data_dir: Path) -> None:
    """Enrol a new terminal, whose identity is in the folder ``data_dir`` afterwards."""
    async with CentreClient(URL, SystemClock(), transport=httpx.MockTransport(answer)) as client:
        await enrolment.enrol(data_dir, client, enrolment_code(desk.centre), "test")


def answer(request: httpx.Request, meddle: Meddle | None = None) -> httpx.Response:
    """Let the centre of this process answer."""
    instead = meddle(request) if meddle else None
    if instead is not None:
        return instead
    headers = {name: value for name, value in request.headers.items() if name not in ("content-length", "content-type")}
    said = in_process(request.method, request.url.raw_path.decode(), request.content, headers)
    kept = {name: value for name, value in said.headers.items() if name.lower() != "content-length"}
    return httpx.Response(said.status, headers=kept, content=said.content)
