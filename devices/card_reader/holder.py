"""Turns what a document says of its holder into an ``Identity``, and refuses what contradicts itself."""

import re
import unicodedata
from datetime import date

from devices.card_reader.api import CardGarbled
from devices.mrz.key import check_digit
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
    if not (name and _is_text(name)):
        raise CardGarbled("name")
    if not check_id_number(id_number):
        raise CardGarbled("id number")
    if birth_date not in (None, birth_date_of(id_number)):
        raise CardGarbled("birth date")
    if sex not in (Sex.UNKNOWN, sex_of(id_number)):
        raise CardGarbled("sex")
    if not all(_is_text(text) for text in (address, issuer) if text):
        raise CardGarbled("address or issuer")
    _check_validity(valid_from, valid_to)
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


def checked_foreigner(
    *,
    name: str,
    name_latin: str,
    id_number: str,
    nationality: str,
    sex: Sex,
    birth_date: date,
    valid_from: date,
    valid_to: date | None,
    photo: bytes | None,
) -> Identity:
    """Return the holder of a foreign permanent resident's card; raise ``CardGarbled`` for contradictions.

    Its number is one of two kinds. Until 2023: three letters of the country, four digits of the place, birth as
    YYMMDD, one digit, and a check digit as in Doc 9303-3, 4.9. Since: ``9``, and for the rest like GB 11643, birth and
    check digit at the same places. (The first from a program that checks it so; the second from the published rules.)
    """
    if not name_latin or not _is_text(name_latin + name):
        raise CardGarbled("name")
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", id_number):
        sound, born = check_digit(id_number[:-1]) == id_number[-1], f"{birth_date:%y%m%d}" == id_number[7:13]
    else:
        sound, born = (
            id_number.startswith("9") and check_id_number(id_number),
            f"{birth_date:%Y%m%d}" == id_number[6:14],
        )
    if not sound:
        raise CardGarbled("id number")
    if not born:
        raise CardGarbled("birth date")
    _check_validity(valid_from, valid_to)
    return Identity(
        document=DocumentKind.FOREIGN_RESIDENT_CARD,
        name=name or name_latin,
        name_latin=name_latin,
        id_number=id_number,
        nationality=nationality if re.fullmatch("[A-Z]{3}", nationality) else None,
        sex=sex,
        birth_date=birth_date,
        valid_from=valid_from,
        valid_to=valid_to,
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


def _is_text(text: str) -> bool:
    """Tell whether nothing in it controls. Rare characters may be: private-use, and younger than this Unicode."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


def _check_validity(valid_from: date | None, valid_to: date | None) -> None:
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise CardGarbled("validity")
