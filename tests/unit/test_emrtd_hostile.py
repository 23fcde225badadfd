"""Whatever a chip sends, each parser returns or raises ``CardReadError``: any octets, and good ones changed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.card_reader.api import CardGarbled, CardReadError
from devices.card_reader.emrtd import (
    MrzKey,
    Trust,
    data_groups,
    files,
    portrait,
    profile,
    security_infos,
    signed_object,
    tlv,
)
from devices.card_reader.emrtd.active_authentication import authenticate
from devices.card_reader.emrtd.command import Command, plain
from devices.card_reader.emrtd.curves import curves
from devices.card_reader.emrtd.der import parse_certificates
from devices.card_reader.emrtd.secure_messaging import SecureMessaging
from devices.card_reader.emrtd.suites import SessionKeys, Suite
from devices.card_reader.emrtd.trust import parse_master_list
from devices.virtual.emrtd_chip import Temper
from devices.virtual.emrtd_document import files_of
from devices.virtual.emrtd_pki import Issuer, master_list
from devices.virtual.emrtd_proof import ChipAgreement, EcProof
from devices.virtual.travellers import ANNA, CHAN, chip

TODAY = date(2026, 11, 24)
ISSUER = Issuer()
PROOF = EcProof()
AGREEMENT = ChipAgreement(Suite.AES_128, key_id=2)
FILES = files_of(replace(CHAN, photo=b"\xff\xd8\xff" + bytes(60)), ISSUER, active_key=PROOF.public)
CARD_ACCESS = security_infos.announce(Suite.AES_128, 13)


def _verify(content: bytes) -> object:
    return signed_object.verify(signed_object.parse(content), Trust((ISSUER.csca,)), TODAY)


def _challenge(group: bytes) -> None:
    challenge = bytes(range(8))
    answer = PROOF(challenge) + b"\x90\x00"
    authenticate(plain(lambda _: answer), group, None, lambda _: challenge, 256)


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "TLV": (lambda data: list(tlv.objects(data)), FILES[files.COM]),
    "TLV header": (tlv.header, FILES[files.COM]),
    "COM": (data_groups.common, FILES[files.COM]),
    "DG1": (lambda data: data_groups.zone(data, TODAY), FILES[files.group(1)]),
    "DG2": (portrait.portrait, FILES[files.group(2)]),
    "DG11": (data_groups.details, FILES[files.group(11)]),
    "DG12": (data_groups.issue, FILES[files.group(12)]),
    "DG15": (_challenge, FILES[files.group(15)]),
    "SOD": (_verify, FILES[files.SIGNED_OBJECT]),
    "EF.CardAccess": (security_infos.parse, CARD_ACCESS),
    "DG14": (security_infos.parse, AGREEMENT.infos),
    "EF.ATR/INFO": (files.longest_answer, bytes.fromhex("430180 7F660A 02020100 0204 00007532 82029000")),
    "certificate": (parse_certificates, ISSUER.csca.dump()),
    "master list": (parse_master_list, master_list(ISSUER.csca, Issuer().csca)),
    "point": (curves()[13].decode, curves()[13].encode(curves()[13].generator)),
}


@pytest.mark.parametrize("name", PARSERS)
def test_good_data(name: str) -> None:
    """What the others alter is good."""
    parse, good = PARSERS[name]
    parse(good)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60)
@given(data=st.binary(max_size=300))
def test_anything(name: str, data: bytes) -> None:
    """Any octets."""
    with suppress(CardReadError):
        PARSERS[name][0](data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=120)
@given(data=st.data())
def test_something_changed(name: str, data: st.DataObject) -> None:
    """Good octets, some of them changed, taken out, put in twice, or cut off."""
    parse, good = PARSERS[name]
    with suppress(CardReadError):
        parse(_mangled(good, data))


def _mangled(good: bytes, data: st.DataObject) -> bytes:
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(changed) - 1)))
        match data.draw(st.sampled_from(("set", "delete", "insert", "repeat", "cut"))):
            case "set":
                changed[at : at + 1] = bytes((data.draw(st.integers(0, 255)),))
            case "delete":
                del changed[at : at + data.draw(st.integers(1, 8))]
            case "insert":
                changed[at:at] = data.draw(st.binary(max_size=8))
            case "repeat":
                changed[at:at] = changed[at : at + data.draw(st.integers(1, 40))]
            case _ if at:
                del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize("suite", Suite, ids=lambda suite: suite.name)
@given(answer=st.binary(max_size=80), odd=st.booleans())
def test_any_answer_under_secure_messaging(suite: Suite, answer: bytes, odd: bool) -> None:  # noqa: FBT001
    """Nothing without the right MAC is believed."""
    session = SecureMessaging(lambda _: answer, SessionKeys.derived(suite, b"seed"))
    for data in (answer, answer + b"\x90\x00", answer + bytes.fromhex("99029000 8E08") + bytes(8)):
        with pytest.raises(CardGarbled):
            session.unprotect(data, odd=odd)
    with pytest.raises(CardGarbled):
        session.send(Command(0xB1 if odd else 0xB0, 0, 0, expected=20))


@pytest.mark.parametrize("suite", Suite, ids=lambda suite: suite.name)
@given(body=st.binary(max_size=60), odd=st.booleans())
def test_any_content_with_a_right_mac(suite: Suite, body: bytes, odd: bool) -> None:  # noqa: FBT001
    """A chip that has the keys may still send nonsense."""
    keys = SessionKeys.derived(suite, b"seed")
    counter = (1).to_bytes(suite.block_size, "big")
    for content in (body, tlv.encode(0x85 if odd else 0x87, body) + bytes.fromhex("99029000")):
        answer = content + tlv.encode(0x8E, suite.secure_mac(keys.mac, counter + content))
        with suppress(CardReadError):
            SecureMessaging(lambda _: b"", keys).unprotect(answer, odd=odd)


@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
@settings(max_examples=40)
@given(data=st.data())
def test_any_answer_in_a_whole_read(pace: Suite | None, data: st.DataObject) -> None:
    """One answer of a whole read is anything, or good and mangled: the read ends, with the holder or with an error."""
    photo = ANNA.photo[:600]
    temper = Temper(longest=1000, announced=1000)
    card = chip(replace(ANNA, photo=photo), ISSUER, pace=pace, temper=temper, proof=PROOF, agreement=AGREEMENT)
    at = data.draw(st.integers(0, 50))
    commands = 0

    def transmit(apdu: bytes) -> bytes:
        nonlocal commands
        commands += 1
        assert commands < 1000, "it never ends"
        answer = card.answer(apdu)
        if commands - 1 != at:
            return answer
        return data.draw(st.one_of(st.binary(max_size=40), st.just(_mangled(answer, data))))

    with suppress(CardReadError):
        identity = profile(lambda: MrzKey(ANNA.key), Trust((ISSUER.csca,)))(transmit)
        assert identity is None or (identity.id_number, identity.photo) == (ANNA.number, photo)


@given(st.binary(max_size=2048), st.binary(max_size=600))
def test_any_photo_block(head: bytes, block: bytes) -> None:
    """A block of anything, in the right frame, gives a photo that it holds, or is refused."""
    framed = tlv.encode(
        0x75, tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x5F2E, b"FAC\x00" + head[:30] + block)))
    )
    with suppress(CardGarbled):
        found = portrait.portrait(framed)
        assert found is not None
        assert found.photo in framed
