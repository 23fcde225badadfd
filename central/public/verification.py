"""Says whether a certificate's code is genuine and the certificate still valid. Looks only at what the code states."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from central.catalogue.models import Published
from central.certificates.models import Certificate
from wire.errors import CertificateForged, NotOurCode
from wire.messages import IssuerKey, ResourceKind
from wire.text import Text
from wire.verification import Statement, verify_statement


class Verdict(StrEnum):
    """What is to be told of a code."""

    VALID = "valid"
    REVOKED = "revoked"
    FORGED = "forged"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict; what the code states and the certificate's title and centre when it is ours, valid or revoked."""

    verdict: Verdict
    statement: Statement | None = None
    title: Text | None = None
    centre: Text | None = None
    revoked_on: date | None = None


def check(code: str) -> Checked:
    """Check the text of a code, or its part behind ``#``; white space does not matter.

    A statement with a good signature that is not on record is told as forged: only a stolen key makes such.
    """
    try:
        statement = verify_statement("".join(code.split()), issuer_keys())
    except NotOurCode:
        return Checked(Verdict.NOT_OURS)
    except CertificateForged:
        return Checked(Verdict.FORGED)
    on_record = Certificate.objects.select_related("centre").filter(
        serial=statement.serial, digest=statement.digest.hex()
    )
    certificate = on_record.first()
    if certificate is None:
        return Checked(Verdict.FORGED)
    revoked = certificate.state == Certificate.State.REVOKED
    return Checked(
        Verdict.REVOKED if revoked else Verdict.VALID,
        statement,
        Text(zh=certificate.title_zh, en=certificate.title_en),
        certificate.centre.name,
        certificate.revoked_at.date() if certificate.revoked_at else None,
    )


def issuer_keys() -> dict[str, bytes]:
    """Return the keys of every centre served here, as they are published to terminals: key id → 32 bytes."""
    published = Published.objects.filter(kind=ResourceKind.ISSUER_KEY.value, content__isnull=False)
    return {row.key: IssuerKey.model_validate_json(json.dumps(row.content)).public_key for row in published}
