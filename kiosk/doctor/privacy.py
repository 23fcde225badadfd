"""The doctor's look at where a citizen's data might come to lie on a disk: temporary files, and memory swapped out."""

from pathlib import Path

from kiosk.config import Config
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.session_folder import NoMemoryFolder, place

_SWAPS = Path("/proc/swaps")  # proc(5)
_IN_MEMORY = "/dev/zram"  # compressed memory, no disk


def temporary_files(config: Config) -> Finding:
    """Look whether the application finds a folder in memory."""
    try:
        return well("temporary files", str(place(config.data_dir)))
    except NoMemoryFolder as error:
        return fault("temporary files", error.code, str(error))


def swap(swaps: Path = _SWAPS) -> Finding:
    """Look whether the system may write memory to a disk. The terminal serves all the same."""
    rows = swaps.read_text(encoding="utf-8").splitlines()[1:] if swaps.exists() else []
    disks = [row.split()[0] for row in rows if not row.startswith(_IN_MEMORY)]
    return notice("swap", ", ".join(disks), "terminal.swapping") if disks else well("swap", "none on a disk")
