"""The public pages: right about every kind of code, for anybody, and nothing of a citizen stays anywhere."""

import logging
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client
from django.utils import timezone

from central.certificates.definition import Definition, read
from central.certificates.issuing import issue, revoke
from central.certificates.loading import load
from central.certificates.models import Certificate
from central.establish import keys_of
from central.organisation.models import Centre
from devices.virtual.people import ZHANG
from sample_centre import FOLDER
from tests.central.playing import CITIZEN, Desk
from wire.case import SlipCode, show_case_number
from wire.envelope import EnvelopeKind
from wire.identity import DocumentKind, Identity
from wire.messages import CertificateReply, CertificateRequest, PushRequest
from wire.verification import Statement, sign_statement, verify_statement

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def definition() -> Definition:
    return read(FOLDER)


@pytest.fixture
def centre(db: None, definition: Definition) -> Centre:
    return load(definition, public_url="https://centre.example", data_dir=settings.DATA_DIR, now=NOW)


@pytest.fixture
def certificate(centre: Centre) -> CertificateReply:
    applicant = Identity(
        document=DocumentKind.RESIDENT_CARD,
        name=ZHANG.name,
        id_number=ZHANG.id_number,
        sex=ZHANG.sex,
        birth_date=ZHANG.birth_date,
    )
    request = CertificateRequest(
        item="residence_certificate", applicant=applicant, answers={"purpose": "bank"}, reply_key=b""
    )
    return issue(centre, request, envelope_id=uuid4(), now=NOW)


def verified(code: str) -> str:
    """Post a code to the verification page and return its text."""
    response = Client().post("/v", {"code": code})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("form", ["whole", "fragment", "broken over lines"])
def test_genuine_certificate(certificate: CertificateReply, form: str) -> None:
    """A genuine code is told with holder masked, serial, date, centre and the time of the check."""
    code = certificate.verification
    if form == "fragment":
        code = code.split("#")[1]
    if form == "broken over lines":
        code = "\r\n ".join(code[place : place + 60] for place in range(0, len(code), 60))
    page = verified(code)
    for text in ("证明真实有效", "居住证明", "**燕", certificate.serial, "2026-11-23", "大连市行政服务中心"):
        assert text in page
    assert f"{timezone.localtime():%Y-%m-%d %H:}" in page
    for secret in (ZHANG.name, ZHANG.id_number, ZHANG.address):
        assert secret not in page


def test_revoked_certificate(certificate: CertificateReply) -> None:
    """A certificate that was revoked is told as void from that moment on, with the day."""
    revoke(Certificate.objects.get(serial=certificate.serial), reason="内部原因", now=NOW)
    page = verified(certificate.verification)
    assert "已经作废" in page
    assert "作废日期" in page
    assert "真实有效" not in page
    assert "内部原因" not in page


def test_forged_code(certificate: CertificateReply) -> None:
    """A statement signed by somebody else, or changed by one character, is told as forged."""
    stated = Statement(serial="BM-2026-000001-7", item="x", holder_masked="*某", issued_on=NOW.date(), digest=bytes(32))
    page = verified(sign_statement(stated, Ed25519PrivateKey.generate(), "https://centre.example"))
    assert "没有通过核验" in page
    assert "*某" not in page
    head, tail = certificate.verification[:-9], certificate.verification[-9:]
    changed = head + ("A" if tail[0] != "A" else "B") + tail[1:]
    assert "没有通过核验" in verified(changed)


def test_good_signature_off_the_record(centre: Centre) -> None:
    """What our key signed but no record knows is not vouched for: the key was stolen."""
    stated = Statement(serial="BM-2026-000001-7", item="x", holder_masked="*某", issued_on=NOW.date(), digest=bytes(32))
    assert "没有通过核验" in verified(sign_statement(stated, keys_of(centre).issuer, centre.public_url))


@pytest.mark.parametrize(
    "code", ["", "hello", "https://example.com/", "A" * 400, "<script>alert(1)</script>", "\0" * 200]
)
def test_code_of_another_kind(centre: Centre, code: str) -> None:
    """Anything else is told as not ours, and never comes back in the page."""
    page = verified(code)
    assert "不是证明上的核验码" in page
    assert len(code) < 10 or code not in page


def test_case_by_its_slip(desk: Desk) -> None:
    """The slip's code opens the case; a wrong secret gets the same answer as an unknown case."""
    sent = desk.terminal.application()
    envelope = desk.terminal.envelope(EnvelopeKind.APPLICATION, sent)
    desk.terminal.call("POST", "/push", PushRequest(envelopes=(envelope,)))
    token = "the-token-has-22-chars"  # 128 bits in base64url
    # the digest on record is of another token: play a slip that does not fit, then one that does
    slip = SlipCode(case_number=sent.case_number, token=token)
    wrong = Client().post("/t", {"code": slip.to_text("https://centre.example")})
    assert wrong.status_code == 404
    assert sent.case_number not in wrong.content.decode()
    nonsense = Client().post("/t", {"code": "nonsense"})
    assert (wrong.status_code, strip(wrong.content)) == (nonsense.status_code, strip(nonsense.content))


def test_case_is_shown(desk: Desk) -> None:
    """A case shows its number, item, masked applicant, promise and steps."""
    import hashlib  # noqa: PLC0415

    token = "abcdefghijklmnopqrstuv"
    sent = desk.terminal.application(token_digest=hashlib.sha256(token.encode()).hexdigest())
    envelope = desk.terminal.envelope(EnvelopeKind.APPLICATION, sent)
    desk.terminal.call("POST", "/push", PushRequest(envelopes=(envelope,)))
    page = Client().post("/t", {"code": f"{sent.case_number}.{token}"}).content.decode()
    for text in (show_case_number(sent.case_number), "**秋", "已受理", "承诺办结"):
        assert text in page
    for secret in (CITIZEN.name, CITIZEN.id_number, token):
        assert secret not in page


@pytest.mark.parametrize("path", ["/v", "/t"])
def test_pages_are_self_contained(db: None, path: str) -> None:
    """Without script and cookies; nothing from elsewhere, nothing kept: the browser is told so, and obeys."""
    response = Client(enforce_csrf_checks=True).get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert not response.cookies
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert 'method="post"' in page
    assert Client(enforce_csrf_checks=True).post(path, {"code": "x"}).status_code in {200, 404}


def test_pages_refuse_floods(db: None) -> None:
    """A body that no code needs is refused before it is looked at."""
    assert Client().post("/v", {"code": "A" * 100_000}).status_code == 413
    assert Client().put("/v").status_code == 405


def test_codes_are_not_logged(certificate: CertificateReply, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a good code nor a bad one leaves a trace in the log."""
    with caplog.at_level(logging.DEBUG):
        verified(certificate.verification)
        Client().post("/t", {"code": "20261123000100017.abcdefghijklmnopqrstuv"})
    assert certificate.verification[-40:] not in caplog.text
    assert "abcdefghijklmnopqrstuv" not in caplog.text


def test_terminal_and_page_agree(certificate: CertificateReply, centre: Centre) -> None:
    """What a terminal reads offline is what the page tells."""
    from central.public.verification import check, issuer_keys  # noqa: PLC0415

    assert check(certificate.verification).statement == verify_statement(certificate.verification, issuer_keys())


def strip(page: bytes) -> str:
    """Return a page without the moment it was made at."""
    return re.sub(r"\d{2}:\d{2}:\d{2}", "", page.decode())
