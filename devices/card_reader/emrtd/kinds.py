"""Which kind of document an MRZ is of, by its document code and issuer.

Passports begin with P (Doc 9303-4, 4.2.2.1). The codes of permits that the mainland's authorities issue (CR, CT and CS
for travel permits, from what readers' vendors list) are from memory and unverified; so is the code of the
foreign permanent resident's card.
"""

from typing import Final

from devices.mrz import Mrz
from wire.identity import DocumentKind

CHINA: Final = "CHN"
_MAINLAND: Final = {
    "CR": DocumentKind.TRAVEL_PERMIT,
    "CT": DocumentKind.TRAVEL_PERMIT,
    "CS": DocumentKind.TRAVEL_PERMIT,
    "IR": DocumentKind.FOREIGN_RESIDENT_CARD,
    "AR": DocumentKind.FOREIGN_RESIDENT_CARD,
}


def kind_of(mrz: Mrz) -> DocumentKind:
    """Return the kind of document."""
    if mrz.document_code.startswith("P"):
        return DocumentKind.PASSPORT
    if mrz.issuer == CHINA and mrz.document_code in _MAINLAND:
        return _MAINLAND[mrz.document_code]
    return DocumentKind.FOREIGN_IDENTITY_CARD
