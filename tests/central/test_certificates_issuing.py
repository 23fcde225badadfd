"""Certificates: issued once, right, numbered without gaps, signed, and refused for reasons that can be told."""

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection

from central.catalogue.models import Published
from central.certificates import pki
from central.certificates.definition import Definition, read
from central.certificates.issuing import digest_of_content, issue, record_print, revoke, vault_of
from central.certificates.loading import load
from central.certificates.models import Certificate, PrintRecord, SerialCounter
from central.certificates.serials import check_serial, make_serial
from central.establish import keys_of
from central.fleet.enrolment import create_terminal
from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.refusal import Refused
from devices.virtual.people import GULINUR, LIU, PEOPLE, ZHANG, ZHANG_YU, Person
from sample_centre import FOLDER
from tests.pdf_checks import assert_certificate, pdf_a_faults, signature_faults, signature_status, text_of
from wire.identity import DocumentKind, Identity, mask_id_number
from wire.keys import key_id
from wire.messages import CertificateReply, CertificateRequest, PrintOutcome, PrintReceipt

NOW = datetime(2026, 11, 23, 6, 5, 9, 123456, tzinfo=UTC)
NO_PROPERTY, INSURANCE, RESIDENCE = "no_property_certificate", "social_insurance_certificate", "residence_certificate"


@pytest.fixture(scope="module")
def definition() -> Definition:
    return read(FOLDER)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def centre(db: None, definition: Definition, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """Load the sample centre, with keys of its own: another test's may be younger than what is signed here."""
    monkeypatch.setattr(settings, "DATA_DIR", data_dir)
    return load(definition, public_url="https://centre.example", data_dir=settings.DATA_DIR, now=NOW)


@pytest.fixture
def terminal(centre: Centre) -> Terminal:
    return create_terminal(centre, "一号机")


def request(person: Person, item: str, **answers: str) -> CertificateRequest:
    """Ask as a terminal does, with the form's defaults where nothing is said."""
    defaults = {
        NO_PROPERTY: {"purpose": "school"},
        INSURANCE: {"purpose": "visa", "months": "12"},
        RESIDENCE: {"purpose": "bank"},
    }
    applicant = Identity(
        document=DocumentKind.RESIDENT_CARD,
        name=person.name,
        id_number=person.id_number,
        sex=person.sex,
        birth_date=person.birth_date,
    )
    return CertificateRequest(item=item, applicant=applicant, answers=defaults.get(item, {}) | answers, reply_key=b"")


def ask(
    centre: Centre, person: Person, item: str, *, envelope_id: UUID | None = None, now: datetime = NOW, **answers: str
) -> CertificateReply:
    return issue(centre, request(person, item, **answers), envelope_id=envelope_id or uuid4(), now=now)


def issuer_keys(centre: Centre) -> dict[str, bytes]:
    public = keys_of(centre).issuer.public_key().public_bytes_raw()
    return {key_id(public): public}


@pytest.mark.parametrize("item", [NO_PROPERTY, INSURANCE, RESIDENCE])
def test_certificate_stands_alone(centre: Centre, item: str) -> None:
    """Whoever has the paper or the file can check signature, PDF/A, holder and code without asking the centre."""
    reply = ask(centre, ZHANG, item)
    authority = pki.load(settings.DATA_DIR, centre.code).authority
    statement = assert_certificate(reply.pdf, ca=authority, holder=ZHANG.name, issuer_keys=issuer_keys(centre))
    assert (statement.serial, statement.item, statement.holder_masked) == (reply.serial, item, "**燕")
    assert statement.issued_on.isoformat() == "2026-11-23"
    text = text_of(reply.pdf)
    assert mask_id_number(ZHANG.id_number) in text
    assert ZHANG.id_number not in text
    assert reply.pages == 1


@pytest.mark.parametrize("person", [ZHANG_YU, GULINUR, LIU])
def test_names_of_every_kind_are_printed(centre: Centre, person: Person) -> None:
    """Rare characters and long names stand on the paper as they stand on the card."""
    item = RESIDENCE if person is GULINUR else NO_PROPERTY
    assert person.name in text_of(ask(centre, person, item).pdf)


def test_glyphs_are_those_of_the_mainland(centre: Centre) -> None:
    """Only the SC faces are used: the Japanese ones draw 直 骨 门 关 令 in another way."""
    pdf = ask(centre, ZHANG, INSURANCE).pdf
    listed = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()
    names = {line.split()[0].split("+")[1] for line in listed[2:]}
    assert names == {
        f"Noto{kind}CJKsc-{weight}-Identity-H" for kind in ("Sans", "Serif") for weight in ("Regular", "Bold")
    }


def test_changed_file_is_found_out(centre: Centre) -> None:
    """A file with one byte changed, or something added behind, does not pass."""
    pdf = ask(centre, ZHANG, NO_PROPERTY).pdf
    authority = pki.load(settings.DATA_DIR, centre.code).authority
    place = pdf.index(b"/MediaBox") + len(b"/MediaBox[0 0 5")
    changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
    assert "content was changed" in signature_faults(changed, authority)
    assert signature_faults(pdf + b"\n% more\n", authority) == ["something was added afterwards"]
    assert signature_faults(pdf, authority) == []


def test_another_authority_is_not_believed(centre: Centre, tmp_path: Path) -> None:
    """Somebody else's authority of the same name does not vouch for our certificates."""
    pdf = ask(centre, ZHANG, NO_PROPERTY).pdf
    stranger = pki.create(tmp_path, centre.code, centre.name_zh, NOW).authority
    assert "signer is not vouched for" in signature_faults(pdf, stranger)


def test_signature_has_the_time_that_was_given(centre: Centre) -> None:
    """The PDF's dates are the centre's clock, to the second, whatever the machine's says."""
    pdf = ask(centre, ZHANG, NO_PROPERTY).pdf
    authority = pki.load(settings.DATA_DIR, centre.code).authority
    assert signature_status(pdf, authority).signer_reported_dt == NOW.replace(microsecond=0)
    assert b"D:20261123060509Z" in pdf
    assert pdf_a_faults(pdf) == []


def test_reasons_are_told_by_code(centre: Centre) -> None:
    """Property, missing records and unknown items have codes of their own, and take no serial number."""
    refusals = [
        (GULINUR, NO_PROPERTY, "certificate.has_property"),
        (LIU, INSURANCE, "certificate.no_record"),
        (ZHANG_YU, RESIDENCE, "certificate.no_record"),  # his registration has run out
        (ZHANG, "senior_card", "centre.no_such_item"),
        (ZHANG, "moon_permit", "centre.no_such_item"),
    ]
    for person, item, code in refusals:
        reply = ask(centre, person, item)
        assert (reply.problem, reply.pdf, reply.serial) == (code, b"", "")
    nobody = replace(ZHANG, id_number=ZHANG.id_number[:-1] + "0")
    assert ask(centre, nobody, NO_PROPERTY).problem == "wire.malformed"
    assert ask(centre, ZHANG, NO_PROPERTY, purpose="to_fly").problem == "wire.malformed"
    assert ask(centre, ZHANG, INSURANCE, months="600").problem == "wire.malformed"
    assert ask(centre, ZHANG, NO_PROPERTY).serial == make_serial(2026, 1)


def test_name_that_no_font_has_is_refused(centre: Centre) -> None:
    """A name is printed right or not at all: the citizen hears of it, and no number is spent."""
    strange = replace(ZHANG, name="张\U000f1234")  # a private use character
    assert ask(centre, strange, NO_PROPERTY).problem == "certificate.rare_character"
    assert ask(centre, ZHANG, NO_PROPERTY).serial == make_serial(2026, 1)


def test_name_is_never_code(centre: Centre) -> None:
    """What a card says is text on the paper, whatever it looks like to Typst."""
    strange = replace(ZHANG, name='#panic("x")$*_`')
    assert '#panic("x")$*_`' in text_of(ask(centre, strange, NO_PROPERTY).pdf)


def test_long_lists_run_over_pages(centre: Centre) -> None:
    """Thirty-six months take two pages, both numbered, both with the code."""
    reply = ask(centre, ZHANG, INSURANCE, months="36")
    text = text_of(reply.pdf)
    assert reply.pages == 2
    assert "第1页，共2页" in text
    assert "第2页，共2页" in text
    assert "共缴费36个月" in text
    assert "2023-11" in text
    assert "2026-10" in text


def test_same_envelope_same_certificate(centre: Centre) -> None:
    """Asked again, even next year, a terminal gets the same certificate, byte for byte, and it counts once."""
    envelope_id = uuid4()
    first = ask(centre, ZHANG, RESIDENCE, envelope_id=envelope_id)
    again = ask(centre, ZHANG, RESIDENCE, envelope_id=envelope_id, now=NOW + timedelta(days=60))
    assert again == first
    assert Certificate.objects.count() == 1


def test_envelope_of_another_request_is_refused(centre: Centre) -> None:
    """An envelope id that was used for another person or item brings nobody else's certificate."""
    envelope_id = uuid4()
    ask(centre, ZHANG, NO_PROPERTY, envelope_id=envelope_id)
    assert ask(centre, LIU, NO_PROPERTY, envelope_id=envelope_id).problem == "wire.sequence_taken"
    assert ask(centre, ZHANG, RESIDENCE, envelope_id=envelope_id).problem == "wire.sequence_taken"


def test_numbers_have_no_gaps_and_start_anew_each_year(centre: Centre) -> None:
    """Serials count per centre and local year; midnight is Beijing's."""
    last_minute = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    serials = [ask(centre, ZHANG, RESIDENCE, now=last_minute + timedelta(minutes=n)).serial for n in range(3)]
    assert serials == [make_serial(2026, 1), make_serial(2027, 1), make_serial(2027, 2)]


def test_nothing_of_the_holder_is_readable_in_the_database(centre: Centre) -> None:
    """A copy of the database tells neither names nor numbers nor addresses of certificates and registers."""
    for item in (NO_PROPERTY, INSURANCE, RESIDENCE):
        ask(centre, ZHANG, item)
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("certificates_")]
        dump = b""
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of our own tables
            dump += b"\n".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for row in cursor.fetchall()
                for value in row
            )
    assert "**燕".encode() in dump
    for secret in [text for person in PEOPLE for text in (person.name, person.id_number, person.address)]:
        assert secret.encode() not in dump


def test_digest_binds_paper_and_record(centre: Centre) -> None:
    """The digest in the code is that of the content which the centre keeps, with its nonce."""
    reply = ask(centre, ZHANG, NO_PROPERTY)
    row = Certificate.objects.get(serial=reply.serial)
    content = vault_of(centre).open_json(bytes(row.content), f"content/{row.serial}")
    assert digest_of_content(content, bytes(row.nonce)).hex() == row.digest
    assert content["holder"]["id_number"] == ZHANG.id_number
    assert json.dumps(content, ensure_ascii=False).count("子女入学") == 1


def test_copies_are_counted_once(centre: Centre, terminal: Terminal) -> None:
    """A receipt told twice is one copy; doubt can be cleared later, certainty cannot be taken back."""
    serial = ask(centre, ZHANG, NO_PROPERTY).serial

    def tell(job: str, outcome: PrintOutcome, impressions: int | None = 1) -> None:
        receipt = PrintReceipt(
            serial=serial, job_name=job, copy_number=1, outcome=outcome, impressions=impressions, at=NOW
        )
        record_print(terminal, receipt)

    tell("job-1", PrintOutcome.DELIVERED)
    tell("job-1", PrintOutcome.DELIVERED)
    tell("job-1", PrintOutcome.VOID)
    tell("job-2", PrintOutcome.DOUBTFUL, None)
    assert Certificate.objects.get(serial=serial).delivered_copies == 1
    tell("job-2", PrintOutcome.DELIVERED)
    assert Certificate.objects.get(serial=serial).delivered_copies == 2
    assert PrintRecord.objects.count() == 2


def test_receipt_for_a_stranger_is_refused(centre: Centre, terminal: Terminal) -> None:
    """A terminal cannot report prints of certificates that its centre did not issue."""
    receipt = PrintReceipt(
        serial=make_serial(2026, 9), job_name="x", copy_number=1, outcome=PrintOutcome.VOID, impressions=0, at=NOW
    )
    with pytest.raises(Refused, match=r"centre\.refused"):
        record_print(terminal, receipt)


def test_revocation_reaches_terminals(centre: Centre) -> None:
    """A revoked certificate is published by serial and day, and by nothing else; twice changes nothing."""
    serial = ask(centre, ZHANG, NO_PROPERTY).serial
    certificate = Certificate.objects.get(serial=serial)
    revoke(certificate, reason="登记更正", now=NOW)
    revoke(certificate, reason="再次", now=NOW + timedelta(days=1))
    published = Published.objects.get(centre=centre, kind="revocation")
    assert (published.key, published.content) == (serial, {"revoked_on": "2026-11-23"})
    certificate.refresh_from_db()
    assert (certificate.state, certificate.revocation_reason) == ("revoked", "登记更正")


def test_serials_tell_typing_errors() -> None:
    """Every wrong digit and every swap of neighbours is noticed."""
    serial = make_serial(2026, 123)
    assert check_serial(serial)
    assert serial.startswith("BM-2026-000123-")
    places = [place for place, letter in enumerate(serial) if letter.isdigit()]
    for place in places:
        for digit in "0123456789":
            wrong = serial[:place] + digit + serial[place + 1 :]
            assert check_serial(wrong) == (wrong == serial)


def test_counter_is_the_last_number(centre: Centre) -> None:
    """The counter of a year is the number of certificates of that year."""
    for _ in range(3):
        ask(centre, ZHANG, RESIDENCE)
    assert SerialCounter.objects.get(centre=centre, year=2026).value == Certificate.objects.count() == 3


def test_keys_are_for_the_owner_only(centre: Centre) -> None:
    """The signer's files can be read by nobody else on the machine."""
    folder = settings.DATA_DIR / "keys" / centre.code
    files = [folder / "certificate_authority.pem", folder / "certificate_signer.pem"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
