"""Certificates at the staff's desk: made void only with a reason, by those who may, and only of their own centre."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client

from central.certificates.definition import read
from central.certificates.issuing import issue
from central.certificates.loading import load
from central.certificates.models import Certificate
from central.establish import establish
from central.organisation.models import Centre, Officer
from devices.virtual.people import ZHANG
from sample_centre import FOLDER
from wire.identity import DocumentKind, Identity
from wire.messages import CertificateRequest
from wire.text import Text

NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
LIST = "/console/certificates/certificate/"


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
