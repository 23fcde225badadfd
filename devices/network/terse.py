"""What ``nmcli --terse`` prints, as values. Pure: it takes text, and believes none of it.

Formats: nmcli(1), "--terse" and "--escape": in tables, colons and backslashes within a value are escaped by a
backslash; in lists (``device show``) a line is ``NAME:value`` with nothing escaped, and an empty line ends a device.
"""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError

from devices.network.api import LONGEST_SSID, Link, LinkKind, LinkState, Security, WifiNetwork

DEVICE_FIELDS = "GENERAL.DEVICE,GENERAL.TYPE,GENERAL.STATE,GENERAL.CONNECTION,IP4.ADDRESS,IP4.GATEWAY,IP4.DNS"
WIFI_FIELDS = "SSID-HEX,SIGNAL,SECURITY"
_KINDS = {"ethernet": LinkKind.WIRED, "wifi": LinkKind.WIFI}
_ACTIVATED = 100  # NMDeviceState (NetworkManager's D-Bus API)
_UNDER_WAY = range(40, 100)
_UNMANAGED = 10
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_STATE = re.compile(r"(\d{1,3})\b")
_INDEXED = re.compile(r"(.+)\[\d+\]")


def fields_of(line: str) -> list[str]:
    r"""Cut one line of a table at its colons; ``\:`` and ``\\`` are a colon and a backslash of a value."""
    fields, escaped = [""], False
    for char in line:
        if escaped or char not in "\\:":
            fields[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            fields.append("")
    return fields


def wifi_networks(table: str) -> tuple[WifiNetwork, ...]:
    """Return the networks of a table of :data:`WIFI_FIELDS`: each name once, the strongest first, hidden ones left out.

    Names come in hexadecimal, so that no name, whatever is in it, can be taken for another line or field.
    """
    strongest: dict[bytes, WifiNetwork] = {}
    for line in table.splitlines():
        found = _wifi_network(fields_of(line))
        if found is not None and found.signal > getattr(strongest.get(found.ssid), "signal", -1):
            strongest[found.ssid] = found
    return tuple(sorted(strongest.values(), key=lambda one: (-one.signal, one.ssid)))


def _wifi_network(fields: list[str]) -> WifiNetwork | None:
    match fields:
        case [name, strength, security]:
            pass
        case _:
            return None
    try:
        ssid, signal = bytes.fromhex(name), int(strength)
    except ValueError:
        return None
    if not ssid.strip(b"\0") or len(ssid) > LONGEST_SSID or not 0 <= signal <= 100:  # noqa: PLR2004 - per cent
        return None
    return WifiNetwork(ssid, signal, _security(set(security.split())))


def _security(words: set[str]) -> Security:
    words -= {"--"}
    if not words:
        return Security.OPEN
    if "802.1X" in words or not words & {"WPA1", "WPA2", "WPA3"}:
        return Security.UNSUPPORTED
    return Security.PASSWORD


def links(listing: str) -> tuple[Link, ...]:
    """Return the wired and Wi-Fi interfaces of a listing of :data:`DEVICE_FIELDS`, by name."""
    found = (_link(values) for values in _devices(listing))
    return tuple(sorted((link for link in found if link is not None), key=lambda link: link.interface))


def _devices(listing: str) -> Iterator[dict[str, list[str]]]:
    values: dict[str, list[str]] = {}
    for line in (*listing.split("\n"), ""):
        name, _, value = line.partition(":")
        if name == "GENERAL.DEVICE" and values:  # a device begins, whatever came before it
            yield values
            values = {}
        if name and value:
            indexed = _INDEXED.fullmatch(name)
            values.setdefault(indexed[1] if indexed else name, []).append(value)
    if values:
        yield values


def _link(values: dict[str, list[str]]) -> Link | None:
    interface, kind = values.get("GENERAL.DEVICE", [""])[0], values.get("GENERAL.TYPE", [""])[0]
    number = _STATE.match(values.get("GENERAL.STATE", [""])[0])
    if kind not in _KINDS or number is None or _INTERFACE.fullmatch(interface) is None:
        return None
    addresses = [*filter(None, map(_interface, values.get("IP4.ADDRESS", [])))]
    gateways = [*filter(None, map(_address, values.get("IP4.GATEWAY", [])))]
    code = int(number[1])
    if code == _UNMANAGED:  # somebody else's
        return None
    state = LinkState.CONNECTING if code in _UNDER_WAY else LinkState.DOWN
    if code == _ACTIVATED:
        state = LinkState.UP if addresses else LinkState.CONNECTING
    return Link(
        interface,
        _KINDS[kind],
        state,
        addresses[0] if addresses else None,
        gateways[0] if gateways else None,
        tuple(filter(None, map(_address, values.get("IP4.DNS", [])))),
        _shown(values.get("GENERAL.CONNECTION", [""])[0]) if kind == "wifi" else "",
    )


def _interface(text: str) -> IPv4Interface | None:
    try:
        return IPv4Interface(text)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "·" for char in text)[:LONGEST_SSID]
