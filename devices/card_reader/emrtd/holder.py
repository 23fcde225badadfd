"""Makes an ``Identity`` of what a chip's data groups say of its holder."""

from dataclasses import dataclass, field

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.data_groups import Details, Issue, is_latin, joined
from devices.card_reader.emrtd.kinds import kind_of
from devices.mrz import Mrz
from wire.identity import Authenticity, Identity


@dataclass(frozen=True, slots=True)
class Holder:
    """What was read of one chip."""

    zone: Mrz
    details: Details = field(repr=False)
    issue: Issue
    photo: bytes | None = field(repr=False)
    authenticity: Authenticity


def identity_of(holder: Holder) -> Identity:
    """Return the identity. Raises ``CardGarbled`` when DG11 and DG12 contradict the zone, or no birth date is whole.

    ``name`` is the first of DG11's names in another script than Latin; else the zone's, which is cut where it is long.
    """
    zone, details, issue = holder.zone, holder.details, holder.issue
    birth_date = zone.birth_date or details.birth_date
    if birth_date is None:
        raise CardGarbled("birth date")
    if details.birth_date is not None and details.birth_date != birth_date:
        raise CardGarbled("birth date")
    if issue.issued is not None and zone.expiry_date is not None and zone.expiry_date < issue.issued:
        raise CardGarbled("validity")
    local = next((name for name in map(joined, details.names) if not is_latin(name)), None)
    return Identity(
        document=kind_of(zone),
        name=local or zone.name,
        name_latin=zone.name,
        id_number=zone.document_number,
        sex=zone.sex,
        birth_date=birth_date,
        nationality=zone.nationality or None,
        address=details.address or None,
        issuer=issue.authority or zone.issuer,
        valid_from=issue.issued,
        valid_to=zone.expiry_date,
        photo=holder.photo,
        authenticity=holder.authenticity,
    )
