"""Serial numbers of certificates: ``BM-2026-000123-7``, counted per centre and year, with a check digit."""

import re

from stdnum.iso7064 import mod_11_10

_SERIAL = re.compile(r"BM-(\d{4})-(\d{6,9})-(\d)", re.ASCII)


def make_serial(year: int, count: int) -> str:
    """Return the serial of a year's ``count``-th certificate; the last digit is ISO 7064 mod 11,10 of the others."""
    if not 1 <= count <= 999_999_999:  # noqa: PLR2004 - nine digits
        raise ValueError(f"count out of range: {count}")
    digits = f"{year:04}{count:06}"
    return f"BM-{digits[:4]}-{digits[4:]}-{mod_11_10.calc_check_digit(digits)}"


def check_serial(serial: str) -> bool:
    """Tell whether a serial has our form and its check digit holds."""
    match = _SERIAL.fullmatch(serial)
    return match is not None and bool(mod_11_10.is_valid("".join(match.groups())))
