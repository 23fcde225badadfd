"""Everything that is known of the machine at one moment, from a given root of sysfs and procfs."""

from dataclasses import dataclass
from pathlib import Path

from kiosk.health import machine, storage
from kiosk.health.machine import Heat, Memory, RealTimeClock, Running
from kiosk.health.storage import FileSystemErrors, Room, Wear

SMART_FOLDER = Path("run/bianmin-smart")  # below the root


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read. What the machine does not have, or does not tell this process, is None or left out."""

    room: Room
    errors: tuple[FileSystemErrors, ...]
    wear: tuple[Wear, ...]
    memory: Memory | None
    heat: Heat
    rtc: RealTimeClock | None
    running: Running


def read(data_dir: Path, root: Path = Path("/")) -> Readings:
    """Read everything; a few dozen small files, no disk is touched."""
    return Readings(
        room=storage.room(data_dir),
        errors=storage.file_system_errors(root),
        wear=(*storage.emmc(root), *storage.smart(root / SMART_FOLDER)),
        memory=machine.memory(root),
        heat=machine.heat(root),
        rtc=machine.real_time_clock(root),
        running=machine.running(root),
    )
