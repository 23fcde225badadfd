"""What opens a chip: the key of the printed MRZ, or the card access number; and what follows from each."""

from dataclasses import dataclass, field
from hashlib import sha1
from typing import Self

from devices.card_reader.api import CardAccessWrong
from devices.mrz import Mrz


@dataclass(frozen=True, slots=True)
class MrzKey:
    """Number, birth and expiry, each with its check digit: ``Mrz.key()`` of a scanned zone, ``key_of`` typed ones."""

    text: str = field(repr=False)

    @classmethod
    def of(cls, mrz: Mrz) -> Self:
        """Return the key of a zone."""
        return cls(mrz.key())

    def bac_seed(self) -> bytes:
        """Return the seed of the basic access keys (Doc 9303-11, 9.7.2)."""
        return sha1(self.text.encode("ascii")).digest()[:16]  # noqa: S324 - what the standard says

    def pace_seed(self) -> bytes:
        """Return the seed of PACE's password key (Doc 9303-11, 9.7.3)."""
        return sha1(self.text.encode("ascii")).digest()  # noqa: S324 - what the standard says


@dataclass(frozen=True, slots=True)
class CardAccessNumber:
    """The six digits on the front of newer documents; opens chips with PACE only."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raise ``CardAccessWrong`` for anything but digits."""
        if not (self.digits.isascii() and self.digits.isdigit()):
            raise CardAccessWrong("card access number")

    def pace_seed(self) -> bytes:
        """Return the seed of PACE's password key: the digits as they are printed."""
        return self.digits.encode("ascii")


Access = MrzKey | CardAccessNumber
