"""Certificates over HTTP: many terminals at once, on both databases; and the public page in a real browser."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx  # noqa: TID251 - the test is a terminal here
import pytest

from devices.virtual.people import PEOPLE, Person
from sample_centre import FOLDER
from tests.central.playing import Answer, PlayTerminal
from tests.central.postgres import Postgres
from tests.central.serving import RunningCentre, environment_for, run, serving
from wire.envelope import Envelope, EnvelopeKind, SealedReply, unseal_reply
from wire.identity import DocumentKind, Identity
from wire.keys import SealingKey, verifying_key
from wire.messages import CertificateReply, CertificateRequest

pytestmark = pytest.mark.slow
_BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=8000", "--dump-dom")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """Serve the sample centre with two processes."""
    database: str | None = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        database = server.create("certificates")
    environment = environment_for(tmp_path_factory.mktemp("centre"), database)
    run(environment, "init")
    run(environment, "load_centre", str(FOLDER))
    with serving(environment, workers=2) as running:
        yield running


@pytest.fixture
def client(centre: RunningCentre) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=centre.url, timeout=60) as client:
        yield client


@pytest.fixture
def terminal(centre: RunningCentre, client: httpx.Client) -> PlayTerminal:
    def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        response = client.request(method, path, content=body, headers=headers)
        return Answer(response.status_code, response.headers, response.content)

    return PlayTerminal.enrol(send, centre.new_terminal("一号机"))


def question(terminal: PlayTerminal, person: Person, key: SealingKey) -> Envelope:
    applicant = Identity(
        document=DocumentKind.RESIDENT_CARD,
        name=person.name,
        id_number=person.id_number,
        sex=person.sex,
        birth_date=person.birth_date,
    )
    asked = CertificateRequest(
        item="no_property_certificate",
        applicant=applicant,
        answers={"purpose": "loan"},
        reply_key=key.public_bytes(),
    )
    return terminal.envelope(EnvelopeKind.CERTIFICATE_REQUEST, asked)


def ask(terminal: PlayTerminal, envelope: Envelope, key: SealingKey) -> CertificateReply:
    answer = terminal.call("POST", "/certificates", envelope)
    assert answer.status == 200, answer.content
    sealed = SealedReply.model_validate_json(answer.content)
    signer = verifying_key(terminal.enrolment.centre_key)
    return unseal_reply(envelope.header.id, sealed, CertificateReply, key=key, signer=signer)


def test_many_at_once_get_one_certificate_each(terminal: PlayTerminal) -> None:
    """Sixteen calls with four envelopes at the same moment: four certificates, no number twice, none left out."""
    key = SealingKey.generate()
    owners = [person for person in PEOPLE if person.name != "古丽努尔·买买提江"]
    envelopes = [question(terminal, person, key) for person in (*owners, owners[0])]
    refused = question(terminal, next(person for person in PEOPLE if person not in owners), key)
    with ThreadPoolExecutor(8) as hands:
        calls: list[Any] = [hands.submit(ask, terminal, envelope, key) for envelope in (*envelopes, refused) * 4]
    replies = [call.result() for call in calls]
    assert {reply.problem for reply in replies[4::5]} == {"certificate.has_property"}
    issued = [replies[place::5] for place in range(4)]
    assert all(len({reply.pdf for reply in same}) == 1 for same in issued)
    assert sorted(int(same[0].serial.split("-")[2]) for same in issued) == [1, 2, 3, 4]


def test_scanned_code_opens_in_a_browser(centre: RunningCentre, terminal: PlayTerminal, tmp_path: Path) -> None:
    """The address in the code, opened in a browser, shows the verdict; the script obeys the page's own policy."""
    key = SealingKey.generate()
    reply = ask(terminal, question(terminal, PEOPLE[0], key), key)
    scanned = reply.verification.replace("http://localhost", centre.url)
    assert scanned.startswith(f"{centre.url}/v#")
    shown = subprocess.run(
        [*_BROWSER, f"--user-data-dir={tmp_path}", scanned], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "证明真实有效" in shown
    assert reply.serial in shown
