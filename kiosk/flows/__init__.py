"""What a citizen comes for: one module and one coroutine for each. They read as it happens at the terminal."""

from kiosk.flows.menu import MENU, TECHNICIAN, make_ready

__all__ = ["MENU", "TECHNICIAN", "make_ready"]
