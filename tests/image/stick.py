"""A stick with a release on it: a FAT file system as whoever prepares one would make it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

_BYTES = 3 * 1024**3
_FOLDER = "bianmin-update"


def stick(picture: Path, fill: Callable[[Path], object]) -> Path:
    """Make the picture of a stick whose folder for updates was filled; return it."""
    folder = picture.parent / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    fill(folder)
    picture.unlink(missing_ok=True)
    picture.touch()
    os.truncate(picture, _BYTES)
    subprocess.run(["mformat", "-i", picture, "-F", "-v", "RELEASE", "::"], check=True)
    subprocess.run(["mcopy", "-s", "-i", picture, folder, "::"], check=True)
    shutil.rmtree(folder)
    return picture
