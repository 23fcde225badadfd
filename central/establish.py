"""A centre's beginning: its row, its keys, its issuer's key published. Done twice, it changes nothing."""

from django.conf import settings
from django.db import transaction

from central import keys
from central.catalogue.publishing import publish
from central.organisation.models import Centre
from wire.keys import key_id
from wire.messages import IssuerKey, ResourceKind
from wire.text import Text


@transaction.atomic
def establish(code: str, name: Text, public_url: str, *, level: str = Centre.Level.CITY) -> Centre:
    """Make a centre or rename it, make its keys where missing, and publish who signs its certificates."""
    centre, _ = Centre.objects.update_or_create(
        code=code,
        defaults={"name_zh": name.zh, "name_en": name.en, "public_url": public_url.rstrip("/"), "level": level},
    )
    issuer = keys.create(settings.DATA_DIR, code).issuer.public_key().public_bytes_raw()
    publish(centre, ResourceKind.ISSUER_KEY, key_id(issuer), IssuerKey(public_key=issuer))
    return centre


def keys_of(centre: Centre) -> keys.CentreKeys:
    """Return a centre's keys. Raises :class:`~central.keys.KeysMissing`."""
    return keys.load(settings.DATA_DIR, centre.code)
