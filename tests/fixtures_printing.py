"""Fixtures of a whole printing stack: a private cupsd, a virtual printer on IPP, a queue, the driver."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from devices.printer.cups_printer import CupsPrinter
from devices.printer.pace import Pace
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Sheet, VirtualPrinter
from devices.virtual.printer_server import PrinterServer

QUEUE = "bianmin"
HANG_S = 30.0
QUICK = Pace(poll_s=0.05, idle_poll_s=0.2, stuck_s=2.0, settle_s=3.0, request_s=2.0, connect_s=1)
PATIENT = replace(QUICK, stuck_s=20.0)  # CUPS's own filters take what they take on a busy machine


@pytest.fixture(scope="session")
def cupsd() -> Iterator[CupsDaemon]:
    """One cupsd for all tests of a worker; the path is short, for the name of its socket is limited."""
    root = Path(tempfile.mkdtemp(prefix="cups-"))
    daemon = CupsDaemon(root)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.wipe()
        shutil.rmtree(root, ignore_errors=True)


@dataclass
class PrinterRig:
    """A virtual printer on its URI, with the queue that leads there."""

    printer: VirtualPrinter
    server: PrinterServer
    cupsd: CupsDaemon
    queue: str

    def driver(self, pace: Pace = QUICK) -> CupsPrinter:
        """Return a new driver, as a new process would make it; close it yourself."""
        return CupsPrinter(self.queue, self.server.uri, str(self.cupsd.socket), pace=pace)

    async def until(self, promise: Callable[[VirtualPrinter], bool]) -> None:
        """Wait until something is true of the printer."""
        assert await asyncio.to_thread(self.printer.wait_for, promise)

    def queue_mark(self) -> str:
        """Return for which printer the queue was made."""
        command = ["lpstat", "-h", str(self.cupsd.socket), "-l", "-p", self.queue]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
        return told.partition("Description: ")[2].splitlines()[0]

    def documents(self) -> list[Path]:
        """Files that cupsd keeps of documents: spooled ones (d*), and whatever filters left but drivers (PPD).

        A filter that fails may leave a file that it had opened and not written to (pdftopdf does): that is nothing.
        """
        spool = self.cupsd.spool
        left = [path for path, content in contents(spool / "tmp") if content and not content.startswith(b"*PPD")]
        return [*spool.glob("d*"), *left]

    async def until_spooled(self) -> None:
        """Wait until cupsd has a document in its hands."""
        async with asyncio.timeout(HANG_S):
            while not self.documents():  # noqa: ASYNC110 - a folder has no event
                await asyncio.sleep(0.02)


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Give what is in every file below a folder in which cupsd makes, renames and deletes files meanwhile."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file():
                yield path, path.read_bytes()


def sheets(name: str, count: int) -> list[Sheet]:
    """Return what lies in the tray after so many pages of a job."""
    return [Sheet(name, page) for page in range(1, count + 1)]


@pytest.fixture
def virtual_printer() -> Iterator[VirtualPrinter]:
    """Give a printer with 50 sheets; ask its tray what was really printed."""
    printer = VirtualPrinter()
    yield printer
    printer.close()


@pytest.fixture
async def rig(cupsd: CupsDaemon, virtual_printer: VirtualPrinter) -> AsyncIterator[PrinterRig]:
    """Put the virtual printer behind a queue of the private cupsd."""
    with PrinterServer(virtual_printer) as server:
        rig = PrinterRig(virtual_printer, server, cupsd, f"{QUEUE}-{server.uri.split(':')[2].split('/')[0]}")
        driver = rig.driver()
        await driver.ensure_queue()
        await driver.aclose()
        yield rig


@pytest.fixture
async def own_rig(virtual_printer: VirtualPrinter) -> AsyncIterator[PrinterRig]:
    """Give a rig whose cupsd may be killed."""
    root = Path(tempfile.mkdtemp(prefix="cups-"))
    with PrinterServer(virtual_printer) as server:
        rig = PrinterRig(virtual_printer, server, CupsDaemon(root), "own")
        rig.cupsd.start()
        driver = rig.driver()
        await driver.ensure_queue()
        await driver.aclose()
        yield rig
        rig.cupsd.wipe()


@pytest.fixture
def clean_spool(rig: PrinterRig) -> Iterator[None]:
    """See to it that after the test, whatever went wrong in it, cupsd keeps no document and no text of one."""
    yield
    assert_clean(rig)


def assert_clean(rig: PrinterRig) -> None:
    """Assert that soon no document lies in the spool, and nothing of what stands in one anywhere below cupsd."""
    end = time.monotonic() + HANG_S
    while (left := rig.documents()) and time.monotonic() < end:
        rig.printer.wait_for(lambda _printer: False, 0.02)
    assert left == []
    assert [path for path, content in contents(rig.cupsd.root) if SECRET.encode() in content] == []


@pytest.fixture
async def cups_printer(rig: PrinterRig) -> AsyncIterator[CupsPrinter]:
    """Give the driver of that printer."""
    driver = rig.driver()
    yield driver
    await driver.aclose()


def a4_pdf(pages: int, mark: str = "x") -> bytes:
    """Return a small PDF of so many A4 pages; ``mark`` stands in it in the clear, to be looked for on the disk."""
    kids = " ".join(f"{3 + 2 * page} 0 R" for page in range(pages))
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"]
    for page in range(pages):
        content = f"% {mark}\n1 0 0 RG 100 {100 + 20 * page} 300 50 re S"
        bodies.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Contents {4 + 2 * page} 0 R >>")
        bodies.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    text, offsets = "%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{rows}"
    tail = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n"
    return (text + head + tail).encode()


SECRET = "secret-of-a-citizen"
PDF = a4_pdf(3, SECRET)
