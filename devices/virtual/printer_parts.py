"""What the virtual printer is made of: its jobs, its sheets, its troubles. Data only."""

from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from devices.printer.ipp import Attributes
from devices.printer.ipp_tags import JobState


class Trouble(Enum):
    """What can go wrong. Running out of paper is not here: that is a tray with no sheets left."""

    JAM = auto()
    COVER_OPEN = auto()
    PAUSED = auto()
    OFFLINE = auto()  # nothing answers, but the engine goes on and nothing is forgotten
    POWER_CUT = auto()  # nothing answers, the engine stops, and all jobs are forgotten
    BUSY = auto()  # new jobs are turned away for a while (server-error-busy)
    ABORT = auto()  # the job is given up by the printer
    PHANTOM = auto()  # the job is called completed, with the pages that were truly printed
    LIE = auto()  # the job is called completed, and all its pages are said to be printed
    REPLACED = auto()  # another printer of the same make stands there, and knows nothing of the jobs
    OUTPUT_FULL = auto()  # the output tray takes no more sheets


class Counting(Enum):
    """How a printer counts a job's pages: not all do what RFC 8011 has in mind."""

    LIVE = auto()  # job-impressions-completed grows page by page
    AT_END = auto()  # it is 0 until the job has ended well
    SHEETS = auto()  # it is missing; job-media-sheets-completed grows
    NEVER = auto()  # neither is there


STOPPING = {
    Trouble.JAM: "media-jam-error",
    Trouble.COVER_OPEN: "cover-open-error",
    Trouble.PAUSED: "paused",
    Trouble.OUTPUT_FULL: "output-area-full-error",
}
DARK = {Trouble.OFFLINE, Trouble.POWER_CUT}


class PowerSwitch(Protocol):
    """What stands between the printer and its network side."""

    def __call__(self, *, on: bool) -> None:
        """Go dark, or answer again."""


def nobody(*, on: bool) -> None:
    """Is told where no network side is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed page in the tray. ``page`` counts from 1."""

    job_name: str
    page: int


@dataclass(frozen=True, slots=True)
class Received:
    """A document as it arrived, octet for octet, and the job template it came with (``wishes``).

    ``at``: seconds of ``time.monotonic`` when it was whole.
    """

    document: bytes = field(repr=False)
    job_name: str
    copies: int
    impressions: int
    document_format: str
    at: float
    wishes: Attributes = field(repr=False)

    @property
    def pdf(self) -> bytes:
        """The document, where it came as a PDF."""
        if not self.document.startswith(b"%PDF-"):
            raise ValueError(f"{self.job_name} came as {self.document_format}")
        return self.document

    def save(self, folder: Path) -> Path:
        """Write the document into a folder, under its job's name, and return where it is."""
        path = folder / f"{self.job_name}.{'pdf' if self.document.startswith(b'%PDF-') else 'pwg'}"
        path.write_bytes(self.document)
        return path


@dataclass(slots=True)
class Job:
    """A job as the printer sees it."""

    number: int
    name: str
    user: str
    copies: int = 1
    state: JobState = JobState.HELD
    reasons: tuple[str, ...] = ("job-incoming",)
    impressions: int | None = None
    completed: int = 0
    began: bool = False
    wishes: Attributes = field(default_factory=dict, repr=False)
