"""That there is a release to look for at once: a file that a path unit waits for; sync itself fetches no release."""

from pathlib import Path

from kiosk import private_files

WANTED = "update-wanted"


def ask(data_dir: Path) -> None:
    """Have the update agent look as soon as it can. Raises OSError."""
    private_files.replace(data_dir / WANTED, b"")


def take(data_dir: Path) -> None:
    """Note that the agent looks now: whatever is asked from here on makes it look once more. Raises OSError."""
    private_files.remove(data_dir / WANTED)
