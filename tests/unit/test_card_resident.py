"""The text of the cards that a SAM module reads: what is read, and what is refused."""

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader import resident_card, resident_card_layouts
from devices.card_reader.api import CardGarbled
from devices.card_reader.nations import NATIONS
from devices.virtual.card_resident import ForeignResidentCard, ResidencePermit, ResidentCard
from devices.virtual.people import CHAN, FOREIGNERS, FRASER, LINDQVIST, LIU, PEOPLE, ZHANG, Foreigner, Person
from wire.characters import rare_characters
from wire.identity import DocumentKind, Identity, check_id_number


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


@pytest.mark.parametrize("person", FOREIGNERS, ids=lambda person: person.nationality)
def test_foreign_permanent_residents(person: Foreigner) -> None:
    """Both versions of the foreign permanent resident's card: names in both scripts, number, nationality, dates."""
    card = ForeignResidentCard(person)
    identity = resident_card.parse(card.text, card.photo)
    assert identity.document is DocumentKind.FOREIGN_RESIDENT_CARD
    assert identity.name == (person.name or person.name_latin)
    assert (identity.name_latin, identity.nationality) == (person.name_latin, person.nationality)
    assert (identity.id_number, identity.sex) == (person.id_number, person.sex)
    assert (identity.birth_date, identity.valid_from, identity.valid_to) == (
        person.birth_date,
        person.valid_from,
        person.valid_to,
    )
    assert identity.photo == person.photo


def test_residents_of_hong_kong_macau_and_taiwan() -> None:
    """A residence permit is read like a resident's card, with no nation."""
    card = ResidencePermit(CHAN)
    identity = resident_card.parse(card.text, card.photo)
    assert identity.document is DocumentKind.RESIDENCE_PERMIT
    assert (identity.name, identity.id_number, identity.nation) == (CHAN.name, CHAN.id_number, None)
    assert (identity.address, identity.issuer, identity.valid_to) == (CHAN.address, CHAN.issuer, CHAN.valid_to)


@pytest.mark.parametrize(
    ("layout", "name", "offset"),
    [
        (resident_card_layouts.RESIDENT, "id_number", 122),
        (resident_card_layouts.RESIDENT, "valid_to", 204),
        (resident_card_layouts.FOREIGNER, "nationality", 152),
        (resident_card_layouts.FOREIGNER, "birth_date", 220),
        (resident_card_layouts.FOREIGNER, "type_flag", 248),
        (resident_card_layouts.PERMIT, "pass_number", 220),
        (resident_card_layouts.PERMIT, "type_flag", 248),
        (resident_card_layouts.FOREIGNER_2023, "id_number", 122),
        (resident_card_layouts.FOREIGNER_2023, "type_flag", 248),
    ],
)
def test_golden_offsets(layout: dict[str, resident_card_layouts.Field], name: str, offset: int) -> None:
    """Fields lie where the structures of vendors' programs have them."""
    assert layout[name].offset == offset


def test_a_new_address() -> None:
    """An address added to the card since is the address now: the last that is not blank."""
    moved, moved_again = "辽宁省大连市甘井子区东窗街5号", "辽宁省大连市旅顺口区滨港路19号"
    for added, current in [((), LIU.address), ((moved,), moved), ((moved, moved_again), moved_again)]:
        card = ResidentCard(LIU, new_addresses=(*added, "", ""))
        assert resident_card.parse(card.text, card.photo, card.new_address).address == current


@pytest.mark.parametrize("char", ["\ue000", "\U000f0001", "\U0002ebf1", "\u3fff", "𬱖"])
def test_rare_characters_are_kept(char: str) -> None:
    """Private-use characters, and those that this Python's Unicode does not know, come through names and addresses."""
    person = dataclasses.replace(ZHANG, name=f"张{char}", address=f"辽宁省大连市{char}街1号")
    card = ResidentCard(person)
    identity = resident_card.parse(card.text, card.photo)
    assert (identity.name, identity.address) == (person.name, person.address)


def test_rare_characters_are_found() -> None:
    """Whoever shows a name can tell which characters of it mean nothing elsewhere, or that he cannot draw."""
    assert rare_characters("张\ue000燕\ue001\ue000") == ("\ue000", "\ue001")
    assert rare_characters("张小燕\U000e0100𬱖·ABC") == ()
    assert rare_characters("张\ufffd") == ("\ufffd",)
    assert rare_characters("张小燕", lambda char: char != "燕") == ("燕",)


def changed(text: bytes, offset: int, value: str) -> bytes:
    """Return a card's text with another value at a place."""
    coded = value.encode("utf-16-le")
    return text[:offset] + coded + text[offset + len(coded) :]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        pytest.param(0, " " * 15, id="no name"),
        pytest.param(0, "张\n", id="name with a line feed"),
        pytest.param(52, "\x1b[2J", id="address that controls"),
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
    with pytest.raises(CardGarbled):
        resident_card.parse(changed(ResidentCard(ZHANG).text, offset, value), b"")


@pytest.mark.parametrize(
    ("person", "offset", "value"),
    [
        pytest.param(FRASER, 0, " " * 60, id="no name"),
        pytest.param(FRASER, 122, "GBR210285072318", id="check digit"),
        pytest.param(FRASER, 122, "GBR2102850723  ", id="short number"),
        pytest.param(FRASER, 122, " " * 15, id="no number"),
        pytest.param(FRASER, 220, "19850724", id="birth of another"),
        pytest.param(FRASER, 204, "20170301", id="ends before it begins"),
        pytest.param(LINDQVIST, 122, "921392197904050161", id="check digit of 2023"),
        pytest.param(LINDQVIST, 122, "210203199106120028", id="number of a citizen"),
        pytest.param(LINDQVIST, 36, "19790406", id="birth of another, 2023"),
    ],
)
def test_contradictions_of_foreigners(person: Foreigner, offset: int, value: str) -> None:
    """What contradicts itself on a foreigner's card is refused."""
    with pytest.raises(CardGarbled):
        resident_card.parse(changed(ForeignResidentCard(person).text, offset, value), b"")


def test_a_nationality_that_is_no_code() -> None:
    """A nationality that is not three letters is left out; the holder is who he is all the same."""
    identity = resident_card.parse(changed(ForeignResidentCard(FRASER).text, 152, "826"), b"")
    assert (identity.nationality, identity.id_number) == (None, FRASER.id_number)


def test_broken_text() -> None:
    """Half a surrogate pair, or a text of another length, is no text."""
    text = ResidentCard(ZHANG).text
    with pytest.raises(CardGarbled):
        resident_card.parse(b"\x00\xd8\x41\x00" + text[4:], b"")
    with pytest.raises(CardGarbled):
        resident_card.parse(text[:-1], b"")
    with pytest.raises(CardGarbled):
        resident_card.parse(text, b"", b"\x00\xd8\x41")


CARDS = [ResidentCard(ZHANG), ResidentCard(LIU), ResidencePermit(CHAN), *map(ForeignResidentCard, FOREIGNERS)]


@given(st.sampled_from(CARDS), st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255))), st.binary(max_size=150))
def test_damaged_texts(card: ResidentCard, damage: list[tuple[int, int]], new_address: bytes) -> None:
    """A damaged text of any kind of card is an identity that agrees with itself, or CardGarbled: nothing else."""
    text = bytearray(card.text)
    for offset, value in damage:
        text[offset] = value
    with contextlib.suppress(CardGarbled):
        assert isinstance(resident_card.parse(bytes(text), b"", new_address), Identity)


@given(st.binary(min_size=248, max_size=248), st.sampled_from([*"IJY ", "\0", "Z", "\ud800"]), st.binary(max_size=6))
def test_arbitrary_texts(before: bytes, flag: str, behind: bytes) -> None:
    """Any bytes at all, under any type flag, are refused as garbled."""
    text = before + flag.encode("utf-16-le", "surrogatepass") + behind.ljust(6, b"\0")
    with pytest.raises(CardGarbled):
        resident_card.parse(text, b"")


def test_nations() -> None:
    """56 nationalities; the first, the last, and two around the middle have the standard's codes."""
    assert len([code for code in NATIONS if code <= "56"]) == 56
    assert (NATIONS["01"], NATIONS["11"], NATIONS["29"], NATIONS["56"]) == ("汉", "满", "柯尔克孜", "基诺")


def test_an_old_number_of_a_young_county() -> None:
    """A person born before their county had its present code has a good number."""
    assert check_id_number("210281194803153120")
    assert not check_id_number("210281194803153121")
    assert not check_id_number("210281194802303126")
