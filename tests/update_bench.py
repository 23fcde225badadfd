"""A terminal's update agent and the centre's shelf of releases, for tests: the line may be cut, the clock stands."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx  # noqa: TID251 - the transport is the seam that tests use

from central.updates.ranges import Part, asked
from kiosk.config import Updates
from kiosk.sync.client import CentreClient
from kiosk.updates.agent import Agent, Here
from kiosk.updates.applying import VERDICT
from kiosk.updates.folder import UpdateFolder
from tests.pretend_centre import said
from tests.releases import RELEASE_KEY, release
from tests.terminal_parts import TERMINAL, StandingClock
from wire.protocol import HEADER
from wire.release import MANIFEST, SignedManifest, UpdateOffer, names_of

URL = "http://localhost"
RUNS, NEXT = "2026.1", "2026.2"
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # half past two at night in China
BLOCK = 8_192
SIZE = 100_000
ROOT = names_of(NEXT)[1]
Meddle = Callable[[httpx.Request], httpx.Response | None]


class Cut(httpx.AsyncByteStream):
    """A body that ends too early."""

    def __init__(self, content: bytes, after: int) -> None:
        self._content, self._cut = content[:after], len(content) > after

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 1_000):
            yield self._content[start : start + 1_000]
        if self._cut:
            raise httpx.ReadError("the line was cut")


@dataclass
class Shelf:
    """The centre's side: what is offered, from which folder. ``cut``: after how many bytes each answer ends."""

    folder: Path
    offer: SignedManifest | None = None
    cut: int | None = None
    meddle: Meddle | None = None
    ranges: list[str] = field(default_factory=list)
    sent: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.meddle is not None and (instead := self.meddle(request)) is not None:
            return instead
        *_, version, name = request.url.path.split("/")
        if name == "update":
            return said(UpdateOffer(release=self.offer))
        assert version == NEXT
        content = (self.folder / name).read_bytes()
        etag = f'"{_digest(self.folder, name)}"'
        part = asked(request.headers, len(content), etag)
        headers = {HEADER: "1", "ETag": etag}
        status, body = 200, content
        if isinstance(part, Part):
            self.ranges.append(request.headers["Range"])
            status, body = 206, content[part.first : part.last + 1]
            headers["Content-Range"] = f"bytes {part.first}-{part.last}/{len(content)}"
        self.sent += len(body) if self.cut is None else min(self.cut, len(body))
        stream = httpx.ByteStream(body) if self.cut is None else Cut(body, self.cut)
        return httpx.Response(status, headers=headers, stream=stream)


def _digest(folder: Path, name: str) -> str:
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    return str({file["name"]: file["sha256"] for file in files}[name])


@dataclass
class Bench:
    """One terminal's agent, built anew for each run as the timer does."""

    base: Path
    clock: StandingClock = field(default_factory=lambda: StandingClock(NOW))
    running: str = RUNS
    boot: str = "boot-1"
    idle: bool = True
    technician: bool = False
    reserve: int = 0
    hours: tuple[int, int] = (2, 5)
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.base / "shelf")
        self.path = self.base / "updates"
        self.verdicts = self.base / "verdicts"
        for folder in (self.path, self.verdicts):
            folder.mkdir()
        self.shelf.offer = release(self.shelf.folder, NEXT, size=SIZE, made_at=NOW - timedelta(days=1))

    def agent(self) -> Agent:
        here = Here(self.running, self.boot, (RELEASE_KEY.public_key(),), self.verdicts)
        folder = UpdateFolder(self.path, reserve=self.reserve, block=BLOCK)
        settings = Updates(hours=self.hours, most_kb_per_s=100)
        return Agent(folder, here, self.clock, settings, idle=lambda: self.idle, wanted=lambda: self.technician)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[CentreClient]:
        transport = httpx.MockTransport(self.shelf.answer)
        async with CentreClient(URL, self.clock, terminal=TERMINAL, transport=transport) as client:
            yield client

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.pass_(seconds)

    async def run(self) -> Agent:
        """Do what one start of the agent does."""
        agent = self.agent()
        agent.look()
        async with self.client() as client:
            await agent.follow_centre(client, self.sleep)
        agent.apply_when_due()
        return agent

    def verdict(self, *, installed: bool, code: str = "") -> None:
        """Say what the installer says of the last mark."""
        mark = json.loads((self.path / "apply").read_bytes())["mark"]
        (self.path / "apply").unlink()
        (self.verdicts / VERDICT).write_text(json.dumps({"mark": mark, "installed": installed, "code": code}))

    def failure(self) -> str:
        return self.agent().report().failure

    def files(self) -> set[str]:
        return {path.name for path in self.path.rglob("*") if path.is_file()} - {
            "state.json",
            "turn.lock",
            "urgent.lock",
        }
