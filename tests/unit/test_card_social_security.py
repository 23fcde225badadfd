"""The social security card's profile over a virtual card, with no reader between."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader import social_security
from devices.card_reader.api import CardGarbled, CardReadError, CardUnsupported, CardWantsPin
from devices.virtual.card_social_security import Asked, Generation, SocialSecurityCard, UnknownCard
from devices.virtual.people import LIU, PEOPLE, ZHANG
from wire.identity import Identity

Mangle = Callable[[bytes, bytes], bytes]
# 17 characters, 34 bytes of GBK: more than the first generation's cards hold
LONG_NAMED = dataclasses.replace(LIU, name="阿卜杜热合曼·阿卜杜克力木·吐尔逊")


def changed(card: SocialSecurityCard, tag: int, answer_to: Mangle) -> Callable[[bytes], bytes]:
    """Return a transmit that alters the answer which brings one record."""

    def transmit(apdu: bytes) -> bytes:
        answer = card.answer(apdu)
        return answer_to(apdu, answer) if apdu[1] == 0xB2 and answer[0] == tag else answer

    return transmit


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("asked", [one for one in Asked if one is not Asked.LIKE_NO_OTHER])
@pytest.mark.parametrize("hands_out_later", [False, True], ids=["T=1", "T=0"])
def test_every_layout(generation: Generation, asked: Asked, hands_out_later: bool) -> None:  # noqa: FBT001
    """Of whatever generation a card is, and however it wants to be asked, it gives the same holder."""
    for person in PEOPLE:
        card = SocialSecurityCard(person, generation=generation, asked=asked, hands_out_later=hands_out_later)
        identity = social_security.read(card.answer)
        assert identity is not None
        assert (identity.name, identity.id_number, identity.sex) == (person.name, person.id_number, person.sex)
        assert (identity.birth_date, identity.nation) == (person.birth_date, person.nation_name)
        assert (identity.valid_from, identity.valid_to) == (person.valid_from, person.valid_to)
        assert identity.card_number == person.card_number


@pytest.mark.parametrize("generation", [Generation.SECOND, Generation.THIRD])
@pytest.mark.parametrize("name", [LONG_NAMED.name, LONG_NAMED.name + "𬱖", "古" + LONG_NAMED.name[:13] + "𬱖·𬱖"])
def test_a_long_name_comes_whole(generation: Generation, name: str) -> None:
    """A name is read over both its records, wherever it was cut: also within a character of four bytes."""
    identity = social_security.read(
        SocialSecurityCard(dataclasses.replace(LIU, name=name), generation=generation).answer
    )
    assert identity is not None
    assert identity.name == name


def test_a_card_that_selects_files_otherwise() -> None:
    """SELECT with P1 = 02, which some cards want, is tried as well."""
    identity = social_security.read(SocialSecurityCard(ZHANG, selects_with=0x02).answer)
    assert identity is not None
    assert identity.name == ZHANG.name


def test_another_kind_of_card() -> None:
    """A card without the application is left to the other profiles."""
    assert social_security.read(UnknownCard().answer) is None


@pytest.mark.parametrize("asked", [one for one in Asked if one is not Asked.LIKE_NO_OTHER])
def test_a_card_that_wants_its_pin(asked: Asked) -> None:
    """A protected card is said to want a PIN; none is tried."""
    commands = []
    card = SocialSecurityCard(ZHANG, asked=asked, wants_pin=True)

    def transmit(apdu: bytes) -> bytes:
        commands.append(apdu[1])
        return card.answer(apdu)

    with pytest.raises(CardWantsPin):
        social_security.read(transmit)
    assert 0x20 not in commands, "VERIFY"


def test_an_unknown_layout() -> None:
    """A social security card that no way of asking fits is unsupported, not broken."""
    with pytest.raises(CardUnsupported):
        social_security.read(SocialSecurityCard(ZHANG, asked=Asked.LIKE_NO_OTHER).answer)


def test_an_unknown_version() -> None:
    """Of a version nobody knows, the numbers of records are not guessed; tags mean the same in all."""

    def newer(_: bytes, answer: bytes) -> bytes:
        return answer[:2] + b"9.00" + answer[-2:]

    with pytest.raises(CardUnsupported):
        social_security.read(changed(SocialSecurityCard(ZHANG, asked=Asked.BY_NUMBER), 0x03, newer))
    identity = social_security.read(changed(SocialSecurityCard(ZHANG, asked=Asked.BY_TAG), 0x03, newer))
    assert identity is not None
    assert identity.name == ZHANG.name


def test_a_longer_card_number() -> None:
    """The card number is the record's first nine characters; some cards have more in it."""

    def longer(_: bytes, answer: bytes) -> bytes:
        return b"\x07\x0c" + answer[2:-2] + b"999" + answer[-2:]

    identity = social_security.read(changed(SocialSecurityCard(ZHANG), 0x07, longer))
    assert identity is not None
    assert identity.card_number == ZHANG.card_number


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


@pytest.mark.parametrize("tag", [0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0D, 0x4E])
def test_what_a_card_may_lack(tag: int) -> None:
    """Records that some cards lack are not needed: sex and birth date stand in the ID number."""
    identity = social_security.read(changed(SocialSecurityCard(LIU), tag, lambda *_: b"\x6a\x83"))
    assert identity is not None
    assert (identity.name, identity.sex, identity.birth_date) == (LIU.name, LIU.sex, LIU.birth_date)


STATUS_WORDS = [b"\x90\x00", b"\x61\x20", b"\x6c\x05", b"\x6a\x83", b"\x6a\x82", b"\x69\x82", b"\x6a\x86", b"\x6f\x00"]
ANSWERS = st.one_of(
    st.binary(max_size=4),
    st.builds(bytes.__add__, st.binary(max_size=40), st.sampled_from(STATUS_WORDS)),
    st.builds(
        lambda tag, value, word: bytes((tag, len(value))) + value + word,
        st.sampled_from([0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0D, 0x4E]),
        st.binary(max_size=40),
        st.sampled_from(STATUS_WORDS),
    ),
)


@given(st.data())
def test_whatever_a_card_answers(data: st.DataObject) -> None:
    """Nothing that a card can answer causes anything but an identity, "not of this kind" or a documented error."""
    asked = 0

    def transmit(_: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return data.draw(ANSWERS) if asked > 1 else data.draw(st.sampled_from([b"\x90\x00", b"\x6a\x82"]))

    try:
        read = social_security.read(transmit)
    except CardReadError:
        return
    assert read is None or isinstance(read, Identity)


@given(st.sampled_from([*Generation]), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40), st.integers(1, 255))))
def test_flipped_bits(generation: Generation, flips: list[tuple[int, int, int]]) -> None:
    """Damage on the way from a real layout gives the holder, another reading that agrees with itself, or an error."""
    card = SocialSecurityCard(ZHANG, generation=generation)
    asked = 0

    def transmit(apdu: bytes) -> bytes:
        nonlocal asked
        answer = bytearray(card.answer(apdu))
        for command, at, bits in flips:
            if command == asked and at < len(answer):
                answer[at] ^= bits
        asked += 1
        return bytes(answer)

    try:
        read = social_security.read(transmit)
    except CardReadError:
        return
    assert read is None or isinstance(read, Identity)
