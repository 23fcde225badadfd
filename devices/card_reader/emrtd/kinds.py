"""Which kind of document an MRZ is of, by its document code and issuer.

Passports begin with P (Doc 9303-4, 4.2.2.1). The codes of the mainland's travel permits, for residents of Hong Kong and
Macau (CR) and of Taiwan (CT), are from memory and unverified. A card that China has issued to somebody of another
nationality is taken for a foreign permanent resident's, whatever its code.
"""

from typing import Final

from devices.mrz import Mrz
from wire.identity import DocumentKind

CHINA: Final = "CHN"
_TRAVEL_PERMITS: Final = frozenset(("CR", "CT"))


def kind_of(mrz: Mrz) -> DocumentKind:
    """Return the kind of document."""
    if mrz.document_code.startswith("P"):
        return DocumentKind.PASSPORT
    if mrz.issuer != CHINA:
        return DocumentKind.FOREIGN_IDENTITY_CARD
    if mrz.document_code in _TRAVEL_PERMITS:
        return DocumentKind.TRAVEL_PERMIT
    return DocumentKind.FOREIGN_IDENTITY_CARD if mrz.nationality == CHINA else DocumentKind.FOREIGN_RESIDENT_CARD
