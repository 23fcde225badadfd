"""A centre in memory behind httpx's transport: checks every request as the real one does, and can be told to fail."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import httpx  # noqa: TID251 - the transport is the seam that tests use

from tests.terminal_parts import CENTRE_KEY, DEVICE_KEY, SEALING_KEY, StandingClock, enrolment, receipt_for
from wire.bundle import sign_bundle
from wire.case import CaseState, CaseView
from wire.envelope import Envelope, seal_reply, unseal, verify
from wire.messages import (
    Bundle,
    CaseQuery,
    CertificateReply,
    CertificateRequest,
    Command,
    CopyVerdict,
    EnrolmentRequest,
    Heartbeat,
    HeartbeatReply,
    PushOutcome,
    PushReply,
    PushRequest,
    Receipt,
)
from wire.model import Message
from wire.problems import details
from wire.protocol import HEADER, SPOKEN, Versions, agree
from wire.text import Text
from wire.tokens import Call, verify_request

URL = "https://centre.example/some/where"
_PREFIX = "/some/where/api/terminal/v1/"
Failure = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class PretendCentre:
    """What the centre has, what it was asked, and how it fails: ``failure`` may answer instead, or raise."""

    clock: StandingClock
    failure: Failure | None = None
    stored: dict[UUID, Envelope] = field(default_factory=dict)
    refuses: dict[UUID, str] = field(default_factory=dict)
    bundle: Bundle = field(default_factory=lambda: Bundle(since=0, cursor=0, changes=()))
    commands: list[Command] = field(default_factory=list)
    decided: list[Receipt] = field(default_factory=list)
    wants_again: list[UUID] = field(default_factory=list)
    verdicts: list[CopyVerdict] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    questions: list[UUID] = field(default_factory=list)
    keeps: bool = True  # False: what was stored is counted only, as a centre on another machine would cost no memory
    seen: set[str] = field(default_factory=set)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def paths(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.requests]

    def sequences(self) -> list[int]:
        """Return the numbers of what is stored, in the order in which it came."""
        return [envelope.header.sequence for envelope in self.stored.values()]

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.keeps:
            self.requests.append(request)
        instead = self.failure(request) if self.failure else None
        if instead is not None:
            return instead
        if request.url.path == "/some/where/healthz":
            return httpx.Response(204)
        agree(SPOKEN, Versions.parse(request.headers[HEADER]))
        call = request.url.path.removeprefix(_PREFIX)
        if call != "enrol":
            self._check_token(request)
        body = gzip.decompress(request.content) if "content-encoding" in request.headers else request.content
        assert len(body) <= 1000 or "content-encoding" in request.headers
        return said(self._answer(call, body, request))

    def _check_token(self, request: httpx.Request) -> None:
        token = request.headers["authorization"].removeprefix("Bearer ")
        call = Call(request.method, request.url.raw_path.decode(), request.content)
        key = DEVICE_KEY.public_key()
        claims = verify_request(token, key, centre=enrolment().centre, call=call, now=self.clock.now())
        assert claims.terminal == enrolment().terminal
        assert claims.jti not in self.seen, "every request bears a token of its own"
        self.seen.add(claims.jti)

    def _answer(self, call: str, body: bytes, request: httpx.Request) -> Message:
        match call:
            case "enrol":
                assert EnrolmentRequest.model_validate_json(body).public_key
                return enrolment()
            case "push":
                envelopes = PushRequest.model_validate_json(body).envelopes
                return PushReply(receipts=tuple(self._store(envelope) for envelope in envelopes))
            case "pull":
                assert int(request.url.params["since"]) >= 0
                return sign_bundle(self.bundle, CENTRE_KEY)
            case "certificates":
                envelope, asked = self._open(body, CertificateRequest)
                self.questions.append(envelope.header.id)
                serial = f"S{1 + sorted(set(self.questions)).index(envelope.header.id)}"
                reply = CertificateReply(serial=serial, pdf=b"%PDF-")
                return seal_reply(envelope.header.id, reply, receiver=asked.reply_key, signer=CENTRE_KEY)
            case "cases":
                envelope, query = self._open(body, CaseQuery)
                view = case_view(query.case_number)
                return seal_reply(envelope.header.id, view, receiver=query.reply_key, signer=CENTRE_KEY)
            case "heartbeat":
                self.heartbeats.append(Heartbeat.model_validate_json(body))
                commands, self.commands = tuple(self.commands), []
                return HeartbeatReply(
                    server_time=self.clock.now(),
                    commands=commands,
                    receipts=tuple(self.decided),
                    send_again=tuple(self.wants_again),
                    verdicts=tuple(self.verdicts),
                )
        raise AssertionError(call)

    def _store(self, envelope: Envelope) -> Receipt:
        verify(envelope, DEVICE_KEY.public_key())
        id_ = envelope.header.id
        if id_ in self.refuses:
            return receipt_for(envelope, PushOutcome.REFUSED, self.refuses[id_])
        outcome = PushOutcome.DUPLICATE if id_ in self.stored else PushOutcome.STORED
        if self.keeps:
            self.stored[id_] = envelope
        return receipt_for(envelope, outcome)

    def _open(
        self, body: bytes, content: type[CertificateRequest] | type[CaseQuery]
    ) -> tuple[Envelope, CertificateRequest | CaseQuery]:
        envelope = Envelope.model_validate_json(body)
        verify(envelope, DEVICE_KEY.public_key())
        return envelope, unseal(envelope, content, key=SEALING_KEY)


def said(message: Message) -> httpx.Response:
    """Return an answer as the centre gives it."""
    return httpx.Response(
        200, headers={HEADER: "1", "Content-Type": "application/json"}, content=message.model_dump_json().encode()
    )


def refused(code: str, status: int = 400) -> httpx.Response:
    """Return a refusal as the centre gives it."""
    content = details(code, status).model_dump_json().encode()
    return httpx.Response(status, headers={"Content-Type": "application/problem+json"}, content=content)


def case_view(case_number: str) -> CaseView:
    text = Text(zh="示例", en="Sample")
    return CaseView(
        case_number=case_number,
        item_name=text,
        department_name=text,
        applicant_masked="***燕",
        state=CaseState.ACCEPTED,
        steps=(),
        promised_by=None,
    )


def line_down(_request: httpx.Request) -> httpx.Response:
    """Fail as a network without a way does."""
    raise httpx.ConnectError("no route")
