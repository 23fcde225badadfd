"""The bodies of calls and envelopes: enrolment, push, pull, certificates, cases, heartbeat.

What is a citizen's or a secret is left out of reprs (``repr=False``): those end in logs and tracebacks.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from wire.clock import ClockQuality
from wire.envelope import Envelope
from wire.identity import Identity
from wire.model import Message
from wire.release import UpdateReport
from wire.text import Text

ShortText = Annotated[str, StringConstraints(max_length=200)]
MOST_ASKED = 50  # envelopes, and copies, about which one heartbeat asks


class EnrolmentRequest(Message):
    """A terminal introduces itself, once, with the code that an administrator gave it."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4}(-[A-Z0-9]{4}){2}$"), Field(repr=False)]
    public_key: Annotated[bytes, Field(min_length=32, max_length=32)]
    version: ShortText


class Enrolment(Message):
    """What a terminal learns in return: who it is, and whom it may trust."""

    terminal: str
    terminal_number: int
    centre: str
    centre_name: Text
    public_url: str
    sealing_key: bytes
    centre_key: bytes
    server_time: AwareDatetime


class PushOutcome(StrEnum):
    """What became of an envelope.

    Stored and duplicate both mean: the centre has it, for good. Settled: staff closed a refused one, with a reason.
    """

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    SETTLED = "settled"


class Receipt(Message):
    """The centre's answer for one envelope, signed (:func:`wire.receipts.sign_receipt`).

    ``digest``: of the very envelope that is stored (:func:`wire.receipts.digest_of_envelope`), empty for a refused
    one. ``problem`` is a code of ``problems.toml`` when refused; ``owner`` (a staff number, or empty: the centre's
    administrators) then has to settle it by ``due_on``.
    """

    id: UUID
    outcome: PushOutcome
    problem: str | None = None
    digest: Annotated[bytes, Field(max_length=32)] = b""
    owner: ShortText = ""
    due_on: date | None = None
    signature: Annotated[bytes, Field(max_length=64)] = b""


class PushRequest(Message):
    """Some queued envelopes, oldest first."""

    envelopes: Annotated[tuple[Envelope, ...], Field(max_length=100)]


class PushReply(Message):
    """One receipt per envelope, in the same order."""

    receipts: tuple[Receipt, ...]


class ResourceKind(StrEnum):
    """What a bundle carries: :class:`~wire.catalogue.Department`, :class:`~wire.catalogue.ServiceItem` and others."""

    DEPARTMENT = "department"
    ITEM = "item"
    ISSUER_KEY = "issuer_key"
    REVOCATION = "revocation"
    SETTING = "setting"


class Change(Message):
    """One resource as it now is, or, without content, that it is gone.

    ``digest``: SHA-256 in hexadecimal of the content as canonical JSON (:func:`wire.bundle.digest_of`).
    """

    kind: ResourceKind
    key: str
    digest: str | None
    content: dict[str, Any] | None


class IssuerKey(Message):
    """A key that signs certificates: the content of an ``issuer_key`` resource, whose key is the key id."""

    public_key: Annotated[bytes, Field(min_length=32, max_length=32)]


class Revocation(Message):
    """A certificate that is not valid any more: the content of a ``revocation`` resource, keyed by serial."""

    revoked_on: date


class Bundle(Message):
    """All that changed after ``since`` and up to ``cursor``, signed by the centre."""

    since: int
    cursor: int
    changes: tuple[Change, ...]


class SignedBundle(Message):
    """A bundle as exact bytes (JSON of :class:`Bundle`), and the centre's signature over them."""

    content: bytes
    signature: bytes


class Application(Message):
    """What a citizen submitted at a terminal. ``token_digest``: SHA-256 of the slip's token, in hexadecimal."""

    case_number: str
    item: str
    applicant: Identity
    answers: Annotated[dict[str, Any], Field(repr=False)]
    token_digest: str
    submitted_at: AwareDatetime


class CertificateRequest(Message):
    """Ask for a certificate now. The same envelope id asked twice gives the same certificate."""

    item: str
    applicant: Identity
    answers: Annotated[dict[str, Any], Field(repr=False)]
    reply_key: bytes


class CertificateReply(Message):
    """A certificate (PDF/A-2b, signed), or the code of the reason why there is none."""

    problem: str | None = None
    serial: str = ""
    pdf: Annotated[bytes, Field(repr=False)] = b""
    pages: int = 0
    verification: Annotated[str, Field(repr=False)] = ""


class PrintOutcome(StrEnum):
    """What became of a certificate's paper copy."""

    DELIVERED = "delivered"
    VOID = "void"
    DOUBTFUL = "doubtful"


class PrintSettler(StrEnum):
    """Who decided a copy that the printer left in doubt."""

    CITIZEN = "citizen"
    STAFF = "staff"


class PrintReceipt(Message):
    """The terminal's word on one copy of one certificate. ``job_name`` is the id of the print ledger's row.

    ``reprint``: paper of an earlier copy may be in somebody's hands. ``settled_by``: None where the printer said it.
    """

    serial: str
    job_name: str
    copy_number: int
    outcome: PrintOutcome
    impressions: int | None
    at: AwareDatetime
    reprint: bool = False
    settled_by: PrintSettler | None = None


class CaseQuery(Message):
    """Ask for a case, with the slip's token, or with the last four characters of the ID number."""

    case_number: str
    token: Annotated[str | None, Field(repr=False)] = None
    id_number_end: Annotated[str | None, Field(repr=False)] = None
    reply_key: bytes


class DeviceReport(Message):
    """One device's state as the terminal last knew it; ``state`` is the name of its status class."""

    name: str
    kind: str
    state: str
    detail: str = ""


class Heartbeat(Message):
    """How a terminal is, and which of its envelopes and print jobs (``job_name``) wait for a word of the staff.

    ``clock_offset_s``: what it adds to its clock to sign requests, after the centre refused one for its time.
    """

    version: str
    at: AwareDatetime
    clock: ClockQuality
    queued: int
    quarantined: int
    oldest_unsent_at: AwareDatetime | None
    devices: tuple[DeviceReport, ...]
    clock_offset_s: int = 0
    quarantined_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_ASKED)] = ()
    doubtful_copies: Annotated[tuple[ShortText, ...], Field(max_length=MOST_ASKED)] = ()
    update: UpdateReport | None = None


class CommandKind(StrEnum):
    """What the centre may ask a terminal to do. Update: look for a release at once (version 2 of the protocol)."""

    SYNC = "sync"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    ROLL_KEY = "roll_key"
    SUPPORT_BUNDLE = "support_bundle"
    UPDATE = "update"


class Command(Message):
    """One request of the centre. ``message`` is shown to citizens while out of service."""

    id: UUID
    kind: CommandKind
    message: Text | None = None


class CopyVerdict(Message):
    """What staff decided about a copy of which nobody could say whether it was printed: delivered or void."""

    job_name: str
    outcome: PrintOutcome


class HeartbeatReply(Message):
    """The centre's clock, what it wants, and what was decided about what the terminal asked.

    ``receipts``: its present word on each quarantined envelope; ``send_again``: those that it wants once more.
    """

    server_time: AwareDatetime
    commands: tuple[Command, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    send_again: tuple[UUID, ...] = ()
    verdicts: tuple[CopyVerdict, ...] = ()
