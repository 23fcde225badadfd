"""Answers IPP requests for the virtual printer: one method per operation, no network, no engine."""

from devices.printer.ipp import Attributes, IppError, Message, first, integer, make, texts
from devices.printer.ipp_tags import Group, JobState, Operation, Status, Tag
from devices.virtual.printer import CAPACITY, Counting, Job, VirtualPrinter
from devices.virtual.printer_attributes import VirtualPaper, filled_with, fixed

_HEAD: Attributes = {
    "attributes-charset": make(Tag.CHARSET, "utf-8"),
    "attributes-natural-language": make(Tag.LANGUAGE, "en"),
}


class IppFrontend:
    """Speaks for one printer at one URI, which takes documents of these formats."""

    def __init__(self, printer: VirtualPrinter, uri: str, formats: tuple[str, ...], paper: VirtualPaper) -> None:
        self._printer = printer
        self._fixed = fixed(paper)
        self._uri = uri
        self._formats = formats

    def answer(self, request: Message) -> Message:
        """Return the response to any request."""
        operations = {
            Operation.PRINT_JOB: self._print_job,
            Operation.VALIDATE_JOB: self._validate_job,
            Operation.CREATE_JOB: self._create_job,
            Operation.SEND_DOCUMENT: self._send_document,
            Operation.CANCEL_JOB: self._cancel_job,
            Operation.GET_JOB_ATTRIBUTES: self._get_job_attributes,
            Operation.GET_JOBS: self._get_jobs,
            Operation.GET_PRINTER_ATTRIBUTES: self._get_printer_attributes,
            Operation.CLOSE_JOB: self._get_job_attributes,
        }
        target = first(request.group(Group.OPERATION), "printer-uri") or self._uri
        if target != self._uri:
            return Message(Status.NOT_FOUND, request.request_id, ((Group.OPERATION, _HEAD),), version=request.version)
        operation = operations.get(request.code)  # type: ignore[call-overload]  # an IntEnum is its number
        if operation is None:
            status, groups = Status.OPERATION_NOT_SUPPORTED, ()
        else:
            with self._printer.changed:
                try:
                    status, groups = operation(request)
                except (KeyError, IppError):
                    status, groups = Status.NOT_FOUND, ()
        return Message(status, request.request_id, ((Group.OPERATION, _HEAD), *groups), version=request.version)

    def _print_job(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        status, groups = self._create_job(request)
        if status is Status.OK:
            job = self._printer.jobs[max(self._printer.jobs)]
            self._printer.feed(job, request.data, _format(request))
        return status, groups

    def _validate_job(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        known = _format(request) in self._formats
        return (Status.OK if known else Status.DOCUMENT_FORMAT_NOT_SUPPORTED), ()

    def _create_job(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        if _format(request) not in self._formats:
            return Status.DOCUMENT_FORMAT_NOT_SUPPORTED, ()
        if self._printer.busy:
            return Status.BUSY, ()
        operation, wishes = request.group(Group.OPERATION), request.group(Group.JOB)
        job = self._printer.open_job(
            name=str(first(operation, "job-name") or "untitled"),
            user=str(first(operation, "requesting-user-name") or "anonymous"),
            wishes=wishes,
        )
        return Status.OK, ((Group.JOB, self._describe(job)),)

    def _send_document(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        job = self._job(request)
        if job.state != JobState.HELD:
            return Status.NOT_POSSIBLE, ()
        self._printer.feed(job, request.data, _format(request))
        return Status.OK, ((Group.JOB, self._describe(job)),)

    def _cancel_job(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        return (Status.OK if self._printer.cancel(self._job(request)) else Status.NOT_POSSIBLE), ()

    def _get_job_attributes(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        return Status.OK, ((Group.JOB, self._describe(self._job(request))),)

    def _get_jobs(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        which = first(request.group(Group.OPERATION), "which-jobs") or "not-completed"
        wanted = {"completed": (True,), "not-completed": (False,)}.get(str(which), (True, False))
        jobs = [job for job in self._printer.jobs.values() if job.state.ended in wanted]
        if not self._printer.keeps_list:
            jobs = [job for job in jobs if not job.state.ended]
        return Status.OK, tuple((Group.JOB, self._describe(job)) for job in jobs)

    def _get_printer_attributes(self, request: Message) -> tuple[Status, tuple[tuple[Group, Attributes], ...]]:
        wanted = set(texts(request.group(Group.OPERATION), "requested-attributes")) or {"all"}
        groups = {"all", "printer-description", "job-template", "media-col-database"}
        own = self._describe_printer()
        named = wanted - groups
        chosen = own if wanted & groups else {name: own[name] for name in own if name in named}
        return Status.OK, ((Group.PRINTER, chosen),)

    def _job(self, request: Message) -> Job:
        operation = request.group(Group.OPERATION)
        number = integer(operation, "job-id")
        if number is None:
            number = int(str(first(operation, "job-uri")).rsplit("/", 1)[-1])
        return self._printer.jobs[number]

    def _describe(self, job: Job) -> Attributes:
        known: Attributes = {
            "job-id": make(Tag.INTEGER, job.number),
            "job-uri": make(Tag.URI, f"{self._uri}/{job.number}"),
            "job-printer-uri": make(Tag.URI, self._uri),
            "job-name": make(Tag.NAME, job.name),
            "job-originating-user-name": make(Tag.NAME, job.user),
            "job-state": make(Tag.ENUM, job.state),
            "job-state-reasons": make(Tag.KEYWORD, *job.reasons),
            "time-at-processing": make(Tag.INTEGER, self._printer.up_time_s) if job.began else make(Tag.NO_VALUE, None),
            **self._count(job),
        }
        if job.impressions is not None:
            known["job-impressions"] = make(Tag.INTEGER, job.impressions)
        return known

    def _count(self, job: Job) -> Attributes:
        match self._printer.counting:
            case Counting.NEVER:
                return {}
            case Counting.SHEETS:
                return {"job-media-sheets-completed": make(Tag.INTEGER, job.completed)}
            case Counting.AT_END:
                done = job.completed if job.state is JobState.COMPLETED else 0
            case Counting.LIVE:
                done = job.completed
        return {f"job-{what}-completed": make(Tag.INTEGER, done) for what in ("impressions", "media-sheets")}

    def _describe_printer(self) -> Attributes:
        unit = self._printer.unit
        ever = {"printer-impressions-completed": make(Tag.INTEGER, self._printer.pages_ever)}
        waiting = sum(not job.state.ended for job in self._printer.jobs.values())
        return {
            **self._fixed,
            **filled_with(self._printer.toner_percent, self._printer.sheets, CAPACITY, self._printer.room),
            **(ever if self._printer.counts_ever else {}),
            "document-format-default": make(Tag.MIME, self._formats[0]),
            "document-format-supported": make(Tag.MIME, *self._formats),
            "printer-is-accepting-jobs": make(Tag.BOOLEAN, True),  # noqa: FBT003 - an attribute's value
            "printer-state": make(Tag.ENUM, self._printer.state),
            "printer-state-reasons": make(Tag.KEYWORD, *self._printer.reasons),
            "printer-up-time": make(Tag.INTEGER, self._printer.up_time_s),
            "printer-uri-supported": make(Tag.URI, self._uri),
            "printer-device-id": make(Tag.TEXT, f"MFG:Bianmin;MDL:Virtual;CMD:PDF,PWGRaster;SN:V{unit:04};"),
            "printer-uuid": make(Tag.URI, f"urn:uuid:00000000-0000-4000-8000-{unit:012}"),
            "queued-job-count": make(Tag.INTEGER, waiting),
        }


def _format(request: Message) -> str:
    return str(first(request.group(Group.OPERATION), "document-format") or "application/octet-stream")
