"""What every printer offers: its own word on its state, and jobs whose outcome is never a guess."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from devices.errors import DeviceError
from devices.printer.media import Paper


@dataclass(frozen=True, slots=True)
class PrinterMissing:
    """The printer or its spooler does not answer."""


@dataclass(frozen=True, slots=True)
class PrinterReady:
    """A job would start at once. ``warnings`` are IPP printer-state-reasons that do not stop it."""

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrinterStopped:
    """A person has to do something first. ``reasons``: IPP printer-state-reasons (RFC 8011, 5.4.12)."""

    reasons: tuple[str, ...]


PrinterStatus = PrinterMissing | PrinterReady | PrinterStopped


@dataclass(frozen=True, slots=True)
class Marker:
    """Toner, ink, a drum, or a box for waste. ``kind``: the printer's word for what it is.

    ``percent``: what is left of it, of a waste box the room left; None where the printer cannot measure it.
    """

    name: str
    kind: str
    percent: int | None
    low: bool


@dataclass(frozen=True, slots=True)
class InputTray:
    """Where blank paper lies. ``size_mm``: width and length of a sheet. None: the printer does not tell."""

    name: str
    size_mm: tuple[int, int] | None
    sheets: int | None
    capacity: int | None
    low: bool


@dataclass(frozen=True, slots=True)
class OutputTray:
    """Where printed paper lies. ``room``: sheets that still fit, None where the printer does not tell."""

    name: str
    room: int | None
    capacity: int | None
    full: bool


@dataclass(frozen=True, slots=True)
class Supplies:
    """What a printer says it is filled with; empty where it says nothing."""

    markers: tuple[Marker, ...] = ()
    inputs: tuple[InputTray, ...] = ()
    outputs: tuple[OutputTray, ...] = ()

    @property
    def low_markers(self) -> tuple[str, ...]:
        """Names of the markers that somebody should replace soon."""
        return tuple(one.name for one in self.markers if one.low)

    @property
    def low_inputs(self) -> tuple[str, ...]:
        """Names of the trays that should be filled soon; an empty one counts only where no other serves instead."""
        filled = [one.size_mm for one in self.inputs if one.sheets is not None and not one.low]
        return tuple(
            one.name
            for one in self.inputs
            if one.low and not (one.size_mm in filled or (one.size_mm is None and filled))
        )

    @property
    def full_outputs(self) -> tuple[str, ...]:
        """Names of the output trays that take no more."""
        return tuple(one.name for one in self.outputs if one.full)

    @property
    def short(self) -> tuple[str, ...]:
        """Names of all that somebody should see to."""
        return (*self.low_markers, *self.low_inputs, *self.full_outputs)


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer itself said that every page lies in the tray."""

    impressions: int


@dataclass(frozen=True, slots=True)
class NotPrinted:
    """No page of the job is in the tray. ``code`` is of ``wire/problems.toml``."""

    code: str


@dataclass(frozen=True, slots=True)
class PrintDoubtful:
    """Nobody can say what lies in the tray; ``impressions``: the printer's last word, if any.

    What a person is told is ``printer.doubtful``; ``code`` is the cause, for the record and the staff.
    """

    code: str
    impressions: int | None


JobOutcome = Printed | NotPrinted | PrintDoubtful


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job under way: IPP job-impressions-completed, and what holds it up (empty when nothing does)."""

    impressions: int
    reasons: tuple[str, ...]


class PrinterUnavailable(DeviceError):
    """Printer or spooler does not answer, so that nothing can be said of an earlier job. Ask again later."""

    code: ClassVar[str] = "printer.unavailable"


class Printer(Protocol):
    """One printer. ``paper``: what it prints on."""

    name: str
    paper: Paper

    @property
    def status(self) -> PrinterStatus:
        """Last known state; never blocks."""
        ...

    @property
    def supplies(self) -> Supplies:
        """What the printer last said it is filled with; never blocks."""
        ...

    async def changed(self, since: PrinterStatus) -> PrinterStatus:
        """Return the first status that differs from ``since``."""
        ...

    async def probe(self) -> PrinterStatus:
        """Ask the printer itself, now, over IPP; also updates ``status``."""
        ...

    async def print_pdf(
        self,
        pdf: bytes,
        job_name: str,
        on_progress: Callable[[JobProgress], None] | None = None,
    ) -> JobOutcome:
        """Print a PDF once, on this printer's paper, and return what became of it.

        ``job_name`` is unique for ever (an id, nothing of a person): by it the job is found again. A printer
        that is stopped, or does not answer, gets no job: :class:`NotPrinted`. Paper that runs out in mid-job
        is waited for, up to the driver's patience; then the job is cancelled. No copy of the document stays in
        the spool. Never raises a :class:`DeviceError`: every end is an outcome. Cancelling the coroutine
        cancels the job; what had been printed by then is told by :meth:`outcome_of`.
        """
        ...

    async def outcome_of(self, job_name: str) -> JobOutcome | None:
        """Ask spooler and printer what became of a job of an earlier process; one under way is waited for.

        None when neither knows it: it was never handed over, or both have forgotten. Raises
        :class:`PrinterUnavailable` while one of them does not answer.
        """
        ...

    async def aclose(self) -> None:
        """Give the printer back."""
        ...
