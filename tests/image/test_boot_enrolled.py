"""A terminal sets itself up at its screen, joins a centre by a QR code, and is there again after each start."""

import json
from typing import Final

from tests.image.centre import CentreOnHost
from tests.image.enrolled import NAME
from tests.image.hardware import Terminal
from tests.image.machine import Disk
from tests.image.pictures import difference
from tests.image.report import Report
from tests.image.starting import ALIKE, LONG_S
from tests.image.twin import Pair, Twin

_HEARD: Final = (
    "SELECT h.devices FROM fleet_heartbeat h JOIN fleet_terminal t ON t.code = h.terminal_id WHERE t.name = ?"
)


def test_it_was_set_up_at_its_screen(enrolled: Disk, centre: CentreOnHost, twin: Twin) -> None:
    """The centre knows its key, and its screen is the one that the application draws elsewhere for such a terminal."""
    ((enrolled_at,),) = centre.rows("SELECT enrolled_at FROM fleet_terminal WHERE name = ?", NAME)
    assert enrolled_at is not None
    twin.see(view="Attract")
    assert difference(enrolled.folder / "attract.png", twin.picture()) < ALIKE


def test_it_waits_for_citizens_after_each_start(
    enrolled: Disk, centre: CentreOnHost, twin: Twin, report: Report
) -> None:
    """With power, and nothing else, it waits for citizens, and the centre hears that all its devices are well."""
    with Terminal(enrolled) as machine:
        Pair(machine, twin).shows(view="Attract")
        report["start of an enrolled terminal: attract screen"] = f"{machine.seconds:.0f} s"

        def heard() -> set[str]:
            return {
                device["kind"]
                for (devices,) in centre.rows(_HEARD, NAME)
                for device in json.loads(str(devices))
                if device["state"] in {"NoCard", "CameraReady", "ScannerReady", "PrinterReady"}
            }

        wanted = {"card_reader", "camera", "scanner", "printer"}
        machine.until(lambda: heard() >= wanted, LONG_S, "the centre does not hear of its devices")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
