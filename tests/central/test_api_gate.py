"""Who gets in: enrolment, tokens, versions."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from central.fleet.enrolment import CODE_LIFETIME, create_terminal, enrol, new_code, revoke
from central.fleet.models import Terminal
from central.refusal import Refused
from tests.central.playing import BASE, Answer, Desk, PlayTerminal, enrolment_code, in_process
from wire.messages import EnrolmentRequest
from wire.protocol import SPOKEN
from wire.tokens import Call


def code_of(answer: Answer) -> str:
    """Return the problem's code, after a look at the form of the answer."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == answer.status
    return str(problem["code"])


def row(desk: Desk) -> Terminal:
    return Terminal.objects.get(code=desk.terminal.enrolment.terminal)


def test_enrolment_tells_who_and_whom_to_trust(desk: Desk) -> None:
    """A terminal learns its number, its centre and the centre's keys."""
    told = desk.terminal.enrolment
    assert (told.terminal, told.terminal_number, told.centre) == ("test-centre-0001", 1, "test-centre")
    assert len(told.sealing_key) == 1216
    assert desk.another_terminal().enrolment.terminal_number == 2


def test_code_serves_one_key_only(desk: Desk) -> None:
    """A lost answer can be asked for again with the same key; a second terminal gets nothing from a used code."""
    code = enrolment_code(desk.centre)
    now = timezone.now()
    first = EnrolmentRequest(code=code, public_key=bytes(32), version="1")
    assert enrol(first, now).terminal == enrol(first, now).terminal
    with pytest.raises(Refused, match="enrolment_refused"):
        enrol(EnrolmentRequest(code=code, public_key=bytes(31) + b"\1", version="1"), now)


@pytest.mark.parametrize("spoil", ["late", "wrong", "revoked", "replaced"])
def test_spoilt_codes_are_refused(desk: Desk, spoil: str) -> None:
    """Expired, wrong, revoked and replaced codes are all refused the same way."""
    terminal, now = create_terminal(desk.centre, "二号机"), timezone.now()
    code = new_code(terminal, now)
    match spoil:
        case "late":
            now += CODE_LIFETIME + timedelta(seconds=1)
        case "wrong":
            code = "AAAA-AAAA-AAAA"
        case "revoked":
            revoke(terminal, now)
        case "replaced":
            new_code(terminal, now)
    with pytest.raises(Refused, match="enrolment_refused"):
        enrol(EnrolmentRequest(code=code, public_key=bytes(32), version="1"), now)


def test_code_is_not_kept(desk: Desk) -> None:
    """The database knows a code by its digest only."""
    terminal = create_terminal(desk.centre, "二号机")
    code = new_code(terminal, timezone.now())
    assert code not in json.dumps(Terminal.objects.filter(pk=terminal.pk).values().get(), default=str)


def test_token_serves_once(desk: Desk) -> None:
    """A caught token, sent again, is refused."""
    path = f"{BASE}/pull?since=0"
    headers = {"Bianmin-Protocol": "1-1", "Authorization": "Bearer " + desk.terminal.token(Call("GET", path, b""))}
    assert in_process("GET", path, b"", headers).status == 200
    again = in_process("GET", path, b"", headers)
    assert (again.status, code_of(again)) == (401, "wire.token_refused")


def test_token_is_bound_to_query_and_body(desk: Desk) -> None:
    """A token for one call opens no other, not even the same path with another query."""
    for call in (Call("GET", f"{BASE}/pull?since=1", b""), Call("GET", f"{BASE}/pull?since=0", b"x")):
        token = desk.terminal.token(call)
        headers = {"Bianmin-Protocol": "1-1", "Authorization": "Bearer " + token}
        assert code_of(in_process("GET", f"{BASE}/pull?since=0", b"", headers)) == "wire.token_refused"


@pytest.mark.parametrize("skew", [timedelta(minutes=-5), timedelta(minutes=5)])
def test_old_and_early_tokens_are_refused(desk: Desk, skew: timedelta) -> None:
    """A token's minute counts by the centre's clock, which the terminal is told."""
    path = f"{BASE}/pull?since=0"
    token = desk.terminal.token(Call("GET", path, b""), datetime.now(UTC) + skew)
    answer = in_process("GET", path, b"", {"Bianmin-Protocol": "1-1", "Authorization": "Bearer " + token})
    assert code_of(answer) == "wire.clock_skewed"
    assert abs(datetime.now(UTC) - datetime.fromisoformat(json.loads(answer.content)["server_time"])) < timedelta(
        minutes=1
    )


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer \x00"])
def test_no_token_no_answer(desk: Desk, authorization: str) -> None:
    """What is no token is refused, whatever it is."""
    headers = {"Bianmin-Protocol": "1-1", "Authorization": authorization}
    assert code_of(in_process("POST", f"{BASE}/push", b"{}", headers)) == "wire.token_refused"


def test_revoked_terminal_is_out(desk: Desk) -> None:
    """After its revocation a terminal gets nothing."""
    revoke(row(desk), timezone.now())
    assert desk.terminal.call("GET", "/pull?since=0").status == 401


def test_another_terminals_key_does_not_serve(desk: Desk) -> None:
    """A token that names another terminal than the key's is refused."""
    other = desk.another_terminal()
    forged = PlayTerminal(in_process, other.key, desk.terminal.enrolment)
    assert code_of(forged.call("GET", "/pull?since=0")) == "wire.token_refused"


@pytest.mark.parametrize(
    ("spoken", "code"), [("3-4", "wire.peer_too_new"), ("0-0", "wire.peer_too_old"), ("", "wire.malformed")]
)
def test_versions_are_agreed_first(desk: Desk, spoken: str, code: str) -> None:
    """Who speaks no common version is told who has to be updated, even with a good token."""
    answer = desk.terminal.call("GET", "/pull?since=0", headers={"Bianmin-Protocol": spoken})
    assert (answer.status, code_of(answer)) == (400, code)
    assert answer.headers["Bianmin-Protocol"] == str(SPOKEN.newest)


def test_health_needs_no_token(desk: Desk) -> None:
    """A load balancer may ask whether the server answers."""
    assert in_process("GET", "/healthz", b"", {}).status == 204


def test_unknown_calls_are_not_there(desk: Desk) -> None:
    """Nothing but the listed calls exists; the API does not describe itself to strangers."""
    for path in ("/docs", "/openapi.json", "/cases/1"):
        assert in_process("GET", BASE + path, b"", {"Bianmin-Protocol": "1-1"}).status in {404, 405}
