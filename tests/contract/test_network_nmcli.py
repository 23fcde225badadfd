"""The driver against a real NetworkManager: a cable with a DHCP server at its end, set addresses, Wi-Fi profiles."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from devices.network.api import (
    Connected,
    LinkState,
    NetworkError,
    NetworkMissing,
    NetworkUnmanaged,
    StaticAddress,
    WifiPassword,
)
from devices.network.nmcli import WIFI_PROFILE, NmcliNetwork
from tests.contract.networks import network_manager

pytestmark = pytest.mark.slow
GATEWAY = IPv4Address("192.0.2.1")
SOON_S = 30.0


@pytest.fixture(scope="module")
def managed() -> Iterator[dict[str, str]]:
    with network_manager() as environment:
        yield environment


async def until_up(network: NmcliNetwork) -> Connected:
    async with asyncio.timeout(SOON_S):
        status = await network.changed(NetworkMissing())
        while not isinstance(status, Connected):
            status = await network.changed(status)
    return status


async def test_a_cable_connects_by_itself(managed: dict[str, str]) -> None:
    """Nobody did anything: the address, the gateway and the name server come by DHCP."""
    (link,) = (await until_up(NmcliNetwork(managed))).links
    assert (link.interface, link.state, link.gateway, link.name_servers) == ("near0", LinkState.UP, GATEWAY, (GATEWAY,))
    assert link.address is not None
    assert link.address in IPv4Interface("192.0.2.0/24").network


async def test_an_address_is_set_and_given_up_again(managed: dict[str, str]) -> None:
    """A set address holds, also when it is set twice; DHCP comes back when asked for."""
    network = NmcliNetwork(managed)
    for last in (77, 78):
        settings = StaticAddress(IPv4Interface(f"192.0.2.{last}/24"), GATEWAY, (GATEWAY, IPv4Address("192.0.2.2")))
        await network.use_static("near0", settings)
        (link,) = (await until_up(network)).links
        assert (link.address, link.gateway, link.name_servers) == (
            settings.address,
            settings.gateway,
            settings.name_servers,
        )
    await network.use_dhcp("near0")
    (link,) = (await until_up(network)).links
    assert link.address is not None
    assert int(link.address.ip) & 0xFF in range(50, 61)


@pytest.mark.parametrize(
    "ssid",
    [
        b"plain",
        rb"a:b\c",
        "中文网".encode(),
        "中文网".encode("gbk"),
        "😀".encode(),
        b"two\nlines",
        b"-dash",
        b" $(id) ",
    ],
    ids=["plain", "colon", "utf8", "gbk", "emoji", "newline", "dash", "shell"],
)
async def test_a_wifi_profile_keeps_name_and_password(managed: dict[str, str], ssid: bytes) -> None:
    """Whatever octets a network is called, and whatever a password is made of, NetworkManager has them as they were."""
    password = WifiPassword(r'p:a\s"s w$o`r\'d 1')
    await NmcliNetwork(managed).keep_wifi(ssid, password)
    folder = Path(managed["DBUS_SYSTEM_BUS_ADDRESS"].partition("=")[2]).parent / "connections"
    (kept,) = folder.glob("bianmin-wifi*")  # nmcli itself now and then shows no secret just after it has kept one
    assert kept.stat().st_mode & 0o077 == 0
    of = dict(line.split("=", 1) for line in kept.read_text().splitlines() if "=" in line)
    assert _unescaped(of["psk"]) == password.text.encode()
    octets = of["ssid"].rstrip(";").split(";")
    listed = all(part.isdigit() for part in octets)
    assert (bytes(map(int, octets)) if listed else _unescaped(of["ssid"])) == ssid


def nmcli(environment: dict[str, str], *arguments: str) -> bytes:
    return subprocess.run(["nmcli", *arguments], env=environment, capture_output=True, check=True).stdout


def _unescaped(text: str) -> bytes:
    """Undo GLib's key file escapes, as far as they occur here."""
    return re.sub(r"\\(.)", lambda found: {"s": " ", "n": "\n"}.get(found[1], found[1]), text).encode()


async def test_a_password_is_on_no_command_line(managed: dict[str, str], tmp_path: Path) -> None:
    """What every process of the machine can read of nmcli's calls has no password in it."""
    noted = tmp_path / "arguments"
    spy = tmp_path / "nmcli"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{noted}\nenv >>{noted}\nexec nmcli "$@"\n')
    spy.chmod(0o700)
    await NmcliNetwork(managed, str(spy)).keep_wifi(b"office", WifiPassword("correct horse"))
    told = noted.read_text()
    assert WIFI_PROFILE in told
    assert "correct" not in told


async def test_joining_without_a_radio_fails_and_leaves_nothing(managed: dict[str, str]) -> None:
    """A network that nothing came of is forgotten, and its password with it."""
    with pytest.raises(NetworkError):
        await NmcliNetwork(managed).join(b"office", WifiPassword("correct horse"))
    assert WIFI_PROFILE.encode() not in await asyncio.to_thread(nmcli, managed, "connection")
    assert await NmcliNetwork(managed).wifi_networks() == ()


@pytest.mark.fault("network", "network.unmanaged")
@pytest.mark.parametrize("program", ["nmcli", "/nonexistent/nmcli"], ids=["no-service", "no-program"])
async def test_without_network_manager(tmp_path: Path, program: str) -> None:
    """Where nothing manages the network, that is a status; a change is refused with its code."""
    network = NmcliNetwork({"PATH": "/usr/bin", "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}, program)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await network.changed(NetworkMissing())
    assert network.status == NetworkMissing()
    with pytest.raises(NetworkUnmanaged):
        await network.use_dhcp("eth0")
