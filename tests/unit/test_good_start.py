"""Whether a start is a good one: only then does systemd-boot keep a new version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import example
from kiosk.good_start import KIOSK, SYNC, Unit, Verdict, judge, parse, watch
from kiosk.store import Store
from kiosk.sync import enrolment
from tests.terminal_parts import DEVICE_KEY, TERMINAL, StandingClock
from tests.terminal_parts import enrolment as invented

SHOWN = """\
Id=bianmin-kiosk.service
ActiveState={kiosk}
ActiveEnterTimestampMonotonic={since}

Id=bianmin-sync.service
ActiveState={sync}
ActiveEnterTimestampMonotonic=900000000
"""


@pytest.mark.parametrize(
    ("kiosk", "sync", "verdict"),
    [
        (Unit("active", 900.0), Unit("active", 930.0), Verdict.GOOD),
        (Unit("active", 900.0), Unit("active", 950.0), Verdict.NOT_YET),
        (Unit("activating"), Unit("active", 900.0), Verdict.NOT_YET),
        (Unit("active", 900.0), Unit("inactive"), Verdict.NOT_YET),
        (Unit("failed"), Unit("active", 900.0), Verdict.BAD),
        (Unit("active", 900.0), Unit("failed"), Verdict.BAD),
    ],
)
def test_judgement(kiosk: Unit, sync: Unit, verdict: Verdict) -> None:
    """Both have to be at it for a minute: a crash begins the minute anew, and one that was given up is bad at once."""
    assert judge({KIOSK: kiosk, SYNC: sync}, 990.0, 60.0) is verdict


def test_what_systemctl_prints() -> None:
    """States, and since when, of each unit; never active is since the beginning."""
    assert parse(SHOWN.format(kiosk="activating", since="", sync="active")) == {
        KIOSK: Unit("activating", 0.0),
        SYNC: Unit("active", 900.0),
    }


class Machine:
    """A terminal's folder, and what its systemd says as time goes by."""

    def __init__(self, folder: Path) -> None:
        self.clock = StandingClock()
        self.config = folder / "terminal.toml"
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        self.config.write_text(example().replace("/var/lib/bianmin", str(self.data), 1), encoding="utf-8")
        self.shown: Iterator[str] = iter(())
        self.asked: list[tuple[str, ...]] = []

    def enrol(self) -> None:
        enrolment._keep(self.data, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=invented()))

    def good(self, *shown: str) -> bool:
        self.shown = iter(shown)
        return watch(self.config, 60.0, 300.0, self.clock.pass_, clock=self.clock, ask=self._ask)

    def _ask(self, units: tuple[str, ...]) -> str:
        self.asked.append(units)
        return next(self.shown, SHOWN.format(kiosk="activating", since="0", sync="activating"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


WELL = SHOWN.format(kiosk="active", since="900000000", sync="active")


def test_a_start_that_comes_to_work(machine: Machine) -> None:
    """It is waited for."""
    machine.enrol()
    assert machine.good(SHOWN.format(kiosk="activating", since="0", sync="active"), WELL)
    assert machine.asked == [(KIOSK, SYNC)] * 2


def test_a_start_that_never_does(machine: Machine) -> None:
    """It is waited for five minutes, and not longer."""
    machine.enrol()
    assert not machine.good()
    assert 300 < machine.clock.since_boot - 1000 < 310


def test_units_without_a_store_are_not_enough(machine: Machine) -> None:
    """A database that a newer version wrote is no good start for an older one."""
    machine.enrol()
    with Store.open(machine.data / "terminal.sqlite3", machine.clock, TERMINAL):
        pass
    assert machine.good(WELL)
    (machine.data / "terminal.sqlite3").write_bytes(b"no database" * 1000)
    assert not machine.good(WELL)


def test_a_terminal_that_is_not_enrolled_can_start_well(machine: Machine) -> None:
    """Its first start has a kiosk, and nothing to synchronise yet."""
    assert machine.good("Id=bianmin-kiosk.service\nActiveState=active\nActiveEnterTimestampMonotonic=900000000\n")
    assert machine.asked == [(KIOSK,)]


def test_a_key_that_others_can_read_is_no_good_start(machine: Machine) -> None:
    """The kiosk refuses such a key, too."""
    machine.enrol()
    (machine.data / "terminal.json").chmod(0o644)
    assert not machine.good(WELL)
