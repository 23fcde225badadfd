"""Asks a printer itself, over IPP on HTTP: its state, its jobs of one name, an end to a job. Blocks.

The printer is meant to hang on USB (``ipp-usb`` offers it at ``ipp://localhost:60000/ipp/print``) or on a
wire of its own; ``ipps`` is refused, since nothing here would tell a printer's certificate from another's.
"""

import http.client
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from devices.printer import ipp
from devices.printer.ipp_tags import Group, JobState, Operation, PrinterState, Status, Tag

_JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions",
    "job-impressions-completed",
)
_PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-up-time",
)


class PrinterSilentError(Exception):
    """The printer does not answer, or not in IPP."""


@dataclass(frozen=True, slots=True)
class PrinterWord:
    """What the printer says of itself. ``up_time_s``: seconds since it was switched on, when it tells."""

    state: PrinterState
    reasons: tuple[str, ...]
    accepting: bool
    up_time_s: int | None


@dataclass(frozen=True, slots=True)
class PrinterJob:
    """What the printer says of a job. ``impressions``: sides printed so far; ``expected``: sides in all."""

    number: int
    state: JobState
    reasons: tuple[str, ...]
    impressions: int | None
    expected: int | None


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
        """Return the printer's own word on its state. Raises :class:`PrinterSilentError`."""
        with self._line() as line:
            return self._state(line)

    def look(self, job_name: str) -> tuple[PrinterWord, tuple[PrinterJob, ...]]:
        """Return the printer's state and all its jobs of that name, ended or not, oldest first.

        CUPS gives its own job's name on, or ``<number> - <name>`` to a printer without Create-Job.
        """
        with self._line() as line:
            word = self._state(line)
            jobs = [job for which in ("not-completed", "completed") for job in self._jobs(line, which, job_name)]
        # A job may end between the two questions: the later answer counts.
        return word, tuple(sorted({job.number: job for job in jobs}.values(), key=lambda job: job.number))

    def cancel(self, job: PrinterJob) -> None:
        """Ask for an end of the job; one that has ended already is left as it is."""
        with self._line() as line:
            self._ask(line, Operation.CANCEL_JOB, {"job-id": ipp.make(Tag.INTEGER, job.number)})

    def _state(self, line: http.client.HTTPConnection) -> PrinterWord:
        wanted = {"requested-attributes": ipp.make(Tag.KEYWORD, *_PRINTER_ATTRIBUTES)}
        answer = self._ask(line, Operation.GET_PRINTER_ATTRIBUTES, wanted)
        told = answer.group(Group.PRINTER)
        state = ipp.integer(told, "printer-state")
        if answer.code >= Status.BAD_REQUEST or state not in tuple(PrinterState):
            raise PrinterSilentError(f"Get-Printer-Attributes: status {answer.code:#06x}, state {state}")
        return PrinterWord(
            state=PrinterState(state),
            reasons=ipp.texts(told, "printer-state-reasons"),
            accepting=ipp.first(told, "printer-is-accepting-jobs") is not False,
            up_time_s=ipp.integer(told, "printer-up-time"),
        )

    def _jobs(self, line: http.client.HTTPConnection, which: str, job_name: str) -> Iterator[PrinterJob]:
        wanted = {
            "which-jobs": ipp.make(Tag.KEYWORD, which),
            "requested-attributes": ipp.make(Tag.KEYWORD, *_JOB_ATTRIBUTES),
        }
        answer = self._ask(line, Operation.GET_JOBS, wanted)
        if answer.code >= Status.BAD_REQUEST:
            raise PrinterSilentError(f"Get-Jobs: status {answer.code:#06x}")
        for told in answer.all_of(Group.JOB):
            name = str(ipp.first(told, "job-name"))
            number, state = ipp.integer(told, "job-id"), ipp.integer(told, "job-state")
            known = number is not None and state in tuple(JobState)
            if known and (name == job_name or name.endswith(f" - {job_name}")):
                yield PrinterJob(
                    number=number or 0,
                    state=JobState(state or 0),
                    reasons=ipp.texts(told, "job-state-reasons"),
                    impressions=ipp.integer(told, "job-impressions-completed"),
                    expected=ipp.integer(told, "job-impressions"),
                )

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
        body = response.read()
        if response.status != http.client.OK:
            raise PrinterSilentError(f"HTTP status {response.status}")
        return ipp.decode(body)

    @contextmanager
    def _line(self) -> Iterator[http.client.HTTPConnection]:
        line = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            yield line
        except (OSError, http.client.HTTPException, ipp.IppError) as error:
            raise PrinterSilentError(f"{type(error).__name__} from {self._host}:{self._port}") from error
        finally:
            line.close()
