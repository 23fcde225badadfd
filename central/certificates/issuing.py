"""Issuing, counting copies of, and revoking certificates. The one place where certificates come into being."""

import hashlib
import json
import secrets
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from jsonschema import Draft202012Validator

from central.catalogue.models import ServiceItem
from central.catalogue.publishing import publish
from central.certificates import pki, wording
from central.certificates.facts import SOURCES, Asked, Facts
from central.certificates.models import Certificate, CertificateTemplate, PrintRecord, SerialCounter
from central.certificates.registers import Registers
from central.certificates.rendering import CannotRender, Press, Sheet
from central.certificates.serials import make_serial
from central.certificates.signing import PdfSealer
from central.certificates.vault import Vault
from central.establish import keys_of
from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.refusal import Refused
from wire.catalogue import ServiceItem as WireItem
from wire.identity import check_id_number, mask_id_number, mask_name
from wire.messages import (
    CertificateReply,
    CertificateRequest,
    CopyVerdict,
    PrintOutcome,
    PrintReceipt,
    PrintSettler,
    ResourceKind,
    Revocation,
)
from wire.text import Language, Text
from wire.verification import Statement, sign_statement

_NONCE_BYTES = 16


def issue(centre: Centre, request: CertificateRequest, *, envelope_id: UUID, now: datetime) -> CertificateReply:
    """Issue what a terminal asks for, or say why not by a code.

    The same envelope asked again, also at the same time, gets the same certificate, byte for byte. Serial, record and
    document commit together, so that a failure leaves no gap in the numbers. Raises what is our own fault only:
    missing fonts, missing keys, a broken template.
    """
    try:
        certificate = _find_or_make(centre, request, envelope_id, now)
    except Refused as refusal:
        return CertificateReply(problem=refusal.code)
    return CertificateReply(
        serial=certificate.serial,
        pdf=vault_of(centre).open(bytes(certificate.document), _document_row(certificate.serial)),
        pages=certificate.pages,
        verification=certificate.verification,
    )


@transaction.atomic
def record_print(terminal: Terminal, receipt: PrintReceipt) -> PrintRecord:
    """Note what became of one copy. Told twice, it counts once; only a doubtful outcome can be told anew.

    What staff found is told anew, too, by the citizen who had the paper in hand and whose word was late on the line.
    Raises :class:`Refused` (centre.refused) for a certificate that this centre did not issue.
    """
    certificate = Certificate.objects.filter(centre_id=terminal.centre_id, serial=receipt.serial).first()
    if certificate is None:
        raise Refused("centre.refused", 404)
    record, added = PrintRecord.objects.select_for_update().get_or_create(
        terminal=terminal,
        job_name=receipt.job_name,
        defaults={
            "centre_id": terminal.centre_id,
            "certificate": certificate,
            "copy_number": receipt.copy_number,
            "outcome": receipt.outcome.value,
            "impressions": receipt.impressions,
            "at": receipt.at,
            "reprint": receipt.reprint,
            "settled_by": receipt.settled_by or "",
        },
    )
    in_doubt = record.outcome == PrintOutcome.DOUBTFUL.value
    if not added and (in_doubt or record.settled_by == PrintSettler.STAFF.value):
        record.outcome = receipt.outcome.value
        record.impressions = receipt.impressions
        record.at = receipt.at
        record.settled_by = receipt.settled_by or ""
        record.save(update_fields=["outcome", "impressions", "at", "settled_by"])
    return record


@transaction.atomic
def settle_copy(record: PrintRecord, outcome: PrintOutcome, *, officer: str, reason: str) -> bool:
    """Note what an officer found about a doubtful copy; the terminal hears of it by its next heartbeat.

    Return False when it is in doubt no more: the citizen or somebody else was quicker. Raises ValueError without a
    reason.
    """
    if not reason.strip():
        raise ValueError("settling needs a reason")
    changed = PrintRecord.objects.filter(pk=record.pk, outcome=PrintOutcome.DOUBTFUL.value).update(
        outcome=outcome.value, settled_by=PrintSettler.STAFF.value, note=f"{officer}：{reason.strip()}"[:300]
    )
    return bool(changed)


def verdicts(terminal: Terminal, job_names: tuple[str, ...]) -> tuple[CopyVerdict, ...]:
    """Return what staff decided about copies that a terminal has in doubt."""
    rows = PrintRecord.objects.filter(
        terminal=terminal, job_name__in=job_names, settled_by=PrintSettler.STAFF.value
    ).order_by("pk")
    return tuple(CopyVerdict(job_name=row.job_name, outcome=PrintOutcome(row.outcome)) for row in rows)


@transaction.atomic
def revoke(certificate: Certificate, *, reason: str, now: datetime) -> None:
    """Make a certificate void and tell every terminal. A second time changes nothing. ``reason`` is for the staff."""
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.state == Certificate.State.REVOKED:
        return
    locked.state = Certificate.State.REVOKED
    locked.revoked_at = now
    locked.revocation_reason = reason
    locked.save(update_fields=["state", "revoked_at", "revocation_reason"])
    revocation = Revocation(revoked_on=timezone.localtime(now).date())
    publish(locked.centre, ResourceKind.REVOCATION, locked.serial, revocation)


def vault_of(centre: Centre) -> Vault:
    """Return what closes and opens a centre's records. Raises :class:`~central.keys.KeysMissing`."""
    return Vault(keys_of(centre).records)


def sealer_of(centre: Centre) -> PdfSealer:
    """Return what signs a centre's PDF files. A centre that has no key for it yet gets one."""
    return _sealer(settings.DATA_DIR, centre.code, centre.name_zh)


@transaction.atomic
def _find_or_make(centre: Centre, request: CertificateRequest, envelope_id: UUID, now: datetime) -> Certificate:
    # The lock comes first: whoever waited for it sees the certificate that was made meanwhile.
    counter = _locked_counter(centre, timezone.localtime(now).year)
    certificate = Certificate.objects.filter(envelope_id=envelope_id).first()
    if certificate is None:
        return _make(centre, request, counter, envelope_id, now)
    if not _same(certificate, centre, request):
        raise Refused("wire.sequence_taken", 409)
    return certificate


@cache
def warm_press(fonts: Path) -> Press:
    """Return this process's press, whose fonts and templates stay warm."""
    return Press(fonts)


def _locked_counter(centre: Centre, year: int) -> SerialCounter:
    SerialCounter.objects.get_or_create(centre=centre, year=year)
    return SerialCounter.objects.select_for_update().get(centre=centre, year=year)


def _make(
    centre: Centre, request: CertificateRequest, counter: SerialCounter, envelope_id: UUID, now: datetime
) -> Certificate:
    item, template = _offered(centre, request.item)
    if not check_id_number(request.applicant.id_number):
        raise Refused("wire.malformed")  # nobody's number is in no register: that would make a clean record
    local = timezone.localtime(now)
    vault = vault_of(centre)
    facts = _facts(item, template, Registers(centre, vault), Asked(request.applicant, request.answers, local))

    counter.value += 1
    counter.save(update_fields=["value"])
    serial = make_serial(counter.year, counter.value)
    holder = {"name": request.applicant.name, "id_number": mask_id_number(request.applicant.id_number)}
    content = {
        "serial": serial,
        "item": item.code,
        "holder": {"name": request.applicant.name, "id_number": request.applicant.id_number},
        "facts": facts,
        "issued_on": local.date().isoformat(),
    }
    nonce = secrets.token_bytes(_NONCE_BYTES)
    digest = digest_of_content(content, nonce)
    statement = Statement(
        serial=serial,
        item=item.code,
        holder_masked=mask_name(request.applicant.name),
        issued_on=local.date(),
        digest=digest,
    )
    verification = sign_statement(statement, keys_of(centre).issuer, centre.public_url)
    sheet = Sheet(
        title=template.title.model_dump(),
        centre=centre.name.model_dump(),
        seal={"around": template.seal_around, "below": template.seal_below},
        notice=template.notice.model_dump() if template.notice else None,
        serial=serial,
        issued=wording.day(local.date()).model_dump(),
        holder=holder,
        facts=facts,
        qr=verification,
    )
    signed = sealer_of(centre).sign(_set(template, sheet, at=now, name=request.applicant.name), now=now)
    return Certificate.objects.create(
        centre=centre,
        serial=serial,
        envelope_id=envelope_id,
        item=item.code,
        title_zh=template.title_zh,
        title_en=template.title_en,
        holder=statement.holder_masked,
        person=vault.person(request.applicant.id_number),
        content=vault.close_json(content, f"content/{serial}"),
        nonce=nonce,
        digest=digest.hex(),
        document=vault.close(signed.pdf, _document_row(serial)),
        pdf_sha256=hashlib.sha256(signed.pdf).hexdigest(),
        pages=signed.pages,
        verification=verification,
        issued_at=now,
        issued_on=local.date(),
    )


def digest_of_content(content: dict[str, Any], nonce: bytes) -> bytes:
    """Return SHA-256 of the nonce, then the content as JSON with sorted keys: the nonce keeps it from being guessed."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(nonce + canonical.encode()).digest()


def _offered(centre: Centre, code: str) -> tuple[WireItem, CertificateTemplate]:
    row = ServiceItem.objects.filter(centre=centre, code=code, offered=True).first()
    item = row.wire() if row is not None else None
    if item is None or item.certificate is None:
        raise Refused("centre.no_such_item", 404)
    return item, CertificateTemplate.objects.get(centre=centre, code=item.certificate)


def _facts(item: WireItem, template: CertificateTemplate, registers: Registers, asked: Asked) -> Facts:
    """Return the template's facts and the chosen purpose. Refuses answers that the form does not allow."""
    validator = Draft202012Validator(item.form.data_schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    if not validator.is_valid(asked.answers):
        raise Refused("wire.malformed")
    facts = SOURCES[template.facts](registers, asked)
    chosen = f"purpose.{asked.answers['purpose']}"
    purpose = Text(zh=item.form.texts[Language.ZH][chosen], en=item.form.texts[Language.EN][chosen])
    return facts | {"purpose": purpose.model_dump()}


def _set(template: CertificateTemplate, sheet: Sheet, *, at: datetime, name: str) -> bytes:
    """Set the sheet. When only the holder's own name is to blame, say so to the citizen instead of failing."""
    press = warm_press(settings.CERTIFICATE_FONTS)
    try:
        return press.set(template.source, sheet, at=at)
    except CannotRender:
        if press.has_glyphs(name):
            raise
        raise Refused("certificate.rare_character", 422) from None


def _same(certificate: Certificate, centre: Centre, request: CertificateRequest) -> bool:
    person = vault_of(centre).person(request.applicant.id_number)
    return (certificate.centre_id, certificate.item, certificate.person) == (centre.code, request.item, person)


def _document_row(serial: str) -> str:
    return f"document/{serial}"


@cache
def _sealer(data_dir: Path, centre: str, name: str) -> PdfSealer:
    """Keep a centre's signing key parsed."""
    return PdfSealer(pki.create(data_dir, centre, name, timezone.now()))
