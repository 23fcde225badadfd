"""One whole visit in the emulated terminal: a card in its reader, touches, a certificate on its printer's paper."""

from typing import Final

from demo.visit import ITEM
from devices.virtual.card_social_security import SocialSecurityCard
from devices.virtual.people import ZHANG
from tests.image.enrolled import NAME, Around
from tests.image.hardware import Terminal
from tests.image.machine import Disk
from tests.image.starting import LONG_S
from tests.image.twin import Pair
from wire.identity import mask_name

_PRINTED: Final = (
    "SELECT c.serial, r.outcome FROM certificates_printrecord r"
    " JOIN certificates_certificate c ON c.id = r.certificate_id"
    " JOIN fleet_terminal t ON t.code = r.terminal_id WHERE t.name = ?"
)


def test_a_citizen_leaves_with_a_certificate(enrolled: Disk, around: Around) -> None:
    """Card in, four touches, paper out; the paper is genuine, and the centre hears that it was printed."""
    centre, twin, report = around.centre, around.twin, around.report
    with Terminal(enrolled) as machine:
        machine.be_patient()
        pair = Pair(machine, twin)
        pair.shows(view="Attract", within_s=LONG_S)
        begun = machine.seconds
        machine.reader.insert(SocialSecurityCard(ZHANG))
        twin.hardware.insert_social_security_card(ZHANG)
        pair.step("tile:print", text=mask_name(ZHANG.name))
        pair.step(f"item:{ITEM}", view="ItemList")
        pair.step("main", view="FormPage")
        pair.step("main", view="Review")
        pair.shows(view="Delivered")
        report["visit: from the card to the certificate"] = f"{machine.seconds - begun:.0f} s"
        machine.look("delivered")

        (paper,) = machine.printer.received
        pdf = machine.usb_port("paper").with_suffix(".pdf")
        pdf.write_bytes(paper.pdf)
        checked = centre.told("check-certificate", str(pdf))
        assert checked["valid"]
        assert [sheet.job_name for sheet in machine.printer.tray] == [paper.job_name]
        machine.until(
            lambda: centre.rows(_PRINTED, NAME) == [(checked["serial"], "printed")],
            LONG_S,
            "the centre does not hear that it was printed",
        )

        machine.reader.remove()
        twin.hardware.take_cards()
        twin.hardware.take_paper()
        machine.printer.take_paper()
        pair.touch("main")
        pair.step("home", view="Home")
        pair.shows(view="Attract")
        assert machine.reader.commands > 0
