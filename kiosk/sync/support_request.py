"""That the centre wants a support bundle: a file that a path unit waits for; sync itself reads no log."""

from contextlib import suppress
from pathlib import Path
from uuid import UUID

from kiosk import private_files
from kiosk.store import Store

ASKED = "support-wanted"


def ask(data_dir: Path, store: Store, command: UUID) -> bool:
    """Note the centre's request, unless it was answered; return whether it was not."""
    if store.support.answered() == str(command):
        return False
    private_files.replace(data_dir / ASKED, str(command).encode())
    return True


def take(data_dir: Path) -> UUID | None:
    """Take what the centre asked for; None when it asked for nothing. What then fails is asked for again."""
    path = data_dir / ASKED
    command = None
    with suppress(FileNotFoundError, ValueError):
        command = UUID(path.read_text(encoding="ascii").strip())
    private_files.remove(path)
    return command
