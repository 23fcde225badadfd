"""Whether a spooler keeps what was printed is found out by asking it for a document, not by reading its settings."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.printer.api import Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import VirtualPrinter
from devices.virtual.printer_server import PrinterServer
from tests.fixtures_printing import QUICK, a4_pdf


@dataclass(frozen=True)
class Spool:
    """A cupsd, and whether it keeps what was printed."""

    daemon: CupsDaemon
    keeps: bool


@pytest.fixture(params=[False, True], ids=["careful", "careless"])
def spool(request: pytest.FixtureRequest) -> Iterator[Spool]:
    root = Path(tempfile.mkdtemp(prefix="cups-"))
    daemon = CupsDaemon(root, keep_documents=request.param)
    try:
        daemon.start()
        yield Spool(daemon, request.param)
    finally:
        daemon.wipe()
        shutil.rmtree(root, ignore_errors=True)


def fetched() -> set[Path]:
    """Return the files that pycups writes documents to."""
    return set(Path(tempfile.gettempdir()).glob("jobdoc-*"))


async def test_kept_documents_are_noticed(spool: Spool, virtual_printer: VirtualPrinter) -> None:
    """Before any job nobody can say; afterwards the spooler's own answer tells, and asking leaves nothing behind."""
    with PrinterServer(virtual_printer) as server:
        driver = CupsPrinter("queue", server.uri, str(spool.daemon.socket), pace=QUICK)
        try:
            await driver.ensure_queue()
            assert await driver.keeps_documents() is None
            assert await driver.print_pdf(a4_pdf(1), "job") == Printed(1)
            before = fetched()
            assert await driver.keeps_documents() is spool.keeps
            assert fetched() <= before
        finally:
            await driver.aclose()
