"""What a citizen comes for: one module and one coroutine for each. They read as it happens at the terminal."""

from kiosk.flows.menu import MENU

__all__ = ["MENU"]
