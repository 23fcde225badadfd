"""A case (办件) as a citizen may see it, its number, and the slip's code that opens it."""

import re
import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from stdnum.iso7064 import mod_11_10

from wire.model import Message
from wire.text import Text


class CaseState(StrEnum):
    """Where a case is (domain.md): accepted → in review → (supplement requested) → decided → delivered."""

    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    DELIVERED = "delivered"


class CaseStep(Message):
    """One step of a case: when it came into a state, and what the officer wrote for the citizen."""

    state: CaseState
    at: datetime
    note: str = ""


class CaseView(Message):
    """A case as shown to its applicant. Nothing of the applicant beyond a masked name."""

    case_number: str
    item_name: Text
    department_name: Text
    applicant_masked: str
    state: CaseState
    steps: tuple[CaseStep, ...]
    promised_by: date | None


class SlipCode(Message):
    """What the QR code of an acceptance slip (受理通知书) says: the case, and the secret that opens it."""

    case_number: str
    token: Annotated[str, Field(repr=False)]

    def to_text(self, public_url: str) -> str:
        """Return ``https://…/t#<case number>.<token>``: a fragment, which a browser sends to nobody's log."""
        return f"{public_url.rstrip('/')}/t#{self.case_number}.{self.token}"


_CASE_NUMBER = re.compile(r"\d{17}", re.ASCII)
_SLIP = re.compile(r"https?://[^\s#]{1,200}/t#(\d{17})\.([A-Za-z0-9_-]{22})", re.ASCII)


def new_case_number(day: date, terminal_number: int, count: int) -> str:
    """Return 17 digits: day (8), terminal (4), that terminal's count of the day (4), check (ISO 7064 mod 11,10).

    A terminal numbers its own cases, so that a slip can be printed while the line is down.
    """
    if not (0 <= terminal_number <= 9999 and 1 <= count <= 9999):  # noqa: PLR2004 - four digits each
        raise ValueError("terminal number or count does not fit four digits")
    payload = f"{day:%Y%m%d}{terminal_number:04}{count:04}"
    return payload + str(mod_11_10.calc_check_digit(payload))


def check_case_number(number: str) -> bool:
    """Tell whether a case number has 17 digits and its check digit holds."""
    return bool(_CASE_NUMBER.fullmatch(number)) and bool(mod_11_10.is_valid(number))


def show_case_number(number: str) -> str:
    """Return a case number in groups that a person can read aloud: 20261123 0012 0007 5."""
    return f"{number[:8]} {number[8:12]} {number[12:16]} {number[16:]}"


def new_slip_token() -> str:
    """Return 128 random bits as 22 characters of base64url."""
    return secrets.token_urlsafe(16)


def parse_slip(text: str) -> SlipCode | None:
    """Return what a slip's QR code says, or None when the text is none."""
    match = _SLIP.fullmatch(text)
    if match is None or not check_case_number(match[1]):
        return None
    return SlipCode(case_number=match[1], token=match[2])
