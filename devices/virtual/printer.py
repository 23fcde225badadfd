"""A printer that does not exist: a tray, an engine, a job list, and every way to fail. It knows no network.

``devices/virtual/printer_server.py`` puts it on IPP. What lies in ``tray`` is the truth that tests compare
with what was said about a job. All methods may be called from any thread.
"""

import threading
import time
from collections.abc import Callable

from devices.printer.ipp import Attributes, integer
from devices.printer.ipp_tags import JobState, PrinterState
from devices.printer.pages import count_pages
from devices.virtual.printer_parts import DARK, STOPPING, Counting, Job, PowerSwitch, Received, Sheet, Trouble, nobody
from devices.virtual.printer_raster import count_raster_pages

__all__ = ["Counting", "Job", "Received", "Sheet", "Trouble", "VirtualPrinter"]


CAPACITY = 250  # sheets that its tray holds


class VirtualPrinter:
    """A printer with ``sheets`` in its tray, taking ``page_s`` seconds a page.

    ``counting``: how it counts a job's pages. ``counts_ever``: whether it tells how many pages it ever printed.
    ``keeps_list``: whether it still lists jobs that have ended. ``toner_percent``: what is left.
    """

    def __init__(self, sheets: int = 50, page_s: float = 0.01) -> None:
        self.page_s = page_s
        self.counting = Counting.LIVE
        self.counts_ever = False
        self.keeps_list = True
        self.toner_percent = 60
        self.counts_output = False  # few printers do
        self.pages_ever = 4711
        self.unit = 1  # which of all printers it is: its uuid and its serial number
        self.received: list[Received] = []
        self.tray: list[Sheet] = []
        self.jobs: dict[int, Job] = {}
        self.reads: Callable[[bytes], bool] = lambda _document: True
        self.on_power: PowerSwitch = nobody
        self.on_job: Callable[[], object] = lambda: None  # called when a job's document is there
        self._sheets = sheets
        self._troubles: set[Trouble] = set()
        self._planned: tuple[int, Trouble] | None = None
        self._numbers = 0
        self._closing = False
        self._started = time.monotonic()
        self.changed = threading.Condition(threading.RLock())
        self._engine = threading.Thread(target=self._run, name="virtual-printer", daemon=True)
        self._engine.start()

    # --- what a person at the printer, a test or the dock does

    @property
    def sheets(self) -> int:
        """Blank sheets left."""
        return self._sheets

    @property
    def room(self) -> int:
        """Sheets that it says still fit into its output; -3, for some, where it does not count them."""
        return max(0, 100 - len(self.tray)) if self.counts_output else -3

    def refill(self, sheets: int = 50) -> None:
        """Put that many blank sheets into the tray (0 empties it)."""
        with self.changed:
            self._sheets = sheets
            self.changed.notify_all()

    def trouble(self, kind: Trouble, after_page: int = 0) -> None:
        """Let something go wrong: now (0), or once, when the next job has printed that many pages."""
        with self.changed:
            if after_page:
                self._planned = (after_page, kind)
            else:
                self._strike(kind)
            self.changed.notify_all()

    def mend(self, *kinds: Trouble) -> None:
        """End these troubles; all of them, planned ones too, when none is named. Paper is put in by :meth:`refill`."""
        with self.changed:
            if not kinds:
                self._planned = None
            ended = set(kinds or Trouble) & self._troubles
            self._troubles -= ended
            self.changed.notify_all()
        if ended & DARK and not self._troubles & DARK:
            self.on_power(on=True)

    def take_paper(self) -> list[Sheet]:
        """Empty the output tray, and return what lay there."""
        with self.changed:
            taken, self.tray = self.tray, []
            return taken

    def cancel_at_panel(self) -> None:
        """Press the button that cancels what is being printed."""
        with self.changed:
            for job in self.jobs.values():
                if not job.state.ended:
                    job.state, job.reasons = JobState.CANCELED, ("job-canceled-at-device",)
            self.changed.notify_all()

    def wait_for(self, promise: Callable[["VirtualPrinter"], bool], timeout_s: float = 10) -> bool:
        """Wait until something is true of this printer; False after the timeout."""
        with self.changed:
            return self.changed.wait_for(lambda: promise(self), timeout_s)

    def close(self) -> None:
        """Stop the engine."""
        with self.changed:
            self._closing = True
            self.changed.notify_all()
        self._engine.join()

    # --- what the network side asks

    @property
    def up_time_s(self) -> int:
        """Seconds since power came, from 1 (``printer-up-time``, RFC 8011, 5.4.29)."""
        return int(time.monotonic() - self._started) + 1

    @property
    def reasons(self) -> tuple[str, ...]:
        """``printer-state-reasons``, as an honest printer gives them."""
        with self.changed:
            stopping = [STOPPING[kind] for kind in sorted(self._troubles & STOPPING.keys(), key=lambda k: k.value)]
            return tuple(stopping + ["media-empty-error"] * (self._sheets <= 0)) or ("none",)

    @property
    def state(self) -> PrinterState:
        """``printer-state``: an empty tray stops it only while a job needs paper."""
        with self.changed:
            busy = any(not job.state.ended and job.state != JobState.HELD for job in self.jobs.values())
            if self._troubles & STOPPING.keys() or (busy and self._sheets <= 0):
                return PrinterState.STOPPED
            return PrinterState.PROCESSING if busy else PrinterState.IDLE

    @property
    def busy(self) -> bool:
        """Takes no new job for the moment."""
        return Trouble.BUSY in self._troubles

    def open_job(self, name: str, user: str, wishes: Attributes) -> Job:
        """Take up a job whose document is still to come."""
        with self.changed:
            self._numbers += 1
            job = self.jobs[self._numbers] = Job(
                self._numbers, name, user, integer(wishes, "copies") or 1, wishes=wishes
            )
            return job

    def feed(self, job: Job, document: bytes, document_format: str) -> None:
        """Give a job its document; the engine prints it, or gives it up where it is no printable PDF."""
        pages = count_raster_pages(document, document_format) or count_pages(document)
        with self.changed:
            self.on_job()
            impressions = (pages or 0) * job.copies
            self.received.append(
                Received(document, job.name, job.copies, impressions, document_format, time.monotonic(), job.wishes)
            )
            if pages is None or not self.reads(document):
                job.state, job.reasons = JobState.ABORTED, ("aborted-by-system", "document-format-error")
            else:
                job.impressions, job.state, job.reasons = impressions, JobState.PENDING, ("none",)
            self.changed.notify_all()

    def cancel(self, job: Job) -> bool:
        """Cancel a job; False when it has already ended."""
        with self.changed:
            if job.state.ended:
                return False
            job.state, job.reasons = JobState.CANCELED, ("job-canceled-by-user",)
            self.changed.notify_all()
            return True

    # --- the engine

    def _run(self) -> None:
        with self.changed:
            while not self._closing:
                job = next((job for job in self.jobs.values() if job.state == JobState.PENDING), None)
                if job is None or self._troubles & {Trouble.POWER_CUT}:
                    self.changed.wait()
                else:
                    self._print(job)
                    self.changed.notify_all()

    def _print(self, job: Job) -> None:
        job.state, job.reasons, job.began = JobState.PROCESSING, ("job-printing",), True
        self.changed.notify_all()
        while not (self._closing or job.state.ended):
            if job.number not in self.jobs:
                return
            if self._struck_job(job) or job.completed == job.impressions:
                self._finish(job)
            elif self._sheets <= 0 or self._troubles & STOPPING.keys():
                job.state, job.reasons = JobState.STOPPED, ("printer-stopped",)
                self.changed.wait()
            else:
                job.state, job.reasons = JobState.PROCESSING, ("job-printing",)
                self._page(job)

    def _page(self, job: Job) -> None:
        if self.changed.wait_for(lambda: self._closing or self._blocked(job), self.page_s):
            return
        self._sheets -= 1
        job.completed += 1
        self.pages_ever += 1
        self.tray.append(Sheet(job.name, job.completed))
        if self._planned and job.completed >= self._planned[0]:
            kind, self._planned = self._planned[1], None
            self._strike(kind)
        self.changed.notify_all()

    def _blocked(self, job: Job) -> bool:
        return bool(
            job.state.ended
            or job.number not in self.jobs
            or self._sheets <= 0
            or self._troubles - {Trouble.OFFLINE, Trouble.BUSY}
        )

    def _struck_job(self, job: Job) -> bool:
        return bool(self._troubles & {Trouble.ABORT, Trouble.PHANTOM, Trouble.LIE}) and job.completed != job.impressions

    def _finish(self, job: Job) -> None:
        whole = job.completed == job.impressions
        job.state, job.reasons = JobState.COMPLETED, ("job-completed-successfully",)
        if not whole and Trouble.ABORT in self._troubles:
            job.state, job.reasons = JobState.ABORTED, ("aborted-by-system",)
        if not whole and Trouble.LIE in self._troubles:
            job.completed = job.impressions or 0
        if not whole:
            self._troubles -= {Trouble.ABORT, Trouble.PHANTOM, Trouble.LIE}

    def _strike(self, kind: Trouble) -> None:
        if kind in {Trouble.POWER_CUT, Trouble.REPLACED}:
            self.jobs.clear()
            self._started = time.monotonic()
        if kind is Trouble.REPLACED:
            self.unit += 1
            return
        self._troubles.add(kind)
        if kind in DARK:
            self.on_power(on=False)
