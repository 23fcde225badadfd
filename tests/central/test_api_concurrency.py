"""Many hands at once, over HTTP, on a real PostgreSQL server and on SQLite."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx  # noqa: TID251 - the test is a terminal here
import pytest

from tests.central.playing import BASE, Answer, PlayTerminal
from tests.central.serving import RunningCentre, environment_for, run, serving
from wire.case import new_case_number
from wire.envelope import EnvelopeKind
from wire.keys import verifying_key
from wire.messages import PushReply, PushRequest
from wire.receipts import check_receipt, digest_of_envelope
from wire.tokens import Call

pytestmark = pytest.mark.slow
_LOAD = """
from tests.central.playing import open_centre
open_centre()
"""
_COUNT = """
from central.cases.models import Case, CaseStep
from central.fleet.models import Quarantine
print(Case.objects.count(), CaseStep.objects.count(), Quarantine.objects.count())
"""


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    url = request.getfixturevalue("postgres").create("concurrency") if request.param == "postgresql" else None
    environment = environment_for(tmp_path_factory.mktemp("centre"), url)
    run(environment, "init")
    run(environment, "shell", "--no-imports", "-c", _LOAD)
    with serving(environment, workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def client(centre: RunningCentre) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=centre.url) as client:
        yield client


@pytest.fixture
def terminal(centre: RunningCentre, client: httpx.Client) -> PlayTerminal:
    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        response = client.request(method, path, content=body, headers=headers)
        return Answer(response.status_code, response.headers, response.content)

    return PlayTerminal.enrol(send, centre.new_terminal("一号机"))


def counted(centre: RunningCentre) -> list[int]:
    """Return how many cases, steps of cases and quarantined envelopes there are."""
    return [int(number) for number in centre.command("shell", "--no-imports", "-c", _COUNT).split()]


def test_the_same_batch_from_many_hands_is_stored_once(centre: RunningCentre, terminal: PlayTerminal) -> None:
    """Eight pushes of one batch at the same moment: each envelope is stored by one and a duplicate for the others."""
    day = terminal.application().submitted_at.date()
    number = terminal.enrolment.terminal_number
    envelopes = tuple(
        terminal.envelope(
            EnvelopeKind.APPLICATION, terminal.application(case_number=new_case_number(day, number, index))
        )
        for index in range(1, 11)
    )
    with ThreadPoolExecutor(8) as hands:
        pushes = [
            hands.submit(terminal.call, "POST", "/push", PushRequest(envelopes=order))
            for order in [envelopes, envelopes[::-1]] * 4
        ]
    answers = [push.result() for push in pushes]
    assert [answer.status for answer in answers] == [200] * 8
    receipts = [receipt for answer in answers for receipt in PushReply.model_validate_json(answer.content).receipts]
    assert Counter(receipt.outcome.value for receipt in receipts) == {"stored": 10, "duplicate": 70}
    assert counted(centre) == [10, 10, 0]


def test_two_servers_and_the_same_terminal_at_both(
    centre: RunningCentre, terminal: PlayTerminal, client: httpx.Client
) -> None:
    """Two app servers on one database, one terminal pushing the same batch to both at once, many times: stored once.

    Each envelope has one row, one case and one first step; every answer is a receipt for the very same bytes.
    """
    before = counted(centre)
    day, number = datetime.now(UTC).date(), terminal.enrolment.terminal_number
    envelopes = tuple(
        terminal.envelope(
            EnvelopeKind.APPLICATION, terminal.application(case_number=new_case_number(day, number, index))
        )
        for index in range(101, 111)
    )
    with serving(centre.environment, workers=1) as second, httpx.Client(base_url=second.url) as other:

        def send_to_other(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
            response = other.request(method, path, content=body, headers=headers)
            return Answer(response.status_code, response.headers, response.content)

        twin = PlayTerminal(send_to_other, terminal.key, terminal.enrolment)
        with ThreadPoolExecutor(8) as hands:
            pushes = [
                hands.submit(at.call, "POST", "/push", PushRequest(envelopes=envelopes)) for at in [terminal, twin] * 6
            ]
        answers = [push.result() for push in pushes]
    assert [answer.status for answer in answers] == [200] * 12
    receipts = [receipt for answer in answers for receipt in PushReply.model_validate_json(answer.content).receipts]
    assert Counter(receipt.outcome.value for receipt in receipts) == {"stored": 10, "duplicate": 110}
    assert {(receipt.id, receipt.digest) for receipt in receipts} == {
        (envelope.header.id, digest_of_envelope(envelope)) for envelope in envelopes
    }
    for receipt in receipts:
        check_receipt(receipt, verifying_key(terminal.enrolment.centre_key))
    assert counted(centre) == [before[0] + 10, before[1] + 10, before[2]]


def test_a_token_serves_one_of_many(terminal: PlayTerminal, client: httpx.Client) -> None:
    """One token used eight times at once lets one call in."""
    path = f"{BASE}/pull?since=0"
    headers = {"Bianmin-Protocol": "1-1", "Authorization": "Bearer " + terminal.token(Call("GET", path, b""))}
    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(lambda _: client.get(path, headers=headers).status_code, range(8)))
    assert Counter(answers) == {200: 1, 401: 7}


def test_terminals_created_at_once_get_numbers_of_their_own(centre: RunningCentre) -> None:
    """Administrators who add terminals at the same moment never share a number."""
    with ThreadPoolExecutor(3) as hands:
        codes = list(hands.map(centre.new_terminal, ["甲", "乙", "丙"]))
    assert len(set(codes)) == 3
