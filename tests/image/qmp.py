"""QEMU's own language (QMP): one command after the other over a unix socket; pictures of the screen, touches on it."""

import json
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_FULL_SCALE: Final = 0x7FFF  # absolute axes of QEMU, whatever the picture's size
_HELD_S: Final = 0.25  # a touch; a screen drawn by an emulated processor sees no shorter one


def connected(path: Path, within_s: float) -> socket.socket:
    """Return a connection to a socket that QEMU will listen at soon. Raises OSError when it does not."""
    end = time.monotonic() + within_s
    connection = socket.socket(socket.AF_UNIX)
    while True:
        try:
            connection.connect(str(path))
        except OSError:
            if time.monotonic() > end:
                raise
            threading.Event().wait(0.05)
        else:
            return connection


class Refused(Exception):
    """QEMU did not do what it was told."""


class Qmp:
    """A connection to one QEMU. Not for several threads."""

    def __init__(self, path: Path, within_s: float = 30.0) -> None:
        self._socket = connected(path, within_s)
        self._stream = self._socket.makefile("rw", encoding="utf-8")
        self._stream.readline()  # its greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - what QEMU says
        """Say a command; return its answer. Raises Refused, or ConnectionError when QEMU is gone."""
        self._stream.write(json.dumps({"execute": command, "arguments": dict(arguments or {})}) + "\n")
        self._stream.flush()
        while line := self._stream.readline():
            said = json.loads(line)
            if "error" in said:
                raise Refused(f"{command}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]
        raise ConnectionError(f"{command}: QEMU is gone")

    def picture(self, path: Path) -> None:
        """Write what the screen shows, as a PNG, or as a PPM, which costs QEMU next to nothing."""
        self.ask("screendump", {"filename": str(path), "format": path.suffix.removeprefix(".")})

    def touch(self, x: float, y: float, held_s: float = _HELD_S) -> None:
        """Touch the screen at a place, in parts of its width and height, and let go."""
        at = [
            {"type": "abs", "data": {"axis": axis, "value": round(part * _FULL_SCALE)}}
            for axis, part in (("x", x), ("y", y))
        ]
        self.ask("input-send-event", {"events": at})
        for down, wait_s in ((True, held_s), (False, _HELD_S)):
            self.ask("input-send-event", {"events": [{"type": "btn", "data": {"button": "left", "down": down}}]})
            threading.Event().wait(wait_s)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()
