"""Which USB devices a terminal uses: those it is made for, and a device only when all of it is such."""

import pytest

from tests.appliance.machine import ROOT
from tests.appliance.udev_rules import Device, play, rules

RULES = rules(ROOT / "systemd" / "udev" / "70-bianmin.rules")

OURS = {  # interfaces: class, subclass, protocol, as USB-IF numbers them
    "card reader (CCID)": ":0b0000:",
    "printer": ":070102:",
    "IPP over USB": ":070104:",
    "camera with microphone": ":0e0100:0e0200:010100:010200:",
    "touch screen": ":030000:",
    "touch screen that is a mouse too": ":030000:030102:",
    "serial line (CDC ACM)": ":020201:0a0000:",
    "serial line, AT commands": ":020200:0a0000:",
    "stick": ":080650:",
    "hub": ":090000:",
}
NOT_OURS = {
    "keyboard": ":030101:",
    "keyboard within a mouse": ":030102:030101:",
    "keyboard within a card reader": ":0b0000:030101:",
    "keyboard within a stick": ":080650:030101:",
    "network adapter (ECM)": ":020600:0a0000:",
    "network adapter (NCM)": ":020d00:0a0001:",
    "network adapter within a stick": ":080650:020600:0a0000:",
    "modem (MBIM)": ":020e00:0a0002:",
    "Wi-Fi of a vendor": ":ff0000:",
    "RNDIS": ":e00103:0a0000:",
    "Bluetooth": ":e00101:",
    "telephone (PTP)": ":060101:",
    "telephone (MTP, ADB)": ":ffff00:ff4201:",
    "debug device": ":dc0201:",
    "firmware update": ":fe0102:",
    "what says nothing": "",
    "interface of no class": ":000000:",
    "content security": ":0d0000:",
    "vendor's own within a card reader": ":0b0000:ff0000:",
}
SERIAL_ADAPTERS = {
    "CH340": ("1a86", "7523"),
    "PL2303": ("067b", "2303"),
    "FT232": ("0403", "6001"),
    "CP210x": ("10c4", "ea60"),
}


def _usb(interfaces: str, vendor: str = "0000", product: str = "0000", authorized: str = "0") -> Device:
    attributes = {"authorized": authorized, "idVendor": vendor, "idProduct": product}
    return Device("usb", attributes, {"DEVTYPE": "usb_device"}, interfaces)


def _plugged_in(device: Device) -> Device:
    play(device, RULES)
    return device


@pytest.mark.parametrize("interfaces", OURS.values(), ids=OURS)
def test_what_a_terminal_is_made_of_works(interfaces: str) -> None:
    """Each kind of device that a terminal has is authorised when it is plugged in."""
    assert _plugged_in(_usb(interfaces)).attributes["authorized"] == "1"


@pytest.mark.parametrize("interfaces", NOT_OURS.values(), ids=NOT_OURS)
def test_anything_else_stays_off(interfaces: str) -> None:
    """No keyboard, network or telephone, and nothing that hides one behind a face we know."""
    assert _plugged_in(_usb(interfaces)).attributes["authorized"] == "0"


def test_every_class_is_decided() -> None:
    """Of the 256 classes these are ours, whatever their subclass; class 2 by its subclass."""
    ours = {number for number in range(256) if _plugged_in(_usb(f":{number:02x}0000:")).attributes["authorized"] == "1"}
    assert ours == {0x01, 0x03, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0E}


def test_of_communications_only_the_serial_line() -> None:
    """Of class 2 there are many network adapters, and one subclass that is a serial line."""
    allowed = [
        number for number in range(256) if _plugged_in(_usb(f":02{number:02x}01:")).attributes["authorized"] == "1"
    ]
    assert allowed == [0x02]


@pytest.mark.parametrize("numbers", SERIAL_ADAPTERS.values(), ids=SERIAL_ADAPTERS)
def test_serial_adapters_by_their_numbers(numbers: tuple[str, str]) -> None:
    """A SAM module's adapter has a vendor's class, and a name in /dev that stays."""
    assert _plugged_in(_usb(":ff0102:", *numbers)).attributes["authorized"] == "1"
    line = Device("tty", {}, parents=frozenset({"usb"}), kernel="ttyUSB3")
    assert _plugged_in(line).symlinks == ["bianmin/sam"]


def test_an_owner_can_allow_a_device_by_its_numbers() -> None:
    """A printer with a vendor's interface beside, for one: another rules file, read before, marks it."""
    printer = _usb(":070102:ff0401:", "03f0", "0000")
    assert _plugged_in(printer).attributes["authorized"] == "0"
    printer.properties["BIANMIN_USB"] = "allowed"
    assert _plugged_in(printer).attributes["authorized"] == "1"


def test_only_a_card_reader_can_be_switched() -> None:
    """The kiosk gets the files that switch a card reader's port, of the reader's own; of nothing else."""
    for authorized in "01":  # by us just now, or by the kernel in a dev image
        runs = _plugged_in(_usb(":0b0000:", authorized=authorized)).runs
        assert len(runs) == 2
        assert all(run.endswith(" /sys%p/authorized /sys%p/port/disable") for run in runs)
    for interfaces in (":080650:", ":030000:", ":090000:"):
        assert _plugged_in(_usb(interfaces)).runs == []


def test_a_stick_is_mounted() -> None:
    """What can be read on a stick gets one name and is mounted; an EFI partition, and what is built in, is not."""
    esp = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    for properties, wanted in (
        ({"ID_BUS": "usb", "ID_FS_TYPE": "vfat"}, True),
        ({"ID_BUS": "usb", "ID_FS_TYPE": "exfat", "ID_PART_ENTRY_TYPE": "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"}, True),
        ({"ID_BUS": "usb", "ID_FS_TYPE": "vfat", "ID_PART_ENTRY_TYPE": esp}, False),
        ({"ID_BUS": "usb", "ID_FS_TYPE": "ext4"}, False),
        ({"ID_BUS": "ata", "ID_FS_TYPE": "vfat"}, False),
    ):
        block = _plugged_in(Device("block", {"removable": "1"}, dict(properties), kernel="sdb1"))
        assert (block.symlinks == ["bianmin/stick"]) is wanted, properties
        assert (block.properties.get("SYSTEMD_WANTS") == "media.mount") is wanted


def test_a_device_that_goes_is_left_alone() -> None:
    """The rules are for what is added."""
    gone = _usb(":0b0000:")
    gone.action = "remove"
    assert _plugged_in(gone).attributes["authorized"] == "0"
