"""The door to NetworkManager: its command ``nmcli``, run without a shell, its errors wrapped once.

No password stands on a command line, where every process could read it: it goes to nmcli's editor over standard
input. Nothing that nmcli says is logged or raised, for it repeats what it was given. Tried with NetworkManager 1.42;
Wi-Fi only as far as a profile can be made without a radio.
"""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from devices.network import terse
from devices.network.api import (
    Connected,
    Connecting,
    Link,
    LinkState,
    NetworkError,
    NetworkMissing,
    NetworkStatus,
    NetworkUnmanaged,
    NoAddress,
    Offline,
    StaticAddress,
    WifiNetwork,
    WifiPassword,
    WifiRefused,
)
from devices.status import StatusCell

WIFI_PROFILE: Final = "bianmin-wifi"
_WIRED_PROFILE: Final = "bianmin-wired"
_LOOK_S: Final = 1.0
_ASK_S: Final = 10.0
_CONNECT_S: Final = 30
_SCAN_S: Final = 20.0
_NO_ANSWER: Final = frozenset({1, 8})  # nmcli(1), "EXIT STATUS": no bus, or no NetworkManager on it
_TIMED_OUT: Final = 3


class _Refused(NetworkError):
    """Nmcli ended with a status that is not 0."""

    def __init__(self, status: int) -> None:
        super().__init__(f"nmcli ended with {status}")
        self.status = status


class NmcliNetwork:
    """NetworkManager of this machine. ``environment``: of nmcli, this process's own unless given."""

    def __init__(self, environment: Mapping[str, str] | None = None, program: str = "nmcli") -> None:
        self.name = "network"
        self._environment = {**(os.environ if environment is None else environment), "LC_ALL": "C"}
        self._program = program
        self._cell: StatusCell[NetworkStatus] = StatusCell(NetworkMissing())

    @property
    def status(self) -> NetworkStatus:
        """As it was last seen."""
        return self._cell.value

    async def changed(self, since: NetworkStatus) -> NetworkStatus:
        """Look every second, until it differs."""
        while await self._look() == since:  # noqa: ASYNC110 - nmcli is asked, it does not call
            await asyncio.sleep(_LOOK_S)
        return self.status

    async def wifi_networks(self) -> tuple[WifiNetwork, ...]:
        """Let the radios look around, and return what they found."""
        table = await self._ask(
            "--fields", terse.WIFI_FIELDS, "device", "wifi", "list", "--rescan", "yes", limit_s=_SCAN_S
        )
        return terse.wifi_networks(table)

    async def join(self, ssid: bytes, password: WifiPassword | None) -> None:
        """Make a profile in place of the last one and bring it up; delete it where nothing came of it."""
        await self.keep_wifi(ssid, password)
        try:
            await self._up(WIFI_PROFILE, WifiRefused)
        except NetworkError:
            await self._forget(WIFI_PROFILE)
            raise

    async def keep_wifi(self, ssid: bytes, password: WifiPassword | None) -> None:
        """Keep how to join a network, without joining it yet."""
        await self._forget(WIFI_PROFILE)
        profile: list[str | bytes] = ["type", "wifi", "con-name", WIFI_PROFILE, "ifname", "*", "ssid", ssid]
        if password is not None:
            profile += ["wifi-sec.key-mgmt", "wpa-psk"]
        await self._ask("connection", "add", *profile)
        if password is not None:
            orders = f"set wifi-sec.psk {password.text}\nsave persistent\nquit\n"
            await self._ask("connection", "edit", WIFI_PROFILE, told=orders)

    async def use_dhcp(self, interface: str) -> None:
        """Forget the profile of a set address, and let NetworkManager do what it does of itself."""
        await self._forget(_WIRED_PROFILE)
        try:
            await self._ask("--wait", str(_CONNECT_S), "device", "connect", interface, limit_s=_CONNECT_S + _ASK_S)
        except _Refused as refused:
            raise NoAddress(str(refused)) from refused

    async def use_static(self, interface: str, settings: StaticAddress) -> None:
        """Make a profile in place of the last one, and bring it up."""
        await self._forget(_WIRED_PROFILE)
        servers = ",".join(map(str, settings.name_servers))
        profile = ["ipv4.method", "manual", "ipv4.addresses", str(settings.address), "ipv4.dns", servers]
        if settings.gateway is not None:
            profile += ["ipv4.gateway", str(settings.gateway)]
        named = ("type", "ethernet", "con-name", _WIRED_PROFILE, "ifname", interface)
        await self._ask("connection", "add", *named, "connection.autoconnect-priority", "10", *profile)
        await self._up(_WIRED_PROFILE, NetworkError)

    async def aclose(self) -> None:
        """Nothing is kept open."""

    async def _look(self) -> NetworkStatus:
        try:
            listing = await self._ask("--fields", terse.DEVICE_FIELDS, "device", "show")
        except (NetworkUnmanaged, _Refused):
            self._cell.set(NetworkMissing())
        else:
            self._cell.set(_status_of(terse.links(listing)))
        return self.status

    async def _up(self, profile: str, error: type[NetworkError]) -> None:
        try:
            await self._ask("--wait", str(_CONNECT_S), "connection", "up", profile, limit_s=_CONNECT_S + _ASK_S)
        except _Refused as refused:
            raise (NoAddress if refused.status == _TIMED_OUT else error)(str(refused)) from refused

    async def _forget(self, profile: str) -> None:
        with suppress(_Refused):  # there was none
            await self._ask("connection", "delete", profile)

    async def _ask(self, *arguments: str | bytes, told: str = "", limit_s: float = _ASK_S) -> str:
        """Run nmcli with these arguments and ``told`` on standard input. Raises :class:`NetworkError`."""
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                "--terse",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
            )
        except OSError as error:
            raise NetworkUnmanaged(f"nmcli: {error.strerror}") from error
        try:
            async with asyncio.timeout(limit_s):
                printed, _ = await process.communicate(told.encode())
        except TimeoutError as error:
            raise NetworkUnmanaged(f"nmcli: no answer in {limit_s} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode in _NO_ANSWER:
            raise NetworkUnmanaged(f"nmcli ended with {process.returncode}")
        if process.returncode:
            raise _Refused(process.returncode)
        return printed.decode(errors="replace")


def _status_of(links: tuple[Link, ...]) -> NetworkStatus:
    states = {link.state for link in links}
    if LinkState.UP in states:
        return Connected(links)
    return Connecting(links) if LinkState.CONNECTING in states else Offline(links)
