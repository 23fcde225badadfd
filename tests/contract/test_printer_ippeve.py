"""The same driver against Debian's ippeveprinter, so that it does not merely fit our own emulator."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from devices.printer.api import JobProgress, PrintDoubtful, Printed, PrinterMissing, PrinterReady
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.cupsd import CupsDaemon
from tests.fixtures_printing import HANG_S, QUICK, a4_pdf

_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={socket}</listen><policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""
_ENGINE = """\
#!/bin/sh
# Prints by saying so, two pages, and stops with an error after the first where a file named "broken" lies beside it.
here=$(dirname "$0")
cp "$1" "$here/received.pdf"
echo "ATTR: job-impressions-completed=1" >&2
sleep 0.6
[ -e "$here/broken" ] && exit 1
echo "ATTR: job-impressions-completed=2" >&2
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder of a short name, for the bus's socket."""
    path = Path(tempfile.mkdtemp(prefix="eve-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def uri(folder: Path) -> Iterator[str]:
    """Start ippeveprinter with a bus of its own; it insists on one, to announce itself."""
    bus, engine = folder / "bus", folder / "engine"
    (folder / "bus.conf").write_text(_BUS.format(socket=bus))
    (folder / "spool").mkdir()
    engine.write_text(_ENGINE)
    engine.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    daemon = subprocess.Popen(["dbus-daemon", "--config-file", folder / "bus.conf", "--nofork", "--nopidfile"], **quiet)
    while not _listens(bus):
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the bus ended: {daemon.wait(0.02)}")
    command = ["ippeveprinter", "-r", "off", "-n", "localhost", "-p", str(port), "-d", folder / "spool"]
    command += ["-f", "application/pdf,image/pwg-raster,image/urf", "-c", engine, "eve"]
    printer = subprocess.Popen(command, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}, **quiet)
    yield f"ipp://localhost:{port}/ipp/print"
    for process in (printer, daemon):
        process.kill()
        process.wait()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.fixture
async def eve(uri: str, cupsd: CupsDaemon) -> AsyncIterator[CupsPrinter]:
    """Give the driver of that printer. Its trays hold Letter, and that is seen before anything is printed."""
    driver = CupsPrinter("eve", uri, str(cupsd.socket), pace=QUICK)
    assert await asyncio.wait_for(driver.changed(PrinterMissing()), HANG_S) == PrinterReady(("media-needed-warning",))
    await driver.ensure_queue()
    yield driver
    await driver.aclose()


async def test_prints_and_counts(eve: CupsPrinter, folder: Path) -> None:
    """The document arrives octet for octet; progress and outcome are what the printer counted."""
    reports: list[JobProgress] = []
    pdf = a4_pdf(2)
    assert await eve.print_pdf(pdf, "eve-1", reports.append) == Printed(2)
    assert (folder / "received.pdf").read_bytes() == pdf
    assert reports[-1] in {JobProgress(1, ()), JobProgress(2, ())}
    assert await eve.outcome_of("eve-1") == Printed(2)
    assert await eve.outcome_of("eve-2") is None


async def test_an_engine_that_fails_leaves_doubt(eve: CupsPrinter, folder: Path) -> None:
    """A job aborted after its first page is doubt, with that page."""
    (folder / "broken").touch()
    assert await eve.print_pdf(a4_pdf(2), "eve-3") == PrintDoubtful("printer.refused", 1)


async def test_tells_what_it_is_filled_with(eve: CupsPrinter) -> None:
    """Trays and toner are read as another program than ours writes them; "auto" is no tray."""
    assert [(one.name, one.percent, one.low) for one in eve.supplies.markers] == [
        ("Toner Waste Tank", 25, False),
        ("Black Toner", 75, False),
    ]
    named = {one.name: (one.sheets, one.capacity) for one in eve.supplies.inputs}
    assert named["main"] == (100, 250)
    assert (216, 279) in {one.size_mm for one in eve.supplies.inputs}
    assert "auto" not in named
