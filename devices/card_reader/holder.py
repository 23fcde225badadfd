"""Turns what a document says of its holder into an ``Identity``, and refuses what contradicts itself."""

from datetime import date

from devices.card_reader.api import CardGarbled
from wire.identity import DocumentKind, Identity, Sex, birth_date_of, check_id_number, sex_of


def checked_identity(
    *,
    document: DocumentKind,
    name: str,
    id_number: str,
    sex: Sex,
    birth_date: date | None,
    valid_from: date | None,
    valid_to: date | None,
    nation: str | None = None,
    address: str | None = None,
    issuer: str | None = None,
    card_number: str | None = None,
    photo: bytes | None = None,
) -> Identity:
    """Return the identity when check digit, birth, sex and dates agree; raise ``CardGarbled`` otherwise.

    Sex and birth date are part of the number (GB 11643); where a card leaves them out, the number's are taken.
    The messages name the field, never its value.
    """
    if not name or not name.isprintable():
        raise CardGarbled("name")
    if not check_id_number(id_number):
        raise CardGarbled("id number")
    if birth_date not in (None, birth_date_of(id_number)):
        raise CardGarbled("birth date")
    if sex not in (Sex.UNKNOWN, sex_of(id_number)):
        raise CardGarbled("sex")
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise CardGarbled("validity")
    return Identity(
        document=document,
        name=name,
        id_number=id_number,
        sex=sex_of(id_number),
        birth_date=birth_date_of(id_number),
        nation=nation,
        address=address,
        issuer=issuer,
        valid_from=valid_from,
        valid_to=valid_to,
        card_number=card_number,
        photo=photo,
    )


def compact_date(digits: str) -> date:
    """Return the date of ``YYYYMMDD``; raise ``CardGarbled`` when it is none."""
    if len(digits) != len("YYYYMMDD") or not (digits.isascii() and digits.isdigit()):
        raise CardGarbled("date")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise CardGarbled("date") from None
