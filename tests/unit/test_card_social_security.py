"""The social security card's profile over a virtual card, with no reader between."""

from collections.abc import Callable

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import CardGarbled, CardUnsupported, CardWantsPin
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.people import LIU, PEOPLE, ZHANG, Person

Mangle = Callable[[bytes, bytes], bytes]


def changed(card: SocialSecurityCard, tag: int, answer_to: Mangle) -> Callable[[bytes], bytes]:
    """Return a transmit that alters the answer to one READ RECORD."""

    def transmit(apdu: bytes) -> bytes:
        answer = card.answer(apdu)
        return answer_to(apdu, answer) if apdu[1] == 0xB2 and apdu[2] == tag else answer

    return transmit


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.card_number)
@pytest.mark.parametrize("p2", [0x00, 0x04, None], ids=["by tag", "by number", "by short file id"])
@pytest.mark.parametrize("hands_out_later", [False, True], ids=["T=1", "T=0"])
def test_every_layout(person: Person, p2: int | None, hands_out_later: bool) -> None:  # noqa: FBT001
    """Whatever way a card wants to be asked, it gives the same holder."""
    card = SocialSecurityCard(person, p2=p2, hands_out_later=hands_out_later)
    identity = social_security.read(card.answer)
    assert identity is not None
    assert (identity.name, identity.id_number, identity.sex) == (person.name, person.id_number, person.sex)
    assert (identity.birth_date, identity.nation) == (person.birth_date, person.nation_name)
    assert (identity.valid_from, identity.valid_to) == (person.valid_from, person.valid_to)
    assert identity.card_number == person.card_number


def test_another_kind_of_card() -> None:
    """A card without the application is left to the other profiles."""
    assert social_security.read(UnknownCard().answer) is None


def test_a_card_that_wants_its_pin() -> None:
    """A protected card is said to want a PIN; none is tried."""
    commands = []
    card = SocialSecurityCard(ZHANG, wants_pin=True)

    def transmit(apdu: bytes) -> bytes:
        commands.append(apdu[1])
        return card.answer(apdu)

    with pytest.raises(CardWantsPin):
        social_security.read(transmit)
    assert 0x20 not in commands, "VERIFY"


def test_an_unknown_layout() -> None:
    """A social security card that no layout fits is unsupported, not broken."""
    with pytest.raises(CardUnsupported):
        social_security.read(SocialSecurityCard(ZHANG, p2=0x7F).answer)


@pytest.mark.parametrize(
    ("tag", "mangle"),
    [
        pytest.param(0x08, lambda _, answer: answer[:-3] + b"0" + answer[-2:], id="check digit"),
        pytest.param(0x08, lambda _, answer: answer[:1] + b"\x13" + answer[2:], id="length"),
        pytest.param(0x08, lambda _, answer: b"\x09" + answer[1:], id="tag"),
        pytest.param(0x08, lambda _, answer: answer[:5] + answer[-2:], id="cut"),
        pytest.param(0x08, lambda *_: b"\x90", id="no status word"),
        pytest.param(0x08, lambda *_: b"\x61\x10", id="never ends"),
        pytest.param(0x08, lambda *_: b"\x6f\x00", id="internal error"),
        pytest.param(0x09, lambda *_: b"\x09\x1e" + b"\xff" * 30 + b"\x90\x00", id="no name"),
        pytest.param(0x09, lambda *_: b"\x09\x1e\x81\x20" + b"A" * 28 + b"\x90\x00", id="not GBK"),
        pytest.param(0x0A, lambda _, answer: answer[:2] + b"1" + answer[-2:], id="sex of another"),
        pytest.param(0x0D, lambda *_: bytes.fromhex("0D04 19910613 9000"), id="birth of another"),
        pytest.param(0x0D, lambda *_: bytes.fromhex("0D04 19910231 9000"), id="no such day"),
        pytest.param(0x06, lambda *_: bytes.fromhex("0604 20010101 9000"), id="ends before it begins"),
    ],
)
def test_contradictions(tag: int, mangle: Mangle) -> None:
    """What contradicts itself is refused, and the error names no value."""
    with pytest.raises(CardGarbled) as caught:
        social_security.read(changed(SocialSecurityCard(ZHANG), tag, mangle))
    assert not any(secret in str(caught.value) for secret in (ZHANG.name, ZHANG.id_number, "19910"))


@pytest.mark.parametrize("tag", [0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0D])
def test_what_a_card_may_lack(tag: int) -> None:
    """Records that some generations lack are not needed: sex and birth date stand in the ID number."""
    identity = social_security.read(changed(SocialSecurityCard(LIU), tag, lambda *_: b"\x6a\x83"))
    assert identity is not None
    assert (identity.name, identity.sex, identity.birth_date) == (LIU.name, LIU.sex, LIU.birth_date)
