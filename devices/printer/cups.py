"""The one door to pycups: a queue of cupsd, jobs handed to it from memory, its word on them. Blocks.

Facts that shape it, each measured with cupsd 2.4.2:

* libcups keeps server, user and password callback per thread. :func:`enter_thread` sets them in each thread
  that calls a :class:`Spooler`. (``Connection(host=socket)`` alone is not enough: ``getPPD`` goes astray.)
* cupsd restarts the active job of a queue that is modified: it prints twice. So :meth:`Spooler.ensure_queue`
  touches nothing when the queue is as it should be; else it deletes the queue, and its jobs with it, first.
* ``ppdname="everywhere"`` makes the PPD in the background; until then the queue is a raw one. It asks the
  printer by the whole device URI, options and all, which a strict printer does not know: they are set after.
* That background is a thread of cupsd, which crashes when two such queues are made at once: one after another here.
"""

import tempfile
import threading
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import cups  # noqa: TID251 - this is the door

from devices.errors import DeviceError
from devices.printer.ipp_tags import JobState, PrinterState
from devices.printer.outcome import SpoolJob

_WISHES = {"sides": "one-sided", "copies": "1", "print-scaling": "none", "job-sheets": "none"}
"""Said in every job, for printers' defaults differ (Letter, both sides, shrunk to fit)."""
_NOT_FOUND = 0x0406
_PDF_AS_IT_IS = '*cupsFilter2: "application/pdf application/pdf 0 -"'
_JOB_ATTRIBUTES = ["job-id", "job-name", "job-state", "time-at-processing"]
_KEPT_ATTRIBUTES = ["job-id", "number-of-documents"]
_MAKING = threading.Lock()
_NOTHING = b"%PDF-1.7\n%%EOF\n"
_FAILURES = (cups.IPPError, cups.HTTPError, RuntimeError, OSError)  # the last: no room for a temporary file


class SpoolerError(DeviceError):
    """cupsd does not answer, or refuses."""

    code: ClassVar[str] = "printer.spooler_unavailable"


class HalfSpooledError(SpoolerError):
    """cupsd went away while it took a document: it may hold all of it. ``number``: its number for the job."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


def enter_thread(server: str, user: str) -> None:
    """Make the calling thread's pycups speak to that cupsd (path of its socket, or host) as that user."""
    cups.setServer(server)
    cups.setUser(user)
    cups.setPasswordCB(lambda _prompt: "")  # never ask on a terminal


class Spooler:
    """One queue; every method must be called in a thread that has passed :func:`enter_thread`."""

    def __init__(self, queue: str) -> None:
        self.queue = queue

    def ensure_queue(self, printer_uri: str, mark: str, *, pass_pdf: bool, contimeout_s: int, timeout_s: float) -> None:
        """Make the queue, or make it right. Raises :class:`SpoolerError`.

        ``mark``: which printer it is, "" where it does not answer. It is kept as the queue's printer-info, for a
        queue made for another printer has another's driver.

        ``pass_pdf``: hand PDFs to a printer that takes them octet for octet, past CUPS's filters, so that
        signatures arrive whole; any other printer gets what CUPS's ``everywhere`` rasters for it.
        ``waitjob=false``: the backend only hands over, and the driver watches the printer itself.
        """
        device = f"{printer_uri}?{urlencode({'waitjob': 'false', 'contimeout': contimeout_s})}"
        try:
            line = cups.Connection()
            if not self._is_right(line, device, mark, pass_pdf=pass_pdf):
                with _MAKING:
                    self._remake(line, device, mark, pass_pdf=pass_pdf, timeout_s=timeout_s)
            self._repair(line)
        except _FAILURES as error:
            raise _wrapped(error) from error

    def submit(self, pdf: bytes, job_name: str, media: str) -> int:
        """Hand a document over from memory and return cupsd's number for the job. ``media``: PWG 5101.1 name.

        Raises :class:`SpoolerError` when cupsd did not take it, :class:`HalfSpooledError` when nobody knows.
        """
        number: int | None = None
        try:
            line = cups.Connection()
            self._repair(line)
            number = line.createJob(self.queue, job_name, {**_WISHES, "media": media})
            line.startDocument(self.queue, number, job_name, "application/pdf", 1)
            line.writeRequestData(pdf, len(pdf))
            line.finishDocument(self.queue)
        except _FAILURES as error:
            if number is not None:
                raise HalfSpooledError(number, str(_wrapped(error))) from error
            raise _wrapped(error) from error
        return number

    def job(self, number: int, job_name: str) -> SpoolJob | None:
        """Return cupsd's word on a job; None where it knows none. Raises :class:`SpoolerError`.

        The name decides: a cupsd that was killed may give a number a second time.
        """
        try:
            told = cups.Connection().getJobAttributes(number, requested_attributes=_JOB_ATTRIBUTES)
        except _FAILURES as error:
            if isinstance(error, cups.IPPError) and error.args[0] == _NOT_FOUND:
                return None
            raise _wrapped(error) from error
        return _job(number, told) if told.get("job-name") == job_name else None

    def find(self, job_name: str) -> SpoolJob | None:
        """Return the newest job of that name, ended or not. Raises :class:`SpoolerError`."""
        try:
            jobs = cups.Connection().getJobs(which_jobs="all", requested_attributes=_JOB_ATTRIBUTES)
        except _FAILURES as error:
            raise _wrapped(error) from error
        numbers = [number for number, told in jobs.items() if told.get("job-name") == job_name]
        return _job(max(numbers), jobs[max(numbers)]) if numbers else None

    def cancel(self, number: int) -> None:
        """End a job and delete its document; what has ended stays as it is. Never raises."""
        try:
            cups.Connection().cancelJob(number)
        except _FAILURES:
            return

    def keeps_documents(self) -> bool | None:
        """Tell whether cupsd still has the document of any ended job, as no terminal may leave one.

        Asked of the jobs themselves, for its configuration (PreserveJobFiles, a day by default) is not told to
        everybody, and no document is fetched for it. Where no job has ended yet, an empty one is held and cancelled.
        None: there is no queue, or this cupsd does not say. Raises :class:`SpoolerError`.
        """
        try:
            line = cups.Connection()
            ended = line.getJobs(which_jobs="completed", my_jobs=False, requested_attributes=_KEPT_ATTRIBUTES)
            if not ended and self.queue not in line.getPrinters():
                return None
            ended = ended or self._try_out(line)
        except _FAILURES as error:
            raise _wrapped(error) from error
        counts = [told.get("number-of-documents") for told in ended.values()]
        return any(counts) if all(isinstance(count, int) for count in counts) else None

    def _try_out(self, line: cups.Connection) -> dict[int, dict[str, object]]:
        number = line.createJob(self.queue, "spool-check", {"job-hold-until": "indefinite"})
        line.startDocument(self.queue, number, "spool-check", "application/pdf", 1)
        line.writeRequestData(_NOTHING, len(_NOTHING))
        line.finishDocument(self.queue)
        line.cancelJob(number)
        return {number: line.getJobAttributes(number, requested_attributes=_KEPT_ATTRIBUTES)}

    def remove(self) -> None:
        """Delete the queue and its jobs; one that is not there is fine. Never raises."""
        try:
            cups.Connection().deletePrinter(self.queue)
        except _FAILURES:
            return

    def repair(self) -> None:
        """Let a queue that was stopped or rejects jobs go on. Raises :class:`SpoolerError`."""
        try:
            self._repair(cups.Connection())
        except _FAILURES as error:
            raise _wrapped(error) from error

    def _repair(self, line: cups.Connection) -> None:
        told = line.getPrinterAttributes(
            self.queue, requested_attributes=["printer-state", "printer-is-accepting-jobs"]
        )
        if told["printer-state"] == PrinterState.STOPPED:
            line.enablePrinter(self.queue)
        if not told["printer-is-accepting-jobs"]:
            line.acceptJobs(self.queue)

    def _is_right(self, line: cups.Connection, device: str, mark: str, *, pass_pdf: bool) -> bool:
        try:
            told = line.getPrinterAttributes(self.queue, requested_attributes=["device-uri", "printer-info"])
            ppd = _read_ppd(line, self.queue)
        except cups.IPPError as error:
            if error.args[0] == _NOT_FOUND:
                return False
            raise
        here = told.get("device-uri") == device and mark in {"", told.get("printer-info")}
        return here and (_PDF_AS_IT_IS in ppd) is (pass_pdf and "application/pdf" in ppd)

    def _remake(self, line: cups.Connection, device: str, mark: str, *, pass_pdf: bool, timeout_s: float) -> None:
        """Delete the queue with its jobs, and make it anew: a driver that is there would not be made again."""
        if self.queue in line.getPrinters():
            line.deletePrinter(self.queue)
        line.addPrinter(self.queue, device=device.partition("?")[0], ppdname="everywhere", info=mark)
        ppd = self._await_ppd(line, timeout_s)
        line.addPrinter(self.queue, device=device)
        if pass_pdf:
            self._pass_pdf(line, ppd)
        line.setPrinterErrorPolicy(self.queue, "abort-job")

    def _await_ppd(self, line: cups.Connection, timeout_s: float) -> str:
        pause = threading.Event()
        for _ in range(int(timeout_s / 0.02)):
            try:
                return _read_ppd(line, self.queue)
            except cups.IPPError as error:
                if error.args[0] != _NOT_FOUND:
                    raise
            pause.wait(0.02)
        line.deletePrinter(self.queue)  # without a driver it would hand any document to any printer
        raise SpoolerError(f"no driver for queue {self.queue} within {timeout_s} s: is the printer on?")

    def _pass_pdf(self, line: cups.Connection, ppd: str) -> None:
        if "application/pdf" not in ppd:
            return
        kept = [row for row in ppd.splitlines() if not row.startswith("*cupsFilter2:")]
        with tempfile.NamedTemporaryFile("w", suffix=".ppd") as file:
            file.write("\n".join([*kept, _PDF_AS_IT_IS, ""]))
            file.flush()
            line.addPrinter(self.queue, filename=file.name)


def _read_ppd(line: cups.Connection, queue: str) -> str:
    path = Path(line.getPPD(queue))
    try:
        return path.read_text(errors="replace")
    finally:
        path.unlink(missing_ok=True)


def _job(number: int, told: dict[str, object]) -> SpoolJob:
    state = told.get("job-state")
    known = JobState(state) if isinstance(state, int) else JobState.PENDING
    return SpoolJob(number, known, started=told.get("time-at-processing") is not None)


def _wrapped(error: Exception) -> SpoolerError:
    return SpoolerError(f"cupsd: {type(error).__name__} {error.args[:1]}")
