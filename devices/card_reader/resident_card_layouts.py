"""Where things lie in the 256 bytes of text of the four kinds of card that a SAM module reads. Data only.

UTF-16LE, padded with blanks; offsets and sizes in bytes. Of these, the resident's follows the module vendors' manuals
(after GA 490). The other three are as in structures of reader vendors' programs, and not checked against a card:

* ``I``, foreign permanent resident's card of 2017: a vendor's published table agrees with them, field by field.
* ``J``, residence permit of residents of Hong Kong, Macau and Taiwan (2018).
* ``Y``, foreign permanent resident's card of 2023: that its number has 18 characters, begins with 9 and has the
  resident number's check digit is from the published rules; the places of its fields from one program alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field lies in the text."""

    offset: int
    size: int


def _laid_out(**sizes: int) -> Mapping[str, Field]:
    """Return fields of these sizes one after another; ``spare`` ones are left out."""
    fields, offset = {}, 0
    for name, size in sizes.items():
        fields[name] = Field(offset, size)
        offset += size
    return {name: field for name, field in fields.items() if not name.startswith("spare")}


RESIDENT: Final = _laid_out(
    name=30, sex=2, nation=4, birth_date=16, address=70, id_number=36, issuer=30, valid_from=16, valid_to=16, spare=36
)
FOREIGNER: Final = _laid_out(
    name_latin=120,
    sex=2,
    id_number=30,
    nationality=6,
    name=30,
    valid_from=16,
    valid_to=16,
    birth_date=16,
    version=4,
    authority=8,
    type_flag=2,
    spare=6,
)
PERMIT: Final = _laid_out(
    name=30,
    sex=2,
    spare=4,
    birth_date=16,
    address=70,
    id_number=36,
    issuer=30,
    valid_from=16,
    valid_to=16,
    pass_number=18,
    times_issued=4,
    spare_too=6,
    type_flag=2,
    spare_last=6,
)
FOREIGNER_2023: Final = _laid_out(
    name=30,
    sex=2,
    times_issued=4,
    birth_date=16,
    name_latin=70,
    id_number=36,
    spare=30,
    valid_from=16,
    valid_to=16,
    name_latin_continued=22,
    nationality=6,
    type_flag=2,
    former_number=6,
)
TYPE_FLAG: Final = Field(248, 2)  # at the same place in all that have one; blank on a resident's card
NEW_ADDRESS_SIZE: Final = 70  # of one address in the answer to READ_NEW_ADDRESS; from memory
FOR_EVER: Final = "长期"
