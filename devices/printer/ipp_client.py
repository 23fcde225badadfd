"""Asks a printer itself, over IPP on HTTP: its state, its jobs of one name, an end to a job. Blocks.

The printer is meant to hang on USB (``ipp-usb`` offers it at ``ipp://localhost:60000/ipp/print``) or on a
wire of its own; ``ipps`` is refused, since nothing here would tell a printer's certificate from another's.
"""

import http.client
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from devices.printer import identity, ipp, supplies
from devices.printer.api import Supplies
from devices.printer.identity import NOBODY, Identity, identity_of
from devices.printer.ipp_tags import Group, JobState, Operation, PrinterState, Status, Tag

_JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "time-at-processing",
)
_EVER = ("printer-impressions-completed", "printer-media-sheets-completed")
_STATE_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-up-time",
    *_EVER,
    *identity.ATTRIBUTES,
)
_MOST_REASONS = 32
_MOST_OCTETS = 4_000_000
_BEGAN = {Tag.INTEGER: True, Tag.NO_VALUE: False}


class PrinterSilentError(Exception):
    """The printer does not answer, or not in IPP."""


@dataclass(frozen=True, slots=True)
class PrinterWord:
    """What the printer says of itself, as far as it tells.

    ``up_time_s``: seconds since it was switched on. ``pages_ever``: impressions, or else sheets, since it was made.
    ``supplies``: None where it was not asked for them.
    """

    state: PrinterState
    reasons: tuple[str, ...]
    accepting: bool
    up_time_s: int | None
    identity: Identity = NOBODY
    pages_ever: int | None = None
    supplies: Supplies | None = None


@dataclass(frozen=True, slots=True)
class PrinterJob:
    """What the printer says of a job. ``impressions``: sides printed so far; ``expected``: sides in all.

    ``began``: whether it was ever worked on (time-at-processing, RFC 8011, 5.3.14.2); None where it does not tell.
    """

    number: int
    state: JobState
    reasons: tuple[str, ...]
    impressions: int | None
    expected: int | None
    began: bool | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a printer. ``jobs``: all of one name, oldest first. ``keeps_list``: it lists jobs that have ended."""

    word: PrinterWord
    jobs: tuple[PrinterJob, ...]
    keeps_list: bool


class IppClient:
    """One printer at ``uri`` (ipp://host:port/path), asked in the name of ``user``."""

    def __init__(self, uri: str, user: str, timeout_s: float) -> None:
        parts = urlsplit(uri)
        if parts.scheme != "ipp" or not parts.hostname:
            raise ValueError(f"not a printer to be asked over ipp://: {uri}")
        self.uri = uri
        self._host = parts.hostname
        self._port = parts.port or 631
        self._path = parts.path or "/"
        self._user = user
        self._timeout_s = timeout_s
        self._numbers = itertools.count(1)

    def state(self) -> PrinterWord:
        """Return the printer's own word on its state and supplies. Raises :class:`PrinterSilentError`."""
        with self._line() as line:
            return self._state(line, with_supplies=True)

    def media_loaded(self) -> tuple[str, ...]:
        """Return the names (PWG 5101.1) of the paper in it: loaded first, then its default. Raises the same."""
        names = ("media-ready", "media-default")
        with self._line() as line:
            wanted = {"requested-attributes": ipp.make(Tag.KEYWORD, *names)}
            told = self._ask(line, Operation.GET_PRINTER_ATTRIBUTES, wanted).group(Group.PRINTER)
        return tuple(text for name in names for text in ipp.texts(told, name))

    def look(self, job_name: str) -> Look:
        """Return the printer's state and all its jobs of that name, ended or not. Raises :class:`PrinterSilentError`.

        CUPS gives its own job's name on, or ``<number> - <name>`` to a printer without Create-Job.
        """
        with self._line() as line:
            word = self._state(line)
            open_jobs = self._jobs(line, "not-completed")
            ended_jobs = self._jobs(line, "completed")
        # A job may end between the two questions: the later answer counts.
        found = {}
        for told in (*open_jobs, *ended_jobs):
            name = str(ipp.first(told, "job-name"))
            if name == job_name or name.endswith(f" - {job_name}"):
                job = job_of(told)
                found[job.number] = job
        jobs = tuple(sorted(found.values(), key=lambda job: job.number))
        return Look(word, jobs, keeps_list=bool(ended_jobs))

    def cancel(self, job: PrinterJob) -> None:
        """Ask for an end of the job; one that has ended already is left as it is."""
        with self._line() as line:
            self._ask(line, Operation.CANCEL_JOB, {"job-id": ipp.make(Tag.INTEGER, job.number)})

    def _state(self, line: http.client.HTTPConnection, *, with_supplies: bool = False) -> PrinterWord:
        wanted = _STATE_ATTRIBUTES + supplies.ATTRIBUTES * with_supplies
        answer = self._ask(
            line, Operation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": ipp.make(Tag.KEYWORD, *wanted)}
        )
        told = answer.group(Group.PRINTER)
        state = ipp.integer(told, "printer-state")
        if answer.code >= Status.BAD_REQUEST or state not in tuple(PrinterState):
            raise PrinterSilentError(f"Get-Printer-Attributes: status {answer.code:#06x}, state {state}")
        return word_of(told, supplies.supplies_of(told) if with_supplies else None)

    def _jobs(self, line: http.client.HTTPConnection, which: str) -> tuple[ipp.Attributes, ...]:
        wanted = {
            "which-jobs": ipp.make(Tag.KEYWORD, which),
            "requested-attributes": ipp.make(Tag.KEYWORD, *_JOB_ATTRIBUTES),
        }
        answer = self._ask(line, Operation.GET_JOBS, wanted)
        if answer.code >= Status.BAD_REQUEST:
            raise PrinterSilentError(f"Get-Jobs: status {answer.code:#06x}")
        return tuple(answer.all_of(Group.JOB))

    def _ask(self, line: http.client.HTTPConnection, operation: Operation, wanted: ipp.Attributes) -> ipp.Message:
        head = {
            "attributes-charset": ipp.make(Tag.CHARSET, "utf-8"),
            "attributes-natural-language": ipp.make(Tag.LANGUAGE, "en"),
            "printer-uri": ipp.make(Tag.URI, self.uri),
        }
        # RFC 8011, 4.1.5: the target comes third; job-id, part of the target, follows it at once.
        target = {name: wanted[name] for name in ("job-id",) if name in wanted}
        user = {"requesting-user-name": ipp.make(Tag.NAME, self._user)}
        rest = {name: values for name, values in wanted.items() if name not in target}
        request = ipp.Message(operation, next(self._numbers), ((Group.OPERATION, {**head, **target, **user, **rest}),))
        line.request("POST", self._path, ipp.encode(request), {"Content-Type": "application/ipp"})
        response = line.getresponse()
        if response.status != http.client.OK:
            raise PrinterSilentError(f"HTTP status {response.status}")
        return ipp.decode(self._body(response))

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """Read an answer that ends: neither without limit, nor drop by drop."""
        body, until = bytearray(), time.monotonic() + self._timeout_s
        while piece := response.read1(65536):
            body += piece
            if len(body) > _MOST_OCTETS or time.monotonic() > until:
                raise PrinterSilentError(f"an answer without an end: {len(body)} octets")
        response.close()  # read1 leaves it open, and the line could not be used again
        return bytes(body)

    @contextmanager
    def _line(self) -> Iterator[http.client.HTTPConnection]:
        line = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            yield line
        except (OSError, http.client.HTTPException, ipp.IppError) as error:
            raise PrinterSilentError(f"{type(error).__name__} from {self._host}:{self._port}") from error
        finally:
            line.close()


def word_of(told: ipp.Attributes, filled_with: Supplies | None = None) -> PrinterWord:
    """Read a printer's attributes, whatever they are. A state nobody knows counts as stopped."""
    state = ipp.integer(told, "printer-state")
    return PrinterWord(
        state=PrinterState(state) if state in tuple(PrinterState) else PrinterState.STOPPED,
        reasons=_keywords(told, "printer-state-reasons"),
        accepting=ipp.first(told, "printer-is-accepting-jobs") is not False,
        up_time_s=_count(told, "printer-up-time"),
        identity=identity_of(told),
        pages_ever=next((count for name in _EVER if (count := _count(told, name)) is not None), None),
        supplies=filled_with,
    )


def job_of(told: ipp.Attributes) -> PrinterJob:
    """Read a job's attributes, whatever they are.

    A state nobody knows counts as under way, for the job is there. Every job is printed on one side, so that a
    sheet is an impression: the higher of the two counts is the printer's word.
    """
    state = ipp.integer(told, "job-state")
    counts = [_count(told, f"job-{what}-completed") for what in ("impressions", "media-sheets")]
    started = told.get("time-at-processing")
    return PrinterJob(
        number=ipp.integer(told, "job-id") or 0,
        state=JobState(state) if state in tuple(JobState) else JobState.PROCESSING,
        reasons=_keywords(told, "job-state-reasons"),
        impressions=max((count for count in counts if count is not None), default=None),
        expected=_count(told, "job-impressions") or None,  # ippeveprinter expects 0 of every job
        began=_BEGAN.get(started[0].tag) if started else None,
    )


def _count(told: ipp.Attributes, name: str) -> int | None:
    """Return a number that can be one: RFC 8011 knows no negative counts, printers do."""
    count = ipp.integer(told, name)
    return count if count is not None and count >= 0 else None


def _keywords(told: ipp.Attributes, name: str) -> tuple[str, ...]:
    return tuple(filter(None, map(supplies.clean, ipp.texts(told, name)[:_MOST_REASONS])))
