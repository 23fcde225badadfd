"""Certificates at the staff's desk: made void only with a reason, by those who may, and only of their own centre."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client

from central.certificates.definition import read
from central.certificates.issuing import issue, record_print, verdicts
from central.certificates.loading import load
from central.certificates.models import Certificate, PrintRecord
from central.establish import establish
from central.fleet.enrolment import create_terminal
from central.organisation.models import Centre, Officer
from devices.virtual.people import ZHANG
from sample_centre import FOLDER
from wire.identity import DocumentKind, Identity
from wire.messages import CertificateRequest, CopyVerdict, PrintOutcome, PrintReceipt, PrintSettler
from wire.text import Text

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
LIST = "/console/certificates/certificate/"
COPIES = "/console/certificates/printrecord/"


@pytest.fixture
def certificate(db: None) -> Certificate:
    centre = load(read(FOLDER), public_url="https://centre.example", data_dir=settings.DATA_DIR, now=NOW)
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
    return Certificate.objects.get(serial=issue(centre, request, envelope_id=uuid4(), now=NOW).serial)


def desk_of(centre: Centre, *permissions: str) -> Client:
    """Sit an officer with these permissions down at the console."""
    user = User.objects.create_user(f"officer-{uuid4().hex[:8]}", password=None, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    Officer.objects.create(centre=centre, user=user, name="周窗口", staff_number=user.username)
    client = Client()
    client.force_login(user)
    return client


def make_void(client: Client, certificate: Certificate, reason: str) -> str:
    """Choose a certificate, give a reason, press the button; return how the certificate then stands."""
    client.post(LIST, {"action": "revoke_certificates", "_selected_action": certificate.pk, "reason": reason})
    certificate.refresh_from_db()
    return certificate.state


def test_a_reason_is_needed(certificate: Certificate) -> None:
    """Without a reason nothing happens; with one the certificate is void."""
    client = desk_of(certificate.centre, "view_certificate", "change_certificate")
    assert make_void(client, certificate, " ") == "valid"
    assert make_void(client, certificate, "登记更正") == "revoked"


def test_looking_is_not_voiding(certificate: Certificate) -> None:
    """Who may only look sees the masked holder, and cannot make anything void."""
    client = desk_of(certificate.centre, "view_certificate")
    page = client.get(f"{LIST}{certificate.pk}/change/").content.decode()
    assert certificate.serial in page
    assert "**燕" in page
    assert ZHANG.name not in page
    assert make_void(client, certificate, "登记更正") == "valid"


def test_other_centres_see_nothing(certificate: Certificate) -> None:
    """An officer of another centre neither sees a certificate nor makes it void."""
    elsewhere = establish("elsewhere", Text(zh="别处", en="Elsewhere"), "https://elsewhere.example")
    client = desk_of(elsewhere, "view_certificate", "change_certificate")
    assert certificate.serial not in client.get(LIST).content.decode()
    assert make_void(client, certificate, "登记更正") == "valid"


@pytest.fixture
def doubtful(certificate: Certificate) -> PrintRecord:
    """Give a copy of which its terminal could not say whether it was printed."""
    terminal = create_terminal(certificate.centre, "一号机")
    return record_print(terminal, receipt(certificate, PrintOutcome.DOUBTFUL))


def receipt(
    certificate: Certificate, outcome: PrintOutcome, settled_by: PrintSettler | None = None, *, reprint: bool = False
) -> PrintReceipt:
    return PrintReceipt(
        serial=certificate.serial,
        job_name="job-2" if reprint else "job-1",
        copy_number=2 if reprint else 1,
        outcome=outcome,
        impressions=None,
        at=NOW,
        reprint=reprint,
        settled_by=settled_by,
    )


def decide(client: Client, copy: PrintRecord, action: str, reason: str) -> tuple[str, str, str]:
    """Choose a copy, give a reason, press the button; return how the copy then stands."""
    client.post(COPIES, {"action": action, "_selected_action": copy.pk, "reason": reason})
    copy.refresh_from_db()
    return copy.outcome, copy.settled_by, copy.note


@pytest.mark.parametrize(("action", "outcome"), [("found_complete", "delivered"), ("found_incomplete", "void")])
def test_a_doubtful_copy_is_decided_with_a_reason(doubtful: PrintRecord, action: str, outcome: str) -> None:
    """Without a reason nothing changes; with one, the officer's word stands, and the terminal is told when it asks."""
    client = desk_of(doubtful.centre, "view_printrecord", "change_printrecord")
    asked = (doubtful.job_name, "job-of-nobody")
    assert decide(client, doubtful, action, " ") == ("doubtful", "", "")
    assert verdicts(doubtful.terminal, asked) == ()
    assert decide(client, doubtful, action, "出纸口有完整的一份") == (outcome, "staff", "周窗口：出纸口有完整的一份")
    assert verdicts(doubtful.terminal, asked) == (
        CopyVerdict(job_name=doubtful.job_name, outcome=PrintOutcome(outcome)),
    )
    assert decide(client, doubtful, "found_incomplete", "别的理由")[0] == outcome, "it is decided"


def test_looking_is_not_deciding(doubtful: PrintRecord) -> None:
    """Whoever may only look, decides nothing; nor does an account that is no officer's, or one of another centre."""
    other = establish("elsewhere", Text(zh="别处", en="Elsewhere"), "https://elsewhere.example")
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    for client in (
        desk_of(doubtful.centre, "view_printrecord"),
        desk_of(other, "view_printrecord", "change_printrecord"),
        root,
    ):
        assert decide(client, doubtful, "found_complete", "理由")[0] == "doubtful"


def test_the_citizens_word_counts_and_comes_first(doubtful: PrintRecord) -> None:
    """Who had the paper in hand is believed, also when staff, who did not know of it, decided otherwise meanwhile."""
    client = desk_of(doubtful.centre, "view_printrecord", "change_printrecord")
    decide(client, doubtful, "found_complete", "没有看到纸")
    said = receipt(doubtful.certificate, PrintOutcome.VOID, PrintSettler.CITIZEN)
    for _ in range(2):
        record_print(doubtful.terminal, said)
    doubtful.refresh_from_db()
    assert (doubtful.outcome, doubtful.settled_by) == ("void", "citizen")


def test_reprints_are_marked_and_counted(doubtful: PrintRecord) -> None:
    """The list says how many copies were delivered, and how many of a certificate's copies are reprints."""
    certificate = doubtful.certificate
    record_print(doubtful.terminal, receipt(certificate, PrintOutcome.VOID, PrintSettler.CITIZEN))
    record_print(doubtful.terminal, receipt(certificate, PrintOutcome.DELIVERED, reprint=True))
    assert (certificate.delivered_copies, certificate.reprints) == (1, 1)
    shown = desk_of(doubtful.centre, "view_certificate", "view_printrecord").get(COPIES).content.decode()
    assert "补打" in shown
