"""``bianmin card read`` as a process, without configuration and centre, over pcscd and a serial line."""

import threading
from pathlib import Path

import numpy as np
import pytest

from devices.card_reader import pcsc
from devices.card_reader.emrtd.suites import Suite
from devices.virtual.card_resident import ResidentCard
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.emrtd_chip import EmrtdChip
from devices.virtual.emrtd_pki import Issuer
from devices.virtual.page_scene import View, lay
from devices.virtual.pages import Sheet, draw
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import LIU, ZHANG
from devices.virtual.sam_module import VirtualSamModule
from devices.virtual.travellers import ANNA, CHAN, chip
from screens.png import png
from tests.command_line import bianmin
from wire.identity import mask_id_number, mask_name


@pytest.fixture
def readers(virtual_pcscd: VirtualPcscd) -> VirtualPcscd:
    """Return the readers once pcscd has noticed that the card of the test before is gone."""
    with pcsc.context() as context:
        for name in virtual_pcscd.reader_names:
            state: pcsc.SlotState | None = pcsc.UNAWARE
            while state is None or state is pcsc.UNAWARE or state.present:
                state = pcsc.slot_state(context, name, state or pcsc.UNAWARE, 10_000)
    return virtual_pcscd


def test_a_card_is_read_masked(readers: VirtualPcscd) -> None:
    """What is printed shows that the card was read, and nothing of whose it is."""
    readers.slots[0].insert(SocialSecurityCard(ZHANG))
    ended = bianmin("card", "read", "--reader", readers.reader_names[0], "--json")
    assert (ended.code, ended.err) == (0, "")
    told = ended.json
    assert told["reader"] == f"PC/SC {readers.reader_names[0]}"
    assert (told["document"], told["masked"]) == ("social_security_card", True)
    assert (told["name"], told["id_number"]) == (mask_name(ZHANG.name), mask_id_number(ZHANG.id_number))
    assert "birth_date" in told["fields"]
    for secret in (ZHANG.name, ZHANG.id_number, ZHANG.id_number[6:14], ZHANG.card_number):
        assert secret not in ended.out


def test_show_shows(virtual_sam: VirtualSamModule) -> None:
    """With --show the holder's data are whole; the photo is told by its size."""
    virtual_sam.insert(ResidentCard(LIU))
    ended = bianmin("card", "read", "--sam", virtual_sam.port, "--show", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert (ended.json["name"], ended.json["id_number"]) == (LIU.name, LIU.id_number)
    assert (ended.json["address"], ended.json["masked"]) == (LIU.address, False)
    assert ended.json["photo_bytes"] > 0
    assert "photo" not in ended.json


def test_in_words(virtual_sam: VirtualSamModule) -> None:
    """Without --json each field has a line of its own."""
    virtual_sam.insert(ResidentCard(LIU))
    ended = bianmin("card", "read", "--sam", virtual_sam.port)
    assert ended.code == 0
    assert f"name: {mask_name(LIU.name)}\n" in ended.out


def test_a_card_is_waited_for_on_every_reader(readers: VirtualPcscd) -> None:
    """Without --reader a card may come to any PC/SC reader, and later."""
    timer = threading.Timer(1.5, readers.slots[1].insert, [SocialSecurityCard(ZHANG)])
    timer.start()
    try:
        ended = bianmin("card", "read", "--json")
    finally:
        timer.join()
    assert ended.code == 0
    assert ended.json["reader"] == f"PC/SC {readers.reader_names[1]}"


def test_nobody_places_a_card(readers: VirtualPcscd) -> None:
    """The deadline ends the wait with a code and an exit code of its own."""
    ended = bianmin("card", "read", "--deadline", "3", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "card.none_placed")


@pytest.mark.parametrize("options", [("--reader", "no such reader"), ("--sam", "/dev/none")])
def test_no_reader(readers: VirtualPcscd, options: tuple[str, str]) -> None:
    """A reader that is not there is a fault, not a card that did not come."""
    ended = bianmin("card", "read", *options, "--deadline", "1", "--json")
    assert (ended.code, ended.json["error"]["code"], ended.json["error"]["number"]) == (1, "reader.lost", 2010)


def test_a_card_that_nobody_knows(readers: VirtualPcscd) -> None:
    """What cannot be read has its number, in words on stderr."""
    readers.slots[0].insert(UnknownCard())
    ended = bianmin("card", "read")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("2003 card.unsupported: This kind of card cannot be used here.")


ZONE = "".join(ANNA.zone())


@pytest.mark.parametrize(
    ("chip_of", "options", "typed"),
    [
        (chip(ANNA), ("--mrz", "-"), "\n".join(ANNA.zone())),
        (chip(ANNA), ("--mrz", ZONE), ""),
        (chip(CHAN, pace=Suite.AES_256, bac=False), ("--can", "-"), CHAN.can),
    ],
    ids=["zone on standard input", "zone", "card access number"],
)
def test_a_chip_is_opened_with_what_is_printed(
    readers: VirtualPcscd, chip_of: EmrtdChip, options: tuple[str, str], typed: str
) -> None:
    """The printed lines, or the six digits, open a chip; on standard input no other user sees them."""
    readers.slots[0].insert(chip_of)
    ended = bianmin("card", "read", *options, "--json", typed=typed)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["authenticity"] == "not_checked"
    assert ended.json["photo_bytes"] > 0
    for secret in (ANNA.number, ANNA.surname, CHAN.number, CHAN.surname, CHAN.can):
        assert secret not in ended.out


def test_a_chip_is_opened_with_a_picture_of_its_document(readers: VirtualPcscd, tmp_path: Path) -> None:
    """The printed lines are read from a picture; one without any opens nothing, and says so."""
    scene = lay(draw(Sheet.PASSPORT, mrz=ANNA.zone()), View(), np.random.default_rng(3), (1920, 1080)).pixels
    (tmp_path / "page.png").write_bytes(png(np.ascontiguousarray(scene[:, :, ::-1])))
    (tmp_path / "blank.png").write_bytes(png(np.full((480, 640, 3), 200, np.uint8)))
    readers.slots[0].insert(chip(ANNA))
    ended = bianmin("card", "read", "--mrz-image", tmp_path / "page.png", "--json")
    assert (ended.code, ended.json["document"]) == (0, "passport")
    ended = bianmin("card", "read", "--mrz-image", tmp_path / "blank.png", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "card.mrz_wrong")


def test_a_proven_chip(readers: VirtualPcscd, tmp_path: Path) -> None:
    """With the issuing state's certificate in the folder of --trust, a chip is told to be authentic."""
    issuer = Issuer()
    (tmp_path / "csca.der").write_bytes(issuer.csca.dump())
    readers.slots[0].insert(chip(ANNA, issuer))
    ended = bianmin("card", "read", "--mrz", ZONE, "--trust", tmp_path, "--json")
    assert (ended.code, ended.json["authenticity"]) == (0, "authentic")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "card.wants_mrz"),
        (("--mrz", "".join(CHAN.zone())), "card.wrong_access"),
        (("--mrz", ZONE[:-1] + "9"), "card.mrz_wrong"),
    ],
    ids=["nothing", "another document's", "check digit"],
)
def test_a_chip_that_stays_shut(readers: VirtualPcscd, options: tuple[str, ...], code: str) -> None:
    """Without the right lines there is a code that says which; never the lines themselves."""
    readers.slots[0].insert(chip(ANNA))
    ended = bianmin("card", "read", *options, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert ANNA.number not in ended.out + ended.err
