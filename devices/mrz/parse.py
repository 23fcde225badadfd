"""Reads an MRZ strictly: right lengths, right characters, every check digit; anything else is ``MrzWrong``."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from devices.mrz.fields import LAYOUTS, Chars, Field, Layout, Mrz, MrzWrong, Size
from devices.mrz.key import check_digit
from wire.identity import Sex

_SEXES: Final = {"M": Sex.MALE, "F": Sex.FEMALE, "<": Sex.UNKNOWN, "X": Sex.UNKNOWN}
_ALLOWED: Final = {
    Chars.DIGITS: re.compile(r"[0-9<]*"),
    Chars.LETTERS: re.compile(r"[A-Z<]*"),
    Chars.MIXED: re.compile(r"[0-9A-Z<]*"),
}
_CENTURY: Final = 100
_HALF: Final = 50  # an expiry lies less than this many years away, whichever way


def parse(lines: Sequence[str], today: date) -> Mrz:
    """Return what an MRZ says: two lines of 44 or 36 characters, or three of 30.

    Years have two digits: a birth lies in the past of ``today``, an expiry within 50 years of it.
    Raises ``MrzWrong``, with the name of the field that is.
    """
    lines = tuple(lines)
    size = _size(lines)
    layout = LAYOUTS[size]
    values = {name: _text(lines, where) for name, where in layout.fields.items()}
    for name, where in layout.fields.items():
        if not _ALLOWED[where.chars].fullmatch(values[name]):
            raise MrzWrong(name)
    document_code, issuer = (values[name].rstrip("<") for name in ("document_code", "issuer"))
    if not document_code or document_code[0] in "<V":
        raise MrzWrong("document_code")
    if not issuer:
        raise MrzWrong("issuer")
    if values["sex"] not in _SEXES:
        raise MrzWrong("sex")
    number, number_check, optional = _number(lines, layout, values)
    _check_dates(lines, layout)
    _check_composite(lines, layout)
    surname, _, given = values["names"].rstrip("<").partition("<<")
    if not surname:
        raise MrzWrong("names")
    return Mrz(
        size=size,
        document_code=document_code,
        issuer=issuer,
        document_number=number.rstrip("<"),
        nationality=values["nationality"].rstrip("<"),
        birth_date=_birth(values["birth_date"], today),
        sex=_SEXES[values["sex"]],
        expiry_date=_expiry(values["expiry_date"], today),
        surname=_words(surname),
        given_names=_words(given),
        optional=optional,
        optional_2=values.get("optional_2", "").rstrip("<"),
        lines=lines,
        seed=number
        + number_check
        + "".join(_with_check(lines, layout.fields[f]) for f in ("birth_date", "expiry_date")),
    )


def _size(lines: tuple[str, ...]) -> Size:
    for size in Size:
        if len(lines) == size.lines and all(len(line) == size.width for line in lines):
            return size
    raise MrzWrong("length")


def _text(lines: Sequence[str], where: Field) -> str:
    return lines[where.line][where.start : where.start + where.size]


def _with_check(lines: Sequence[str], where: Field) -> str:
    assert where.check is not None  # noqa: S101 - dates and numbers have one in every layout
    return _text(lines, where) + lines[where.line][where.check]


def _number(lines: Sequence[str], layout: Layout, values: dict[str, str]) -> tuple[str, str, str]:
    """Return the document's number (with fillers), its check digit, and what is left of the optional data.

    A number of more than nine characters ends in the optional data, its check digit behind it (Doc 9303-5, note j).
    """
    number, optional = values["document_number"], values["optional"]
    check = _with_check(lines, layout.fields["document_number"])[-1]
    own_check = layout.fields["optional"].check
    if own_check is not None:
        given = lines[layout.fields["optional"].line][own_check]
        if given != check_digit(optional) and (given != "<" or optional.strip("<")):
            raise MrzWrong("optional")
    elif check == "<" and "<" not in number:
        rest, _, optional = optional.partition("<")
        number, check = number + rest[:-1], rest[-1:]
    if not number.strip("<") or check_digit(number) != check:
        raise MrzWrong("document_number")
    return number, check, optional.rstrip("<")


def _check_dates(lines: Sequence[str], layout: Layout) -> None:
    for name in ("birth_date", "expiry_date"):
        with_check = _with_check(lines, layout.fields[name])
        if check_digit(with_check[:-1]) != with_check[-1]:
            raise MrzWrong(name)


def _check_composite(lines: Sequence[str], layout: Layout) -> None:
    line, place = layout.composite
    if check_digit("".join(lines[one][begin:end] for one, begin, end in layout.covered)) != lines[line][place]:
        raise MrzWrong("composite")


def _birth(digits: str, today: date) -> date | None:
    """Return the latest day of these digits that is not in the future."""
    if "<" in digits:
        if digits.rstrip("<").isdigit() or not digits.strip("<"):
            return None  # from some place on unknown (Doc 9303-3, 4.8)
        raise MrzWrong("birth_date")
    century = today.year - today.year % _CENTURY
    for base in (century, century - _CENTURY):
        born = _date(base, digits, "birth_date")
        if born <= today:
            return born
    raise MrzWrong("birth_date")


def _expiry(digits: str, today: date) -> date | None:
    if not digits.strip("<"):
        return None
    if "<" in digits:
        raise MrzWrong("expiry_date")
    first = today.year - _HALF
    years = int(digits[:2])
    return _date(first + (years - first) % _CENTURY - years, digits, "expiry_date")


def _date(base: int, digits: str, name: str) -> date:
    try:
        return date(base + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        raise MrzWrong(name) from None


def _words(names: str) -> str:
    return " ".join(part for part in names.split("<") if part)
