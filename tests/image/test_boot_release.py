"""The release image in an emulated machine, left alone: it comes up by itself, and nothing outside gets hold of it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.image import outside
from tests.image.machine import MAC, Disk, Machine
from tests.image.outside import Outside
from tests.image.partitions import luks_tokens, partitions
from tests.image.report import Report
from tests.image.starting import LONG_S, shows, starts

_HOUR_S: Final = float(os.environ.get("BIANMIN_IMAGE_HOUR_S", "3600"))
_MORE_MB: Final = 96  # that an hour may take: caches fill; a leak that matters within a year takes more


@pytest.fixture(scope="module")
def net(terminal: Disk) -> Iterator[Outside]:
    """Give the other end of the terminal's network cable."""
    with Outside(terminal.folder, MAC) as net:
        yield net


@pytest.fixture(scope="module")
def standing(terminal: Disk, net: Outside, welcome: Path, report: Report) -> Iterator[Machine]:
    """Give a terminal that has started, as on every day, and shows its screen."""
    with Machine(terminal, network=outside.backend(terminal.folder)) as machine:
        machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
        report["start: firmware"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        report["start: screen, from power on"] = f"{machine.seconds:.0f} s"
        machine.look("start")
        total, free = machine.memory_mb
        report["memory: in use when the screen comes"] = f"{total - free} MB of {total}"
        yield machine


def test_it_starts_to_its_screen(standing: Machine) -> None:
    """With power, and nothing else, a terminal that was started before shows its screen again, after one start."""
    assert starts(standing) == 1


def test_the_data_is_encrypted_for_this_machine(terminal: Disk) -> None:
    """The data partition opens with the TPM's key, bound to Secure Boot's state, and with the recovery key alone."""
    (data,) = partitions(terminal.file)["bianmin-data"]
    tokens = luks_tokens(terminal.file, data)
    assert set(tokens) == {"systemd-tpm2", "systemd-recovery"}
    assert tokens["systemd-tpm2"]["tpm2-pcrs"] == [7]


def test_nothing_answers_from_outside(standing: Machine, net: Outside, report: Report) -> None:
    """A scan of every port, TCP and UDP, IPv4 and IPv6, gets no answer at all, not even a refusal; nor does a ping."""
    assert standing.runs
    assert net.has_addresses(LONG_S), "the terminal asks for no address"
    assert net.open_ports() == []
    report["network: scan of all ports from outside, TCP and UDP, IPv4 and IPv6, and a ping"] = "no answer"


def test_no_key_gets_out_of_the_screen(standing: Machine, welcome: Path, report: Report) -> None:
    """Ctrl-Alt-Del, Ctrl-Alt-Backspace, another console, SysRq: the screen stays, and nothing starts again."""
    for keys in (
        ("ctrl", "alt", "delete"),
        ("ctrl", "alt", "backspace"),
        ("ctrl", "alt", "f2"),
        ("alt", "f3"),
        ("alt", "sysrq", "b"),
        ("alt", "f4"),
        ("ctrl", "alt", "t"),
        ("esc",),
    ):
        standing.qmp.ask("send-key", {"keys": [{"type": "qcode", "data": key} for key in keys]})
        threading.Event().wait(2)
    threading.Event().wait(20)
    assert starts(standing) == 1
    assert shows(standing, welcome)
    report["keyboard: Ctrl-Alt-Del, other consoles, SysRq and the like at a PS/2 keyboard"] = "nothing happens"


def test_an_hour_costs_no_memory(standing: Machine, welcome: Path, report: Report) -> None:
    """Left alone for an hour it shows the same screen, was not started again, and needs hardly more memory."""
    total, before = standing.memory_mb
    begun = standing.seconds
    while standing.seconds < begun + _HOUR_S:
        threading.Event().wait(60)
        assert standing.runs
    total, free = standing.memory_mb
    minutes = (standing.seconds - begun) / 60
    report[f"memory: in use {minutes:.0f} minutes later"] = f"{total - free} MB of {total}"
    standing.look("an-hour-later")
    assert shows(standing, welcome)
    assert starts(standing) == 1
    assert before - free < _MORE_MB
