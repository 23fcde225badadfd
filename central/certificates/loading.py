"""Puts a checked definition of a centre into the database, in one transaction, and publishes what changed."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from central.catalogue.models import ServiceItem
from central.catalogue.publishing import offer, put_department, put_item
from central.certificates import pki
from central.certificates.definition import Definition, DefinitionWrong
from central.certificates.issuing import vault_of, warm_press
from central.certificates.models import CertificateTemplate
from central.certificates.registers import Registers
from central.certificates.rendering import CannotRender
from central.certificates.specimen import prove
from central.establish import establish
from central.organisation.models import Centre, Department, Window

_LOCAL_URL = "http://localhost"


@transaction.atomic
def load(definition: Definition, *, public_url: str, data_dir: Path, now: datetime) -> Centre:
    """Make the centre what its definition says. An empty ``public_url`` keeps the one it has.

    Items that it no longer has are withdrawn, not deleted: cases refer to them. What the staff withdrew stays so.
    Raises :class:`DefinitionWrong` for a template that cannot be set.
    """
    told = definition.centre
    known = Centre.objects.filter(code=told.code).first()
    url = public_url or (known.public_url if known else _LOCAL_URL)
    centre = establish(told.code, told.name, url, level=told.level)
    pki.create(data_dir, centre.code, centre.name_zh, now)
    for department in told.departments:
        row = put_department(centre, department.wire())
        _put_window(centre, row, department.window.number, department.window.place)
    _put_templates(centre, definition)
    for item in definition.items:
        put_item(centre, item)
    for gone in ServiceItem.objects.filter(centre=centre, offered=True).exclude(
        code__in=[item.code for item in definition.items]
    ):
        offer(gone, offered=False)
    Registers(centre, vault_of(centre)).replace(definition.people)
    return centre


def _put_window(centre: Centre, department: Department, number: str, place: str) -> None:
    Window.objects.update_or_create(centre=centre, number=number, defaults={"department": department, "place": place})


def _put_templates(centre: Centre, definition: Definition) -> None:
    look = definition.centre.look
    press = warm_press(settings.CERTIFICATE_FONTS)
    for certificate in definition.centre.certificates:
        template, _ = CertificateTemplate.objects.update_or_create(
            centre=centre,
            code=certificate.code,
            defaults={
                "title_zh": certificate.title.zh,
                "title_en": certificate.title.en,
                "facts": certificate.facts,
                "source": definition.sources[certificate.code],
                "seal_around": look.seal_around,
                "seal_below": look.seal_below,
                "notice_zh": look.notice.zh if look.notice else "",
                "notice_en": look.notice.en if look.notice else "",
            },
        )
        try:
            prove(press, template, centre.name.model_dump())
        except CannotRender as error:
            raise DefinitionWrong([f"certificates/{certificate.code}.typ: {error}"]) from None
