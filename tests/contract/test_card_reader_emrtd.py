"""Travel documents read through pcscd and vpcd: opened, read, checked, pulled, swapped, refused, and read again."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import (
    CardAccessWrong,
    CardForged,
    CardGarbled,
    CardPresent,
    CardRemoved,
    CardSilent,
    CardUnsupported,
    CardWantsAccess,
    NoCard,
)
from devices.card_reader.emrtd import Access, CardAccessNumber, MrzKey, Trust, profile
from devices.card_reader.emrtd.files import SIGNED_OBJECT, group
from devices.card_reader.emrtd.suites import Suite
from devices.card_reader.pcsc_reader import PcscReader
from devices.virtual.card_slot import CardSlot, Fault, Garbled, Pulled, Silent, Slow, Swapped, VirtualCard
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.emrtd_chip import Temper
from devices.virtual.emrtd_document import Traveller, files_of
from devices.virtual.emrtd_pki import Issuer, SigningKey
from devices.virtual.emrtd_proof import ChipAgreement, EcProof, RsaProof
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import ZHANG
from devices.virtual.travellers import ANNA, CHAN, TRAVELLERS, chip
from tests.contract.test_card_reader import is_about as is_about_citizen
from tests.contract.test_card_reader import until
from tests.unit.test_emrtd_profile import is_about
from wire.identity import Authenticity, Identity

EXTENDED = Temper(longest=30_000, announced=30_000)


@dataclass(slots=True)
class Desk:
    """A reader with the profiles of a terminal; ``access`` is what the citizen has scanned or typed."""

    slot: CardSlot
    reader: PcscReader
    access: Access | None = None
    commands: int = 0

    async def read(self, card: VirtualCard, access: Access | None, fault: Fault | None = None) -> Identity:
        """Put a card on the reader and read it."""
        self.access, self.commands = access, 0
        if self.slot.card is not None:
            self.slot.remove()
            await until(self.reader, NoCard)
        self.slot.insert(card, fault)
        await until(self.reader, CardPresent)
        return await self.reader.read()


@pytest.fixture
async def desk(virtual_pcscd: VirtualPcscd, issuer: Issuer) -> AsyncIterator[Desk]:
    """Open the reader, empty, trusting one state."""

    def count(_: float) -> None:
        made.commands += 1

    profiles = (social_security.read, profile(lambda: made.access, Trust((issuer.csca,))))
    reader = PcscReader(profiles, name_part=virtual_pcscd.reader_names[0], deadline_s=20, on_apdu=count)
    made = Desk(virtual_pcscd.slots[0], reader)
    await until(reader, NoCard)
    yield made
    await reader.aclose()


@pytest.mark.parametrize("temper", [Temper(), EXTENDED], ids=["short", "extended"])
@pytest.mark.parametrize("traveller", TRAVELLERS, ids=lambda traveller: traveller.code)
async def test_basic_access_control(desk: Desk, traveller: Traveller, temper: Temper, issuer: Issuer) -> None:
    """A document with BAC is read whole, photo and both names, and proven authentic."""
    identity = await desk.read(chip(traveller, issuer, temper=temper), MrzKey(traveller.key))
    assert is_about(identity, traveller)
    assert identity.authenticity is Authenticity.AUTHENTIC
    assert desk.commands < 45 if temper is EXTENDED else desk.commands > 80


@pytest.mark.parametrize(
    ("suite", "temper"),
    [*((suite, Temper()) for suite in Suite), (Suite.TRIPLE_DES, EXTENDED), (Suite.AES_256, EXTENDED)],
)
async def test_pace(desk: Desk, suite: Suite, temper: Temper, issuer: Issuer) -> None:
    """A document with PACE, and without BAC, opens to its MRZ and to its card access number, with each cipher."""
    identity = await desk.read(chip(ANNA, issuer, pace=suite, bac=False, temper=temper), MrzKey(ANNA.key))
    desk.access = CardAccessNumber(ANNA.can)
    assert await desk.reader.read() == identity
    assert is_about(identity, ANNA)
    assert identity.authenticity is Authenticity.AUTHENTIC


async def test_pace_on_another_curve(desk: Desk) -> None:
    """The curves of NIST too, up to 521 bits; the other ones are tried without a reader."""
    card = chip(CHAN, pace=Suite.AES_256, parameter_id=18, temper=EXTENDED)
    assert is_about(await desk.read(card, CardAccessNumber(CHAN.can)), CHAN)


async def test_beside_other_cards(desk: Desk, issuer: Issuer) -> None:
    """A social security card needs no key; a card that nobody knows is unsupported; a document then reads well."""
    assert is_about_citizen(await desk.read(SocialSecurityCard(ZHANG), None), ZHANG)
    with pytest.raises(CardUnsupported):
        await desk.read(UnknownCard(), None)
    assert is_about(await desk.read(chip(CHAN, issuer), MrzKey(CHAN.key)), CHAN)


@pytest.mark.parametrize("pace", [None, Suite.AES_128], ids=["BAC", "PACE"])
async def test_the_key_comes_later(desk: Desk, pace: Suite | None) -> None:
    """A document that lies there before its zone was scanned wants it, and after a wrong key wants the right one."""
    with pytest.raises(CardWantsAccess):
        await desk.read(chip(ANNA, pace=pace, temper=EXTENDED), None)
    desk.access = MrzKey(CHAN.key)
    with pytest.raises(CardAccessWrong):
        await desk.reader.read()
    desk.access = MrzKey(ANNA.key)
    assert is_about(await desk.reader.read(), ANNA)


async def test_nobody_vouches(desk: Desk, issuer: Issuer) -> None:
    """Unsigned, or signed by a state which nobody configured, a document is read and not called authentic."""
    for signer in (None, Issuer()):
        identity = await desk.read(chip(ANNA, signer, temper=EXTENDED), MrzKey(ANNA.key))
        assert is_about(identity, ANNA)
        assert identity.authenticity is Authenticity.NOT_CHECKED


def _other_zone(files: dict[int, bytes], issuer: Issuer) -> dict[int, bytes]:
    older = replace(ANNA, given_names="ANNA")
    return files | {group(1): files_of(older, issuer)[group(1)]}


def _other_photo(files: dict[int, bytes], issuer: Issuer) -> dict[int, bytes]:
    return files | {group(2): files[group(2)][:-1] + b"\x00"}


def _stranger(files: dict[int, bytes], issuer: Issuer) -> dict[int, bytes]:
    groups = {1: files[group(1)], 2: files[group(2)], 11: files[group(11)], 12: files[group(12)]}
    return files | {SIGNED_OBJECT: Issuer(of=issuer, forger=SigningKey.elliptic()).sign(groups)}


def _unsigned_group(files: dict[int, bytes], issuer: Issuer) -> dict[int, bytes]:
    return files | {SIGNED_OBJECT: issuer.sign({1: files[group(1)], 2: files[group(2)]})}


@pytest.mark.parametrize(
    ("forge", "pace"),
    [(_other_zone, None), (_other_photo, Suite.AES_128), (_stranger, None), (_unsigned_group, Suite.AES_128)],
)
async def test_forged(
    desk: Desk,
    issuer: Issuer,
    pace: Suite | None,
    forge: Callable[[dict[int, bytes], Issuer], dict[int, bytes]],
) -> None:
    """A changed zone or photo, a stranger's signature, a group that nobody signed: no identity comes of it."""
    card = chip(ANNA, issuer, pace=pace, temper=EXTENDED)
    card.files = forge(dict(card.files), issuer)
    with pytest.raises(CardForged):
        await desk.read(card, MrzKey(ANNA.key))
    card.files = chip(ANNA, issuer).files
    assert is_about(await desk.reader.read(), ANNA)


@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
async def test_a_copied_chip(desk: Desk, issuer: Issuer, rsa_keys: tuple[RsaProof, RsaProof], kind: str) -> None:
    """A chip with its key is authentic; all its files, copied to another chip, are forged."""
    genuine, copied = rsa_keys if kind == "RSA" else (EcProof(), EcProof())
    card = chip(ANNA, issuer, proof=genuine, temper=EXTENDED)
    assert (await desk.read(card, MrzKey(ANNA.key))).authenticity is Authenticity.AUTHENTIC
    card.prove = copied
    with pytest.raises(CardForged):
        await desk.reader.read()


@pytest.mark.parametrize(("pace", "suite"), [(None, Suite.TRIPLE_DES), (Suite.AES_128, Suite.AES_256)])
async def test_a_copy_of_a_chip_with_chip_authentication(
    desk: Desk, issuer: Issuer, pace: Suite | None, suite: Suite
) -> None:
    """A chip that can agree on new keys by its own is authentic; a copy of its files can't, and is forged."""
    card = chip(ANNA, issuer, pace=pace, agreement=ChipAgreement(suite), temper=EXTENDED)
    identity = await desk.read(card, MrzKey(ANNA.key))
    assert is_about(identity, ANNA)
    assert identity.authenticity is Authenticity.AUTHENTIC
    card.agreement = ChipAgreement(suite)
    with pytest.raises(CardForged):
        await desk.reader.read()


@pytest.mark.parametrize(("at_apdu", "pace"), [(4, None), (60, None), (7, Suite.AES_128)])
async def test_pulled_in_mid_read(desk: Desk, at_apdu: int, pace: Suite | None) -> None:
    """Pulled while being opened, or at its photo: removed, and laid down again it reads."""
    card = chip(ANNA, pace=pace)
    with pytest.raises(CardRemoved):
        await desk.read(card, MrzKey(ANNA.key), Pulled(at_apdu))
    await until(desk.reader, NoCard)
    assert is_about(await desk.read(card, MrzKey(ANNA.key)), ANNA)


@pytest.mark.parametrize("at_apdu", [8, 40])
async def test_swapped_in_mid_read(desk: Desk, at_apdu: int) -> None:
    """Another document in its place never mixes with it, though it would open to the same key."""
    other = chip(replace(ANNA, given_names="EVA", photo=CHAN.photo + b"other"))
    with pytest.raises(CardRemoved):
        await desk.read(chip(ANNA), MrzKey(ANNA.key), Swapped(other, at_apdu))
    await until(desk.reader, NoCard)
    await until(desk.reader, CardPresent)
    assert (await desk.reader.read()).name == "ERIKSSON EVA"


async def test_garbled_on_the_way(desk: Desk) -> None:
    """Octets changed between chip and reader are never believed; without that it reads."""
    flipped = Garbled(
        lambda answer: answer[:3] + bytes((answer[3] ^ 0x40,)) + answer[4:] if len(answer) > 8 else answer, 30
    )
    card = chip(ANNA)
    with pytest.raises(CardGarbled):
        await desk.read(card, MrzKey(ANNA.key), flipped)
    desk.slot.fail_next(None)
    assert is_about(await desk.reader.read(), ANNA)


async def test_a_chip_that_resets_its_session(desk: Desk) -> None:
    """A chip that loses power for a moment falls out of its session: garbled, and it opens again."""
    card = chip(ANNA, pace=Suite.AES_128, temper=Temper(drops_at=15))
    with pytest.raises(CardGarbled):
        await desk.read(card, MrzKey(ANNA.key))
    card.temper = Temper()
    assert is_about(await desk.reader.read(), ANNA)


@pytest.mark.parametrize(
    "temper",
    [
        Temper(announced=30_000),
        Temper(longest=30_000, announced=30_000, offers=150),
        Temper(short_parts=90),
        Temper(longest=800, announced=800),
        Temper(longest=65_000, announced=65_536),
    ],
    ids=["says longer than it can", "names a length", "gives less", "800 bytes", "64 kB"],
)
async def test_lengths_that_are_not_as_announced(desk: Desk, temper: Temper) -> None:
    """Through a real PC/SC stack too, a document is read whole whatever it says of its lengths."""
    large = replace(ANNA, photo=ANNA.photo * 4)
    assert is_about(await desk.read(chip(large, temper=temper), MrzKey(ANNA.key)), large)


async def test_a_slow_chip(desk: Desk) -> None:
    """A chip that takes its time for each command is read with extended answers."""
    assert is_about(await desk.read(chip(ANNA, temper=EXTENDED), MrzKey(ANNA.key), Slow(0.03)), ANNA)


async def test_a_silent_chip(virtual_pcscd: VirtualPcscd) -> None:
    """A chip that stops answering at its photo ends the read at the deadline; lifted and laid down, it reads."""
    reader = PcscReader([profile(lambda: MrzKey(ANNA.key))], name_part=virtual_pcscd.reader_names[0], deadline_s=2)
    desk = Desk(virtual_pcscd.slots[0], reader)
    try:
        await until(reader, NoCard)
        with pytest.raises(CardSilent):
            await desk.read(chip(ANNA, temper=EXTENDED), MrzKey(ANNA.key), Silent(20))
        desk.slot.remove()
        await until(reader, NoCard)
        assert is_about(await desk.read(chip(ANNA, temper=EXTENDED), MrzKey(ANNA.key)), ANNA)
    finally:
        await reader.aclose()
