"""Picture files that a command is given: the same pixels that a camera would give."""

from pathlib import Path

from devices.camera.api import Pixels
from devices.document.api import NotAnImage, load_image

_MOST_BYTES = 100_000_000


def read_picture(path: Path) -> Pixels:
    """Return a picture file (PNG, JPEG, TIFF, …) as height × width × 3, BGR. Raises :class:`NotAnImage`."""
    try:
        size = path.stat().st_size
        return load_image(path.read_bytes() if size <= _MOST_BYTES else b"")
    except OSError as error:
        raise NotAnImage(f"{path}: {error.strerror}") from error
    except NotAnImage as error:
        raise NotAnImage(f"{path}: {error}") from error
