"""Enrolment: one file, one key, nothing half done."""

from pathlib import Path

import pytest

from kiosk.sync.client import CentreClient
from kiosk.sync.enrolment import enrol, load
from kiosk.sync.errors import CentreRefused, CentreUnreachable, NotEnrolled
from tests.pretend_centre import URL, PretendCentre, line_down, refused
from tests.terminal_parts import StandingClock, enrolment
from wire.messages import EnrolmentRequest


@pytest.fixture
def centre() -> PretendCentre:
    return PretendCentre(StandingClock())


def line(centre: PretendCentre) -> CentreClient:
    return CentreClient(URL, centre.clock, transport=centre.transport())


def asked(centre: PretendCentre) -> list[EnrolmentRequest]:
    return [EnrolmentRequest.model_validate_json(request.content) for request in centre.requests]


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_enrolled(tmp_path: Path, centre: PretendCentre) -> None:
    """After enrolment the identity is in one file that only its user can read, and nothing else is left."""
    async with line(centre) as client:
        terminal = await enrol(tmp_path, client, " abcd 1234-efgh", "0.1.0")
    (request,) = asked(centre)
    assert (request.code, request.version) == ("ABCD-1234-EFGH", "0.1.0")
    assert request.public_key == terminal.key.public_bytes()
    assert modes(tmp_path) == {"terminal.json": 0o600}
    known = load(tmp_path)
    assert known.enrolment == terminal.enrolment == enrolment()
    assert known.key.public_bytes() == terminal.key.public_bytes()
    assert "key" not in repr(known)


async def test_lost_answer_is_asked_for_with_the_same_key(tmp_path: Path, centre: PretendCentre) -> None:
    """When the line broke, the code may be used up: the second attempt bears the same key."""
    async with line(centre) as client:
        centre.failure = line_down
        with pytest.raises(CentreUnreachable):
            await enrol(tmp_path, client, "ABCD1234EFGH", "0.1.0")
        with pytest.raises(NotEnrolled):
            load(tmp_path)
        centre.failure = None
        await enrol(tmp_path, client, "ABCD1234EFGH", "0.1.0")
    first, second = asked(centre)
    assert first.public_key == second.public_key


async def test_failure_leaves_the_old_identity(tmp_path: Path, centre: PretendCentre) -> None:
    """A terminal that is enrolled anew keeps what it was until the centre agreed, then has another key."""
    async with line(centre) as client:
        await enrol(tmp_path, client, "ABCD1234EFGH", "0.1.0")
        before = load(tmp_path).key.public_bytes()
        centre.failure = lambda _: refused("wire.enrolment_refused", 403)
        with pytest.raises(CentreRefused) as caught:
            await enrol(tmp_path, client, "ABCD-1234-EFGH", "0.1.0")
        assert caught.value.code == "wire.enrolment_refused"
        assert load(tmp_path).key.public_bytes() == before
        centre.failure = None
        await enrol(tmp_path, client, "ABCD-1234-EFGH", "0.1.0")
    assert load(tmp_path).key.public_bytes() != before


@pytest.mark.parametrize("code", ["", "ABCD", "ABCD-1234-EFGH-J", "大连-1234-5678"])
async def test_impossible_code(tmp_path: Path, centre: PretendCentre, code: str) -> None:
    """What cannot be a code is not sent."""
    async with line(centre) as client:
        with pytest.raises(ValueError, match="ABCD-1234-EFGH"):
            await enrol(tmp_path, client, code, "0.1.0")
    assert centre.requests == []


@pytest.mark.parametrize("content", [b"", b"{}", b'{"key": "AAAA"', bytes(100)])
def test_damaged_identity(tmp_path: Path, content: bytes) -> None:
    """A damaged file is told without its content."""
    (tmp_path / "terminal.json").write_bytes(content)
    (tmp_path / "terminal.json").chmod(0o600)
    with pytest.raises(NotEnrolled) as caught:
        load(tmp_path)
    assert caught.value.code == "terminal.not_enrolled"
    assert caught.value.__cause__ is None


def test_no_identity(tmp_path: Path) -> None:
    """A fresh terminal is told what to do; a folder in the file's place is no crash."""
    with pytest.raises(NotEnrolled, match="bianmin enrol"):
        load(tmp_path)
    (tmp_path / "terminal.json").mkdir()
    with pytest.raises(NotEnrolled):
        load(tmp_path)
