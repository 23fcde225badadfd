"""A terminal out of the box, with hardware plugged in: from nothing to a printed certificate, on its own screens.

Afterwards a technician comes back, and has the devices detected again.
"""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from demo.centre import CentreServer
from demo.hardware import Hardware
from demo.line import Line
from demo.play import Stand
from demo.terminal import TECHNICIAN_PIN, Terminal
from devices.virtual.people import LIU, ZHANG
from kiosk.config import Config, PcscReader, SamReader
from kiosk.technician_pin import fits
from tests.end_to_end.town import PAGE_S, SOON_S, Town
from wire.invitation import Invitation

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow, pytest.mark.timeout(300)]

EMBLEM = (70, 110)  # px from the top left
HOLD_S = 5.5


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(centre: CentreServer) -> AsyncIterator[Town]:
    """Give a terminal that knows nothing but where its camera, its printer and its SAM module are."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder, Hardware(page_s=PAGE_S) as hardware:
        terminal = Terminal(Path(folder) / "terminal", hardware, "https://centre.example")
        text = terminal.config.read_text(encoding="utf-8").partition("[technician]")[0]
        text = "# Kept by hand.\n" + text.replace(hardware.reader_name, "no such reader")
        terminal.config.write_text(text, encoding="utf-8")
        line = Line(centre.port)
        await line.mend()
        try:
            yield Town(Stand(centre, line, hardware, terminal))
        finally:
            await terminal.stop()
            await line.cut()


async def set_up(town: Town, invitation: Invitation) -> None:
    """Do what a technician does, from the first page to the screen that waits for citizens."""
    glass = town.glass
    await glass.read("欢迎", timeout_s=SOON_S)
    await glass.tap("row:zh")
    await glass.read("插好网线")
    await glass.tap("main")
    await glass.see("ScanCode", timeout_s=SOON_S)
    town.hardware.camera.show_code(invitation.text().encode())
    await glass.read("找到这些设备", timeout_s=SOON_S)
    town.hardware.camera.clear()
    await glass.tap("main")
    for asked in ("设置技术人员密码", "再输入一次"):
        await glass.read(asked, timeout_s=SOON_S)
        await glass.enter(TECHNICIAN_PIN)
        await glass.tap("main")
    await glass.read("试一试每个设备", timeout_s=SOON_S)
    await glass.tap("row:printer:certificates")
    await glass.read("打印了 1 页", timeout_s=SOON_S)
    await glass.tap("main")
    await glass.read("可以开始服务了", timeout_s=SOON_S)
    await glass.tap("main")
    await glass.see("Attract", timeout_s=SOON_S)


async def detect_again(town: Town) -> None:
    """Come back later, and have the devices detected again while they serve."""
    glass = town.glass
    await glass.hold_at(*EMBLEM, HOLD_S)
    await glass.see("EnterDigits")
    await glass.enter(TECHNICIAN_PIN)
    await glass.tap("main")
    await glass.tap("row:devices")
    await glass.read("找到这些设备", timeout_s=SOON_S)
    await glass.tap("main")
    await glass.see("Technician")
    await glass.tap("main")
    await glass.see("Attract", timeout_s=SOON_S)


async def test_from_the_box_to_a_certificate(fresh: Town, centre: CentreServer) -> None:
    """Language, network, a code before the camera, devices, PIN, a self-test: then citizens are served."""
    terminal = fresh.stand.terminal
    code = await centre.new_terminal("新机")
    invitation = Invitation(f"http://127.0.0.1:{fresh.stand.line.own_port}", code)
    await terminal.app.start()
    await set_up(fresh, invitation)

    config = Config.load(terminal.config)
    assert {type(reader) for reader in config.card_readers} == {PcscReader, SamReader}
    assert config.centre.url == invitation.url
    assert config.technician.pin_hash is not None
    assert fits(TECHNICIAN_PIN, config.technician.pin_hash)
    assert terminal.config.read_text(encoding="utf-8").startswith("# Kept by hand.\n")
    assert not (terminal.data_dir / "first-start.json").exists()

    await terminal.sync.start()
    await fresh.soon(lambda: "pulled" in terminal.log.read_text(encoding="utf-8"), "the centre's items are there")
    await fresh.ask_for_certificate(ZHANG)
    await fresh.glass.tap("main")
    await fresh.glass.see("Delivered", timeout_s=SOON_S)
    assert fresh.printed() == 2, "the test page and the certificate"

    await fresh.leave()
    await detect_again(fresh)
    assert len(Config.load(terminal.config).card_readers) == len(config.card_readers)
    await fresh.ask_for_certificate(LIU)
    assert terminal.app.running, "the same process serves, with devices that it opened anew"
    log = terminal.log.read_text(encoding="utf-8")
    assert TECHNICIAN_PIN not in log
    assert code not in log
