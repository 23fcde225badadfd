"""``bianmin print``: one PDF on one printer, through CUPS as the terminal prints, with the printer's own word on it."""

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, error_content, json_option, print_json
from wire.problems import problem

if TYPE_CHECKING:
    from devices.printer.api import JobOutcome, JobProgress
    from devices.printer.cups_printer import CupsPrinter

PATIENCE_S = 120.0


class _Report:
    """What the printer said on the way: shown at once where somebody reads along, and kept for the end."""

    def __init__(self, pages: int | None, *, aloud: bool) -> None:
        self.pages = pages
        self.reasons: tuple[str, ...] = ()
        self.printer = ""
        self._aloud = aloud

    def __call__(self, progress: "JobProgress") -> None:
        self.reasons = progress.reasons
        if self._aloud:
            waiting = f", waiting: {', '.join(progress.reasons)}" if progress.reasons else ""
            click.echo(f"{progress.impressions} of {self.pages} pages{waiting}", err=True)


@click.command("print")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@click.option("--printer", "uri", required=True, help="The printer's own IPP address: ipp://host:port/path.")
@click.option("--roll", "roll_mm", type=click.IntRange(40, 120), help="Width of its roll in mm; else it has A4.")
@click.option("--cups-socket", type=click.Path(path_type=Path), default=Path("/run/cups/cups.sock"), show_default=True)
@click.option("--patience", "patience_s", type=click.FloatRange(0.1, 3600), default=PATIENCE_S, show_default=True,
              help="Seconds that a job may stand still before it is cancelled.")  # fmt: skip
@json_option
@coded
def print_file(
    file: Path, uri: str, roll_mm: int | None, cups_socket: Path, patience_s: float, *, as_json: bool
) -> Exit:
    """Print FILE, a PDF, and say what became of it: printed n of m, not printed, or not certain.

    It makes a queue of its own and deletes it at the end; neither a centre nor a configuration is needed. Exits with
    1 when nothing was printed, with 4 when nobody can say what lies in the tray.
    """
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    from devices.printer.cups_printer import CupsPrinter  # noqa: PLC0415
    from devices.printer.media import A4, Roll  # noqa: PLC0415
    from devices.printer.pace import Pace  # noqa: PLC0415
    from devices.printer.pages import count_pages  # noqa: PLC0415

    pdf = file.read_bytes()
    report = _Report(count_pages(pdf), aloud=not as_json)
    paper = A4 if roll_mm is None else Roll(roll_mm)

    def driver() -> CupsPrinter:
        queue = f"bianmin-print-{os.getpid()}"
        try:
            return CupsPrinter(queue, uri, str(cups_socket), paper=paper, pace=Pace(stuck_s=patience_s))
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    outcome = asyncio.run(_print(driver(), pdf, report))
    told = _told(outcome, report)
    if as_json:
        print_json(told)
    else:
        click.echo(_in_words(told))
    return {"printed": Exit.DONE, "not_printed": Exit.FAULT, "unknown": Exit.DOUBTFUL}[told["outcome"]]


async def _print(driver: "CupsPrinter", pdf: bytes, report: _Report) -> "JobOutcome":
    """Print through a queue that lives as long as this. Interrupted, the job is cancelled and the queue deleted."""
    from devices.printer.api import NotPrinted, PrinterMissing, PrinterReady, PrinterStopped  # noqa: PLC0415
    from devices.printer.cups import SpoolerError  # noqa: PLC0415
    from devices.printer.reasons import code_of  # noqa: PLC0415

    task, job_name = asyncio.current_task(), f"print-{uuid4()}"
    assert task is not None  # noqa: S101 - in a coroutine there is one
    for kind in (signal.SIGTERM, signal.SIGINT):  # a shell's background jobs are started with SIGINT ignored
        asyncio.get_running_loop().add_signal_handler(kind, task.cancel)
    try:
        status = await driver.probe()
        report.printer = driver.detail
        match status:
            case PrinterMissing():
                return NotPrinted("printer.unavailable")
            case PrinterStopped(reasons):
                report.reasons = reasons
                return NotPrinted(code_of(reasons))
            case PrinterReady():
                await driver.ensure_queue()
        return await driver.print_pdf(pdf, job_name, report)
    except SpoolerError as error:
        report.reasons = (str(error),)
        return NotPrinted(error.code)
    except asyncio.CancelledError:
        task.uncancel()
        return await _after_cancelling(driver, job_name)
    finally:
        await driver.remove_queue()
        await driver.aclose()


async def _after_cancelling(driver: "CupsPrinter", job_name: str) -> "JobOutcome":
    from devices.printer.api import NotPrinted, PrintDoubtful, PrinterUnavailable  # noqa: PLC0415

    try:
        return await driver.outcome_of(job_name) or NotPrinted("printer.cancelled")
    except PrinterUnavailable:
        return PrintDoubtful("printer.cancelled", None)


def _told(outcome: "JobOutcome", report: _Report) -> dict[str, Any]:
    """Return the outcome as JSON takes it. ``printed`` of what is unknown is the printer's last word, or None."""
    from devices.printer.api import NotPrinted, PrintDoubtful, Printed  # noqa: PLC0415

    code: str | None = None
    printed: int | None = 0
    match outcome:
        case Printed(printed):
            name = "printed"
        case NotPrinted(code):
            name = "not_printed"
        case PrintDoubtful(code, printed):
            name = "unknown"
    told: dict[str, Any] = {"outcome": name, "printed": printed, "of": report.pages}
    told |= {"reasons": list(report.reasons), "printer": report.printer}
    return told if code is None else told | {"error": error_content(code, ", ".join(report.reasons))}


def _in_words(told: dict[str, Any]) -> str:
    pages = f"{'?' if told['printed'] is None else told['printed']} of {'?' if told['of'] is None else told['of']}"
    words = {"printed": f"printed {pages}", "not_printed": "not printed", "unknown": f"not certain: {pages} counted"}
    if "error" not in told:
        return words[told["outcome"]]
    reasons = f" ({', '.join(told['reasons'])})" if told["reasons"] else ""
    code = told["error"]["code"]
    listed = problem(code)
    return f"{words[told['outcome']]}: {listed.number} {code}{reasons}: {listed.happened.en} {listed.next.en}"
