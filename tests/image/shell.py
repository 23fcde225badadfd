"""A root shell inside a release image: only because the machine's firmware has no Secure Boot, and the test says so.

The kernel's command line, which nobody can add to under Secure Boot, has systemd start a shell at the second serial
port. Everything else starts as it always does.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.image.qmp import connected

_THERE: Final = "a shell is there"
_TTY: Final = "-p StandardInput=tty -p StandardOutput=tty -p StandardError=tty -p TTYPath=/dev/ttyS1"
KERNEL_WORDS: Final = " ".join(
    (
        f'systemd.run="/usr/bin/systemd-run --no-block {_TTY} /bin/sh"',
        'systemd.run="/usr/bin/systemctl start --no-block graphical.target"',
        f"systemd.run=\"/bin/sh -c 'echo {_THERE} >/dev/ttyS1'\"",
        "systemd.run_success_action=none systemd.run_failure_action=none",
    )
)
_ASK_S: Final = 5.0
_ENDED: Final = re.compile(rb"(\d+) ended\n$")


class Failed(Exception):
    """A command ended with another status than 0, or did not end."""


class Shell:
    """The far end of the machine's second serial port."""

    def __init__(self, path: Path) -> None:
        self._socket = connected(path, 30)

    @staticmethod
    def port(path: Path) -> tuple[str, ...]:
        """Return the words for QEMU."""
        path.unlink(missing_ok=True)
        return ("-serial", f"unix:{path},server=on,wait=off")

    def wait(self, within_s: float) -> None:
        """Wait until the shell is there. Raises Failed.

        Nothing is said before it says so: firmware and boot loader listen at this port as well, to keys of their menus.
        """
        self._until(lambda said: _THERE.encode() in said, within_s, "no shell")
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            try:
                self._say("stty raw -echo; PS1= PS2=", _ASK_S)
            except Failed:
                continue
            return
        raise Failed(f"no shell within {within_s} s")

    def __call__(self, command: str, within_s: float = 120.0) -> str:
        """Have a command done; return what it wrote. Raises Failed."""
        status, said = self._say(command, within_s)
        if status != 0:
            raise Failed(f"{command}: {status}, {said}")
        return said

    def send(self, command: str) -> None:
        """Have a command begun, after which nothing is to be expected: the machine may be gone."""
        self._socket.sendall(f"{command}\n".encode())

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _say(self, command: str, within_s: float) -> tuple[int, str]:
        self.send(f"{{ {command}\n}} 2>&1; echo $? ended")
        said = self._until(lambda said: _ENDED.search(said) is not None, within_s, f"{command}: no end")
        found = _ENDED.search(said)
        assert found is not None
        return int(found[1]), said[: found.start()].decode(errors="replace").strip()

    def _until(self, condition: Callable[[bytes], bool], within_s: float, otherwise: str) -> bytes:
        """Return what is said until something is true of it. Raises Failed."""
        said, end = b"", time.monotonic() + within_s
        while not condition(said):
            self._socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                more = self._socket.recv(65536)
            except TimeoutError:
                more = b""
            if not more:
                raise Failed(f"{otherwise}, within {within_s} s: {said[-1000:].decode(errors='replace')}")
            said = (said + more).replace(b"\r\n", b"\n")
        return said
