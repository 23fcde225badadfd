"""The text of a resident ID card: what is read, and what is refused."""

import pytest

from devices.card_reader import resident_card
from devices.card_reader.api import CardGarbled, CardUnsupported
from devices.card_reader.nations import NATIONS
from devices.virtual.card_resident import ResidentCard
from devices.virtual.people import PEOPLE, ZHANG, Person
from wire.identity import DocumentKind, check_id_number


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.card_number)
def test_everything_is_read(person: Person) -> None:
    """Every field arrives as the card has it; 长期 is no end of validity."""
    card = ResidentCard(person)
    identity = resident_card.parse(card.text, card.photo)
    assert identity.document is DocumentKind.RESIDENT_CARD
    assert (identity.name, identity.id_number) == (person.name, person.id_number)
    assert (identity.sex, identity.birth_date, identity.nation) == (
        person.sex,
        person.birth_date,
        person.nation_name,
    )
    assert (identity.address, identity.issuer) == (person.address, person.issuer)
    assert (identity.valid_from, identity.valid_to) == (person.valid_from, person.valid_to)
    assert identity.photo == person.photo


@pytest.mark.parametrize("flag", ["I", "J"])
def test_other_kinds_of_card(flag: str) -> None:
    """Cards of foreigners and of Hong Kong, Macau and Taiwan residents have another layout: unsupported."""
    with pytest.raises(CardUnsupported):
        resident_card.parse(ResidentCard(ZHANG, flag=flag).text, b"")


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        pytest.param(0, " " * 15, id="no name"),
        pytest.param(30, "1", id="sex of another"),
        pytest.param(30, "5", id="no sex"),
        pytest.param(36, "19910613", id="birth of another"),
        pytest.param(36, "19910231", id="no such day"),
        pytest.param(36, "１９９１０６１２", id="full-width digits"),
        pytest.param(122, "210203199106120029", id="check digit"),
        pytest.param(204, "20180408", id="ends before it begins"),
        pytest.param(204, "长", id="half a word"),
    ],
)
def test_contradictions(offset: int, value: str) -> None:
    """What contradicts itself is refused."""
    text = bytearray(ResidentCard(ZHANG).text)
    coded = value.encode("utf-16-le")
    text[offset : offset + len(coded)] = coded
    with pytest.raises(CardGarbled):
        resident_card.parse(bytes(text), b"")


def test_broken_text() -> None:
    """Half a surrogate pair, or a text of another length, is no text."""
    text = ResidentCard(ZHANG).text
    with pytest.raises(CardGarbled):
        resident_card.parse(b"\x00\xd8\x41\x00" + text[4:], b"")
    with pytest.raises(CardGarbled):
        resident_card.parse(text[:-1], b"")


def test_nations() -> None:
    """56 nationalities; the first, the last, and two around the middle have the standard's codes."""
    assert len([code for code in NATIONS if code <= "56"]) == 56
    assert (NATIONS["01"], NATIONS["11"], NATIONS["29"], NATIONS["56"]) == ("汉", "满", "柯尔克孜", "基诺")


def test_an_old_number_of_a_young_county() -> None:
    """A person born before their county had its present code has a good number."""
    assert check_id_number("210281194803153120")
    assert not check_id_number("210281194803153121")
    assert not check_id_number("210281194802303126")
