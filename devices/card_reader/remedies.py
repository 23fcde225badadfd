"""What can be done about a reader from outside: restarting pcscd, power to a USB port. When is not decided here."""

import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from devices.card_reader.hardware import SYSFS, PcscModel, SamModel
from devices.card_reader.recovery import Rung

log = logging.getLogger(__name__)

_OFF_S: Final = 2.0  # long enough for a reader's capacitors


def _wait() -> None:
    threading.Event().wait(_OFF_S)


class RemedyFailed(Exception):
    """It could not be done. Nothing is worse than before."""


class Remedy(Protocol):
    """One outward action. It blocks for seconds, and is called in a thread of the driver."""

    def __call__(self) -> None:
        """Do it. Raises ``RemedyFailed``."""
        ...


class RestartService:
    """Runs a command that restarts pcscd, such as ``systemctl restart pcscd.service`` where polkit lets this user.

    Readers share pcscd: while one has it restarted, another's wish is fulfilled too.
    """

    def __init__(self, command: Sequence[str], *, deadline_s: float = 30.0) -> None:
        self._command = tuple(command)
        self._deadline_s = deadline_s
        self._running = threading.Lock()

    def __call__(self) -> None:
        """Run the command. Raises ``RemedyFailed`` when it cannot be run, fails, or takes too long."""
        if not self._running.acquire(blocking=False):
            return
        try:
            done = subprocess.run(  # noqa: S603 - of the terminal's configuration
                self._command, timeout=self._deadline_s, check=False, capture_output=True, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RemedyFailed(str(error)) from error
        finally:
            self._running.release()
        if done.returncode:
            raise RemedyFailed(f"{self._command[0]} ended with {done.returncode}")


class CycleUsbPort:
    """Switches the USB port of a device off and on through sysfs; simulated only, on a tree of files.

    The device is found by ``vendor`` and ``product`` (four hexadecimal digits each) and its place remembered, since
    one that needs this may be gone from the bus. Its hub's port is disabled, which takes its power where the hub can
    (``portN/disable``, Linux 6.0 and later); where there is no such file, the device is de-authorised and authorised.
    """

    def __init__(
        self, vendor: str, product: str, *, sysfs: Path = SYSFS, while_off: Callable[[], None] = _wait
    ) -> None:
        self._ids = (vendor.lower(), product.lower())
        self._devices = sysfs / "bus" / "usb" / "devices"
        self._while_off = while_off
        self._place: str | None = None
        self.look()

    def look(self) -> None:
        """Find out where the device is plugged in now; where it was last is remembered when it is not."""
        for device in sorted(self._devices.glob("*-*")) if self._devices.is_dir() else ():
            if (_read(device / "idVendor"), _read(device / "idProduct")) == self._ids:
                self._place = device.name
                return

    def __call__(self) -> None:
        """Switch off, wait, switch on. Raises ``RemedyFailed`` when no such device was ever seen, or sysfs refuses."""
        self.look()
        if self._place is None:
            raise RemedyFailed("no such USB device was seen")
        disable = self._port_of(self._place) / "disable"
        switch, off, on = (
            (disable, "1", "0") if disable.exists() else (self._devices / self._place / "authorized", "0", "1")
        )
        try:
            _write(switch, off)
            self._while_off()
        except OSError as error:
            raise RemedyFailed(f"{switch.name}: {error.strerror}") from error
        finally:
            self._switch_on(switch, on)

    def _port_of(self, place: str) -> Path:
        """Return the hub's port: for ``1-2.3``, port 3 of hub ``1-2``; for ``1-2``, port 2 of root hub ``usb1``."""
        hub, dot, port = place.rpartition(".")
        if not dot:
            bus, _, port = place.partition("-")
            return self._devices / f"{bus}-0:1.0" / f"usb{bus}-port{port}"
        return self._devices / f"{hub}:1.0" / f"{hub}-port{port}"

    def _switch_on(self, switch: Path, on: str) -> None:
        try:
            _write(switch, on)
        except OSError as error:
            raise RemedyFailed(f"{switch.name}: {error.strerror}") from error


class Remedies:
    """The outward actions of one reader, by rung; what a terminal does not have, the ladder leaves out."""

    def __init__(self, *, restart_service: Remedy | None = None, power_cycle: Remedy | None = None) -> None:
        both = {Rung.RESTART_SERVICE: restart_service, Rung.POWER_CYCLE: power_cycle}
        self._by_rung = {rung: remedy for rung, remedy in both.items() if remedy is not None}

    @property
    def rungs(self) -> frozenset[Rung]:
        """The rungs that there is an action for."""
        return frozenset(self._by_rung)

    def look(self) -> None:
        """Find out where the reader is plugged in: to be called when it begins to work, since later it may be gone."""
        for remedy in self._by_rung.values():
            if isinstance(remedy, CycleUsbPort):
                remedy.look()

    def apply(self, rung: Rung) -> None:
        """Do what belongs to a rung, if anything does; a failure is logged, and the ladder climbs on by itself."""
        remedy = self._by_rung.get(rung)
        if remedy is None:
            return
        try:
            remedy()
        except RemedyFailed as error:
            log.warning("%s: %s", rung.name.lower(), error)


def remedies_for(
    model: PcscModel | SamModel, *, restart_service: RestartService | None = None, cycle_power: bool = True
) -> Remedies:
    """Return what can and may be done about a reader of a model: its port is found by its USB numbers."""
    may_cycle = cycle_power and Rung.POWER_CYCLE in model.allowed
    may_restart = Rung.RESTART_SERVICE in model.allowed
    return Remedies(
        restart_service=restart_service if may_restart else None,
        power_cycle=CycleUsbPort(*model.usb.split(":")) if may_cycle and model.usb is not None else None,
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip().lower()
    except (OSError, UnicodeDecodeError):
        return ""


def _write(file: Path, value: str) -> None:
    file.write_text(value, encoding="ascii")
