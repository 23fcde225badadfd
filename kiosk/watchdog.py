"""Feeds systemd's watchdog with proof of work: only while every part has shown, just now, that it does its job.

The protocol is sd_notify(3): datagrams to ``$NOTIFY_SOCKET``. Without that variable nothing is sent, and all else
works as it does under systemd.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from wire.clock import Clock

PROOF_S = 5.0  # how often a part is asked for proof
_PER_PERIOD = 3  # how often systemd is told in one period of its watchdog


class ServiceManager:
    """systemd, as a service sees it. ``watchdog_s``: its patience, None where it does not watch."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.settimeout(0)
            self._address = "\0" + address[1:] if address.startswith("@") else address

    @classmethod
    def of_environment(cls) -> Self:
        """Return the one that started this process; its variables are taken, so that no child speaks for it."""
        address = os.environ.pop("NOTIFY_SOCKET", None)
        period_us = os.environ.pop("WATCHDOG_USEC", None)
        meant = os.environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(address, int(period_us) / 1e6 if period_us and meant else None)

    def tell(self, *assignments: str) -> None:
        """Send ``NAME=value`` lines. What cannot be sent is not: then systemd's patience decides."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendto("\n".join(assignments).encode(), self._address)

    def close(self) -> None:
        """Say that this process is about to end."""
        self.tell("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Sign:
    """When a part last proved that it works (``Clock.monotonic``; None: never yet), and how long that holds."""

    at: float | None
    holds_s: float


def lacking(signs: Mapping[str, Sign], now: float) -> tuple[str, ...]:
    """Return the parts that have not proved themselves lately, in alphabetical order."""
    return tuple(sorted(name for name, sign in signs.items() if sign.at is None or now - sign.at > sign.holds_s))


class Part:
    """A part that is asked to prove itself. ``proof`` returns when it has, and raises nothing."""

    def __init__(self, proof: Callable[[], Awaitable[object]], holds_s: float, clock: Clock) -> None:
        self._proof = proof
        self._holds_s = holds_s
        self._clock = clock
        self._at: float | None = None

    def __call__(self) -> Sign:
        """Return its last proof."""
        return Sign(self._at, self._holds_s)

    async def keep_asking(self) -> None:
        """Ask for ever; each time when the last proof has come."""
        while True:
            await self._proof()
            self._at = self._clock.monotonic()
            await asyncio.sleep(PROOF_S)


class Watchdog:
    """Tells systemd that this process is ready, once every part has proved itself, and then that it is alive.

    ``asked`` are asked for proof; ``told`` bring a sign of their own when they are looked at.
    """

    def __init__(
        self,
        manager: ServiceManager,
        clock: Clock,
        asked: Mapping[str, Part],
        told: Mapping[str, Callable[[], Sign]] | None = None,
    ) -> None:
        self._manager = manager
        self._clock = clock
        self._asked = asked
        self._looked_at: dict[str, Callable[[], Sign]] = {**asked, **(told or {})}
        self._ready = False
        self._status = ""

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as group:
            for part in self._asked.values():
                group.create_task(part.keep_asking())
            while True:
                self.look()
                await asyncio.sleep((self._manager.watchdog_s or 3 * PROOF_S) / _PER_PERIOD if self._ready else 0.1)

    def look(self) -> None:
        """Judge the parts' signs, and tell systemd what follows."""
        late = lacking({name: sign() for name, sign in self._looked_at.items()}, self._clock.monotonic())
        said = [] if late else ["WATCHDOG=1"]
        if not late and not self._ready:
            self._ready = True
            said.insert(0, "READY=1")
        status = ("no sign of: " if self._ready else "waiting for: ") + ", ".join(late) if late else "serving"
        if status != self._status:
            self._status = status
            said.append(f"STATUS={status}")
        if said:
            self._manager.tell(*said)
