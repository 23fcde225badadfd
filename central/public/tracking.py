"""A case as its slip opens it, in words for a page."""

import re

from central.cases.tracking import by_token
from wire.case import CaseState, CaseView, parse_slip
from wire.text import Text

_FRAGMENT = re.compile(r"\d{17}\.[A-Za-z0-9_-]{22}", re.ASCII)

STATES = {
    CaseState.ACCEPTED: Text(zh="已受理", en="Accepted"),
    CaseState.IN_REVIEW: Text(zh="审查中", en="In review"),
    CaseState.SUPPLEMENT_REQUESTED: Text(zh="需要补充材料", en="More documents needed"),
    CaseState.APPROVED: Text(zh="准予办理", en="Approved"),
    CaseState.REJECTED: Text(zh="不予办理", en="Not approved"),
    CaseState.DELIVERED: Text(zh="已送达", en="Delivered"),
}


def find(code: str) -> CaseView | None:
    """Return the case of a slip's code, whole or only its part behind ``#``; None for anything else."""
    text = "".join(code.split())
    slip = parse_slip(f"https://slip/t#{text}" if _FRAGMENT.fullmatch(text) else text)
    return by_token(slip.case_number, slip.token) if slip is not None else None
