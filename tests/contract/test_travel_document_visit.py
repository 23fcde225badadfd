"""A passport's holder is identified in a visit, on the devices that a configuration opens: pcscd, camera, tesseract."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from devices.card_reader.api import NoCard
from devices.virtual.camera import VirtualCamera
from devices.virtual.emrtd_chip import Temper
from devices.virtual.emrtd_document import Traveller
from devices.virtual.emrtd_pki import Issuer
from devices.virtual.page_scene import View, lay
from devices.virtual.pages import Sheet, draw
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.travellers import ANNA, CHAN, chip
from kiosk import wiring_devices as wiring
from kiosk.attention import Delays
from kiosk.cards import Cards
from kiosk.config import Camera, Centre, Config, ConfigWrong, PcscReader, Printer, Speech, TravelDocuments
from kiosk.flows.identify import identify
from kiosk.session import Entry, serve_one
from kiosk.stage import Attract, Delivered, Done, Home, Identify, ScanCode, Sought, Tile
from kiosk.visit import Visit
from tests.contract.cameras import nobody_filmed
from tests.contract.card_stacks import until
from tests.fakes.stage import BACK, PlayedStage, does, like
from tests.fakes.terminal import FakeTerminal
from tests.unit.test_emrtd_profile import is_about
from wire.identity import Authenticity, DocumentKind, Identity
from wire.text import Text

PATIENT = Delays(idle_s=600)


@pytest.fixture
def config(virtual_pcscd: VirtualPcscd, counter: VirtualCamera, issuer: Issuer, tmp_path: Path) -> Config:
    """Return what a terminal has to be told: a reader, a camera, and one state that is trusted."""
    trusted = tmp_path / "csca"
    trusted.mkdir()
    (trusted / "utopia.der").write_bytes(issuer.csca.dump())
    return Config(
        data_dir=tmp_path,
        centre=Centre(url="https://centre.example"),
        card_readers=(PcscReader(kind="pcsc", name=virtual_pcscd.reader_names[0]),),
        camera=Camera(source=counter.url),
        printer=Printer(queue="q", uri="ipp://localhost/none", cups_socket=tmp_path / "none"),
        speech=Speech(enabled=False),
        travel_documents=TravelDocuments(csca_dir=trusted),
    )


@pytest.fixture
async def opened(config: Config) -> AsyncIterator[wiring.Devices]:
    """Open the terminal's devices, as it does itself."""
    async with wiring.devices(config) as devices:
        await until(devices.readers[0], NoCard)
        yield devices


async def test_a_passport_identifies_its_holder(
    opened: wiring.Devices,
    virtual_pcscd: VirtualPcscd,
    counter: VirtualCamera,
    issuer: Issuer,
    tmp_path: Path,
) -> None:
    """Another document's page is refused by the chip and asked for again; the right one opens it, and nothing stays."""
    found: list[Identity] = []
    slot = virtual_pcscd.slots[0]

    async def ask(visit: Visit) -> None:
        found.append(await identify(visit, (DocumentKind.PASSPORT,)))

    def show(sheet: Sheet, traveller: Traveller) -> None:
        page = draw(sheet, mrz=traveller.zone())
        counter.show_image(lay(page, View(noise=1.0), np.random.default_rng(1)).pixels)

    text = Text(zh="", en="")
    stage = PlayedStage(
        [
            (Attract, Done.DONE),
            (Home, "who"),
            (Identify, does(slot.insert, chip(ANNA, issuer, temper=Temper(longest=30_000, announced=30_000)))),
            (like(ScanCode, sought=Sought.PRINTED_LINES, problem=None), does(show, Sheet.TRAVEL_CARD, CHAN)),
            (like(ScanCode, problem="card.wrong_access"), does(show, Sheet.PASSPORT, ANNA)),
            (like(Home, citizen_masked="*" * (len("ERIKSSON ANNA MARIA") - 1) + "A"), BACK),
            (Delivered, does(slot.remove)),
        ]
    )
    terminal = FakeTerminal(tmp_path)
    equipment = replace(
        terminal.equipment(stage),
        cards=Cards(*opened.readers),
        travel_documents=opened.travel_documents,
        wipe=opened.travel_documents.access.wipe,
    )
    await serve_one(equipment, {"who": Entry(Tile("who", "apply", text, text), ask)}, PATIENT)
    terminal.store.close()
    (identity,) = found
    assert is_about(identity, ANNA)
    assert identity.authenticity is Authenticity.AUTHENTIC
    assert opened.travel_documents.access.current() is None
    assert await nobody_filmed(counter)
    assert stage.rows == []


async def test_a_folder_of_certificates_that_is_away(config: Config, tmp_path: Path) -> None:
    """A terminal that should check chips, and has nothing to check them by, says so and does not begin."""
    missing = config.model_copy(update={"travel_documents": TravelDocuments(csca_dir=tmp_path / "gone")})
    with pytest.raises(ConfigWrong, match="csca_dir"):
        async with wiring.devices(missing):
            pass
