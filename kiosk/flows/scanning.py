"""Wait for a QR code that can be used; any other is named, and the next one awaited."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from devices.scanner.api import ScannedCode
from kiosk.stage import ScanCode, TypeInstead
from kiosk.visit import Visit
from wire.problems import Problem, problem

T = TypeVar("T")


async def scan(visit: Visit, view: ScanCode, understand: Callable[[str], T | Problem]) -> T | TypeInstead:
    """Return what the first code means that ``understand`` takes; or that the citizen would rather type.

    Raises :class:`devices.scanner.api.ScannerError`, :class:`kiosk.stage.WentBack`.
    """
    refused: bytes | None = None
    view = replace(view, preview=visit.at.scanner.latest)
    while True:
        code = await visit.show_until(view, _next_other(visit, refused))
        if isinstance(code, TypeInstead):
            return code
        refused = code.payload
        try:
            meaning = understand(code.payload.decode())
        except UnicodeDecodeError:
            meaning = problem("scan.wrong_kind")
        if not isinstance(meaning, Problem):
            return meaning
        view = replace(view, problem=meaning)


async def _next_other(visit: Visit, refused: bytes | None) -> ScannedCode:
    """Return the next code that is not the one refused just now, which still lies under the camera."""
    while (code := await visit.at.scanner.next_code()).payload == refused:
        pass
    return code
