"""A centre and a terminal to play with: invented items, an invented citizen, and calls as a terminal makes them."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from central.catalogue.publishing import put_department, put_item
from central.establish import establish
from central.fleet.enrolment import create_terminal, new_code
from central.organisation.models import Centre
from wire.case import new_case_number
from wire.catalogue import Department, Form, Processing, ServiceItem
from wire.clock import ClockQuality, unix_ms
from wire.envelope import Envelope, EnvelopeKind, Header, seal
from wire.identity import DocumentKind, Identity, Sex
from wire.ids import uuid7
from wire.messages import Application, Enrolment, EnrolmentRequest
from wire.model import Message
from wire.text import Text
from wire.tokens import Call, sign_request

BASE = "/api/terminal/v1"
CITIZEN = Identity(
    document=DocumentKind.RESIDENT_CARD,
    name="林晚秋",
    id_number="21020319850412058X",
    sex=Sex.FEMALE,
    birth_date=date(1985, 4, 12),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


Send = Callable[[str, str, bytes, dict[str, str]], Answer]


def item(code: str, *, days: int = 5) -> ServiceItem:
    """Return an invented service item."""
    return ServiceItem(
        code=code,
        department="market-regulation",
        name=Text(zh=f"事项{code}", en=f"Item {code}"),
        summary=Text(zh="说明", en="Summary"),
        legal_basis=Text(zh="依据", en="Basis"),
        materials=(),
        processing=Processing.PROMISED if days else Processing.INSTANT,
        promise_days=days,
        fee_fen=0,
        accepted_documents=(DocumentKind.RESIDENT_CARD,),
        form=Form(code=code, data_schema={}, ui_schema={}, texts={}),
    )


def open_centre(code: str = "test-centre") -> Centre:
    """Make a centre with a department and two items."""
    centre = establish(code, Text(zh="测试中心", en="Test centre"), "https://centre.example")
    put_department(centre, Department(code="market-regulation", name=Text(zh="市场监管局", en="Market Regulation")))
    put_item(centre, item("food-licence"))
    put_item(centre, item("filing", days=0))
    return centre


def enrolment_code(centre: Centre) -> str:
    """Add a terminal and return its code."""
    return new_code(create_terminal(centre, "一号机"), datetime.now(UTC))


def in_process(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Call the application of this process."""
    response = Client(headers=headers).generic(method, path, body, content_type="application/json")
    return Answer(response.status_code, dict(response.headers), response.content)


@dataclass
class PlayTerminal:
    """Calls as a terminal does."""

    send: Send
    key: Ed25519PrivateKey
    enrolment: Enrolment
    sequence: int = 0

    @classmethod
    def enrol(cls, send: Send, code: str) -> "PlayTerminal":
        """Enrol with a code."""
        key = Ed25519PrivateKey.generate()
        request = EnrolmentRequest(code=code, public_key=key.public_key().public_bytes_raw(), version="test")
        body = request.model_dump_json().encode()
        answer = send("POST", f"{BASE}/enrol", body, {"Bianmin-Protocol": "1-1"})
        assert answer.status == 200, answer.content
        return cls(send, key, Enrolment.model_validate_json(answer.content))

    def token(self, call: Call, now: datetime | None = None) -> str:
        """Sign a token."""
        mine = self.enrolment
        return sign_request(
            self.key, terminal=mine.terminal, centre=mine.centre, call=call, now=now or datetime.now(UTC)
        )

    def call(
        self,
        method: str,
        path: str,
        message: Message | bytes = b"",
        *,
        compress: bool = False,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Call with a fresh token."""
        body = message.model_dump_json().encode() if isinstance(message, Message) else message
        sent = {"Bianmin-Protocol": "1-1"}
        if compress:
            body = gzip.compress(body)
            sent["Content-Encoding"] = "gzip"
        sent["Authorization"] = "Bearer " + self.token(Call(method, BASE + path, body))
        return self.send(method, BASE + path, body, {**sent, **headers})

    def envelope(
        self, kind: EnvelopeKind, content: Message, *, sequence: int | None = None, envelope_id: UUID | None = None
    ) -> Envelope:
        """Seal something for the centre; queued kinds take the next sequence."""
        now = datetime.now(UTC)
        if sequence is None:
            queued = kind in {EnvelopeKind.APPLICATION, EnvelopeKind.PRINT_RECEIPT}
            self.sequence += queued
            sequence = self.sequence if queued else 0
        header = Header(
            id=envelope_id or uuid7(unix_ms(now)),
            kind=kind,
            terminal=self.enrolment.terminal,
            sequence=sequence,
            created_at=now,
            clock=ClockQuality.SYNCHRONISED,
        )
        return seal(header, content, receiver=self.enrolment.sealing_key, signer=self.key)

    def application(self, count: int = 1, **changes: object) -> Application:
        """Fill in an application; ``count`` makes its case number."""
        now = datetime.now(UTC)
        filled = {
            "case_number": new_case_number(now.date(), self.enrolment.terminal_number, count),
            "item": "food-licence",
            "applicant": CITIZEN,
            "answers": {"shop": "秋水面馆"},
            "token_digest": hashlib.sha256(b"the slip's token").hexdigest(),
            "submitted_at": now,
        }
        return Application(**{**filled, **changes})


@dataclass
class Desk:
    """A centre and a terminal that is enrolled there."""

    centre: Centre
    terminal: PlayTerminal
    codes: list[str] = field(default_factory=list)

    def another_terminal(self) -> PlayTerminal:
        """Enrol one more."""
        return PlayTerminal.enrol(self.terminal.send, enrolment_code(self.centre))


def open_desk(send: Send = in_process) -> Desk:
    """Make a centre, and enrol a terminal there."""
    centre = open_centre()
    return Desk(centre, PlayTerminal.enrol(send, enrolment_code(centre)))
