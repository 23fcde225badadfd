"""One whole visit, played with real touches: a card in, a certificate out, and the certificate checked."""

import json
from dataclasses import dataclass
from pathlib import Path

from demo.centre import CentreServer
from demo.glass import Glass
from demo.hardware import Hardware
from demo.paper import foot_of, photograph_page, save_picture
from devices.virtual.people import ZHANG

ITEM = "no_property_certificate"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of the visit."""

    pdf: Path
    serial: str
    verified: bool
    pictures: tuple[Path, ...]


async def print_and_check(glass: Glass, hardware: Hardware, centre: CentreServer, out: Path) -> Done:
    """Play it; write pictures and the printed PDF into ``out``. Raises :class:`demo.glass.NotSeen`."""
    pictures: list[Path] = []

    async def picture(name: str) -> None:
        pictures.append(await glass.photograph(out / f"{len(pictures) + 1}-{name}.png"))

    await glass.see("Attract")
    await picture("attract")
    hardware.insert_social_security_card(ZHANG)
    await glass.read("燕")
    await picture("home")
    await glass.tap("tile:print")
    await glass.see("ItemList")
    await picture("certificates")
    await glass.tap(f"item:{ITEM}")
    await glass.see("FormPage")
    await picture("purpose")
    await glass.tap("main")
    await glass.see("Review")
    await picture("review")
    await glass.tap("main")
    await glass.see("Waiting", awaiting=False)
    await picture("waiting")
    await glass.see("Delivered")
    await picture("delivered")

    received = hardware.printer.received[-1]
    pdf = out / "certificate.pdf"
    pdf.write_bytes(received.pdf)
    page = photograph_page(received.pdf)
    pictures.append(save_picture(page, out / f"{len(pictures) + 1}-paper.png"))
    hardware.printer.take_paper()
    hardware.take_cards()
    await glass.tap("main")

    await glass.see("Home")
    await glass.tap("tile:check")
    await glass.see("ScanCode")
    hardware.camera.show_image(foot_of(page))
    checked = await glass.see("VerificationResult")
    await picture("checked")
    hardware.camera.clear()
    signed = json.loads(await centre.command("check-certificate", str(pdf)))
    return Done(pdf, str(signed["serial"]), checked.facts["result"] == "GENUINE" and signed["valid"], tuple(pictures))
