"""Every device's state in one place: read from the devices' own cells once, and from here by everybody else.

The heartbeat's report, the technician's screen and the doctor read it. The log tells of a device once when it is
lost and once when it is back.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from devices.status import StatusCell
from kiosk.condition import Condition, condition_of
from wire.clock import Clock
from wire.messages import DeviceReport

log = logging.getLogger(__name__)

SETTLE_S = 5.0  # a device that is not well so long after it was opened is lost


class Device(Protocol):
    """What every device has."""

    name: str

    @property
    def status(self) -> Any:  # noqa: ANN401 - one of condition.DeviceStatus; each kind has its own part of it
        """Last known state; never blocks."""
        ...

    async def changed(self, since: Any) -> Any:  # noqa: ANN401
        """Return the first status that differs from ``since``."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceState:
    """One device as it is now. ``since``: when it became so; ``before``: how it was until then, None at the start."""

    kind: str
    name: str
    condition: Condition
    since: datetime
    before: Condition | None = None


class StatusBoard:
    """The states of all devices of a terminal, kept by :meth:`watching`."""

    def __init__(self, devices: Iterable[tuple[str, Device]], clock: Clock, *, settle_s: float = SETTLE_S) -> None:
        self._devices = tuple(devices)
        self._clock = clock
        self._settle_s = settle_s
        now = clock.now()
        self._cell = StatusCell(
            tuple(DeviceState(kind, device.name, condition_of(device.status), now) for kind, device in self._devices)
        )

    @property
    def states(self) -> tuple[DeviceState, ...]:
        """Every device's state, in the order in which the devices were named."""
        return self._cell.value

    async def changed(self, since: tuple[DeviceState, ...]) -> tuple[DeviceState, ...]:
        """Return the first states that differ from ``since``."""
        return await self._cell.changed(since)

    async def settled(self) -> tuple[DeviceState, ...]:
        """Return when every device is well, or has had the time to find itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settle_s):
                while not all(state.condition.well for state in self.states):
                    await self.changed(self.states)
        return self.states

    def detail_of(self, state: DeviceState) -> str:
        """Return what is known of a device beside its state: the status's own word, and what the driver tells."""
        device = next(device for kind, device in self._devices if (kind, device.name) == (state.kind, state.name))
        return "; ".join(filter(None, (state.condition.detail, getattr(device, "detail", ""))))

    def reports(self) -> tuple[DeviceReport, ...]:
        """Return the states as the heartbeat tells them."""
        return tuple(
            DeviceReport(name=state.name, kind=state.kind, state=state.condition.state, detail=self._reported(state))
            for state in self.states
        )

    def _reported(self, state: DeviceState) -> str:
        return "; ".join(filter(None, (state.condition.code, self.detail_of(state))))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator["StatusBoard"]:
        """Follow the devices until the end of the block."""
        watches = [
            asyncio.create_task(watch)
            for at, (_, device) in enumerate(self._devices)
            for watch in (self._follow(at, device), self._log_changes(at))
        ]
        for watch in watches:
            watch.add_done_callback(_note_bug)
        try:
            yield self
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def _follow(self, at: int, device: Device) -> None:
        status = device.status
        while True:
            self._note(at, condition_of(status))
            status = await device.changed(status)

    async def _log_changes(self, at: int) -> None:
        """Tell when one device is lost and when it is back, once it has had the time to find itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settle_s):
                while not self.states[at].condition.well:
                    await self.changed(self.states)
        known_well = True
        while True:
            states = self.states
            if states[at].condition.well is not known_well:
                known_well = not known_well
                _tell(states[at])
            await self.changed(states)

    def _note(self, at: int, condition: Condition) -> None:
        states = self.states
        if states[at].condition != condition:
            state = states[at]
            new = DeviceState(state.kind, state.name, condition, self._clock.now(), state.condition)
            self._cell.set((*states[:at], new, *states[at + 1 :]))


def _note_bug(watch: "asyncio.Task[None]") -> None:
    if not watch.cancelled() and (error := watch.exception()) is not None:
        log.error("a device is not followed any more: %s", type(error).__name__, exc_info=error)


def _tell(state: DeviceState) -> None:
    told = " ".join(filter(None, (state.condition.state, state.condition.code, state.condition.detail)))
    if state.condition.well:
        log.info("device back: %s %s: %s", state.kind, state.name, told)
    else:
        log.warning("device lost: %s %s: %s", state.kind, state.name, told)
