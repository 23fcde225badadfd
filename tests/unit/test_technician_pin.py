"""The technician's PIN: kept as a hash, tried a few times freely, then with waits that grow."""

from pathlib import Path

import pytest

from kiosk.store import Store
from kiosk.technician_pin import PinGate, fits, make_hash, wait_after
from tests.command_line import bianmin
from tests.terminal_parts import TERMINAL, StandingClock

PIN = "40718293"
HASH = make_hash(PIN, bytes(16))


class Counted:
    """Counts as the store does."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures

    def technician_failures(self) -> int:
        return self.failures

    def note_technician_try(self, *, right: bool) -> None:
        self.failures = 0 if right else self.failures + 1


def test_a_hash_fits_its_pin_only() -> None:
    """The hash knows its PIN, is salted, and does not show it."""
    assert fits(PIN, HASH)
    assert not fits("40718294", HASH)
    assert make_hash(PIN) != make_hash(PIN)
    assert PIN not in HASH


@pytest.mark.parametrize(
    "pin", ["1234567", "123456789", "1234567a", "１２３４５６７８", "", "11111111", "23456789", "98765432"]
)
def test_what_is_no_pin(pin: str) -> None:
    """Eight digits, and not the ones that everybody tries first."""
    with pytest.raises(ValueError, match="digit"):
        make_hash(pin)


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (2, 0), (3, 30), (4, 60), (5, 120), (9, 1920), (10, 3600), (10_000, 3600)]
)
def test_waits_grow(failures: int, wait_s: float) -> None:
    """Three tries are free; then each wrong one doubles the wait, up to an hour."""
    assert wait_after(failures) == wait_s


async def test_locked_and_opened_again() -> None:
    """While the wait lasts not even the right PIN opens, and no try counts; after it the right one does."""
    clock, tries = StandingClock(), Counted()
    gate = PinGate(HASH, tries, clock)
    for _ in range(3):
        assert not await gate.opens("00000000")
    assert gate.wait_s == 30
    assert not await gate.opens(PIN)
    assert tries.failures == 3
    clock.pass_(30)
    assert await gate.opens(PIN)
    assert (gate.wait_s, tries.failures) == (0, 0)


async def test_switching_off_does_not_help(tmp_path: Path) -> None:
    """Wrong tries are counted on disk; a start in the middle of a wait begins it anew."""
    clock = StandingClock()
    with Store.open(tmp_path / "terminal.sqlite", clock, TERMINAL) as store:
        gate = PinGate(HASH, store.settings, clock)
        for _ in range(3):
            await gate.opens("00000000")
    clock.pass_(10)
    with Store.open(tmp_path / "terminal.sqlite", clock, TERMINAL) as store:
        assert PinGate(HASH, store.settings, clock).wait_s == 30
        clock.pass_(30)
        gate = PinGate(HASH, store.settings, clock)
        clock.pass_(30)
        assert await gate.opens(PIN)
        assert PinGate(HASH, store.settings, clock).wait_s == 0
        store.check()


def test_the_command_makes_what_the_configuration_takes() -> None:
    """`bianmin technician-pin` prints the section; the PIN is in no argument."""
    ended = bianmin("technician-pin", typed=f"{PIN}\n")
    assert ended.code == 0
    section, line = ended.out.splitlines()
    assert section == "[technician]"
    assert fits(PIN, line.removeprefix('pin_hash = "').removesuffix('"'))
    assert bianmin("technician-pin", typed="12345678\n").code == 1
