"""``bianmin out-of-service``: shows the message for a while and ends; systemd then tries the kiosk again."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kiosk.out_of_service.framebuffer import Framebuffer, take_console
from kiosk.out_of_service.picture import ROTATIONS, Grey, fitting, painted
from kiosk.out_of_service.reason import code_of, leave

PICTURES = Path("/usr/share/bianmin/out-of-service")
ROTATION_FILE = Path("/run/bianmin-screen/90-rotation.conf")
SHOWN_S = 900.0  # then the kiosk is tried again; longer than the ten minutes in which crashes are counted
REDRAW_S = 30.0  # whatever else wrote on the screen does not stay

_ROTATE = re.compile(r'Option "Rotate" "([a-z]+)"')


def show(wait: Callable[[float], object], pictures: Path = PICTURES, rotation_file: Path = ROTATION_FILE) -> None:
    """Show why the terminal is out of service, until the kiosk is to be tried again.

    ``wait``: called with seconds. Without a framebuffer, or a picture, the code stands on the console.
    """
    code = code_of(os.environ)
    sys.stderr.write(f"out of service: {code}\n")
    if folder := os.environ.get("RUNTIME_DIRECTORY"):
        leave(Path(folder), code)
    with suppress(OSError):
        take_console(sys.stdin.fileno())
    try:
        screen = Framebuffer()
        turned = [picture.turned(_rotation(rotation_file)) for picture in _load(pictures, code)]
        memory = painted(fitting(turned, screen.geometry), screen.geometry)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"no picture: {error}\n")
        sys.stdout.write(f"\n\n    BIANMIN: OUT OF SERVICE\n    {code}\n")
        sys.stdout.flush()
        wait(SHOWN_S)
        return
    for _ in range(int(SHOWN_S / REDRAW_S)):
        screen.show(memory)
        wait(REDRAW_S)


def _load(folder: Path, code: str) -> list[Grey]:
    return [Grey.of_pgm(file.read_bytes()) for file in sorted(folder.glob(f"{code}-*.pgm"))]


def _rotation(file: Path) -> str:
    """Return how Xorg turned the picture; straight where nobody knows."""
    with suppress(OSError, UnicodeDecodeError):
        found = _ROTATE.search(file.read_text(encoding="ascii"))
        if found is not None and found[1] in ROTATIONS:
            return found[1]
    return "normal"
