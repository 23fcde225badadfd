"""What the scanner's contract tests share: how long at most, and waiting for a status."""

from devices.scanner.api import ScannerStatus
from devices.scanner.camera_scanner import CameraScanner

HANG_S = 20.0


async def until(scanner: CameraScanner, kind: type[ScannerStatus]) -> ScannerStatus:
    status = scanner.status
    while not isinstance(status, kind):
        status = await scanner.changed(status)
    return status
