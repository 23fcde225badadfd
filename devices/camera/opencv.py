"""Cameras that OpenCV opens, V4L2 devices and MJPEG streams: the newest picture, while somebody watches."""

import asyncio
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import cv2  # noqa: TID251 - the door to OpenCV's cameras

from devices.camera.api import CameraError, CameraFault, CameraMissing, CameraReady, CameraStatus, Frame
from devices.status import StatusCell

log = logging.getLogger(__name__)

# A lost camera is told once, by its status; OpenCV and FFmpeg would repeat it on stderr at every try.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


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

    The timeouts are the stream's. A V4L2 device that goes silent is given up by OpenCV after 10 s of its own, or
    after ``OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT`` seconds (environment). Untested: no build machine has V4L2.
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
        capture, session = None, self._session
        try:
            capture = self._open()
            if not capture.isOpened():
                self._tell(CameraMissing())
                return failures + 1
            while True:
                arrived, pixels = capture.read()
                if not arrived:
                    self._tell(CameraFault("no picture"))
                    return failures + 1
                failures = 0
                height, width = pixels.shape[:2]
                self._tell(CameraReady(width, height))
                if not self._publish(pixels, session):
                    return 0
        except cv2.error as error:
            self._tell(CameraFault(f"OpenCV error {error.code}"))
            return failures + 1
        finally:
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

    def _publish(self, pixels: "cv2.typing.MatLike", session: int) -> bool:
        """Make a picture the newest; return False (and keep nothing) where its session's users have gone."""
        with self._condition:
            if self._closed or self._users == 0 or session != self._session:
                return False
            self._number += 1
            self._view.set(_View(Frame(self._number, pixels)))
            return True

    def _tell(self, status: CameraStatus) -> None:
        if self._status.set(status):
            log.log(logging.INFO if isinstance(status, CameraReady) else logging.WARNING, "%s: %s", self.name, status)
