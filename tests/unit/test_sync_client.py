"""Calls to the centre: what is sent, and what every kind of answer becomes."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx  # noqa: TID251 - answers are made with the seam's own types
import pytest

from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError, CentreGarbled, CentreRefused, CentreUnreachable, NotEnrolled
from tests.pretend_centre import URL, PretendCentre, line_down, refused, said
from tests.terminal_parts import CENTRE_KEY, CITIZEN, DEVICE_KEY, START, TERMINAL, StandingClock, enrolment
from wire.bundle import sign_bundle
from wire.clock import ClockQuality
from wire.envelope import EnvelopeKind, seal_reply
from wire.keys import SealingKey
from wire.messages import (
    Bundle,
    CertificateReply,
    EnrolmentRequest,
    Heartbeat,
    PrintOutcome,
    PrintReceipt,
    PushOutcome,
    PushRequest,
    SignedBundle,
)
from wire.protocol import HEADER, SPOKEN

A_HEARTBEAT = Heartbeat(
    version="0.1.0",
    at=START,
    clock=ClockQuality.SYNCHRONISED,
    queued=0,
    quarantined=0,
    oldest_unsent_at=None,
    devices=(),
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def centre(clock: StandingClock) -> PretendCentre:
    return PretendCentre(clock)


@pytest.fixture
async def client(clock: StandingClock, centre: PretendCentre) -> AsyncIterator[CentreClient]:
    async def sleep(seconds: float) -> None:
        clock.pass_(seconds)

    async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport(), sleep=sleep) as client:
        yield client


async def test_enrol_needs_no_terminal(clock: StandingClock, centre: PretendCentre) -> None:
    """A terminal without identity can enrol, ask whether the centre is there, and nothing else."""
    request = EnrolmentRequest(code="ABCD-1234-EFGH", public_key=bytes(32), version="0.1.0")
    async with CentreClient(URL + "/", clock, transport=centre.transport()) as client:
        assert await client.enrol(request) == enrolment()
        assert await client.reachable()
        with pytest.raises(NotEnrolled):
            await client.pull(0)
    assert all("authorization" not in request.headers for request in centre.requests)


async def test_push(client: CentreClient, centre: PretendCentre, clock: StandingClock) -> None:
    """Envelopes arrive, compressed and signed; asked twice, the second answer is "duplicate"."""
    receipt = PrintReceipt(
        serial="S1", job_name="j", copy_number=1, outcome=PrintOutcome.DELIVERED, impressions=1, at=START
    )
    envelope = TERMINAL.close(EnvelopeKind.PRINT_RECEIPT, receipt, clock, 1)
    first = await client.push(PushRequest(envelopes=(envelope,)))
    second = await client.push(PushRequest(envelopes=(envelope,)))
    assert [one.outcome for one in (*first.receipts, *second.receipts)] == [PushOutcome.STORED, PushOutcome.DUPLICATE]
    assert centre.stored[envelope.header.id] == envelope
    assert {request.headers.get("content-encoding") for request in centre.requests} == {"gzip"}


async def test_pull(client: CentreClient, centre: PretendCentre) -> None:
    """A bundle is given when the centre signed it; the token covers the query string too."""
    centre.bundle = Bundle(since=7, cursor=9, changes=())
    assert await client.pull(7) == centre.bundle
    assert centre.requests[0].url.query == b"since=7"


async def test_bundle_of_somebody_else(client: CentreClient, centre: PretendCentre) -> None:
    """A bundle that another key signed is refused with the code of the signature."""
    centre.failure = lambda _: said(sign_bundle(centre.bundle, DEVICE_KEY))
    with pytest.raises(CentreGarbled) as caught:
        await client.pull(0)
    assert caught.value.code == "wire.signature_wrong"


async def test_certificate(client: CentreClient, centre: PretendCentre) -> None:
    """A certificate comes back through a sealed question and a sealed answer."""
    reply = await client.order_certificate("no-property", CITIZEN, {"copies": 1})()
    assert (reply.serial, reply.pdf, len(centre.questions)) == ("S1", b"%PDF-", 1)


async def test_certificate_over_a_bad_line(client: CentreClient, centre: PretendCentre) -> None:
    """When the answer is lost twice, the very same question is asked again: one certificate, not three."""
    asked = 0

    def lose_two_answers(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        asked += 1
        if asked < 3:
            centre._answer("certificates", gzip.decompress(request.content), request)
            raise httpx.ReadError("cut")
        return None

    centre.failure = lose_two_answers
    reply = await client.order_certificate("no-property", CITIZEN, {})()
    assert reply.serial == "S1"
    assert len(centre.questions) == 3
    assert len(set(centre.questions)) == 1


async def test_certificate_without_line(client: CentreClient, centre: PretendCentre) -> None:
    """After three attempts the line is called unreachable; the question can be kept and asked later."""
    centre.failure = line_down
    question = client.certificate_question("no-property", CITIZEN, {})
    with pytest.raises(CentreUnreachable) as caught:
        await client.ask_certificate(question)
    assert caught.value.code == "centre.unreachable"
    assert len(centre.requests) == 3
    centre.failure = None
    assert (await client.ask_certificate(question)).serial == "S1"
    assert centre.questions == [question.envelope.header.id]


async def test_certificate_ends_while_a_citizen_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions share one limit: a citizen is told after that, whatever the line does."""
    monkeypatch.setattr("kiosk.sync.client.CERTIFICATE_S", 0.05)

    async def stall(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(204)

    async with CentreClient(URL, StandingClock(), terminal=TERMINAL, transport=httpx.MockTransport(stall)) as client:
        with pytest.raises(CentreUnreachable):
            await client.order_certificate("no-property", CITIZEN, {})()


async def test_answer_to_another_question(client: CentreClient, centre: PretendCentre) -> None:
    """A sealed answer that belongs to another question or another key is not believed."""
    key = SealingKey.generate()
    reply = CertificateReply(serial="S1", pdf=b"%PDF-")
    other = client.certificate_question("x", CITIZEN, {}).envelope.header.id
    centre.failure = lambda _: said(seal_reply(other, reply, receiver=key.public_bytes(), signer=CENTRE_KEY))
    with pytest.raises(CentreGarbled) as caught:
        await client.order_certificate("no-property", CITIZEN, {})()
    assert caught.value.code == "wire.signature_wrong"


async def test_case(client: CentreClient, centre: PretendCentre) -> None:
    """A case is asked for with a token or the end of an ID number; neither stands in the address."""
    number = "20261123001200016"
    assert (await client.case(number, token="t" * 22)).case_number == number
    assert (await client.case(number, id_number_end="2342")).case_number == number
    assert all(request.url.query == b"" and number not in str(request.url) for request in centre.requests)


async def test_heartbeat(client: CentreClient, centre: PretendCentre, clock: StandingClock) -> None:
    """The centre hears how the terminal is, and says what time it is."""
    assert (await client.heartbeat(A_HEARTBEAT)).server_time == clock.now()
    assert centre.heartbeats == [A_HEARTBEAT]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refused("wire.token_refused", 401), CentreRefused, "wire.token_refused"),
        (refused("centre.case_not_found", 404), CentreRefused, "centre.case_not_found"),
        (refused("wire.peer_too_old", 400), CentreRefused, "wire.peer_too_old"),
        (httpx.Response(400, json={"code": "a.code_of_tomorrow"}), CentreRefused, "centre.refused"),
        (httpx.Response(400, json={"code": ["odd"]}), CentreGarbled, "wire.malformed"),
        (httpx.Response(400, json=["odd"]), CentreGarbled, "wire.malformed"),
        (httpx.Response(404, text="<html>"), CentreGarbled, "wire.malformed"),
        (httpx.Response(302, headers={"Location": "http://login.example"}), CentreGarbled, "wire.malformed"),
        (httpx.Response(502, text="bad gateway"), CentreUnreachable, "centre.unreachable"),
        (httpx.Response(500, text="<html>"), CentreUnreachable, "centre.unreachable"),
        (httpx.Response(200, text="<html>please log in"), CentreGarbled, "wire.malformed"),
        (httpx.Response(200, headers={HEADER: "1"}, text="<html>"), CentreGarbled, "wire.malformed"),
        (httpx.Response(200, headers={HEADER: "1"}, text='{"server_time": "2026'), CentreGarbled, "wire.malformed"),
        (httpx.Response(200, headers={HEADER: "1"}, text="{}"), CentreGarbled, "wire.malformed"),
        (httpx.Response(200, headers={HEADER: "1"}, text="[" * 100_000), CentreGarbled, "wire.malformed"),
        (httpx.Response(200, headers={HEADER: "0"}, text="{}"), CentreGarbled, "wire.peer_too_old"),
        (httpx.Response(200, headers={HEADER: str(SPOKEN.newest + 1)}, text="{}"), CentreGarbled, "wire.peer_too_new"),
        (httpx.Response(500, text="[" * 100_000), CentreUnreachable, "centre.unreachable"),
    ],
)
async def test_answers(
    client: CentreClient, centre: PretendCentre, answer: httpx.Response, kind: type[CentreError], code: str
) -> None:
    """Whatever answers, a call ends with its message or with one coded error."""
    centre.failure = lambda _: answer
    with pytest.raises(kind) as caught:
        await client.heartbeat(A_HEARTBEAT)
    assert caught.value.code == code


async def test_torn_compression(client: CentreClient, centre: PretendCentre) -> None:
    """A body that says gzip and is none is garbled."""

    def torn(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={HEADER: "1", "Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip at all")
        )

    centre.failure = torn
    with pytest.raises(CentreGarbled):
        await client.heartbeat(A_HEARTBEAT)


async def test_endless_answer(client: CentreClient, centre: PretendCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer larger than any honest one is not read to its end."""
    monkeypatch.setattr("kiosk.sync.client._LARGEST_ANSWER", 1000)
    centre.failure = lambda _: httpx.Response(200, headers={HEADER: "1"}, content=b" " * 1001)
    with pytest.raises(CentreGarbled):
        await client.heartbeat(A_HEARTBEAT)


@pytest.mark.parametrize("answer", [httpx.Response(200), httpx.Response(302), httpx.Response(503)])
async def test_reachable_is_the_centre_itself(
    client: CentreClient, centre: PretendCentre, answer: httpx.Response
) -> None:
    """A login page, a redirection or a gateway is not the centre; no line is no error either."""
    assert await client.reachable()
    centre.failure = lambda _: answer
    assert not await client.reachable()
    centre.failure = line_down
    assert not await client.reachable()


async def test_errors_quote_nothing(client: CentreClient, centre: PretendCentre) -> None:
    """What the centre sent stands in no error's text, nor in its causes: it may be a citizen's."""
    content = json.dumps({"serial": CITIZEN.name, "problem": 5}).encode()
    centre.failure = lambda _: httpx.Response(200, headers={HEADER: "1"}, content=content)
    with pytest.raises(CentreGarbled) as caught:
        await client.order_certificate("x", CITIZEN, {})()
    error: BaseException | None = caught.value
    while error is not None:
        assert CITIZEN.name not in str(error)
        error = error.__cause__


async def test_signed_bundle_that_is_torn(client: CentreClient, centre: PretendCentre) -> None:
    """A bundle changed on the way is refused."""
    signed = sign_bundle(Bundle(since=0, cursor=3, changes=()), TERMINAL.key)
    centre.failure = lambda _: said(SignedBundle(content=signed.content + b" ", signature=signed.signature))
    with pytest.raises(CentreGarbled):
        await client.pull(0)
