"""A citizen asks how the case stands."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from central.cases.models import WrongTry
from central.cases.tracking import by_id_number_end, by_token, forget_old_tries
from central.refusal import Refused
from tests.central.playing import CITIZEN, Answer, Desk
from wire.case import CaseState, CaseView, new_case_number
from wire.envelope import EnvelopeKind, SealedReply, unseal_reply
from wire.errors import SealBroken
from wire.keys import SealingKey, verifying_key
from wire.messages import CaseQuery, PushRequest

TOKEN = "the slip's token"
END = CITIZEN.id_number[-4:]


@pytest.fixture
def number(desk: Desk) -> str:
    """Have a case accepted, and return its number."""
    application = desk.terminal.application()
    batch = PushRequest(envelopes=(desk.terminal.envelope(EnvelopeKind.APPLICATION, application),))
    assert desk.terminal.call("POST", "/push", batch).status == 200
    return application.case_number


def ask(desk: Desk, number: str, key: SealingKey, **proof: str) -> tuple[Answer, CaseView | None]:
    """Ask for a case and open the answer."""
    query = CaseQuery(case_number=number, reply_key=key.public_bytes(), **proof)
    envelope = desk.terminal.envelope(EnvelopeKind.CASE_QUERY, query)
    answer = desk.terminal.call("POST", "/cases", envelope)
    if answer.status != 200:
        return answer, None
    reply = SealedReply.model_validate_json(answer.content)
    signer = verifying_key(desk.terminal.enrolment.centre_key)
    return answer, unseal_reply(envelope.header.id, reply, CaseView, key=key, signer=signer)


@pytest.mark.parametrize("proof", [{"token": TOKEN}, {"id_number_end": END}, {"id_number_end": END.lower()}])
def test_slip_or_id_number_opens_the_case(desk: Desk, number: str, proof: dict[str, str]) -> None:
    """The slip's token, or the last four characters, shows the state, the step and a masked name only."""
    _, view = ask(desk, number, SealingKey.generate(), **proof)
    assert view is not None
    assert (view.state, view.applicant_masked, len(view.steps)) == (CaseState.ACCEPTED, "**秋", 1)
    assert view.item_name.zh == "事项food-licence"


def test_the_answer_is_for_the_asker_only(desk: Desk, number: str) -> None:
    """Another key opens nothing, and what goes over the line is not readable."""
    query = CaseQuery(case_number=number, token=TOKEN, reply_key=SealingKey.generate().public_bytes())
    envelope = desk.terminal.envelope(EnvelopeKind.CASE_QUERY, query)
    answer = desk.terminal.call("POST", "/cases", envelope)
    assert number.encode() not in answer.content
    reply = SealedReply.model_validate_json(answer.content)
    signer = verifying_key(desk.terminal.enrolment.centre_key)
    with pytest.raises(SealBroken):
        unseal_reply(envelope.header.id, reply, CaseView, key=SealingKey.generate(), signer=signer)


def test_unknown_and_wrong_look_the_same(desk: Desk, number: str) -> None:
    """Nobody learns from the answer whether a case exists."""
    key = SealingKey.generate()
    unknown = new_case_number(timezone.now().date(), 1, 77)
    answers = [
        ask(desk, number, key, token="wrong")[0],
        ask(desk, unknown, key, token="wrong")[0],
        ask(desk, number, key, id_number_end="0000")[0],
        ask(desk, unknown, key, id_number_end=END)[0],
        ask(desk, "1" * 200, key, id_number_end=END)[0],
        ask(desk, number, key)[0],
    ]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (answers[0].status, json.loads(answers[0].content)["code"]) == (404, "centre.case_not_found")


def test_few_wrong_tries_then_a_pause(desk: Desk, number: str) -> None:
    """After five wrong ends in ten minutes even the right one waits, whether or not the case exists; the slip opens."""
    now = timezone.now()
    unknown = new_case_number(now.date(), 1, 77)
    for case in (number, unknown):
        for _ in range(5):
            assert by_id_number_end(desk.centre, case, "0000", now) is None
        with pytest.raises(Refused, match="too_many_tries"):
            by_id_number_end(desk.centre, case, END, now)
    assert by_token(number, TOKEN, centre=desk.centre) is not None
    assert by_id_number_end(desk.centre, number, END, now + timedelta(minutes=11)) is not None


def test_a_patient_guesser_is_stopped_for_the_day(desk: Desk, number: str) -> None:
    """Twenty wrong ends in a day are enough; a day later they are forgotten."""
    now = timezone.now()
    for step in range(20):
        by_id_number_end(desk.centre, number, "0000", now + timedelta(minutes=3 * step))
    with pytest.raises(Refused, match="too_many_tries"):
        by_id_number_end(desk.centre, number, END, now + timedelta(hours=5))
    forget_old_tries(now + timedelta(days=3))
    assert not WrongTry.objects.exists()


def test_a_bad_reply_key_is_refused(desk: Desk, number: str) -> None:
    """A question whose answer could be sealed to nobody is malformed."""
    query = CaseQuery(case_number=number, token=TOKEN, reply_key=bytes(7))
    answer = desk.terminal.call("POST", "/cases", desk.terminal.envelope(EnvelopeKind.CASE_QUERY, query))
    assert (answer.status, json.loads(answer.content)["code"]) == (400, "wire.malformed")


def test_an_envelope_of_another_kind_is_refused(desk: Desk, number: str) -> None:
    """A certificate's question is not answered as a case's."""
    query = CaseQuery(case_number=number, token=TOKEN, reply_key=SealingKey.generate().public_bytes())
    answer = desk.terminal.call("POST", "/cases", desk.terminal.envelope(EnvelopeKind.CERTIFICATE_REQUEST, query))
    assert answer.status == 400
