"""A terminal sets itself up at its screen, joins a centre by a QR code, and is there again after each start."""

import json
from typing import Final

from tests.image.enrolled import NAME, Around
from tests.image.hardware import Terminal
from tests.image.machine import Disk
from tests.image.pictures import difference
from tests.image.starting import ALIKE, LONG_S
from tests.image.twin import Pair

_HEARD: Final = (
    "SELECT h.devices FROM fleet_heartbeat h JOIN fleet_terminal t ON t.code = h.terminal_id WHERE t.name = ?"
)


def test_it_was_set_up_at_its_screen(enrolled: Disk, around: Around) -> None:
    """The centre knows its key, and its screen is the one that the application draws elsewhere for such a terminal."""
    ((enrolled_at,),) = around.centre.rows("SELECT enrolled_at FROM fleet_terminal WHERE name = ?", NAME)
    assert enrolled_at is not None
    around.twin.see(view="Attract")
    assert difference(enrolled.folder / "attract.png", around.twin.picture()) < ALIKE


def test_it_waits_for_citizens_after_each_start(enrolled: Disk, around: Around) -> None:
    """With power, and nothing else, it waits for citizens, and the centre hears that all its devices are well."""
    with Terminal(enrolled) as machine:
        machine.be_patient()
        Pair(machine, around.twin).shows(view="Attract", within_s=LONG_S)
        around.report["start of an enrolled terminal: attract screen"] = f"{machine.seconds:.0f} s"

        def heard() -> set[str]:
            return {
                device["kind"]
                for (devices,) in around.centre.rows(_HEARD, NAME)
                for device in json.loads(str(devices))
                if device["state"] in {"NoCard", "CameraReady", "ScannerReady", "PrinterReady"}
            }

        wanted = {"card_reader", "camera", "scanner", "printer"}
        machine.until(lambda: heard() >= wanted, LONG_S, "the centre does not hear of its devices")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
