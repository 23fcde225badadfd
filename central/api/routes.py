"""The calls that a terminal may make, and no others (``/api/terminal/v1/``)."""

import logging
from functools import partial
from typing import Annotated

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import ValidationError
from pydantic import Field

from central.api import bodies
from central.api.gate import agreed_version, forget_old_tokens, known_terminal
from central.api.pushing import take_in_batch
from central.audit.chain import take_in_audit
from central.cases.tracking import by_id_number_end, by_token, forget_old_tries
from central.catalogue.publishing import changes_since
from central.certificates.issuing import issue, verdicts
from central.establish import keys_of
from central.fleet import invitations
from central.fleet.device_keys import announce, check_signed, in_use
from central.fleet.enrolment import enrol as enrol_terminal
from central.fleet.heartbeats import hear
from central.fleet.models import Terminal
from central.fleet.taking_in import open_envelope
from central.refusal import Refused
from central.updates.offering import look_now, note_software, offer, wanted_release
from central.updates.serving import file_answer
from wire.audit import AuditBatch, check_batch
from wire.bundle import sign_bundle
from wire.envelope import Envelope, EnvelopeKind, seal_reply
from wire.errors import WireError
from wire.key_roll import KeyAnnouncement, KeyInUse
from wire.keys import sealing_public_key
from wire.messages import CaseQuery, CertificateRequest, EnrolmentRequest, Heartbeat
from wire.model import Message
from wire.protocol import UPDATE_COMMAND_SINCE

_log = logging.getLogger(__name__)
_LARGEST = 2**63 - 1  # what the databases count to

api = NinjaAPI(
    title="Bianmin: terminal and centre",
    version="1",
    urls_namespace="terminal",
    docs_url=None,
    openapi_url=None,
    auth=known_terminal,
)


class TerminalRequest(HttpRequest):
    """A request that came through the gate."""

    auth: Terminal


@api.post("/enrol", auth=None)
def enrol(request: HttpRequest) -> HttpResponse:
    """EnrolmentRequest → Enrolment."""
    agreed_version(request)
    return bodies.answer(request, enrol_terminal(bodies.read(request, EnrolmentRequest), timezone.now()))


@api.get("/authority", auth=None)
def authority(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja hands it over
    """Give the authority behind this server's TLS certificate as PEM; a terminal takes it by its digest alone."""
    return HttpResponse(invitations.authority() or "", content_type="application/x-pem-file")


@api.get("/pull")
def pull(request: TerminalRequest, since: Annotated[int, Field(ge=0, le=_LARGEST)] = 0) -> HttpResponse:
    """Everything that changed after ``since``, signed → SignedBundle."""
    centre = request.auth.centre
    return bodies.answer(request, sign_bundle(changes_since(centre, since), keys_of(centre).signing))


@api.post("/push")
def push(request: TerminalRequest) -> HttpResponse:
    """PushRequest → PushReply: one receipt per envelope, in the same order."""
    return bodies.answer(request, take_in_batch(request.auth, bodies.inflated(request), timezone.now()))


@api.post("/certificates")
def certificates(request: TerminalRequest) -> HttpResponse:
    """Envelope of a CertificateRequest → SealedReply of a CertificateReply."""
    terminal, envelope = request.auth, bodies.read(request, Envelope)
    kind, now = EnvelopeKind.CERTIFICATE_REQUEST, timezone.now()
    asked: CertificateRequest = open_envelope(terminal, envelope, kind, CertificateRequest, now)
    _check_reply_key(asked.reply_key)  # before anything is issued
    reply = issue(terminal.centre, asked, envelope_id=envelope.header.id, now=now)
    return _sealed(request, envelope, reply, asked.reply_key)


@api.post("/cases")
def cases(request: TerminalRequest) -> HttpResponse:
    """Envelope of a CaseQuery → SealedReply of a CaseView; unknown case and wrong proof look the same."""
    terminal, envelope = request.auth, bodies.read(request, Envelope)
    now = timezone.now()
    asked: CaseQuery = open_envelope(terminal, envelope, EnvelopeKind.CASE_QUERY, CaseQuery, now)
    _check_reply_key(asked.reply_key)
    found = None
    if asked.token is not None:
        found = by_token(asked.case_number, asked.token, centre=terminal.centre)
    elif asked.id_number_end is not None:
        found = by_id_number_end(terminal.centre, asked.case_number, asked.id_number_end, now)
    if found is None:
        raise Refused("centre.case_not_found", 404)
    return _sealed(request, envelope, found, asked.reply_key)


@api.post("/heartbeat")
def heartbeat(request: TerminalRequest) -> HttpResponse:
    """Heartbeat → HeartbeatReply. On the way, what has only its age is tidied."""
    now, heartbeat = timezone.now(), bodies.read(request, Heartbeat)
    reply = hear(request.auth, heartbeat, now)
    note_software(request.auth, heartbeat.update, now)
    if agreed_version(request) >= UPDATE_COMMAND_SINCE:
        look = look_now(request.auth, heartbeat.update, now)
        reply = reply.model_copy(update={"commands": (*reply.commands, *look)})
    if heartbeat.doubtful_copies:
        reply = reply.model_copy(update={"verdicts": verdicts(request.auth, heartbeat.doubtful_copies)})
    forget_old_tokens(now)
    forget_old_tries(now)
    return bodies.answer(request, reply)


@api.post("/key")
def key(request: TerminalRequest) -> HttpResponse:
    """KeyAnnouncement → KeyState: the terminal's next key, which counts from its first use on."""
    return bodies.answer(request, announce(request.auth, bodies.read(request, KeyAnnouncement), timezone.now()))


@api.post("/key-in-use")
def key_in_use(request: TerminalRequest) -> HttpResponse:
    """KeyInUse → KeyState: the former key is good up to the envelope that is named, and no further."""
    return bodies.answer(request, in_use(request.auth, bodies.read(request, KeyInUse)))


@api.post("/audit")
def audit(request: TerminalRequest) -> HttpResponse:
    """AuditBatch → AuditReply: how far the terminal's log is here and holds."""
    terminal, batch, now = request.auth, bodies.read(request, AuditBatch), timezone.now()
    check_signed(terminal, partial(check_batch, batch, terminal.code), now, sequence=0)
    return bodies.answer(request, take_in_audit(terminal, batch, now))


@api.get("/update")
def update(request: TerminalRequest) -> HttpResponse:
    """Which release this terminal should run → UpdateOffer."""
    return bodies.answer(request, offer(request.auth, timezone.now()))


@api.get("/releases/{version}/{name}")
def release_file(request: TerminalRequest, version: str, name: str) -> HttpResponseBase:
    """Give a file, or a range of one, of the release that this terminal should run; of another one, nothing."""
    release = wanted_release(request.auth, timezone.now())
    if release is None or release.version != version:
        raise Refused("update.not_offered", 404)
    return file_answer(request, release, name)


def _check_reply_key(reply_key: bytes) -> None:
    try:
        sealing_public_key(reply_key)
    except ValueError as error:
        raise Refused("wire.malformed") from error


def _sealed(request: TerminalRequest, question: Envelope, reply: Message, reply_key: bytes) -> HttpResponse:
    signer = keys_of(request.auth.centre).signing
    sealed = seal_reply(question.header.id, reply, receiver=reply_key, signer=signer)
    return bodies.answer(request, sealed, compress=False)


@api.exception_handler(Refused)
def refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    """Answer with the reason's code."""
    return bodies.refusal(error.code, error.status)


@api.exception_handler(WireError)
def broken(_request: HttpRequest, error: WireError) -> HttpResponse:
    """Answer with the error's code: the terminal's message was not as it should be."""
    return bodies.refusal(error.code, 400)


@api.exception_handler(ValidationError)
def odd_query(_request: HttpRequest, _error: ValidationError) -> HttpResponse:
    """Refuse a query that is not as it should be."""
    return bodies.refusal("wire.malformed", 400)


@api.exception_handler(RequestDataTooBig)
def too_big(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    """Refuse a body beyond the limit."""
    return bodies.refusal("wire.malformed", 413)


@api.exception_handler(Exception)
def unexpected(_request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own error: logged by type and place, told by code. The terminal keeps what it has and tries again."""
    _log.error("unexpected", exc_info=error)
    return bodies.refusal("centre.failed", 500)
