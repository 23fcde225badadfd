"""Wait for a QR code that can be used; any other is named, and the next one awaited."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from devices.scanner.api import Scanner
from devices.scanner.text import text_of
from kiosk.showing import Showing
from kiosk.stage import ScanCode, TypeInstead
from kiosk.visit import Visit
from wire.problems import Problem, problem

T = TypeVar("T")


async def scan(visit: Visit, view: ScanCode, understand: Callable[[str], T | Problem]) -> T | TypeInstead:
    """Return what the first code means that ``understand`` takes; or that the citizen would rather type.

    ``understand`` gets the code's text, however it is encoded; one that holds no text is refused here.

    Raises :class:`devices.scanner.api.ScannerError`, :class:`kiosk.stage.WentBack`.
    """
    return await scan_with(visit, visit.at.scanner, view, understand)


async def scan_with(
    at: Showing, scanner: Scanner, view: ScanCode, understand: Callable[[str], T | Problem]
) -> T | TypeInstead:
    """Do the same with a scanner where there is no visit."""
    refused: bytes | None = None
    view = replace(view, preview=scanner.latest, hint=lambda: scanner.hint)
    while True:
        code = await at.show_until(view, scanner.next_code(refused))
        if isinstance(code, TypeInstead):
            return code
        refused = code.payload
        text = text_of(code.payload, code.eci)
        meaning = problem("scan.wrong_kind") if text is None else understand(text)
        if not isinstance(meaning, Problem):
            return meaning
        view = replace(view, problem=meaning)
