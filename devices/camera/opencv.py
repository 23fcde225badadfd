"""Cameras that OpenCV opens, V4L2 devices and MJPEG streams: the newest picture, while somebody watches."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2  # noqa: TID251 - the door to OpenCV's cameras

from devices.camera.api import CameraError, CameraFault, CameraMissing, CameraReady, CameraStatus, Exposure, Frame
from devices.camera.watch import PictureWatch, Verdict
from devices.status import StatusCell

log = logging.getLogger(__name__)

# A lost camera is told once, by its status; OpenCV and FFmpeg would repeat it on stderr at every try.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


# V4L2's own numbers, as OpenCV hands them through: 1 manual and 3 automatic; exposure in units of 0.1 ms. From memory
# of V4L2_CID_EXPOSURE_AUTO and V4L2_CID_EXPOSURE_ABSOLUTE; untested.
_EXPOSURES: Final[Mapping[Exposure, tuple[tuple[int, float], ...]]] = {
    Exposure.PAPER: ((cv2.CAP_PROP_AUTO_EXPOSURE, 3),),
    Exposure.SCREEN: ((cv2.CAP_PROP_AUTO_EXPOSURE, 1), (cv2.CAP_PROP_EXPOSURE, 50)),
}


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What users see. Compared by identity: each one set wakes those who wait."""

    frame: Frame | None = None


class OpenCvCamera:
    """A camera behind ``cv2.VideoCapture``, read by one thread of its own.

    ``source``: the index of a V4L2 device, its path (``/dev/video0``, ``/dev/v4l/by-id/…``), or the address of an
    MJPEG stream (``http://…``). ``size``: width and height asked of a V4L2 device, in pixels.

    OpenCV buffers pictures that nobody fetches, so the thread fetches all and keeps the newest. A failed read is
    not recovered by reading again: the capture is released and opened anew, with pauses of ``pauses_s``. An idle
    camera not known to work is tried every ``recheck_s`` seconds.

    Between the last ``stop`` and the next ``start`` lies a new opening, however short the time: what was in view
    before never reaches who starts after, though it may still have been on its way.

    A camera that gives the very same picture for ``frozen_after_s`` is reopened like one that gives none, and stays a
    fault until another picture comes. One that shows black for ``black_after_s`` is ready, and says so.

    The timeouts are the stream's. A V4L2 device that goes silent is given up by OpenCV after 10 s of its own, or
    after ``OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT`` seconds (environment). Exposure is a V4L2 device's: a stream's sender
    sets its own. V4L2 was tried with one emulated UVC camera only (tests/image/usb_camera.py), exposure nowhere.
    """

    def __init__(
        self,
        name: str,
        source: int | str,
        *,
        size: tuple[int, int] = (1280, 720),
        open_timeout_s: float = 3.0,
        read_timeout_s: float = 2.0,
        pauses_s: Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0),
        recheck_s: float = 30.0,
        frozen_after_s: float = 3.0,
        black_after_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if isinstance(source, str) and not source.startswith(("/dev/", "http://", "https://")):
            msg = "a camera's source is an index, a path below /dev, or an http address"
            raise ValueError(msg)
        self.name = name
        self._source = source
        self._size = size
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._pauses_s = tuple(pauses_s)
        self._recheck_s = recheck_s
        self._status: StatusCell[CameraStatus] = StatusCell(CameraMissing())
        self._view = StatusCell(_View())
        self._watch = PictureWatch(frozen_after_s=frozen_after_s, black_after_s=black_after_s)
        self._clock = clock
        self._exposure: Exposure | None = None
        self._exposed_for: Exposure | None = None  # what the open device was set for
        self._number = 0
        self._condition = threading.Condition()
        self._users = 0
        self._session = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)
        self._thread.start()

    @property
    def status(self) -> CameraStatus:
        """Last known state; never blocks."""
        return self._status.value

    async def changed(self, since: CameraStatus) -> CameraStatus:
        """Return the first status that differs from ``since``."""
        return await self._status.changed(since)

    def prefer(self, exposure: Exposure) -> None:
        """Say what will be held before the camera; a camera may refuse, and then nothing changes."""
        self._exposure = exposure

    def start(self) -> None:
        """Begin to grab; returns at once. Counted: as many ``stop`` end it."""
        with self._condition:
            self._session += self._users == 0
            self._users += 1
            self._condition.notify_all()

    def stop(self) -> None:
        """End grabbing when the last user has stopped; the last frame is forgotten."""
        with self._condition:
            if self._users == 0:
                raise RuntimeError("stop without start")
            self._users -= 1
            if self._users == 0:
                self._view.set(_View())
            self._condition.notify_all()

    def latest(self) -> Frame | None:
        """Return the newest frame, or None where there is none; never blocks."""
        return self._view.value.frame

    async def next_frame(self, after: int) -> Frame:
        """Wait for the first frame whose number exceeds ``after``; bound it with ``asyncio.timeout``."""
        while True:
            view = self._view.value
            if self._closed or self._users == 0:
                raise CameraError("the camera is not started")
            if view.frame is not None and view.frame.number > after:
                return view.frame
            await self._view.changed(view)

    async def aclose(self) -> None:
        """Give the camera back; users still counted get no more frames."""
        with self._condition:
            self._closed = True
            self._view.set(_View())
            self._condition.notify_all()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        failures, tried = 0, False
        while self._wait_for_work(failures, tried=tried):
            failures, tried = self._film(failures), True

    def _wait_for_work(self, failures: int, *, tried: bool) -> bool:
        """Wait for a user, or for the next try of a camera that fails; return False when closed."""
        with self._condition:
            if failures and self._users:
                pause_s = self._pauses_s[min(failures, len(self._pauses_s)) - 1]
                self._condition.wait_for(lambda: self._closed or not self._users, pause_s)
            if tried and not self._users:
                known_to_work = isinstance(self.status, CameraReady)
                self._condition.wait_for(
                    lambda: self._closed or self._users, None if known_to_work else self._recheck_s
                )
            return not self._closed

    def _film(self, failures: int) -> int:
        """Open the camera and grab while somebody watches; return how often in a row it has now failed."""
        capture, session, self._exposed_for = None, self._session, None
        try:
            capture = self._open()
            if not capture.isOpened():
                self._tell(CameraMissing())
                return failures + 1
            while True:
                self._follow_exposure(capture)
                arrived, pixels = capture.read()
                verdict = self._watch.see(pixels, self._clock()) if arrived else None
                if verdict is None or verdict is Verdict.FROZEN:
                    self._tell(CameraFault("no picture" if verdict is None else "frozen"))
                    return failures + 1
                doubted = verdict is Verdict.DOUBTED
                if not doubted:
                    failures = 0
                    height, width = pixels.shape[:2]
                    self._tell(CameraReady(width, height, black=verdict is Verdict.BLACK))
                if not self._publish(None if doubted else pixels, session):
                    return failures
        except cv2.error as error:
            self._tell(CameraFault(f"OpenCV error {error.code}"))
            return failures + 1
        finally:
            self._watch.rest()
            if capture is not None:
                capture.release()

    def _open(self) -> cv2.VideoCapture:
        source = self._source
        if isinstance(source, str) and source.startswith("http"):
            timeouts = [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(self._open_timeout_s * 1000)),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(self._read_timeout_s * 1000)),
            ]
            return cv2.VideoCapture(source, cv2.CAP_FFMPEG, timeouts)
        capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
        # Uncompressed 720p does not fit through USB 2 at 30 pictures a second; a camera may refuse any of these.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
        return capture

    def _follow_exposure(self, capture: cv2.VideoCapture) -> None:
        if self._exposure is not None and self._exposure is not self._exposed_for:
            self._exposed_for = self._exposure
            if capture.getBackendName() == "V4L2":
                for setting, value in _EXPOSURES[self._exposed_for]:
                    capture.set(setting, value)

    def _publish(self, pixels: "cv2.typing.MatLike | None", session: int) -> bool:
        """Make a picture, if there is one, the newest; return False (and keep nothing) where its users have gone."""
        with self._condition:
            if self._closed or self._users == 0 or session != self._session:
                return False
            if pixels is not None:
                self._number += 1
                self._view.set(_View(Frame(self._number, pixels)))
            return True

    def _tell(self, status: CameraStatus) -> None:
        if self._status.set(status):
            log.log(logging.INFO if isinstance(status, CameraReady) else logging.WARNING, "%s: %s", self.name, status)
