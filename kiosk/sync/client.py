"""Every call that a terminal makes to the centre, signed, bounded in time and size, with coded errors.

The one door to httpx. A call that fails raises :class:`~kiosk.sync.errors.CentreError`; all but ``enrol`` and
``reachable`` need the terminal (else NotEnrolled). What is asked twice is answered alike: any call may be repeated.
"""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx  # noqa: TID251 - this is the door

from kiosk.store.terminal import Terminal
from kiosk.sync.answers import coded, understand
from kiosk.sync.errors import CentreGarbled, CentreRefused, CentreUnreachable, NotEnrolled, unreached
from kiosk.sync.limits import CERTIFICATE_RETRIES_S, CERTIFICATE_S, LIMITS_S
from kiosk.sync.transfer import Transfer
from wire.audit import AuditBatch, AuditReply
from wire.bundle import open_bundle
from wire.case import CaseView
from wire.clock import Clock
from wire.envelope import Envelope, EnvelopeKind, SealedReply, unseal_reply
from wire.identity import Identity
from wire.key_roll import KeyAnnouncement, KeyInUse, KeyState
from wire.keys import SealingKey, verifying_key
from wire.messages import (
    Bundle,
    CaseQuery,
    CertificateReply,
    CertificateRequest,
    Enrolment,
    EnrolmentRequest,
    Heartbeat,
    HeartbeatReply,
    PushReply,
    PushRequest,
    SignedBundle,
)
from wire.model import Message
from wire.protocol import HEADER, SPOKEN
from wire.release import UpdateOffer
from wire.tokens import Call, sign_request

_M = TypeVar("_M", bound=Message)

_BASE = "api/terminal/v1/"
_GZIP_FROM = 1000  # bytes
_LARGEST_ANSWER = 64 * 1024 * 1024  # bytes, inflated
_CONNECT_S = 5.0
_SILENT_S = 60.0  # a transfer that brings nothing for so long has ended


@dataclass(frozen=True, slots=True)
class Question:
    """A sealed question and the key that opens its answer. Kept in memory, so that the very same can be asked again."""

    envelope: Envelope
    key: SealingKey = field(repr=False)


class CentreClient:
    """The line of one terminal. One per event loop; connections are reused."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        terminal: Terminal | None = None,
        ca_file: Path | None = None,
        proxy: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``ca_file``: PEM of authorities to trust, else the system's. ``proxy``: an address. ``transport``: tests.

        ``clock_offset`` is what has to be added to the clock for the centre to believe our requests, as it last said.
        ``date``: of the last answer to :meth:`reachable` (RFC 9110, 6.6.1), for whoever looks at the clocks.
        """
        self._clock = clock
        self._terminal = terminal
        self._sleep = sleep
        self.clock_offset, self.date = timedelta(0), ""
        self._url, self._ca_file, self._proxy, self._transport = url, ca_file, proxy, transport

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        """Made for the first call: to read the system's authorities takes as long as to draw a screen."""
        secure = self._url.startswith("https:")
        return httpx.AsyncClient(
            base_url=self._url.rstrip("/") + "/",
            headers={HEADER: str(SPOKEN), "User-Agent": "bianmin", "Accept": "application/json"},
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
            verify=ssl.create_default_context(cafile=self._ca_file) if secure else False,
            trust_env=False,
            proxy=self._proxy,
            transport=self._transport,
        )

    async def enrol(self, request: EnrolmentRequest) -> Enrolment:
        """Introduce a terminal with its one-time code."""
        return await self._call("enrol", "POST", "enrol", Enrolment, request, signed=False)

    async def push(self, request: PushRequest) -> PushReply:
        """Hand over queued envelopes."""
        return await self._call("push", "POST", "push", PushReply, request)

    async def pull(self, since: int) -> Bundle:
        """Return the centre's changes after a cursor, its signature and digests checked."""
        signed = await self._call("pull", "GET", f"pull?since={since}", SignedBundle)
        with coded():
            return open_bundle(signed, verifying_key(self._known().enrolment.centre_key))

    def certificate_question(self, item: str, applicant: Identity, answers: dict[str, Any]) -> Question:
        """Seal the question for one certificate. Asked again and again, it is one certificate."""
        key = SealingKey.generate()
        content = CertificateRequest(item=item, applicant=applicant, answers=answers, reply_key=key.public_bytes())
        return self._question(EnvelopeKind.CERTIFICATE_REQUEST, content, key)

    def order_certificate(
        self, item: str, applicant: Identity, answers: dict[str, Any]
    ) -> Callable[[], Awaitable[CertificateReply]]:
        """Return what asks for one certificate of an item (its code), the same however often it is called.

        Each call is :meth:`ask_certificate`.
        """
        return partial(self.ask_certificate, self.certificate_question(item, applicant, answers))

    async def ask_certificate(self, question: Question) -> CertificateReply:
        """Ask; when the line breaks, ask the very same twice again before :class:`CentreUnreachable` is raised."""
        try:
            async with asyncio.timeout(CERTIFICATE_S):
                for wait in CERTIFICATE_RETRIES_S:
                    try:
                        return await self._ask("certificate", "certificates", question, CertificateReply)
                    except CentreUnreachable:
                        await self._sleep(wait)
                return await self._ask("certificate", "certificates", question, CertificateReply)
        except TimeoutError as error:
            raise CentreUnreachable(f"certificate: no answer in {CERTIFICATE_S} s") from error

    async def case(self, case_number: str, *, token: str | None = None, id_number_end: str | None = None) -> CaseView:
        """Return a case, opened with its slip's token or the last four characters of the applicant's ID number.

        Raises :class:`CentreRefused` with ``centre.case_not_found`` for an unknown case and for a wrong proof alike.
        """
        key = SealingKey.generate()
        content = CaseQuery(
            case_number=case_number, token=token, id_number_end=id_number_end, reply_key=key.public_bytes()
        )
        return await self._ask("case", "cases", self._question(EnvelopeKind.CASE_QUERY, content, key), CaseView)

    async def heartbeat(self, report: Heartbeat) -> HeartbeatReply:
        """Tell how the terminal is; learn what the centre wants."""
        return await self._call("heartbeat", "POST", "heartbeat", HeartbeatReply, report)

    async def audit(self, batch: AuditBatch) -> AuditReply:
        """Hand over rows of the audit log; learn how far the centre has it."""
        return await self._call("audit", "POST", "audit", AuditReply, batch)

    async def announce_key(self, announcement: KeyAnnouncement) -> KeyState:
        """Announce the next key, signed by the present one."""
        return await self._call("key", "POST", "key", KeyState, announcement)

    async def key_in_use(self, message: KeyInUse) -> KeyState:
        """Say, signed by the new key, up to which envelope the former one signed."""
        return await self._call("key", "POST", "key-in-use", KeyState, message)

    async def update(self) -> UpdateOffer:
        """Ask which release this terminal should run."""
        return await self._call("update", "GET", "update", UpdateOffer)

    @asynccontextmanager
    async def transfer(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[Transfer]:
        """Get something large, as long as it takes; only silence ends it. Raises :class:`CentreError`."""
        timeout = httpx.Timeout(_SILENT_S, connect=_CONNECT_S)
        request = self._http.build_request("GET", _BASE + path, headers=headers, timeout=timeout)
        request.headers["Authorization"] = f"Bearer {self._token(request, b'')}"
        async with self._answer("transfer", request) as response:
            yield Transfer(response.status_code, response.headers, response.aiter_raw(), partial(_read, response))

    async def reachable(self) -> bool:
        """Tell, within two seconds, whether the centre itself answers (not a gateway, not a login page)."""
        with suppress(CentreUnreachable, CentreGarbled):
            async with self._answer("healthz", self._http.build_request("GET", "healthz")) as response:
                self.date = response.headers.get("Date", "")
                return response.status_code == httpx.codes.NO_CONTENT
        return False

    async def aclose(self) -> None:
        """Close the connections, where there were any."""
        if "_http" in vars(self):
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    def _known(self) -> Terminal:
        if self._terminal is None:
            raise NotEnrolled("this call needs an enrolled terminal")
        return self._terminal

    def _question(self, kind: EnvelopeKind, content: Message, key: SealingKey) -> Question:
        return Question(self._known().close(kind, content, self._clock), key)

    async def _ask(self, limit: str, path: str, question: Question, content: type[_M]) -> _M:
        sealed = await self._call(limit, "POST", path, SealedReply, question.envelope)
        signer = verifying_key(self._known().enrolment.centre_key)
        with coded():
            return unseal_reply(question.envelope.header.id, sealed, content, key=question.key, signer=signer)

    async def _call(
        self,
        limit: str,
        method: str,
        path: str,
        answer: type[_M],
        content: Message | None = None,
        *,
        signed: bool = True,
    ) -> _M:
        body = b"" if content is None else content.model_dump_json().encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        if len(body) > _GZIP_FROM:
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        request = self._http.build_request(method, _BASE + path, content=body, headers=headers)
        if not signed:
            return await self._exchange(limit, request, answer)
        request.headers["Authorization"] = f"Bearer {self._token(request, body)}"
        try:
            return await self._exchange(limit, request, answer)
        except CentreRefused as refusal:
            if refusal.server_time is None:
                raise
            self.clock_offset = refusal.server_time - self._clock.now()
        request = self._http.build_request(method, _BASE + path, content=body, headers=headers)
        request.headers["Authorization"] = f"Bearer {self._token(request, body)}"
        return await self._exchange(limit, request, answer)  # once: a second refusal stands

    async def _exchange(self, limit: str, request: httpx.Request, answer: type[_M]) -> _M:
        async with self._answer(limit, request) as response:
            return understand(response.status_code, response.headers, await _read(response), answer)

    def _token(self, request: httpx.Request, body: bytes) -> str:
        terminal = self._known()
        return sign_request(
            terminal.key,
            terminal=terminal.enrolment.terminal,
            centre=terminal.enrolment.centre,
            call=Call(request.method, request.url.raw_path.decode("ascii"), body),
            now=self._clock.now() + self.clock_offset,
        )

    @asynccontextmanager
    async def _answer(self, limit: str, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """Send; give the answer with its body still to be read; turn all of httpx's errors into ours."""
        try:
            async with asyncio.timeout(LIMITS_S.get(limit)):
                response = await self._http.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise CentreUnreachable(f"{limit}: no whole answer in {LIMITS_S.get(limit)} s") from error
        except httpx.DecodingError as error:
            raise CentreGarbled(f"{limit}: {error}") from error
        except httpx.TransportError as error:
            raise unreached(limit, error) from error


async def _read(response: httpx.Response) -> bytes:
    """Return the body, inflated, up to a limit: a small answer can inflate to more than the machine's memory."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise CentreGarbled(f"answer of more than {_LARGEST_ANSWER} bytes")
    return bytes(content)
