"""A private pcscd with one virtual reader of two slots: real PC/SC from the client library to the card.

Clients must have :attr:`VirtualPcscd.environment` in their environment before ``smartcard`` is imported.
It runs as root or as an ordinary user alike. vpcd listens on all interfaces, for want of a setting:
development and tests only, never part of a release image.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from devices.virtual.card_slot import CardSlot

READER_NAME: Final = "Virtual reader"
_DRIVER_PATHS: Final = ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so",)
_SLOTS: Final = 2
# The shell gives pcscd the listening socket as descriptor 3 and its own pid, which is what sd_listen_fds asks for.
_LAUNCH: Final = 'exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'


class VirtualHardwareMissing(Exception):
    """A Debian package that the virtual hardware needs is not installed."""


class VirtualPcscd:
    """A pcscd of our own, its socket and configuration in a directory of their own.

    ``slots`` are the two slots of its reader, each empty at first. ``start`` and ``stop`` may alternate.
    """

    def __init__(self) -> None:
        # Not a test's own directory: the path of a unix socket is limited to 107 bytes.
        self._directory = Path(tempfile.mkdtemp(prefix="pcscd-"))
        self.socket_path = self._directory / "pcscd.comm"
        self._config = self._directory / "readers"
        self._config.mkdir()
        self._reserved = _neighbouring_ports()
        ports = [int(reserved.getsockname()[1]) for reserved in self._reserved]
        self._port = ports[0]
        self.slots = tuple(CardSlot(port) for port in ports)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a client process needs in its environment."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    @property
    def reader_names(self) -> tuple[str, ...]:
        """The names of the slots, as PC/SC lists them."""
        return tuple(f"{READER_NAME} 00 {slot:02d}" for slot in range(_SLOTS))

    @property
    def pid(self) -> int | None:
        """The pid of the running pcscd."""
        return self._process.pid if self._process else None

    def start(self, *, with_reader: bool = True) -> None:
        """Start pcscd; without a reader it is what a machine with the cable pulled looks like."""
        if self._process is not None:
            return
        (self._config / "virtual").write_text(self._reader_conf() if with_reader else "")
        self.socket_path.unlink(missing_ok=True)
        command = [_pcscd(), "--foreground", "--config", str(self._config), *_own_clients_only()]
        # Our copy of the socket is closed at once: on a dead pcscd clients must fail, not wait for an accept.
        with socket.socket(socket.AF_UNIX) as listener, (self._directory / "pcscd.log").open("ab") as log:
            listener.bind(str(self.socket_path))
            self.socket_path.chmod(0o600)
            listener.listen(16)
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command line
                ["/bin/sh", "-c", _LAUNCH, "sh", *command],
                stdin=listener.fileno(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self, *, kill: bool = False) -> None:
        """Stop pcscd, as systemd would; ``kill`` ends it without a goodbye."""
        process, self._process = self._process, None
        if process is not None:
            process.kill() if kill else process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:  # blocked by a silent card
                process.kill()
                process.wait(timeout=5)

    def restart(self, *, with_reader: bool = True, kill: bool = False) -> None:
        """Stop and start again; cards stay where they are."""
        self.stop(kill=kill)
        self.start(with_reader=with_reader)

    def close(self) -> None:
        """Stop everything and delete the directory."""
        self.stop()
        for slot in self.slots:
            slot.close()
        for reserved in self._reserved:
            reserved.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reader_conf(self) -> str:
        return (
            f'FRIENDLYNAME "{READER_NAME}"\nDEVICENAME /dev/null:{self._port:#06x}\n'
            f"LIBPATH {_driver()}\nCHANNELID {self._port:#06x}\n"
        )


def _neighbouring_ports() -> tuple[socket.socket, ...]:
    """Reserve two ports in a row of the kernel's choice: vpcd counts its slots from its port on.

    The sockets are bound and never listen; with SO_REUSEADDR on both sides, Linux lets vpcd listen there.
    """
    for _ in range(100):
        first, second = (socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(_SLOTS))
        for reserved in (first, second):
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            first.bind(("", 0))
            second.bind(("", first.getsockname()[1] + 1))
        except (OSError, OverflowError):
            first.close()
            second.close()
        else:
            return first, second
    raise VirtualHardwareMissing("no two neighbouring free ports")


def _pcscd() -> str:
    found = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if found is None:
        raise VirtualHardwareMissing("pcscd is not installed: apt install pcscd")
    return found


def _own_clients_only() -> list[str]:
    """Return the option without which builds with polkit refuse clients outside of a login session."""
    option = "--disable-polkit"
    known = subprocess.run([_pcscd(), "--help"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed
    return [option] if option in known.stdout + known.stderr else []


def _driver() -> str:
    for path in _DRIVER_PATHS:
        if Path(path).exists():
            return path
    raise VirtualHardwareMissing("vpcd is not installed: apt install vsmartcard-vpcd")
