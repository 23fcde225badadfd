"""The search for devices, against virtual hardware behind the real stacks."""

import os
import pty
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.finding.api import CameraFound, Hints, PcscFound, SamFound
from devices.finding.machine import MachineFinder, printers_of
from devices.virtual.camera import VirtualCamera
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.printer import VirtualPrinter
from devices.virtual.printer_attributes import ROLL_80
from devices.virtual.printer_server import PDF_FIRST, PrinterServer
from devices.virtual.sam_module import VirtualSamModule

pytestmark = pytest.mark.slow


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    """Give a folder that stands for /dev."""
    folder = tmp_path / "dev"
    folder.mkdir()
    return folder


@pytest.fixture
def silent_port() -> Iterator[str]:
    """Give a serial port on which something else, or nothing, is connected."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


@pytest.fixture
def printers() -> Iterator[tuple[str, str]]:
    """Give the addresses of an A4 printer and one for slips."""
    a4, roll = VirtualPrinter(), VirtualPrinter()
    roll.unit = 2
    with PrinterServer(a4) as first, PrinterServer(roll, PDF_FIRST, ROLL_80) as second:
        yield first.uri, second.uri
    a4.close()
    roll.close()


def finder(dev: Path, *found_by_mdns: str, usb: tuple[str, ...] = ()) -> MachineFinder:
    lines = "\\n".join(found_by_mdns)
    return MachineFinder(dev, usb, ("printf", f"{lines}\\n"))


async def test_everything_that_is_plugged_in(  # noqa: PLR0917 - one of each kind
    dev: Path,
    virtual_pcscd: VirtualPcscd,
    virtual_sam: VirtualSamModule,
    virtual_camera: VirtualCamera,
    silent_port: str,
    printers: tuple[str, str],
) -> None:
    """What answers is found, once, however many ways lead to it; what does not answer is not there."""
    (dev / "ttyUSB0").symlink_to(virtual_sam.port)
    (dev / "ttyUSB1").symlink_to(silent_port)
    (dev / "hidraw0").touch()
    a4, slips = printers
    hints = Hints(
        ports=(str(dev / "ttyS9"),),
        cameras=(virtual_camera.url, str(dev / "video9")),
        printers=(a4, "ipp://127.0.0.1:9/x"),
    )
    found = await finder(dev, a4, slips, usb=(slips,)).find(hints)
    assert {reader.name for reader in found.readers if isinstance(reader, PcscFound)} == set(virtual_pcscd.reader_names)
    (module,) = (reader for reader in found.readers if isinstance(reader, SamFound))
    assert module.port == str(dev / "ttyUSB0")
    (camera,) = found.cameras
    assert (camera.source, camera.title) == (virtual_camera.url, virtual_camera.url)
    assert min(camera.width, camera.height) > 0
    assert [(one.uri, one.roll_mm) for one in found.printers] == [(a4, None), (slips, 80)]


async def test_a_printer_at_an_address(dev: Path, printers: tuple[str, str]) -> None:
    """Asked at its address it answers, with its kind of paper; where nobody listens there is none."""
    a4, slips = printers
    here = finder(dev)
    found = [await here.printer_at(uri) for uri in (a4, slips, "ipp://127.0.0.1:9/ipp/print", "ipps://127.0.0.1/")]
    assert [None if one is None else (one.uri, one.roll_mm) for one in found] == [(a4, None), (slips, 80), None, None]


async def test_what_serves_is_not_opened_again(dev: Path, virtual_sam: VirtualSamModule) -> None:
    """A port that this process has open is left alone, and is there."""
    hints = Hints(ports=(virtual_sam.port,), cameras=(7,), serving=frozenset({virtual_sam.port, 7}))
    found = await finder(dev).find(hints)
    assert [one.port for one in found.readers if isinstance(one, SamFound)] == [virtual_sam.port]
    assert found.cameras == (CameraFound(7, "/dev/video7", 0, 0),)


async def test_without_a_browser_and_without_anything(dev: Path) -> None:
    """A machine with nothing plugged in finds nothing, and raises nothing."""
    found = await MachineFinder(dev, (), ("/nonexistent/ippfind",)).find(Hints())
    assert (found.cameras, found.printers) == ((), ())


@pytest.mark.parametrize(
    ("listing", "uris"),
    [
        (
            "ipp://a.local:631/ipp/print\nipp://b.local:631/ipp/print\n",
            ["ipp://a.local:631/ipp/print", "ipp://b.local:631/ipp/print"],
        ),
        ("ipps://a.local/ipp\nhttp://c/\n\n", []),
        ("ipp://a b/ipp\nipp://\u202ea/ipp\n", []),
    ],
    ids=["two", "others", "hostile"],
)
def test_what_the_browser_lists(listing: str, uris: list[str]) -> None:
    """Only addresses that can be asked are taken from what printers on the network say."""
    assert printers_of(listing) == uris
