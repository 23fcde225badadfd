"""What nmcli prints, read: names that try to be lines and fields, and anything else that may come."""

from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.network import terse
from devices.network.api import (
    Link,
    LinkKind,
    LinkState,
    Security,
    StaticAddress,
    WifiNetwork,
    WifiPassword,
    readable,
)

LISTING = """\
GENERAL.DEVICE:eth0
GENERAL.TYPE:ethernet
GENERAL.STATE:100 (connected)
GENERAL.CONNECTION:Wired connection 1
IP4.ADDRESS[1]:192.0.2.50/24
IP4.GATEWAY:192.0.2.1
IP4.DNS[1]:192.0.2.1
IP4.DNS[2]:192.0.2.2

GENERAL.DEVICE:wlan0
GENERAL.TYPE:wifi
GENERAL.STATE:70 (connecting (getting IP configuration))
GENERAL.CONNECTION:a:b\\c

GENERAL.DEVICE:lo
GENERAL.TYPE:loopback
GENERAL.STATE:100 (connected (externally))
GENERAL.CONNECTION:lo
IP4.ADDRESS[1]:127.0.0.1/8
"""


def test_links_of_a_listing() -> None:
    """Cables and radios with their addresses; what is neither is left out."""
    assert terse.links(LISTING) == (
        Link(
            "eth0",
            LinkKind.WIRED,
            LinkState.UP,
            IPv4Interface("192.0.2.50/24"),
            IPv4Address("192.0.2.1"),
            (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")),
        ),
        Link("wlan0", LinkKind.WIFI, LinkState.CONNECTING, network="a:b\\c"),
    )


@pytest.mark.parametrize(
    ("state", "seen"),
    [("20 (unavailable)", "DOWN"), ("50 (x)", "CONNECTING"), ("120 (failed)", "DOWN")],
)
def test_states(state: str, seen: str) -> None:
    """NetworkManager's numbers, whatever words stand beside them."""
    listing = f"GENERAL.DEVICE:eth0\nGENERAL.TYPE:ethernet\nGENERAL.STATE:{state}\n"
    assert [link.state for link in terse.links(listing)] == [LinkState[seen]]


def test_what_others_manage_is_left_out() -> None:
    """A link that NetworkManager keeps its hands off is none that could be set here."""
    assert terse.links("GENERAL.DEVICE:eth0\nGENERAL.TYPE:ethernet\nGENERAL.STATE:10 (unmanaged)\n") == ()


def test_up_without_an_address_is_not_up() -> None:
    """A link that has no address yet leads nowhere."""
    listing = "GENERAL.DEVICE:eth0\nGENERAL.TYPE:ethernet\nGENERAL.STATE:100 (connected)\n"
    assert [link.state for link in terse.links(listing)] == [LinkState.CONNECTING]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r"))))
def test_fields_come_back_as_they_were(values: list[str]) -> None:
    """Colons and backslashes within a value are its own."""
    line = ":".join(value.replace("\\", r"\\").replace(":", r"\:") for value in values)
    assert terse.fields_of(line) == (values or [""])


@pytest.mark.parametrize(
    ("ssid", "title"),
    [
        (b"office", "office"),
        (rb"a:b\:c\\", r"a:b\:c\\"),
        ("😀".encode(), "😀"),
        ("大厅".encode("gbk"), "大厅"),
        (b"a\nEVIL:99:\x1b[2J", "a·EVIL:99:·[2J"),
        ("a\u202eb".encode(), "a·b"),
        (b"\xff\xfe", "ff fe"),
    ],
    ids=["plain", "escapes", "emoji", "gbk", "control", "right-to-left", "neither"],
)
def test_names_in_reach(ssid: bytes, title: str) -> None:
    """Any name is one network, kept in its octets and shown without what could act on a screen."""
    assert terse.wifi_networks(f"{ssid.hex().upper()}:80:WPA2\n") == (WifiNetwork(ssid, 80, Security.PASSWORD),)
    assert readable(ssid) == title


def test_each_name_once_the_strongest_first() -> None:
    """Stations of one network are one; hidden ones have no name to choose."""
    table = "61:40:WPA2\n62:60:\n61:70:WPA2 WPA3\n:90:WPA2\n0000:99:\n63:50:WPA2 802.1X\n64:10:WEP\n65:5:--\n"
    assert [(one.ssid, one.signal, one.security) for one in terse.wifi_networks(table)] == [
        (b"a", 70, Security.PASSWORD),
        (b"b", 60, Security.OPEN),
        (b"c", 50, Security.UNSUPPORTED),
        (b"d", 10, Security.UNSUPPORTED),
        (b"e", 5, Security.OPEN),
    ]


@given(st.text())
def test_nothing_that_is_printed_breaks_the_reader(text: str) -> None:
    """Garbage is no network and no link, and never an error."""
    for network in terse.wifi_networks(text):
        assert 0 < len(network.ssid) <= 32
        assert network.title.isprintable()
    for link in terse.links(text):
        assert link.network.isprintable()


@pytest.mark.parametrize(
    "text", ["short", "x" * 64, "café au lait", "tab\there!", "line\nquit", " leading", "trailing "]
)
def test_what_is_no_password(text: str) -> None:
    """Nothing goes to nmcli's editor that could be another order, or would be cut."""
    with pytest.raises(ValueError, match="password"):
        WifiPassword(text)
    assert "correct" not in repr(WifiPassword("correct horse"))


def test_a_gateway_outside_is_refused() -> None:
    """A mistyped gateway is found before it is set."""
    with pytest.raises(ValueError, match="gateway"):
        StaticAddress(IPv4Interface("192.0.2.5/24"), IPv4Address("192.0.3.1"))
