"""How far a first start has come, on disk: after a power cut it goes on where it was, behind the PIN once there is one.

The file is there only while the first start is under way. A terminal that was enrolled by command has never one.
"""

from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from kiosk import private_files
from kiosk.config import Config
from kiosk.sync import enrolment
from kiosk.sync.errors import NotEnrolled
from wire.model import Message

_FILE = "first-start.json"
RECOVERY_KEY = Path("/run/bianmin-recovery-key")


class Stage(StrEnum):
    """What has been done for good. Enrolment and PIN are where they belong; they need no note."""

    DEVICES = "devices"
    RECOVERY = "recovery"


class _Content(Message):
    done: tuple[Stage, ...] = ()
    failures: int = 0


class Progress:
    """One terminal's first start. It counts wrong PINs, too (kiosk.technician_pin.Tries): no store is open."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _FILE
        try:
            self._content = _Content.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            self._content = _Content()

    def begin(self) -> None:
        """Note that it is under way."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keep(self._content)

    def is_done(self, stage: Stage) -> bool:
        """Tell whether something has been done."""
        return stage in self._content.done

    def done(self, stage: Stage) -> None:
        """Note that something has been done."""
        if not self.is_done(stage):
            self._keep(self._content.model_copy(update={"done": (*self._content.done, stage)}))

    def finish(self) -> None:
        """Note that all is done."""
        private_files.remove(self._path)

    def technician_failures(self) -> int:
        """Return how many PINs in a row were wrong."""
        return self._content.failures

    def note_technician_try(self, *, right: bool) -> None:
        """Count a wrong PIN, or forget them after a right one."""
        self._keep(self._content.model_copy(update={"failures": 0 if right else self._content.failures + 1}))

    def _keep(self, content: _Content) -> None:
        private_files.replace(self._path, content.model_dump_json().encode())
        self._content = content


def under_way(config: Config) -> bool:
    """Tell whether this terminal has to be set up first. Raises :class:`~kiosk.store.device_key.KeyExposed`."""
    return (config.data_dir / _FILE).exists() or not enrolled(config)


def enrolled(config: Config) -> bool:
    """Tell whether this terminal is somebody's. Raises :class:`~kiosk.store.device_key.KeyExposed`."""
    try:
        enrolment.read(config.data_dir)
    except NotEnrolled:
        return False
    return True
