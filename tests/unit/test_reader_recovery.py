"""The recovery ladder as a table, its pace with a clock that the test moves, and its outward actions."""

import logging
import stat
import sys
from pathlib import Path

import pytest

from devices.card_reader.recovery import Failing, Failure, Ladder, Pace, Rung, Works, step
from devices.card_reader.remedies import CycleUsbPort, Remedies, RemedyFailed, RestartService

ALL = frozenset((Rung.RECONNECT, Rung.NEW_CONTEXT, Rung.RESTART_SERVICE, Rung.POWER_CYCLE))
NO_OUTWARD = frozenset((Rung.RECONNECT, Rung.NEW_CONTEXT))
SILENT, SERVICE, MISSING = (Failing(failure) for failure in Failure)


@pytest.mark.parametrize(
    ("rung", "event", "allowed", "then"),
    [
        (Rung.WORKING, SILENT, ALL, Rung.RECONNECT),
        (Rung.RECONNECT, SILENT, ALL, Rung.NEW_CONTEXT),
        (Rung.NEW_CONTEXT, SILENT, ALL, Rung.RESTART_SERVICE),
        (Rung.RESTART_SERVICE, SILENT, ALL, Rung.POWER_CYCLE),
        (Rung.POWER_CYCLE, SILENT, ALL, Rung.OUT_OF_SERVICE),
        (Rung.OUT_OF_SERVICE, SILENT, ALL, Rung.OUT_OF_SERVICE),
        (Rung.NEW_CONTEXT, SILENT, NO_OUTWARD, Rung.OUT_OF_SERVICE),
        (Rung.NEW_CONTEXT, SILENT, ALL - {Rung.RESTART_SERVICE}, Rung.POWER_CYCLE),
        (Rung.WORKING, SILENT, frozenset(), Rung.OUT_OF_SERVICE),
        (Rung.WORKING, SERVICE, ALL, Rung.NEW_CONTEXT),
        (Rung.NEW_CONTEXT, SERVICE, ALL, Rung.RESTART_SERVICE),
        (Rung.RESTART_SERVICE, SERVICE, ALL, Rung.OUT_OF_SERVICE),
        (Rung.WORKING, MISSING, ALL, Rung.RECONNECT),
        (Rung.RECONNECT, MISSING, ALL, Rung.POWER_CYCLE),
        (Rung.POWER_CYCLE, MISSING, ALL, Rung.OUT_OF_SERVICE),
        (Rung.WORKING, Works(), ALL, Rung.WORKING),
        (Rung.OUT_OF_SERVICE, Works(), ALL, Rung.POWER_CYCLE),
        (Rung.POWER_CYCLE, Works(), ALL, Rung.RESTART_SERVICE),
        (Rung.RESTART_SERVICE, Works(), NO_OUTWARD, Rung.NEW_CONTEXT),
        (Rung.RECONNECT, Works(), ALL, Rung.WORKING),
        (Rung.OUT_OF_SERVICE, Works(), frozenset(), Rung.WORKING),
    ],
)
def test_the_table(rung: Rung, event: Failing | Works, allowed: frozenset[Rung], then: Rung) -> None:
    """Each rung, each event, and rungs that a reader does not have."""
    assert step(rung, event, allowed) is then


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """Return what was logged so far, and forget it."""
    found = [(record.levelno, record.getMessage()) for record in caplog.records]
    caplog.clear()
    return found


def test_the_pace(caplog: pytest.LogCaptureFixture) -> None:
    """Patience on every rung, each logged once; calm before every step down; nothing more once out of service."""
    caplog.set_level(logging.INFO)
    clock = Clock()
    ladder = Ladder("front", ALL, Pace(patience_s=10, calm_s=60), clock)
    climbed = []
    for _ in range(200):  # 100 s of failing
        climbed.append(ladder.tick(Failure.SILENT))
        clock.now += 0.5
    assert [rung for rung in climbed if rung] == [*sorted(ALL), Rung.OUT_OF_SERVICE]
    assert climbed.index(Rung.RECONNECT) == 20
    assert climbed.index(Rung.NEW_CONTEXT) == 40
    assert [level for level, _ in lines(caplog)] == [logging.WARNING] * 5
    for _ in range(11 * 60):
        assert ladder.tick(None) is None
        clock.now += 0.5
    assert ladder.rung is Rung.WORKING
    assert [level for level, _ in lines(caplog)] == [logging.INFO] * 5


def test_a_reader_that_works_for_a_moment() -> None:
    """A reader that fails again soon after each remedy gets the next one, not the first again."""
    clock = Clock()
    ladder = Ladder("front", ALL, Pace(patience_s=10, calm_s=60), clock)
    climbed = []
    for _ in range(7):
        for failure, lasting_s in ((Failure.SILENT, 11), (None, 30)):
            for _ in range(lasting_s):
                climbed.append(ladder.tick(failure))
                clock.now += 1
    assert [rung for rung in climbed if rung] == [*sorted(ALL), Rung.OUT_OF_SERVICE]


def test_a_short_failure_is_nobodys_business(caplog: pytest.LogCaptureFixture) -> None:
    """What passes within patience is neither acted on nor logged."""
    clock = Clock()
    ladder = Ladder("front", ALL, Pace(patience_s=10, calm_s=60), clock)
    for failure in (Failure.SILENT, None) * 20:
        assert ladder.tick(failure) is None
        clock.now += 9
    assert not caplog.records


def usb_tree(root: Path, *, place: str, with_port: bool) -> Path:
    """Make a sysfs of files with one reader in it; return the file that switches its port."""
    devices = root / "bus" / "usb" / "devices"
    for name, ids in ((place, ("072f", "b100")), ("1-1", ("1d6b", "0002"))):
        device = devices / name
        device.mkdir(parents=True)
        for file, value in zip(("idVendor", "idProduct", "authorized"), (*ids, "1"), strict=True):
            (device / file).write_text(value + "\n", encoding="ascii")
    (devices / "usb1").mkdir()
    (devices / f"{place}:1.0").mkdir()
    if not with_port:
        return devices / place / "authorized"
    hub, port = ("1-2:1.0", "1-2-port3") if "." in place else ("1-0:1.0", "usb1-port4")
    switch = devices / hub / port / "disable"
    switch.parent.mkdir(parents=True)
    switch.write_text("0\n", encoding="ascii")
    return switch


@pytest.mark.parametrize("place", ["1-2.3", "1-4"])
@pytest.mark.parametrize("with_port", [True, False])
def test_a_port_is_switched_off_and_on(
    tmp_path: Path,
    place: str,
    with_port: bool,  # noqa: FBT001
) -> None:
    """The port of the right device is switched off and on again, also when the device is gone from the bus by then."""
    switch = usb_tree(tmp_path, place=place, with_port=with_port)
    while_off: list[str] = []
    cycle = CycleUsbPort("072F", "B100", sysfs=tmp_path, while_off=lambda: while_off.append(switch.read_text()))
    (tmp_path / "bus" / "usb" / "devices" / place / "idVendor").unlink()
    cycle()
    assert [*while_off, switch.read_text()] == (["1", "0"] if with_port else ["0", "1"])


def test_a_reader_that_was_moved(tmp_path: Path) -> None:
    """Where a reader is plugged in is looked up when it begins to work; that is the port which is switched later."""
    devices = tmp_path / "bus" / "usb" / "devices"
    usb_tree(tmp_path, place="1-4", with_port=False)
    states: list[str] = []
    cycle = CycleUsbPort("072f", "b100", sysfs=tmp_path, while_off=lambda: states.append(switch.read_text()))
    (devices / "1-4").rename(devices / "1-3")
    switch = devices / "1-3" / "authorized"
    remedies = Remedies(power_cycle=cycle)
    remedies.look()
    (devices / "1-3" / "idVendor").unlink()
    remedies.apply(Rung.POWER_CYCLE)
    assert [*states, switch.read_text()] == ["0", "1"]


def test_a_port_that_was_never_seen(tmp_path: Path) -> None:
    """Without such a device, or a sysfs at all, the remedy says that it failed."""
    usb_tree(tmp_path, place="1-4", with_port=True)
    for sysfs in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(RemedyFailed):
            CycleUsbPort("076b", "5422", sysfs=sysfs)()


def script(tmp_path: Path, text: str) -> str:
    """Return a program that does what a shell would."""
    path = tmp_path / "restart"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_restart_command(tmp_path: Path) -> None:
    """The configured command is run; that it fails, is missing or hangs is said."""
    done = tmp_path / "done"
    RestartService([script(tmp_path, f"touch {done}")])()
    assert done.exists()
    with pytest.raises(RemedyFailed, match="3"):
        RestartService([script(tmp_path, "exit 3")])()
    with pytest.raises(RemedyFailed):
        RestartService([str(tmp_path / "nothing")])()
    with pytest.raises(RemedyFailed):
        RestartService([sys.executable, "-c", "import time; time.sleep(600)"], deadline_s=0.2)()


def test_a_remedy_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The ladder has only the rungs that there is an action for; one that fails is a line in the log."""

    def fail() -> None:
        raise RemedyFailed("no hub")

    remedies = Remedies(power_cycle=fail)
    assert remedies.rungs == {Rung.POWER_CYCLE}
    remedies.apply(Rung.RECONNECT)
    remedies.apply(Rung.POWER_CYCLE)
    assert [message for _, message in lines(caplog)] == ["power_cycle: no hub"]
