"""The list of models: right as it comes, helpful when it is not, and the same in the documentation."""

import plistlib
from pathlib import Path

import pytest

from devices.card_reader import hardware
from devices.card_reader.hardware import FILE, HardwareWrong, known, load, sam_model_at, table, usb_numbers_of
from devices.card_reader.recovery import Rung
from devices.card_reader.remedies import RestartService, remedies_for
from devices.card_reader.sam import line_of
from devices.card_reader.sam_hid import HidLine
from devices.card_reader.sam_line import LineLost
from devices.card_reader.sam_serial import SerialLine

DOCS = Path(__file__).parents[2] / "docs" / "hardware.md"
CCID_READERS = Path("/etc/libccid_Info.plist")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("ACS ACR39U ICC Reader 00 00", "ACS ACR39U"),
        ("ACS ACR1281 1S Dual Reader 00 01", "ACS ACR1281U-C1"),
        ("HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422 Smartcard Reader] 01 00", "HID Omnikey 5422"),
        ("Virtual reader 00 01", "virtual reader"),
        ("Gemalto PC Twin Reader 00 00", "any CCID reader"),
        ("", "any CCID reader"),
    ],
)
def test_a_reader_is_known_by_its_name(name: str, model: str) -> None:
    """The name that pcscd gives a reader leads to its model; one that nobody listed is any CCID reader."""
    assert known().pcsc_model(name).model == model


def test_usb_numbers_are_those_of_the_ccid_driver() -> None:
    """The USB numbers of PC/SC readers stand in libccid's own list, under a name that the list of models finds."""
    listed = plistlib.loads(CCID_READERS.read_bytes())
    numbers = zip(listed["ifdVendorID"], listed["ifdProductID"], strict=True)
    names = dict(zip([f"{v[2:]}:{p[2:]}".lower() for v, p in numbers], listed["ifdFriendlyName"], strict=True))
    for model in known().pcsc:
        if model.usb is not None:
            assert known().pcsc_model(names[model.usb]) == model


def test_the_documentation_has_the_list() -> None:
    """docs/hardware.md shows what hardware.toml says: ``python -m devices.card_reader.hardware`` prints it."""
    assert table(known()) in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('usb = "072f:b100"', 'usb = "72F:B100"', "pcsc[0].usb: .*; expected: vendor:product in small hexadecimal"),
        ('protocols = ["T=1"]', 'protocols = ["T=2"]', r"pcsc\[4\].protocols\[0\]: .*; expected: protocols to ask for"),
        ('rungs = ["reconnect"]', 'rungs = ["kick"]', r"sam\[4\].rungs\[0\]: .*; expected: rungs of the recovery"),
        ('cards = "contact"\n', 'colour = "red"\n', r"pcsc\[0\].colour: there is no such key; here may stand: cards, "),
        ('cards = "contact"\n', "", r"pcsc\[0\].cards: Field required; expected: \"contact\", "),
        ("report_size = 64", "report_size = 4", r"sam\[5\].report_size: .* 8; expected: bytes in a HID report"),
        ("[[pcsc]]", "[[ccid]]", "ccid"),
        ("[[pcsc]]", "[[pcsc]", "not TOML"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A mistake is told with its place and what was expected there."""
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "hardware.toml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(HardwareWrong, match=told.replace("pcsc[0]", r"pcsc\[0\]")):
        load(wrong)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is told by its name."""
    with pytest.raises(HardwareWrong, match=r"nothing\.toml: No such file"):
        load(tmp_path / "nothing.toml")


def test_rungs_and_remedies() -> None:
    """A model's rungs are the ladder's; its port can be cycled when its USB numbers are known."""
    acr39u = known().pcsc_model("ACS ACR39U ICC Reader 00 00")
    assert acr39u.allowed == {Rung.RECONNECT, Rung.NEW_CONTEXT, Rung.RESTART_SERVICE, Rung.POWER_CYCLE}
    assert remedies_for(acr39u).rungs == {Rung.POWER_CYCLE}
    both = remedies_for(acr39u, restart_service=RestartService(["true"]))
    assert both.rungs == {Rung.POWER_CYCLE, Rung.RESTART_SERVICE}
    assert remedies_for(known().pcsc_model("")).rungs == set()
    gentle = acr39u.model_copy(update={"rungs": ("reconnect",)})
    assert remedies_for(gentle, restart_service=RestartService(["true"])).rungs == set()


def usb_tree(root: Path, numbers: str) -> Path:
    """Make a sysfs of files in which ttyUSB0 and hidraw0 belong to a device with these numbers, ttyS0 to none."""
    device = root / "devices" / "pci0000:00" / "usb1" / "1-2"
    for name, folder in (("tty", "1-2:1.0/ttyUSB0/tty/ttyUSB0"), ("hidraw", "1-2:1.1/0003:0001/hidraw/hidraw0")):
        (device / folder).mkdir(parents=True)
        (root / "class" / name).mkdir(parents=True)
        (root / "class" / name / Path(folder).name).symlink_to(device / folder)
    for file, value in zip(("idVendor", "idProduct"), numbers.split(":"), strict=True):
        (device / file).write_text(value + "\n", encoding="ascii")
    return root


def test_a_module_is_known_by_its_usb_numbers(tmp_path: Path) -> None:
    """A module's line is known by its device file, or a stable link to it; its model by the USB device behind."""
    sysfs = usb_tree(tmp_path / "sys", "1a86:7523")
    for name in ("ttyUSB0", "hidraw0", "ttyS0"):
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("ttyUSB0")
    for name in ("ttyUSB0", "link", "hidraw0"):
        assert usb_numbers_of(tmp_path / name, sysfs) == "1a86:7523"
    assert usb_numbers_of(tmp_path / "ttyS0", sysfs) is None
    assert sam_model_at(str(tmp_path / "link"), sysfs).usb == "1a86:7523"
    assert sam_model_at(str(tmp_path / "ttyS0"), sysfs).model == "any module on a serial port"
    hid = sam_model_at(str(tmp_path / "hidraw0"), sysfs)
    assert hid.line == "hid"
    line = line_of(hid)(str(tmp_path / "hidraw0"))
    assert isinstance(line, HidLine)
    line.close()
    assert line_of(sam_model_at(str(tmp_path / "ttyS0"), sysfs)) is SerialLine
    with pytest.raises(LineLost):
        line_of(hid)(str(tmp_path / "hidraw9"))


def test_the_module_prints_its_table() -> None:
    """Every model has its line in the table."""
    printed = table(known())
    assert all(f"| {model.model} |" in printed for model in (*known().pcsc, *known().sam))
    assert hardware.FILE.name == "hardware.toml"
