"""The travel document's profile over virtual chips, with no reader between: opened, read whole, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devices.card_reader.api import (
    CardAccessWrong,
    CardForged,
    CardGarbled,
    CardReadError,
    CardUnsupported,
    CardWantsAccess,
)
from devices.card_reader.emrtd import Access, CardAccessNumber, MrzKey, Trust, profile
from devices.card_reader.emrtd.curves import curves
from devices.card_reader.emrtd.der import keys
from devices.card_reader.emrtd.files import COM, group
from devices.card_reader.emrtd.security_infos import announce, announce_chip_key
from devices.card_reader.emrtd.suites import Suite
from devices.mrz import Size, key_of
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.emrtd_chip import EmrtdChip, Temper
from devices.virtual.emrtd_document import Traveller, files_of
from devices.virtual.emrtd_pki import Issuer
from devices.virtual.emrtd_proof import ChipAgreement, EcProof, RsaProof
from devices.virtual.people import ZHANG
from devices.virtual.travellers import ANNA, CHAN, TRAVELLERS, chip
from wire.clock import ClockQuality
from wire.identity import Authenticity, DocumentKind, Identity


class Clock:
    """It is always the same day."""

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    def quality(self) -> ClockQuality:
        return ClockQuality.SYNCHRONISED


def read(
    card: EmrtdChip, access: Access | None, trust: Trust | None = None, commands: list[bytes] | None = None
) -> Identity:
    """Read a chip as a reader would, and note the commands."""

    def transmit(apdu: bytes) -> bytes:
        if commands is not None:
            commands.append(apdu)
        return card.answer(apdu)

    identity = profile(lambda: access, trust, clock=Clock())(transmit)
    assert identity is not None
    return identity


def is_about(identity: Identity, traveller: Traveller) -> bool:
    """Tell whether all that was read is this traveller's."""
    latin = f"{traveller.surname} {traveller.given_names}"
    own_name = (traveller.own_name or "").replace("<", "")
    return (
        identity.name == (own_name or latin)
        and identity.name_latin == latin
        and identity.id_number == traveller.number
        and identity.nationality == traveller.nationality
        and identity.sex is traveller.sex
        and identity.birth_date == traveller.birth_date
        and identity.valid_from == traveller.valid_from
        and identity.valid_to == traveller.valid_to
        and identity.issuer == traveller.authority
        and identity.address == (traveller.address.replace("<", "") if traveller.address else None)
        and identity.photo == traveller.photo
    )


@pytest.mark.parametrize("traveller", TRAVELLERS, ids=lambda traveller: traveller.code)
@pytest.mark.parametrize("pace", [None, *Suite], ids=lambda suite: suite.name if suite else "BAC")
@pytest.mark.parametrize("extended", [False, True], ids=["short", "extended"])
def test_every_way_to_open_a_chip(traveller: Traveller, pace: Suite | None, extended: bool) -> None:  # noqa: FBT001
    """Whatever a chip runs, it gives the same holder, opened with its MRZ or, by PACE, its card access number."""
    temper = Temper(longest=30_000, announced=30_000) if extended else Temper()
    counts = []
    for access in (MrzKey(traveller.key), CardAccessNumber(traveller.can)) if pace else (MrzKey(traveller.key),):
        commands: list[bytes] = []
        identity = read(chip(traveller, pace=pace, temper=temper), access, commands=commands)
        assert is_about(identity, traveller)
        assert identity.authenticity is Authenticity.NOT_CHECKED
        counts.append(len(commands))
    assert max(counts) < 40 if extended else min(counts) > 70


@pytest.mark.parametrize("parameter_id", sorted(curves()))
def test_pace_on_every_curve(parameter_id: int) -> None:
    """PACE runs on each standardised curve."""
    card = chip(ANNA, pace=Suite.AES_128, parameter_id=parameter_id)
    assert is_about(read(card, CardAccessNumber(ANNA.can)), ANNA)


def test_kinds_and_names() -> None:
    """A passport and a permit are told apart; the name in the holder's own script comes first."""
    assert read(chip(ANNA), MrzKey(ANNA.key)).document is DocumentKind.PASSPORT
    permit = read(chip(CHAN), MrzKey(CHAN.key))
    assert permit.document is DocumentKind.TRAVEL_PERMIT
    assert (permit.name, permit.name_latin) == ("陳𬱖明", "CHAN YUET MING")
    card = replace(CHAN, code="I", issuer="UTO", own_name="ИВАНОВ<<ПЁТР")
    foreign = read(chip(card), MrzKey(card.key))
    assert (foreign.document, foreign.name) == (DocumentKind.FOREIGN_IDENTITY_CARD, "ИВАНОВ ПЁТР")
    assert read(chip(replace(card, size=Size.TD2)), MrzKey(card.key)).name_latin == "CHAN YUET MING"
    resident = replace(CHAN, code="I", nationality="UTO")
    assert read(chip(resident), MrzKey(resident.key)).document is DocumentKind.FOREIGN_RESIDENT_CARD


def test_a_chip_that_anybody_may_read() -> None:
    """A chip without access control is read without asking for a key."""
    card = EmrtdChip(files_of(ANNA, None), key=None)
    assert is_about(read(card, None), ANNA)


def test_a_key_is_asked_for_only_when_a_chip_wants_one() -> None:
    """Other cards are left to other profiles, without asking the citizen for anything."""
    asked: list[str] = []
    reading = profile(lambda: asked.append("asked"))
    assert reading(UnknownCard().answer) is None
    assert reading(SocialSecurityCard(ZHANG).answer) is None
    assert not asked
    for pace in (None, Suite.AES_128):
        with pytest.raises(CardWantsAccess):
            reading(chip(ANNA, pace=pace).answer)
    assert len(asked) == 2


@pytest.mark.parametrize("pace", [None, Suite.AES_256], ids=["BAC", "PACE"])
def test_a_wrong_key(pace: Suite | None) -> None:
    """A key of another document opens nothing, and the right one still does."""
    card = chip(ANNA, pace=pace)
    wrong: list[Access] = [MrzKey(key_of(ANNA.number, ANNA.birth_date, date(2034, 4, 14)))]
    if pace:
        wrong.append(CardAccessNumber("000000"))
    for access in wrong:
        with pytest.raises(CardAccessWrong) as caught:
            read(card, access)
        assert ANNA.number not in str(caught.value)
    assert is_about(read(card, MrzKey(ANNA.key)), ANNA)


def test_a_card_access_number_for_a_chip_without_pace() -> None:
    """The citizen is asked for the MRZ, which is what such a chip opens to."""
    for card in (chip(ANNA), chip(ANNA, pace=Suite.AES_128, temper=Temper(refuses_pace=True))):
        with pytest.raises(CardWantsAccess):
            read(card, CardAccessNumber(ANNA.can))
        assert is_about(read(card, MrzKey(ANNA.key)), ANNA)


def test_pace_that_is_announced_and_not_run() -> None:
    """The next way to run PACE is tried, and basic access control after the last."""
    card = chip(ANNA, pace=Suite.AES_128)
    real = card.card_access
    assert real is not None
    card.announced = announce(Suite.AES_256, 12)[2:] + real[2:]
    card.announced = bytes((0x31, len(card.announced))) + card.announced
    commands: list[bytes] = []
    assert is_about(read(card, CardAccessNumber(ANNA.can), commands=commands), ANNA)
    assert sum(command[1] == 0x22 for command in commands) == 2


def test_only_unknown_pace_is_offered() -> None:
    """Integrated mapping is not done here: such a chip is opened by basic access control."""
    card = chip(ANNA, pace=Suite.AES_128)
    assert card.card_access is not None
    card.card_access = card.card_access.replace(
        bytes.fromhex("04007F00070202040202"), bytes.fromhex("04007F00070202040402")
    )
    assert is_about(read(card, MrzKey(ANNA.key)), ANNA)
    card.bac = False
    with pytest.raises(CardUnsupported):
        read(card, MrzKey(ANNA.key))


@pytest.mark.parametrize(
    ("temper", "most"),
    [
        pytest.param(Temper(announced=30_000), 240, id="says longer than it can"),
        pytest.param(Temper(longest=30_000, announced=30_000, offers=180), 150, id="names a length"),
        pytest.param(Temper(short_parts=100), 200, id="gives less than asked"),
        pytest.param(Temper(longest=1_000, announced=1_000), 60, id="a kilobyte"),
        pytest.param(Temper(longest=1_022, announced=1_022), 60, id="a number that ends in 00"),
        pytest.param(Temper(longest=65_536, announced=65_536), 35, id="64 kilobytes"),
    ],
)
@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
def test_lengths_are_learnt(temper: Temper, most: int, pace: Suite | None) -> None:
    """Whatever a chip says of its lengths, and whatever it then does, it is read whole."""
    commands: list[bytes] = []
    assert is_about(read(chip(ANNA, pace=pace, temper=temper), MrzKey(ANNA.key), commands=commands), ANNA)
    assert len(commands) < most


def test_a_reader_without_extended_length() -> None:
    """What the reader can't take is not asked for, whatever the chip says."""
    commands: list[bytes] = []

    def transmit(apdu: bytes) -> bytes:
        commands.append(apdu)
        return card.answer(apdu)

    card = chip(ANNA, temper=Temper(longest=30_000, announced=30_000))
    assert profile(lambda: MrzKey(ANNA.key), clock=Clock(), longest_answer=256)(transmit) is not None
    assert max(map(len, commands)) < 64
    assert all(command[4] != 0 or len(command) == 5 for command in commands)


@pytest.mark.parametrize("pace", [None, Suite.TRIPLE_DES, Suite.AES_128], ids=["BAC", "PACE 3DES", "PACE AES"])
@pytest.mark.parametrize("extended", [False, True], ids=["short", "extended"])
def test_a_photo_beyond_32_kilobytes(pace: Suite | None, extended: bool) -> None:  # noqa: FBT001
    """Offsets that do not fit into P1 and P2 are read by the odd instruction."""
    large = replace(ANNA, photo=ANNA.photo * 5)
    temper = Temper(longest=20_000, announced=20_000) if extended else Temper()
    commands: list[bytes] = []
    assert is_about(read(chip(large, pace=pace, temper=temper), MrzKey(ANNA.key), commands=commands), large)
    assert any(command[1] == 0xB1 for command in commands)


@pytest.mark.parametrize("drops_at", [1, 2, 5, 20])
@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
def test_a_chip_that_forgets_its_session(drops_at: int, pace: Suite | None) -> None:
    """A chip that falls out of secure messaging is garbled, and reads well the next time."""
    card = chip(ANNA, pace=pace, temper=Temper(drops_at=drops_at))
    with pytest.raises(CardGarbled):
        read(card, MrzKey(ANNA.key))
    card.temper = Temper()
    assert is_about(read(card, MrzKey(ANNA.key)), ANNA)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        pytest.param(COM, lambda _: None, id="no COM"),
        pytest.param(group(1), lambda _: None, id="no DG1"),
        pytest.param(group(2), lambda _: None, id="no DG2"),
        pytest.param(COM, lambda _: b"\x60\x02\x5c\x00", id="COM lists nothing"),
        pytest.param(group(2), lambda was: was[:2] + b"\xff\xff" + was[4:], id="DG2 says longer than it is"),
        pytest.param(group(2), lambda was: b"\x75\x83\xff\xff\xff" + was[4:], id="DG2 says 16 MB"),
        pytest.param(group(2), lambda was: was[:2] + b"\x00\x10" + was[4:], id="DG2 says shorter"),
        pytest.param(group(1), lambda was: was.replace(b"ERIKSSON<<", b"ER1KSSON<<"), id="digit in the name"),
        pytest.param(group(1), lambda was: was.replace(b"C3", b"C4"), id="check digit of the number"),
        pytest.param(group(1), lambda _: b"", id="DG1 is empty"),
        pytest.param(group(2), lambda was: was.replace(b"\xff\xd8\xff", b"GIF"), id="photo of no kind"),
        pytest.param(group(11), lambda was: was.replace(b"ZENITH", b"ZEN\x07TH"), id="control character"),
        pytest.param(
            group(11), lambda was: was.replace(bytes.fromhex("19740812"), bytes.fromhex("19740813")), id="birth"
        ),
        pytest.param(group(12), lambda was: was.replace(b"20240416", b"20350416"), id="issued after its end"),
        pytest.param(group(12), lambda was: was.replace(b"20240416", b"20241316"), id="no such day"),
    ],
)
def test_contradictions(file: int, change: Callable[[bytes], bytes | None]) -> None:
    """Files that are missing, lie about their lengths or contradict each other are refused; nothing is told of them."""
    card = chip(ANNA)
    files = dict(card.files)
    changed = change(files.pop(file))
    card.files = files if changed is None else files | {file: changed}
    with pytest.raises(CardGarbled) as caught:
        read(card, MrzKey(ANNA.key))
    for secret in (ANNA.number, ANNA.surname, "1974", "ZEN"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize("make", [EcProof, RsaProof], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
def test_active_authentication(
    make: type[EcProof] | type[RsaProof], pace: Suite | None, rsa_keys: tuple[RsaProof, RsaProof], issuer: Issuer
) -> None:
    """A chip that has its key passes; a copy of its files in another chip is forged, and so is one that won't say."""
    own, other = rsa_keys if make is RsaProof else (EcProof(), EcProof())
    trust = Trust((issuer.csca,))
    temper = Temper(longest=1_000, announced=1_000)
    card = chip(ANNA, issuer, pace=pace, proof=own, temper=temper)
    assert read(card, MrzKey(ANNA.key), trust).authenticity is Authenticity.AUTHENTIC
    for cannot in (other, None, lambda _: b"", lambda _: bytes(64), lambda _: b"\xff" * 256):
        card.prove = cannot
        with pytest.raises(CardForged):
            read(card, MrzKey(ANNA.key), trust)


def test_proofs_of_an_unknown_kind(issuer: Issuer) -> None:
    """A chip with keys on a curve that nobody here knows is neither proven by them nor forged."""
    trust = Trust((issuer.csca,))
    koblitz = ec.generate_private_key(ec.SECP256K1()).public_key()
    spki = koblitz.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    infos = announce_chip_key(Suite.AES_128, keys.PublicKeyInfo.load(spki))
    card = EmrtdChip(files_of(ANNA, issuer, active_key=spki, security_infos=infos), MrzKey(ANNA.key), prove=EcProof())
    assert read(card, MrzKey(ANNA.key), trust).authenticity is Authenticity.AUTHENTIC


def test_a_copy_cannot_hide_its_key(issuer: Issuer) -> None:
    """A copy that leaves DG15 out, of its list too, is forged all the same: the signed object knows of it."""
    card = chip(ANNA, issuer, proof=EcProof())
    card.files = {file: content for file, content in card.files.items() if file != group(15)}
    card.files |= {COM: files_of(ANNA, issuer)[COM]}
    with pytest.raises(CardForged):
        read(card, MrzKey(ANNA.key))


@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
@pytest.mark.parametrize(("suite", "key_id"), [(Suite.TRIPLE_DES, None), (Suite.AES_128, 2), (Suite.AES_256, 300)])
def test_chip_authentication(pace: Suite | None, suite: Suite, key_id: int | None, issuer: Issuer) -> None:
    """A chip with the key of DG14 goes on under new keys; a copy can't, whatever it answers, and is forged."""
    trust = Trust((issuer.csca,))
    curve = ec.BrainpoolP384R1() if key_id else None
    card = chip(ANNA, issuer, pace=pace, agreement=ChipAgreement(suite, curve, key_id), proof=EcProof())
    identity = read(card, MrzKey(ANNA.key), trust)
    assert is_about(identity, ANNA)
    assert identity.authenticity is Authenticity.AUTHENTIC
    for copy in (ChipAgreement(suite, curve, key_id), None):
        card.agreement = copy
        with pytest.raises(CardForged):
            read(card, MrzKey(ANNA.key), trust)


def test_a_chip_without_its_list(issuer: Issuer) -> None:
    """The signed object tells which groups there are, where EF.COM is missing."""
    card = chip(ANNA, issuer)
    card.files = {file: content for file, content in card.files.items() if file != COM}
    assert is_about(read(card, MrzKey(ANNA.key)), ANNA)


def test_errors_are_those_of_a_card() -> None:
    """What a reader raises while a chip is read comes through as it is."""

    class Pulled(CardReadError):
        pass

    def transmit(_: bytes) -> bytes:
        raise Pulled

    with pytest.raises(Pulled):
        profile(lambda: None)(transmit)
