"""What every camera offers: its newest picture, and whether it still gives any."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from devices.errors import DeviceError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. ``pixels``: height × width × 3, BGR, 8 bits; ``number`` grows by one a frame."""

    number: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class CameraMissing:
    """The camera cannot be opened, or nobody has tried yet."""


@dataclass(frozen=True, slots=True)
class CameraReady:
    """Pictures arrive, or did when it was last used. ``width`` and ``height`` in pixels.

    ``black``: for some seconds they have shown nothing but black: the lens is covered, the light off, the sensor dead.
    """

    width: int
    height: int
    black: bool = False


@dataclass(frozen=True, slots=True)
class CameraFault:
    """The camera was open and gives no pictures any more, or one picture for ever; it is being reopened."""

    reason: str


class Exposure(Enum):
    """What is held before the camera; it may set its exposure by it."""

    PAPER = auto()  # lit by the lamp: the camera's own automatic
    SCREEN = auto()  # shines by itself: short, or it is blown out


CameraStatus = CameraMissing | CameraReady | CameraFault


class CameraError(DeviceError):
    """The camera gives no picture."""

    code: ClassVar[str] = "camera.fault"


class Camera(Protocol):
    """One camera. It grabs only between ``start`` and ``stop``, so that an idle terminal films nobody.

    The one exception: a camera not known to work is tried while idle, and the single picture is dropped.
    """

    name: str

    @property
    def status(self) -> CameraStatus:
        """Last known state; never blocks."""
        ...

    async def changed(self, since: CameraStatus) -> CameraStatus:
        """Return the first status that differs from ``since``."""
        ...

    def prefer(self, exposure: Exposure) -> None:
        """Say what will be held before the camera; returns at once. The last word counts. A camera may not care."""
        ...

    def start(self) -> None:
        """Begin to grab; returns at once. Counted: as many ``stop`` end it.

        The first ``start`` after the last ``stop`` never gets a picture taken before it.
        """
        ...

    def stop(self) -> None:
        """End grabbing when the last user has stopped; the last frame is forgotten."""
        ...

    def latest(self) -> Frame | None:
        """Return the newest frame, or None where there is none; never blocks."""
        ...

    async def next_frame(self, after: int) -> Frame:
        """Wait for the first frame whose number exceeds ``after``.

        Waits as long as a lost camera takes to come back: bound it with ``asyncio.timeout``, or watch
        ``status``. Raises :class:`CameraError` when nobody has started the camera, or it is closed.
        """
        ...

    async def aclose(self) -> None:
        """Give the camera back; users still counted get no more frames."""
        ...
