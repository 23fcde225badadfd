"""What setting a terminal up stands on: its configuration's file, its network, the search for devices."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from devices.finding.api import Finder
from devices.network.api import Network
from devices.scanner.api import Scanner
from kiosk.attention import Attention
from kiosk.config_file import ConfigFile
from kiosk.showing import Showing
from kiosk.stage import Stage
from kiosk.sync.joining import Joined
from wire.invitation import Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a technician sets up with, at the first start and later.

    ``serving``: ports and cameras that this process has open and that work. ``changed`` is called when the
    configuration is another one: it is read anew before the next citizen.
    """

    file: ConfigFile
    network: Network
    finder: Finder
    serving: Callable[[], frozenset[int | str]] = frozenset
    changed: Callable[[], None] = lambda: None


@dataclass(slots=True, kw_only=True)
class SetUp(Showing):
    """A terminal at its first start, before it is anybody's.

    ``scanner`` opens the camera for as long as it is needed; None where it cannot be. ``join`` enrols.
    """

    stage: Stage
    tools: Tools
    scanner: Callable[[], AbstractAsyncContextManager[Scanner]]
    join: Callable[[Invitation], Awaitable[Joined]]
    attention: Attention = field(default_factory=Attention)
    committed: bool = False

    @property
    def shown_on(self) -> Stage:
        """The screen."""
        return self.stage
