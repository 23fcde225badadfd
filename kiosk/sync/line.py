"""The line to the centre, as the configuration says."""

from kiosk.config import Centre
from kiosk.store.terminal import Terminal
from kiosk.sync.client import CentreClient
from wire.clock import Clock


def line_to(centre: Centre, clock: Clock, terminal: Terminal | None = None) -> CentreClient:
    """Return the client for a centre; without a terminal it can enrol one, and tell whether the centre answers."""
    return CentreClient(centre.url, clock, terminal=terminal, ca_file=centre.ca_file, proxy=centre.proxy)
