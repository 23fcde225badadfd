"""Invented travellers and their documents, and chips made of those: what tests, demo and benchmarks hold to a reader.

Nobody here exists; Utopia (UTO) is the state that Doc 9303 keeps for specimens. The permit's code is from memory.
"""

from datetime import date
from typing import Final

from devices.card_reader.emrtd.access import CardAccessNumber, MrzKey
from devices.card_reader.emrtd.security_infos import announce
from devices.card_reader.emrtd.suites import Suite
from devices.mrz import Size
from devices.virtual.emrtd_chip import EmrtdChip, Temper
from devices.virtual.emrtd_document import Traveller, files_of
from devices.virtual.emrtd_pki import Issuer
from devices.virtual.emrtd_proof import ChipAgreement, Proof
from wire.identity import Sex

ANNA: Final = Traveller(
    size=Size.TD3,
    code="P",
    issuer="UTO",
    number="L898902C3",
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    nationality="UTO",
    sex=Sex.FEMALE,
    birth_date=date(1974, 8, 12),
    valid_from=date(2024, 4, 16),
    valid_to=date(2034, 4, 15),
    birth_place="ZENITH<UTOPIA",
    authority="Passport office, Zenith",
    can="570134",
)
CHAN: Final = Traveller(
    size=Size.TD1,
    code="CR",
    issuer="CHN",
    number="H12345678",
    surname="CHAN",
    given_names="YUET MING",
    nationality="CHN",
    sex=Sex.MALE,
    birth_date=date(1988, 2, 29),
    valid_from=date(2021, 5, 20),
    valid_to=date(2031, 5, 19),
    own_name="陳<<𬱖明",
    address="香港<示例道8號",
    authority="中华人民共和国出入境管理局",
    can="814470",
)
TRAVELLERS = (ANNA, CHAN)

CURVE: Final = 13  # brainpoolP256r1


def chip(
    traveller: Traveller,
    issuer: Issuer | None = None,
    *,
    pace: Suite | None = None,
    parameter_id: int = CURVE,
    bac: bool = True,
    proof: Proof | None = None,
    agreement: ChipAgreement | None = None,
    temper: Temper | None = None,
) -> EmrtdChip:
    """Return a chip with a traveller's document. ``pace``: with which cipher it runs PACE, if it does."""
    return EmrtdChip(
        files=files_of(
            traveller,
            issuer,
            active_key=proof.public if proof else None,
            security_infos=agreement.infos if agreement else None,
        ),
        key=MrzKey(traveller.key),
        can=CardAccessNumber(traveller.can),
        card_access=announce(pace, parameter_id) if pace else None,
        bac=bac,
        prove=proof,
        agreement=agreement,
        temper=temper or Temper(),
    )
