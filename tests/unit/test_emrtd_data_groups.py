"""Data groups as issuers may write them: names, dates, places and codings of DG11 and DG12, photos of DG2."""

from datetime import date

import pytest

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.data_groups import Details, Issue, common, details, is_ideograph, is_latin, issue, joined
from devices.card_reader.emrtd.holder import Holder, identity_of
from devices.card_reader.emrtd.portrait import PhotoCoding, portrait
from devices.mrz import parse
from devices.virtual.emrtd_document import face_group
from devices.virtual.travellers import ANNA, CHAN
from wire.identity import Authenticity, Identity

_JPEG_2000 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"


def dg11(*objects: tuple[int, bytes]) -> bytes:
    return tlv.encode(0x6B, *(tlv.encode(tag, value) for tag, value in objects))


def identity(*names: str, birth_date: date | None = None) -> Identity:
    zone = parse(CHAN.zone(), date(2026, 11, 24))
    return identity_of(Holder(zone, Details(names, birth_date), Issue(), None, Authenticity.NOT_CHECKED))


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), "CHAN YUET MING"),
        (("CHAN<<YUET<MING",), "CHAN YUET MING"),
        (("陳<<月明",), "陳月明"),
        (("陳月明",), "陳月明"),
        (("CHAN<<YUET<MING", "陳<<月明"), "陳月明"),
        (("MÜLLER<<JÖRG",), "CHAN YUET MING"),
        (("ИВАНОВ<<ИВАН<ПЕТРОВИЧ",), "ИВАНОВ ИВАН ПЕТРОВИЧ"),
        (("やまだ<<太郎",), "やまだ太郎"),
        (("仉<<𬱖",), "仉𬱖"),
        (("古丽努尔·买买提江",), "古丽努尔·买买提江"),
    ],
)
def test_which_name_is_shown(names: tuple[str, ...], shown: str) -> None:
    """The name in the holder's own script, put together as that script is; else the zone's, which is kept beside it."""
    found = identity(*names)
    assert found.name == shown
    assert found.name_latin == "CHAN YUET MING"


def test_all_that_dg11_may_say() -> None:
    """Full name first, others after it; place and address; what else there is, is passed over."""
    others = tlv.encode(0x02, b"\x02") + tlv.encode(0x5F0F, "陳<<月明".encode()) + tlv.encode(0x5F0F, b"<<")
    content = dg11(
        (0x5C, bytes.fromhex("5F0E5F2B5F115F42A05F10")),
        (0xA0, others),
        (0x5F0E, b"CHAN<<YUET<MING"),
        (0x5F10, b"A123456(7)"),
        (0x5F2B, bytes.fromhex("19880229")),
        (0x5F11, "香港".encode()),
        (0x5F42, b"8<SAMPLE ROAD<HONG KONG"),
    )
    expected = Details(("CHAN<<YUET<MING", "陳<<月明"), date(1988, 2, 29), "香港", "8 SAMPLE ROAD HONG KONG")
    assert details(content) == expected
    assert "CHAN" not in repr(expected)


@pytest.mark.parametrize(
    ("octets", "read"),
    [
        (bytes.fromhex("19880229"), date(1988, 2, 29)),
        (b"19880229", date(1988, 2, 29)),
        (b"19880000", None),
        (bytes.fromhex("19880200"), None),
        (b"1988<<<<", None),
    ],
)
def test_dates(octets: bytes, read: date | None) -> None:
    """Packed or written out; where a part is unknown, there is no date."""
    assert details(dg11((0x5F2B, octets))).birth_date == read
    assert issue(tlv.encode(0x6C, tlv.encode(0x5F26, octets))).issued == read


@pytest.mark.parametrize("octets", [b"19880231", b"1988", bytes.fromhex("198802AB"), b"\xff" * 8, b""])
def test_no_dates(octets: bytes) -> None:
    """Eight digits that are no day, and what is not eight digits."""
    with pytest.raises(CardGarbled):
        details(dg11((0x5F2B, octets)))


def test_codings_of_text() -> None:
    """UTF-8; GB 18030 where UTF-8 can't be meant; nothing that is neither, and no control characters."""
    assert details(dg11((0x5F11, "大连".encode("gb18030")))).birth_place == "大连"
    assert details(dg11((0x5F11, "大连\0\0".encode()))).birth_place == "大连"
    assert details(dg11((0x5F11, "大连\ue000".encode()))).birth_place == "大连\ue000", (
        "private use: the screen's matter"
    )
    for wrong in (b"\xff\xff\xff", b"DALIAN\x1b[2J", "大\u202e连".encode()):
        with pytest.raises(CardGarbled):
            details(dg11((0x5F11, wrong)))


def test_births_that_contradict() -> None:
    """DG11 completes a birth that the zone leaves open, and may not contradict it."""
    assert identity(birth_date=date(1988, 2, 29)).birth_date == date(1988, 2, 29)
    with pytest.raises(CardGarbled):
        identity(birth_date=date(1988, 2, 28))


def test_scripts() -> None:
    """Which characters are written without spaces, and which are Latin."""
    assert all(map(is_ideograph, "中々か\U00020000\uf900"))
    assert not any(map(is_ideograph, "AéИ한 1"))
    assert is_latin("JÖRG-MÜLLER 2 Ł")
    assert not is_latin("ИВАН")
    assert joined("한<<국인") == "한 국인"
    assert joined("<<") == ""


def test_the_list_of_groups() -> None:
    """COM lists tags; those of no data group are passed over."""
    assert common(tlv.encode(0x60, tlv.encode(0x5C, bytes.fromhex("6175776B")))) == {1, 2, 11}
    with pytest.raises(CardGarbled):
        common(tlv.encode(0x60, b""))


@pytest.mark.parametrize(
    ("photo", "coding"),
    [
        (ANNA.photo, PhotoCoding.JPEG),
        (_JPEG_2000 + bytes(90), PhotoCoding.JPEG_2000),
        (b"\xff\x4f\xff\x51" + bytes(90), PhotoCoding.JPEG_2000),
    ],
)
def test_photos(photo: bytes, coding: PhotoCoding) -> None:
    """JPEG and JPEG 2000, as a file or a bare code stream, are told apart by what they are."""
    found = portrait(face_group(photo))
    assert found is not None
    assert (found.coding, found.photo) == (coding, photo)


def test_a_photo_behind_feature_points() -> None:
    """Points in the face stand before the photo; a second photo does not matter."""
    image = bytes(12) + ANNA.photo
    size = 20 + 3 * 8 + len(image)
    face = size.to_bytes(4, "big") + (3).to_bytes(2, "big") + bytes(14) + bytes(24) + image
    block = b"FAC\x00010\x00" + bytes(4) + (2).to_bytes(2, "big") + face + face
    content = tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x7F2E, block))))
    found = portrait(content)
    assert found is not None
    assert found.photo == ANNA.photo


def test_a_block_of_the_newer_kind() -> None:
    """ISO 39794-5 is not read: such a document has no photo here, and is read all the same."""
    content = tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x7F2E, tlv.encode(0xA1, b"new")))))
    assert portrait(content) is None
