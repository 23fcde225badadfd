"""``bianmin print`` as a process: a virtual printer behind a private cupsd, no centre, no configuration, no queue."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Trouble, VirtualPrinter
from devices.virtual.printer_attributes import ROLL_80
from devices.virtual.printer_server import PDF_FIRST, PrinterServer
from tests.command_line import HANGS_S, Ended, bianmin
from tests.fixtures_printing import PDF, a4_pdf, sheets

pytestmark = pytest.mark.slow


class Bench:
    """A printer on a technician's bench, and the file to be printed."""

    def __init__(self, server: PrinterServer, cupsd: CupsDaemon, folder: Path) -> None:
        self.server, self.cupsd = server, cupsd
        self.printer = server.printer
        self.file = folder / "file.pdf"
        self.file.write_bytes(PDF)

    def arguments(self, *more: object) -> tuple[object, ...]:
        return ("print", self.file, "--printer", self.server.uri, "--cups-socket", self.cupsd.socket, *more)

    def print(self, *more: object) -> Ended:
        return bianmin(*self.arguments("--json", *more))

    def job(self) -> str:
        return self.printer.received[-1].job_name

    def queues(self) -> list[str]:
        """Return the queues of this command that are left at the spooler."""
        command = ["lpstat", "-h", str(self.cupsd.socket), "-e"]
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
        return [name for name in told.split() if name.startswith("bianmin-print")]


@pytest.fixture
def bench(virtual_printer: VirtualPrinter, cupsd: CupsDaemon, tmp_path: Path) -> Any:  # noqa: ANN401 - a generator
    with PrinterServer(virtual_printer) as server:
        bench = Bench(server, cupsd, tmp_path)
        yield bench
        assert bench.queues() == [], "the command leaves no queue behind"


def test_printed(bench: Bench) -> None:
    """All pages: the count, the printer by name with its supplies, exit code 0; the document came octet for octet."""
    ended = bench.print()
    assert (ended.code, ended.err) == (0, "")
    assert ended.json == {
        "outcome": "printed",
        "printed": 3,
        "of": 3,
        "reasons": [],
        "printer": "Bianmin Virtual V0001: Black toner 60 %, main 50/250",
    }
    assert bench.printer.received[0].pdf == PDF
    assert bench.printer.tray == sheets(bench.job(), 3)


def test_not_printed(bench: Bench) -> None:
    """A printer without paper: nothing was printed, with the printer's reason and the number of the problem."""
    bench.printer.refill(0)
    ended = bench.print()
    assert (ended.code, ended.err) == (1, "")
    told = ended.json
    assert (told["outcome"], told["printed"], told["of"]) == ("not_printed", 0, 3)
    assert told["reasons"] == ["media-empty-error"]
    assert (told["error"]["code"], told["error"]["number"]) == ("printer.out_of_paper", 4003)
    assert bench.printer.received == []


def test_unknown(bench: Bench) -> None:
    """A jam after page two of three: not certain, with the printer's last count and its reason; exit code 4."""
    bench.printer.trouble(Trouble.JAM, after_page=2)
    ended = bench.print("--patience", 2)
    assert (ended.code, ended.err) == (4, "")
    told = ended.json
    assert (told["outcome"], told["printed"], told["of"]) == ("unknown", 2, 3)
    assert told["error"]["code"] == "printer.jammed"
    assert told["reasons"] == ["media-jam-error"]


def test_in_words(bench: Bench) -> None:
    """Without --json one line says it; what happens on the way stands on standard error."""
    bench.printer.page_s = 0.5
    ended = bianmin(*bench.arguments())
    assert (ended.code, ended.out) == (0, "printed 3 of 3\n")
    assert "1 of 3 pages" in ended.err.splitlines()
    bench.printer.trouble(Trouble.COVER_OPEN)
    ended = bianmin(*bench.arguments())
    assert ended.code == 1
    assert ended.out.startswith("not printed: 4007 printer.cover_open (cover-open-error): ")


def test_a_printer_that_does_not_answer(bench: Bench) -> None:
    """It is off: not printed, without waiting for a driver of it."""
    bench.printer.trouble(Trouble.OFFLINE)
    bench.printer.wait_for(lambda _printer: False, 0.3)
    told = bench.print().json
    assert (told["outcome"], told["error"]["code"]) == ("not_printed", "printer.unavailable")
    bench.printer.mend()


def test_no_spooler(bench: Bench, tmp_path: Path) -> None:
    """Without cupsd nothing is printed, and that is the reason."""
    ended = bench.print("--cups-socket", tmp_path / "none.sock")
    assert (ended.code, ended.json["error"]["code"]) == (1, "printer.spooler_unavailable")


def test_no_pdf(bench: Bench) -> None:
    """What is no whole PDF goes nowhere."""
    bench.file.write_bytes(PDF[:200])
    ended = bench.print()
    assert (ended.code, ended.json["error"]["code"], ended.json["of"]) == (1, "printer.refused", None)
    assert bench.printer.received == []


def test_on_a_roll(cupsd: CupsDaemon, tmp_path: Path) -> None:
    """With --roll the paper is cut to the page; a page that is wider is refused."""
    printer = VirtualPrinter()
    with PrinterServer(printer, PDF_FIRST, ROLL_80) as server:
        bench = Bench(server, cupsd, tmp_path)
        assert bench.print("--roll", 80).json["error"]["code"] == "printer.refused"
        bench.file.write_bytes(a4_pdf(1).replace(b"595.28 841.89", b"226.77 300.00"))
        assert bench.print("--roll", 80).json["outcome"] == "printed"
    printer.close()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_interrupted(bench: Bench, kind: signal.Signals) -> None:
    """Ended in mid-job it cancels the job, says how far it came, and takes its queue away; no further page comes."""
    bench.printer.page_s = 1.0
    command = [sys.executable, "-m", "kiosk", *map(str, bench.arguments("--json"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert bench.printer.wait_for(lambda printer: len(printer.tray) == 1, HANGS_S)
    process.send_signal(kind)
    out, _ = process.communicate(timeout=HANGS_S)
    told, printed = json.loads(out), len(bench.printer.tray)
    assert process.returncode == 4
    assert (told["outcome"], told["printed"], told["error"]["code"]) == ("unknown", printed, "printer.cancelled")
    assert not bench.printer.wait_for(lambda printer: len(printer.tray) > printed, 1.2)


@pytest.mark.parametrize("uri", ["ipps://printer/ipp/print", "printer", "http://printer/"])
def test_what_a_printer_is_called(bench: Bench, uri: str) -> None:
    """An address that is no printer's is a mistake in the command line."""
    assert bianmin("print", bench.file, "--printer", uri).code == 2


def test_no_file(bench: Bench) -> None:
    """A file that is not there is a mistake in the command line."""
    assert bianmin("print", bench.file.parent / "none.pdf", "--printer", bench.server.uri).code == 2
