"""A virtual camera: what it sees is drawn, and served as MJPEG over loopback HTTP to the real driver."""

import select
import threading
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import numpy as np

from devices.camera.api import Pixels
from devices.virtual import camera_scene

_BOUNDARY = "picture"
_SLOW_S = 0.5  # between two pictures


class CameraTrouble(Enum):
    """How a virtual camera fails until it is told to recover."""

    FREEZE = auto()  # connections stay open, no picture comes
    REPEAT = auto()  # one and the same picture for ever, to the last bit
    SLOW = auto()  # two pictures a second
    BLACK = auto()  # the lens is covered
    REFUSE = auto()  # the stream breaks off, and every new connection is turned away


class VirtualCamera:
    """A camera at ``url`` that shows what it is told to. Every method may be called from any thread.

    Pictures are 1280 × 720. ``viewers`` tells how many connections are being filmed for: an idle terminal has none.
    """

    def __init__(self, *, pictures_per_s: float = 20.0, seed: int = 1) -> None:
        self._interval_s = 1 / pictures_per_s
        self._rng = np.random.default_rng(seed)
        self._lock = threading.Condition()
        self._black = camera_scene.as_jpegs(camera_scene.black(), self._rng, noise=1.0)
        self._empty = camera_scene.as_jpegs(camera_scene.counter(), self._rng)
        self._pictures = self._empty
        self._trouble: CameraTrouble | None = None
        self._cuts = 0
        self._viewers = 0
        self._connections = 0
        self._filmed = 0
        self._closed = False
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="virtual camera")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The stream's address, for the driver's ``source``."""
        return f"http://127.0.0.1:{self._server.server_port}/stream.mjpeg"

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        with self._lock:
            return self._viewers

    @property
    def connections(self) -> int:
        """How many streams have been opened since the camera was made."""
        with self._lock:
            return self._connections

    def wait_for_pictures(self, count: int, timeout_s: float) -> bool:
        """Wait until so many more pictures have been filmed; return False when they weren't in time."""
        with self._lock:
            wanted = self._filmed + count
            return self._lock.wait_for(lambda: self._filmed >= wanted, timeout_s)

    def wait_for_connections(self, count: int, timeout_s: float) -> bool:
        """Wait until so many streams have been opened since the camera was made; return False when they weren't."""
        with self._lock:
            return self._lock.wait_for(lambda: self._connections >= count, timeout_s)

    def wait_for_viewers(self, count: int, timeout_s: float) -> bool:
        """Wait until so many streams are open; return False when they weren't in time."""
        with self._lock:
            return self._lock.wait_for(lambda: self._viewers == count, timeout_s)

    def show_code(self, payload: bytes, *, blurred: bool = False) -> None:
        """Hold a phone with this QR code before the camera; ``blurred``: such that nobody can read it."""
        self._show(camera_scene.code_on_phone(payload, blurred=blurred))

    def show_image(self, picture: Pixels) -> None:
        """Hold any picture (height × width × 3, BGR) before the camera."""
        self._show(camera_scene.fitted(picture))

    def clear(self) -> None:
        """Take away what was shown: an empty counter."""
        with self._lock:
            self._pictures = self._empty

    def fail(self, trouble: CameraTrouble) -> None:
        """Fail in this way until :meth:`recover`."""
        with self._lock:
            self._trouble = trouble

    def recover(self) -> None:
        """End every trouble."""
        with self._lock:
            self._trouble = None

    def cut(self) -> None:
        """Break off all streams once; whoever connects again is served."""
        with self._lock:
            self._cuts += 1

    def close(self) -> None:
        """Stop serving and join the threads. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _show(self, scene: Pixels) -> None:
        jpegs = camera_scene.as_jpegs(scene, self._rng)
        with self._lock:
            self._pictures = jpegs

    def serve(self, viewer: BaseHTTPRequestHandler) -> None:
        """Stream pictures to one connection until it ends, is cut, or the camera is closed."""
        with self._lock:
            refused, cuts = self._trouble is CameraTrouble.REFUSE, self._cuts
            self._viewers += not refused
            self._connections += not refused
            self._lock.notify_all()
        if refused:
            viewer.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            viewer.send_response(HTTPStatus.OK)
            viewer.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
            viewer.end_headers()
            while (jpeg := self._picture(cuts)) is not None:
                if jpeg:
                    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    viewer.wfile.write(head.encode() + jpeg + b"\r\n")
                # A viewer sends nothing more, so a readable connection is one that has ended.
                if select.select([viewer.connection], [], [], self._pause_s())[0]:
                    return
        except ConnectionError:
            return
        finally:
            with self._lock:
                self._viewers -= 1
                self._lock.notify_all()

    def _picture(self, cuts: int) -> bytes | None:
        """Return the next picture of a stream, nothing while frozen, None when the stream has to end."""
        with self._lock:
            if self._closed or self._trouble is CameraTrouble.REFUSE or cuts != self._cuts:
                return None
            if self._trouble is CameraTrouble.FREEZE:
                return b""
            pictures = self._black if self._trouble is CameraTrouble.BLACK else self._pictures
            self._filmed += 1
            self._lock.notify_all()
            return pictures[0 if self._trouble is CameraTrouble.REPEAT else self._filmed % len(pictures)]

    def _pause_s(self) -> float:
        with self._lock:
            return _SLOW_S if self._trouble is CameraTrouble.SLOW else self._interval_s


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing joins them

    def __init__(self, camera: VirtualCamera) -> None:
        self.camera = camera
        super().__init__(("127.0.0.1", 0), _Viewer)


class _Viewer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Serve the stream."""
        self.server.camera.serve(self)

    def log_message(self, *_: object) -> None:
        """Say nothing: tests and demos read the status."""
