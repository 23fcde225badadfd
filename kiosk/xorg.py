"""How Xorg turns the picture, and the touches with it, as a file of its configuration (xorg.conf(5)).

The names of outputs are those of the driver ``modesetting``, which calls the kernel's HDMI-A-1 HDMI-1 (from memory;
simulated only, on a tree of files).
"""

from pathlib import Path
from typing import Literal

Rotation = Literal["normal", "left", "right", "inverted"]

# Touches come in the panel's own directions: row by row, where (x, y, 1) of 0 to 1 is on the turned picture.
_TOUCHES: dict[Rotation, str] = {
    "left": "0 -1 1 1 0 0 0 0 1",
    "right": "0 1 0 -1 0 1 0 0 1",
    "inverted": "-1 0 1 0 -1 1 0 0 1",
}
_CONNECTORS = Path("/sys/class/drm")


def rotation_file(rotation: Rotation, connectors: Path = _CONNECTORS) -> str:
    """Return the file for the connectors that the graphics card has; without a turn there is nothing in it."""
    matrix = _TOUCHES.get(rotation)
    if matrix is None:
        return "# the picture is not turned\n"
    monitors = "".join(
        f'Section "Monitor"\n    Identifier "{name}"\n    Option "Rotate" "{rotation}"\nEndSection\n\n'
        for name in outputs(connectors)
    )
    return (
        f"{monitors}"
        'Section "InputClass"\n    Identifier "turned touch screen"\n    MatchIsTouchscreen "on"\n'
        f'    Option "TransformationMatrix" "{matrix}"\nEndSection\n'
    )


def outputs(connectors: Path = _CONNECTORS) -> list[str]:
    """Return the graphics cards' outputs as Xorg names them; ``card0-HDMI-A-1`` is a connector's folder in sysfs."""
    folders = sorted(folder.name for folder in connectors.glob("card*-*"))
    return list(dict.fromkeys(name.partition("-")[2].replace("HDMI-A-", "HDMI-") for name in folders))
