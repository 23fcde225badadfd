"""Pictures from files, for the technician's commands: the same pixels that a camera would give."""

from pathlib import Path
from typing import ClassVar

import cv2  # noqa: TID251 - the door to picture files
import numpy as np

from devices.camera.api import CameraError, Pixels

_MOST_BYTES = 100_000_000


class PictureUnreadable(CameraError):
    """A file is not there, or holds no picture that OpenCV knows."""

    code: ClassVar[str] = "camera.file_unreadable"


def read_picture(path: Path) -> Pixels:
    """Return a picture file (PNG, JPEG, TIFF, …) as height × width × 3, BGR. Raises :class:`PictureUnreadable`."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PictureUnreadable(f"{path}: larger than {_MOST_BYTES} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise PictureUnreadable(f"{path}: {error.strerror}") from error
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    except cv2.error as error:
        raise PictureUnreadable(f"{path}: OpenCV error {error.code}") from error
    if pixels is None:
        raise PictureUnreadable(f"{path}: no picture")
    return np.asarray(pixels, np.uint8)
