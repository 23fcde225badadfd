"""The door to Debian's tesseract: print in a picture to lines of text, by a process that has a deadline."""

import contextlib
import subprocess
import threading

import cv2  # noqa: TID251 - the door to picture processing of documents

from devices.camera.api import Pixels
from devices.document.errors import ReadingFailed

PROGRAM = "/usr/bin/tesseract"
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_OPTIONS = (
    *("--psm", "6", "-l", "eng"),  # one block of lines
    *("-c", f"tessedit_char_whitelist={_CHARACTERS}"),
    *("-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"),  # names and numbers are no English words
)


class Tesseract:
    """Reads capital letters and digits. The picture goes in by a pipe, the text comes out by one: nothing is stored.

    Debian packages ``eng`` but no model trained on OCR-B; restricted to these characters, and with the fillers taken
    out, it reads OCR-B. One core, a new process for each picture: about 0.2 s. ``read`` may be called from any thread,
    one at a time; :meth:`stop` ends what is being read, and every reading after it.
    """

    def __init__(self, program: str = PROGRAM, deadline_s: float = 4.0) -> None:
        self._program = program
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def read(self, grey: Pixels) -> list[str]:
        """Return the lines in a picture (height × width), without empty ones. Raises :class:`ReadingFailed`."""
        encoded, data = cv2.imencode(".pgm", grey)
        if not encoded:
            raise ReadingFailed("a picture without pixels")
        process = self._begin()
        try:
            text, _ = process.communicate(data.tobytes(), timeout=self._deadline_s)
        except subprocess.TimeoutExpired as error:
            raise ReadingFailed(f"no answer in {self._deadline_s:.1f} s") from error
        finally:
            self._end(process)
        if process.returncode != 0:
            raise ReadingFailed(f"exit status {process.returncode}")
        return [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]

    def stop(self) -> None:
        """Kill the process that is reading, if one is; start no more."""
        with self._lock:
            self._stopped = True
            if self._running is not None:
                self._running.kill()

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise ReadingFailed("stopped")
            try:
                self._running = subprocess.Popen(  # noqa: S603 - a fixed command line
                    [self._program, "stdin", "stdout", *_OPTIONS],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
                )
            except OSError as error:
                raise ReadingFailed(f"{self._program} cannot be started") from error
            return self._running

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running = None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
