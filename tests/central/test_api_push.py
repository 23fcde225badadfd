"""Queued envelopes come in: once, whole, and one bad one never holds up the rest."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from central.api.pushing import HANDLERS
from central.cases.models import Case, CaseStep
from central.cases.records import reveal
from central.catalogue.models import ServiceItem
from central.catalogue.publishing import offer
from central.establish import keys_of
from central.fleet.models import Quarantine, ReceivedEnvelope, Terminal
from central.fleet.taking_in import Handler, take_in
from tests.central.playing import CITIZEN, Answer, Desk
from wire.case import new_case_number
from wire.envelope import Envelope, EnvelopeKind, Header
from wire.identity import DocumentKind
from wire.messages import Application, PushOutcome, PushReply, PushRequest, Receipt


def push(desk: Desk, *envelopes: Envelope, compress: bool = False) -> tuple[Receipt, ...]:
    """Push and return the receipts."""
    answer = desk.terminal.call("POST", "/push", PushRequest(envelopes=envelopes), compress=compress)
    assert answer.status == 200, answer.content
    return PushReply.model_validate_json(answer.content).receipts


def application(desk: Desk, count: int = 1, **changes: object) -> Envelope:
    """Seal an application."""
    return desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(count, **changes))


def outcomes(receipts: tuple[Receipt, ...]) -> list[str]:
    return [receipt.problem or receipt.outcome.value for receipt in receipts]


def test_application_becomes_a_case(desk: Desk) -> None:
    """What the citizen submitted is a case with its first step and a promise, readable only with the centre's key."""
    sent = desk.terminal.application()
    envelope = desk.terminal.envelope(EnvelopeKind.APPLICATION, sent)
    assert outcomes(push(desk, envelope, compress=True)) == ["stored"]
    case = Case.objects.get(number=sent.case_number)
    assert (case.state, case.applicant_masked, case.accepted_at) == ("accepted", "**秋", sent.submitted_at)
    assert case.due_on is not None
    assert [step.state for step in CaseStep.objects.filter(case=case)] == ["accepted"]
    closed = bytes(case.applicant)
    assert CITIZEN.name.encode() not in closed
    assert CITIZEN.id_number.encode() not in closed
    assert reveal(closed, keys_of(desk.centre).records, case.number).applicant == CITIZEN


@pytest.mark.parametrize(
    ("document", "number", "outcome"),
    [
        (DocumentKind.TRAVEL_PERMIT, "H12345678", "stored"),
        (DocumentKind.PASSPORT, "L898902C3", "stored"),
        (DocumentKind.TRAVEL_PERMIT, "h12345678", "wire.malformed"),
        (DocumentKind.RESIDENT_CARD, "H12345678", "wire.malformed"),
        (DocumentKind.SOCIAL_SECURITY_CARD, "L898902C3", "wire.malformed"),
    ],
)
def test_an_applicant_by_any_document(desk: Desk, document: DocumentKind, number: str, outcome: str) -> None:
    """Whoever applies by a travel document is known by its number; a resident's card has a resident ID number."""
    applicant = CITIZEN.model_copy(update={"document": document, "id_number": number})
    assert outcomes(push(desk, application(desk, applicant=applicant))) == [outcome]
    assert Case.objects.count() == (outcome == "stored")


def test_sending_twice_is_harmless(desk: Desk) -> None:
    """The same envelope again, in the same batch or a later one, is a duplicate and changes nothing."""
    envelope = application(desk)
    assert outcomes(push(desk, envelope, envelope)) == ["stored", "duplicate"]
    assert outcomes(push(desk, envelope)) == ["duplicate"]
    assert Case.objects.count() == 1


def test_a_bad_envelope_is_kept_apart_and_the_rest_goes_on(desk: Desk) -> None:
    """One refused envelope waits in quarantine, once however often it is sent; what is behind it is stored."""
    bad = application(desk, 1, item="no-such-item")
    good = application(desk, 2)
    assert outcomes(push(desk, bad, good)) == ["centre.no_such_item", "stored"]
    assert outcomes(push(desk, bad, good)) == ["centre.no_such_item", "duplicate"]
    kept = Quarantine.objects.get()
    assert Envelope.model_validate_json(kept.envelope) == bad
    assert not ReceivedEnvelope.objects.filter(pk=bad.header.id).exists()


def test_a_quarantined_envelope_is_settled_when_it_can_be_processed(desk: Desk) -> None:
    """Once the reason is gone, the terminal's next try is stored and the quarantine closed by itself."""
    envelope = application(desk, item="late-item")
    push(desk, envelope)
    ServiceItem.objects.filter(code="filing").update(code="late-item")
    assert outcomes(push(desk, envelope)) == ["stored"]
    assert Quarantine.objects.get().settled_at is not None


def test_an_envelope_of_unknown_form_does_not_stop_the_batch(desk: Desk) -> None:
    """Something from a newer terminal inside a batch is refused by its id; its neighbours are stored."""
    strange, good = application(desk, 1), application(desk, 2)
    raw = json.loads(PushRequest(envelopes=(strange, good)).model_dump_json())
    raw["envelopes"][0]["header"]["kind"] = "appointment"
    answer = desk.terminal.call("POST", "/push", json.dumps(raw).encode())
    assert outcomes(PushReply.model_validate_json(answer.content).receipts) == ["wire.malformed", "stored"]
    assert Quarantine.objects.get().envelope_id == strange.header.id


def spoil_signature(envelope: Envelope, _desk: Desk) -> Envelope:
    return envelope.model_copy(update={"signature": bytes(64)})


def spoil_body(envelope: Envelope, desk: Desk) -> Envelope:
    body = bytes(len(envelope.body))
    return envelope.model_copy(
        update={"body": body, "signature": desk.terminal.key.sign(envelope.header.canonical() + body)}
    )


def spoil_kind(envelope: Envelope, desk: Desk) -> Envelope:
    return desk.terminal.envelope(EnvelopeKind.CASE_QUERY, desk.terminal.application(), sequence=9)


def spoil_sequence(envelope: Envelope, desk: Desk) -> Envelope:
    return desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(), sequence=0)


def from_another(envelope: Envelope, desk: Desk) -> Envelope:
    return desk.another_terminal().envelope(EnvelopeKind.APPLICATION, desk.terminal.application())


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (spoil_signature, "wire.signature_wrong"),
        (spoil_body, "wire.seal_broken"),
        (spoil_kind, "wire.malformed"),
        (spoil_sequence, "wire.malformed"),
        (from_another, "wire.signature_wrong"),
    ],
)
def test_spoilt_envelopes_are_quarantined(
    desk: Desk, spoil: Callable[[Envelope, Desk], Envelope], problem: str
) -> None:
    """Whatever is wrong with an envelope, nothing is stored, and it is kept with the reason."""
    assert outcomes(push(desk, spoil(application(desk), desk))) == [problem]
    assert Quarantine.objects.get().problem == problem
    assert not Case.objects.exists()


@pytest.mark.parametrize("what", ["check digit", "another terminal", "digest", "id number"])
def test_applications_that_contradict_themselves_are_refused(desk: Desk, what: str) -> None:
    """Case numbers of other terminals, wrong check digits and the like make no case."""
    day = timezone.now().date()
    changes: dict[str, object] = {
        "check digit": {"case_number": new_case_number(day, 1, 1)[:16] + "x"},
        "another terminal": {"case_number": new_case_number(day, 2, 1)},
        "digest": {"token_digest": "00"},
        "id number": {"applicant": CITIZEN.model_copy(update={"id_number": "210203198504125629"})},
    }[what]
    assert outcomes(push(desk, application(desk, **changes))) == ["wire.malformed"]


@pytest.mark.fault("wrong clock")
@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_off_by_years_makes_no_wrong_promise(desk: Desk, years: int) -> None:
    """Whatever the terminal's clock says, also under a good stamp, the promise counts from a day that can be true."""
    then = timezone.now() + timedelta(days=365 * years)
    assert outcomes(push(desk, application(desk, submitted_at=then))) == ["stored"]
    case = Case.objects.get()
    assert case.submitted_at == then
    assert timezone.now() - case.accepted_at < timedelta(minutes=5)


def test_one_sequence_one_envelope(desk: Desk) -> None:
    """A second envelope under a sequence that is taken is refused: a cloned or restored terminal shows itself."""
    first = application(desk, 1)
    clone = desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(2), sequence=1)
    assert outcomes(push(desk, first, clone)) == ["stored", "wire.sequence_taken"]


def test_one_id_one_content(desk: Desk) -> None:
    """The same id with another content is no duplicate."""
    first = application(desk, 1)
    other = desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application(2), envelope_id=first.header.id)
    assert outcomes(push(desk, first, other)) == ["stored", "wire.sequence_taken"]


def test_one_case_number_one_case(desk: Desk) -> None:
    """A case number that is taken makes no second case, and leaves no half of one."""
    assert outcomes(push(desk, application(desk, 1), application(desk, 1))) == ["stored", "centre.case_number_taken"]
    assert (Case.objects.count(), ReceivedEnvelope.objects.count(), CaseStep.objects.count()) == (1, 1, 1)


def test_a_withdrawn_item_is_still_accepted(desk: Desk) -> None:
    """The citizen holds a slip: an item withdrawn while the terminal was offline is taken in."""
    offer(ServiceItem.objects.get(code="food-licence"), offered=False)
    assert outcomes(push(desk, application(desk))) == ["stored"]


def test_a_bug_while_processing_undoes_everything_and_lets_the_queue_go_on(desk: Desk) -> None:
    """An unexpected error rolls its envelope back whole, keeps it apart, and gives nothing away."""
    envelope = application(desk)
    terminal = Terminal.objects.get()

    def stumble(terminal: Terminal, header: Header, content: Application, now: object) -> None:
        HANDLERS[EnvelopeKind.APPLICATION].process(terminal, header, content, timezone.now())
        raise ZeroDivisionError

    receipt = take_in(terminal, envelope, {EnvelopeKind.APPLICATION: Handler(Application, stumble)}, timezone.now())
    assert receipt.problem == "centre.not_processed"
    assert (Case.objects.count(), ReceivedEnvelope.objects.count(), Quarantine.objects.count()) == (0, 0, 1)


def test_the_databases_trouble_is_no_envelopes_fault(desk: Desk) -> None:
    """When the database fails, nothing is refused or quarantined: the terminal keeps the envelope and tries again."""

    def stumble(*_: object) -> None:
        raise OperationalError

    handlers = {EnvelopeKind.APPLICATION: Handler(Application, stumble)}
    with pytest.raises(OperationalError):
        take_in(Terminal.objects.get(), application(desk), handlers, timezone.now())
    assert not Quarantine.objects.exists()
    assert outcomes(push(desk, application(desk, 2))) == [PushOutcome.STORED.value]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"envelopes":[1]}', b'{"envelopes":[{"header":{}}]}', b"\xff"])
def test_what_is_no_batch_is_refused(desk: Desk, body: bytes) -> None:
    """A body that is no batch is malformed as a whole."""
    answer: Answer = desk.terminal.call("POST", "/push", body)
    assert (answer.status, json.loads(answer.content)["code"]) == (400, "wire.malformed")


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(bytes(40 * 1024 * 1024)), "gzip", 413),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (b"no gzip", "gzip", 400),
        (b"{}", "br", 415),
    ],
    ids=["swollen", "cut", "none", "unknown"],  # gzip writes the time: names must be the same in every process
)
def test_compression_has_limits(desk: Desk, body: bytes, encoding: str, status: int) -> None:
    """A small body that inflates beyond the limit, a torn one and an unknown coding are refused."""
    assert desk.terminal.call("POST", "/push", body, headers={"Content-Encoding": encoding}).status == status
