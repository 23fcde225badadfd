"""systemd hears that a process is ready and alive only after every part has proved it, and not for a moment longer."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.proofs import FRAME_HOLDS_S, READERS_HOLD_S, watchdog_of
from kiosk.stage import Attract, View
from kiosk.store import Store, StoreFull
from kiosk.watchdog import PROOF_S, Part, ServiceManager, Sign, Watchdog, lacking
from tests.fakes.devices import FakeReader
from tests.terminal_parts import TERMINAL, StandingClock
from wire.text import Text

ATTRACT = Attract(centre_name=Text(zh="中心", en="Centre"), can_go_back=False)


class Systemd:
    """The other end of ``$NOTIFY_SOCKET``."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(0)

    def heard(self) -> list[str]:
        """Return all lines that came since the last call."""
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(tmp_path)
    yield listening
    listening.close()


@pytest.mark.parametrize(
    ("signs", "late"),
    [
        ({}, ()),
        ({"a": Sign(100.0, 10.0)}, ()),
        ({"a": Sign(90.0, 10.0)}, ()),
        ({"a": Sign(89.0, 10.0)}, ("a",)),
        ({"a": Sign(None, 10.0)}, ("a",)),
        ({"b": Sign(None, 10.0), "a": Sign(0.0, 10.0), "c": Sign(99.0, 10.0)}, ("a", "b")),
    ],
)
def test_a_sign_holds_for_its_time(signs: dict[str, Sign], late: tuple[str, ...]) -> None:
    """A part lacks proof that never gave any, or whose last one is older than it holds."""
    assert lacking(signs, 100.0) == late


def test_one_late_part_is_enough_to_be_silent(systemd: Systemd) -> None:
    """Ready once all have proved themselves; silent, but for the status, while one has not; then alive again."""
    clock = StandingClock()
    signs = {"a": Sign(None, 10.0), "b": Sign(clock.monotonic(), 10.0)}
    with ServiceManager(systemd.address) as manager:
        watchdog = Watchdog(manager, clock, {}, {name: lambda name=name: signs[name] for name in signs})
        watchdog.look()
        watchdog.look()
        assert systemd.heard() == ["STATUS=waiting for: a"]
        signs["a"] = Sign(clock.monotonic(), 10.0)
        watchdog.look()
        assert systemd.heard() == ["READY=1", "WATCHDOG=1", "STATUS=serving"]
        watchdog.look()
        assert systemd.heard() == ["WATCHDOG=1"]
        clock.pass_(11)
        signs["a"] = Sign(clock.monotonic(), 10.0)
        watchdog.look()
        assert systemd.heard() == ["STATUS=no sign of: b"]
        signs["b"] = Sign(clock.monotonic(), 10.0)
        watchdog.look()
        assert systemd.heard() == ["WATCHDOG=1", "STATUS=serving"]
    assert systemd.heard() == ["STOPPING=1"]


def test_variables_of_systemd_are_taken(monkeypatch: pytest.MonkeyPatch, systemd: Systemd) -> None:
    """What this process starts cannot speak for it; a watchdog that is meant for another process is not ours."""
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.address)
    monkeypatch.setenv("WATCHDOG_USEC", "15000000")
    with ServiceManager.of_environment() as manager:
        manager.tell("READY=1")
        assert manager.watchdog_s == 15
    with ServiceManager.of_environment() as manager:
        manager.tell("READY=1")
        assert manager.watchdog_s is None
    assert systemd.heard() == ["READY=1", "STOPPING=1"]
    monkeypatch.setenv("WATCHDOG_USEC", "15000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert ServiceManager.of_environment().watchdog_s is None


def test_an_abstract_address_is_understood(tmp_path: Path) -> None:
    """Systemd may name a socket that is in no folder (``@…``)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + str(tmp_path))
        with ServiceManager(f"@{tmp_path}") as manager:
            manager.tell("READY=1", "STATUS=serving")
            assert listening.recv(100) == b"READY=1\nSTATUS=serving"


def test_nobody_listens(tmp_path: Path) -> None:
    """A systemd that does not listen holds up nothing."""
    with ServiceManager(str(tmp_path / "nobody")) as manager:
        manager.tell("WATCHDOG=1")


async def test_proof_is_asked_for_again_and_again() -> None:
    """A part's sign is as old as its last proof; one that hangs in its work gives no newer one."""
    clock, goes_on = StandingClock(), asyncio.Event()
    part = Part(goes_on.wait, 10.0, clock)
    asking = asyncio.create_task(part.keep_asking())
    await asyncio.sleep(0)
    assert part() == Sign(None, 10.0)
    goes_on.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert part() == Sign(1000.0, 10.0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


class FrozenStage:
    """The part of a stage that the watchdog looks at."""

    def __init__(self) -> None:
        self.shown: View[object] | None = None
        self.draws = asyncio.Event()

    async def drawn(self) -> None:
        await self.draws.wait()


class RefusingStore:
    """A store on a full disk."""

    @property
    def outbox(self) -> "RefusingStore":
        return self

    def queue(self) -> None:
        raise StoreFull("no room")


async def test_the_application_is_ready_when_its_first_view_is_drawn(systemd: Systemd, tmp_path: Path) -> None:
    """Not while nothing is shown, not while it is shown and not drawn; and not alive when readers are left alone."""
    clock, stage, reader = StandingClock(), FrozenStage(), FakeReader()
    reader.looked_at = clock.monotonic()
    with (
        Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store,
        ServiceManager(systemd.address) as manager,
    ):
        watchdog = watchdog_of(manager, clock, stage, store, [reader])
        watching = asyncio.create_task(watchdog.run())
        await _until(lambda: "STATUS=waiting for: screen" in systemd.heard())
        stage.shown = ATTRACT
        await asyncio.sleep(0.3)
        assert systemd.heard() == []
        stage.draws.set()
        await _until(lambda: "READY=1" in systemd.heard())
        clock.pass_(FRAME_HOLDS_S + 1)
        watchdog.look()
        assert systemd.heard() == ["STATUS=no sign of: screen"]
        clock.pass_(READERS_HOLD_S)
        watchdog.look()
        assert systemd.heard() == ["STATUS=no sign of: card readers, screen, store"]
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_store_that_refuses_has_answered(systemd: Systemd) -> None:
    """A full or damaged disk is shown to the citizen; starting anew again and again would hide it."""
    clock, stage, reader = StandingClock(), FrozenStage(), FakeReader()
    reader.looked_at = clock.monotonic()
    stage.shown = ATTRACT
    stage.draws.set()
    with ServiceManager(systemd.address) as manager:
        watching = asyncio.create_task(watchdog_of(manager, clock, stage, RefusingStore(), [reader]).run())
        await _until(lambda: "READY=1" in systemd.heard())
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def test_proof_is_asked_for_often_enough() -> None:
    """Even one late proof in three keeps a part alive."""
    assert PROOF_S * 2 < FRAME_HOLDS_S


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a datagram comes, which nobody announces
            await asyncio.sleep(0.02)
