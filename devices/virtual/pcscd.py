"""A private pcscd with virtual readers of two slots each: real PC/SC from the client library to the card.

Clients must have :attr:`VirtualPcscd.environment` in their environment before ``smartcard`` is imported.
It runs as root or as an ordinary user alike. A virtual reader cannot be plugged in or pulled out while pcscd runs: it
reads its list of such readers once (tried with 1.9.9 and SIGUSR1), so that both take a restart. vpcd listens on all
interfaces, for want of a setting: development and tests only, never part of a release image.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from devices.virtual.card_slot import CardSlot

READER_NAMES: Final = ("Virtual reader", "Other virtual reader")
_DRIVER_PATHS: Final = ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so",)
_SLOTS: Final = 2
# The shell gives pcscd the listening socket as descriptor 3 and its own pid, which is what sd_listen_fds asks for.
_LAUNCH: Final = 'exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'


class VirtualHardwareMissing(Exception):
    """A Debian package that the virtual hardware needs is not installed."""


class VirtualPcscd:
    """A pcscd of our own, its socket and configuration in a directory of their own.

    ``slots`` are the two slots of each of its ``readers``, empty at first. ``start`` and ``stop`` may alternate.
    ``directory``: an empty one for it, made where none is given; it goes when this is closed.
    """

    def __init__(self, readers: int = 1, directory: Path | None = None) -> None:
        # Not a test's own directory: the path of a unix socket is limited to 107 bytes.
        self._directory = directory or Path(tempfile.mkdtemp(prefix="pcscd-"))
        self.socket_path = self._directory / "pcscd.comm"
        self._config = self._directory / "readers"
        self._config.mkdir()
        self._reserved = [_neighbouring_ports() for _ in range(readers)]
        self.slots = tuple(CardSlot(_port(one)) for pair in self._reserved for one in pair)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a client process needs in its environment."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    @property
    def reader_names(self) -> tuple[str, ...]:
        """The names of the slots, as PC/SC lists them."""
        names = READER_NAMES[: len(self._reserved)]
        return tuple(f"{name} 00 {slot:02d}" for name in names for slot in range(_SLOTS))

    @property
    def pid(self) -> int | None:
        """The pid of the running pcscd."""
        return self._process.pid if self._process else None

    def start(self, *, with_reader: bool = True, without: Collection[int] = ()) -> None:
        """Start pcscd; without some of its readers, or any, it is what a machine with cables pulled looks like."""
        if self._process is not None:
            return
        plugged = [reader for reader in range(len(self._reserved)) if with_reader and reader not in without]
        (self._config / "virtual").write_text("".join(map(self._reader_conf, plugged)))
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

    def restart(self, *, with_reader: bool = True, without: Collection[int] = (), kill: bool = False) -> None:
        """Stop and start again; cards stay where they are."""
        self.stop(kill=kill)
        self.start(with_reader=with_reader, without=without)

    def close(self) -> None:
        """Stop everything and delete the directory."""
        self.stop()
        for slot in self.slots:
            slot.close()
        for pair in self._reserved:
            for reserved in pair:
                reserved.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reader_conf(self, reader: int) -> str:
        port = _port(self._reserved[reader][0])
        library = self._directory / f"vpcd-{reader}.so"  # one copy for each: the driver has one reader, in statics
        if not library.exists():
            shutil.copyfile(_driver(), library)
        return (
            f'FRIENDLYNAME "{READER_NAMES[reader]}"\nDEVICENAME /dev/null:{port:#06x}\n'
            f"LIBPATH {library}\nCHANNELID {port:#06x}\n"
        )


def _port(reserved: socket.socket) -> int:
    return int(reserved.getsockname()[1])


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
