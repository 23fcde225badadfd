"""Sets templates with invented facts: a broken one is noticed when loaded, and the first citizen need not wait."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from central.certificates.issuing import sealer_of, warm_press
from central.certificates.models import CertificateTemplate
from central.certificates.rendering import CannotRender, FontsMissing, Press, Sheet
from central.keys import KeysMissing

_log = logging.getLogger(__name__)

_BOTH = {"zh": "样例", "en": "Specimen"}
_AT = datetime(2026, 1, 1, tzinfo=UTC)

SPECIMENS: dict[str, dict[str, Any]] = {
    "no_property": {"searched": _BOTH},
    "social_insurance": {
        "first": _BOTH,
        "last": _BOTH,
        "months": 1,
        "rows": [
            {
                "month": "2026-01",
                "payer": "样例",
                "base_yuan": "1.00",
                "pension": True,
                "medical": True,
                "unemployment": True,
                "injury": False,
            }
        ],
    },
    "residence": {"since": _BOTH, "address": "样例", "reason": _BOTH, "registrar": _BOTH},
}


def prove(press: Press, template: CertificateTemplate, centre: dict[str, str]) -> None:
    """Set a specimen of a template. Raises :class:`~central.certificates.rendering.CannotRender`."""
    sheet = Sheet(
        title=template.title.model_dump(),
        centre=centre,
        seal={"around": template.seal_around, "below": template.seal_below},
        notice=template.notice.model_dump() if template.notice else None,
        serial="BM-2026-000000-0",
        issued=_BOTH,
        holder={"name": "样例", "id_number": "******************"},
        facts=SPECIMENS[template.facts] | {"purpose": _BOTH},
        qr="specimen",
    )
    press.set(template.source, sheet, at=_AT)


def warm_up() -> None:
    """Set every template once in this process, and parse the keys: the first citizen then waits 80 ms, not 700.

    Only after a fork: Typst's threads do not survive one. Whatever fails here is logged; it will be told again, to the
    one who asks for a certificate, while everything else of the centre goes on.
    """
    try:
        press = warm_press(settings.CERTIFICATE_FONTS)
        for template in CertificateTemplate.objects.select_related("centre"):
            prove(press, template, template.centre.name.model_dump())
            sealer_of(template.centre)
    except (FontsMissing, CannotRender, KeysMissing, DatabaseError) as error:
        _log.warning("certificates cannot be made yet", exc_info=error)
    finally:
        connection.close()
