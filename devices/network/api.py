"""What a network offers: how this machine is connected, which Wi-Fi networks there are, and the ways to change it."""

from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Interface
from typing import ClassVar, Protocol

from devices.errors import DeviceError

LONGEST_SSID = 32  # octets, IEEE 802.11
_PASSPHRASE = range(8, 64)  # characters, printable ASCII: IEEE 802.11, annex J.4


class LinkKind(Enum):
    """What a link runs over."""

    WIRED = auto()
    WIFI = auto()


class LinkState(Enum):
    """How far a link is."""

    DOWN = auto()  # no cable, no network in reach, or switched off
    CONNECTING = auto()
    UP = auto()


@dataclass(frozen=True, slots=True)
class Link:
    """One interface. ``address`` with its prefix; ``network``: the name of the Wi-Fi it is in, empty on a cable."""

    interface: str
    kind: LinkKind
    state: LinkState
    address: IPv4Interface | None = None
    gateway: IPv4Address | None = None
    name_servers: tuple[IPv4Address, ...] = ()
    network: str = ""


@dataclass(frozen=True, slots=True)
class NetworkMissing:
    """Nothing manages the network here that could be asked, or nobody has asked yet."""


@dataclass(frozen=True, slots=True)
class Offline:
    """No link leads anywhere."""

    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Connecting:
    """A link is being made; none is up."""

    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """One link at least is up and has an address. Whether the centre answers over it is another question."""

    links: tuple[Link, ...]


NetworkStatus = NetworkMissing | Offline | Connecting | Connected


class Security(Enum):
    """What a Wi-Fi network asks for."""

    OPEN = auto()
    PASSWORD = auto()
    UNSUPPORTED = auto()  # a user name (802.1X), or WEP, which protects nothing


@dataclass(frozen=True, slots=True)
class WifiNetwork:
    """A network in reach. ``ssid``: its octets, of no said encoding; ``signal``: 0 to 100."""

    ssid: bytes
    signal: int
    security: Security

    @property
    def title(self) -> str:
        """Its name as far as it can be shown: UTF-8, else GB 18030; nothing in it is a control character."""
        return readable(self.ssid)


@dataclass(frozen=True, slots=True)
class StaticAddress:
    """An address set by hand."""

    address: IPv4Interface
    gateway: IPv4Address | None = None
    name_servers: tuple[IPv4Address, ...] = ()

    def __post_init__(self) -> None:
        if self.gateway is not None and (self.gateway not in self.address.network or self.gateway == self.address.ip):
            raise ValueError("the gateway is not in the address's network")


@dataclass(frozen=True, slots=True)
class WifiPassword:
    """A passphrase, never shown in a repr. Raises ValueError for what no network can have."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.text) not in _PASSPHRASE or not self.text.isascii() or not self.text.isprintable():
            raise ValueError("a Wi-Fi password has 8 to 63 letters, digits and signs")
        if self.text != self.text.strip():
            raise ValueError("a Wi-Fi password that begins or ends with a blank cannot be set here")


class NetworkError(DeviceError):
    """The network could not be changed as asked."""

    code: ClassVar[str] = "network.failed"


class NetworkUnmanaged(NetworkError):
    """Nothing answers that manages the network, or it refuses us."""

    code: ClassVar[str] = "network.unmanaged"


class WifiRefused(NetworkError):
    """The network did not let us in: most often a wrong password."""

    code: ClassVar[str] = "network.wifi_refused"


class NoAddress(NetworkError):
    """The link is there, and nobody gave it an address."""

    code: ClassVar[str] = "network.no_address"


class Network(Protocol):
    """The machine's network. Every verb raises :class:`NetworkError` only, and ends within a minute."""

    name: str

    @property
    def status(self) -> NetworkStatus:
        """As it was last seen; never blocks."""
        ...

    async def changed(self, since: NetworkStatus) -> NetworkStatus:
        """Return the first status that differs from ``since``; it is looked for while somebody awaits it."""
        ...

    async def wifi_networks(self) -> tuple[WifiNetwork, ...]:
        """Look for networks in reach: each name once, the strongest first."""
        ...

    async def join(self, ssid: bytes, password: WifiPassword | None) -> None:
        """Join a Wi-Fi network, now and after each start. A network that let nobody in is forgotten again."""
        ...

    async def use_dhcp(self, interface: str) -> None:
        """Take a wired link's address from the network."""
        ...

    async def use_static(self, interface: str, settings: StaticAddress) -> None:
        """Give a wired link an address."""
        ...

    async def aclose(self) -> None:
        """Ask no more."""
        ...


def readable(ssid: bytes) -> str:
    """Return a network's name to be shown: whoever set up the network wrote it, and may have meant no good."""
    for coding in ("utf-8", "gb18030"):
        try:
            text = ssid[:LONGEST_SSID].decode(coding)
        except UnicodeDecodeError:
            continue
        return "".join(char if char.isprintable() else "·" for char in text)
    return ssid[:LONGEST_SSID].hex(" ")
