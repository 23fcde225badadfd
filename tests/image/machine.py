"""A terminal in QEMU: OVMF, a TPM (swtpm), the disk image, a touch screen, a card reader. Everything is emulated.

Always with TCG, QEMU's own processor: on the machines this was made on, /dev/kvm opens and then runs no kernel.
``KVM=1`` in the environment takes KVM where it is known to work.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.image.qmp import Qmp
from tests.image.shell import KERNEL_WORDS, Shell

WIDTH, HEIGHT = 1080, 1920
MAC: Final = "52:54:00:12:34:56"
_FIRMWARE: Final = Path("/usr/share/OVMF")
_CODE: Final = {True: _FIRMWARE / "OVMF_CODE_4M.secboot.fd", False: _FIRMWARE / "OVMF_CODE_4M.fd"}
_ACCELERATION: Final = "kvm" if os.environ.get("KVM") == "1" else "tcg,thread=multi"
# What TCG would do byte by byte, or with five levels of pages, is not offered; nor AVX: what Mesa makes of it for its
# software renderer crashes under QEMU 7.2, and not on a processor.
_PROCESSOR: Final = (
    "host" if _ACCELERATION == "kvm" else "max,la57=off,erms=off,fsrm=off,avx=off,avx2=off,fma=off,f16c=off"
)
_UUID: Final = "5d3c1c8e-5b1e-4b7e-9a51-0a7b5a6f2c11"
_DISK_BYTES: Final = 8 * 1024**3
_LOOK_S: Final = 1.0


class Disk:
    """A terminal's disk and what else of it outlives its power: the firmware's variables, the TPM's keys."""

    def __init__(self, folder: Path, image: Path | None = None) -> None:
        """Flash a new disk with an image; without one, take what the folder holds."""
        self.folder = folder
        self.file = folder / "disk.raw"
        self.variables = folder / "variables.fd"
        self.tpm = folder / "tpm"
        if image is not None:
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "--sparse=always", image, self.file], check=True)
            os.truncate(self.file, _DISK_BYTES)  # a larger disk than the image, as every real one is
            shutil.copyfile(_FIRMWARE / "OVMF_VARS_4M.fd", self.variables)
            self.new_tpm()

    def new_tpm(self) -> None:
        """Put another TPM in: the old one's keys are gone.

        Its registers are kept in SHA-256 alone, as on most real ones: with all four kinds of swtpm's, the emulated
        firmware spends more time on measuring the kernel than the kernel on starting.
        """
        shutil.rmtree(self.tpm, ignore_errors=True)
        self.tpm.mkdir()
        command = ("swtpm_setup", "--tpm2", "--tpmstate", self.tpm, "--pcr-banks", "sha256")
        subprocess.run(command, check=True, capture_output=True)

    def copy(self, folder: Path) -> "Disk":
        """Return a copy of all of it, in a new folder."""
        subprocess.run(["cp", "-r", "--sparse=always", self.folder, folder], check=True)
        return Disk(folder)


class Machine:
    """One time that a terminal has power. Leaving the context pulls the plug."""

    def __init__(
        self,
        disk: Disk,
        *,
        memory_mb: int = 3072,
        card_socket: Path | None = None,
        usb: Sequence[str] = (),
        secure_boot: bool = True,
        kernel_words: str = "",
        network: str = "user",
        opened: bool = False,
        more: Sequence[str] = (),
    ) -> None:
        """Prepare it. ``kernel_words``: more of the kernel's command line; Secure Boot lets nobody add any.

        ``usb``: ports for devices of our own, by name: a :class:`tests.image.usb.Plug` goes into :meth:`usb_port`.
        ``network``: what its network card is plugged into, a backend of QEMU's ``-netdev`` without its id. ``opened``:
        it has a :mod:`tests.image.shell`; without Secure Boot, too.
        """
        assert not (secure_boot and (kernel_words or opened))
        self._disk = disk
        self._folder = disk.folder
        self._command = [
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-machine", f"q35,smm={'on' if secure_boot else 'off'}", "-accel", _ACCELERATION),
            *("-cpu", _PROCESSOR, "-smp", "2", "-m", str(memory_mb), "-uuid", _UUID),
            *(("-global", "driver=cfi.pflash01,property=secure,value=on") if secure_boot else ()),
            *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_CODE[secure_boot]}"),
            *("-drive", f"if=pflash,format=raw,unit=1,file={disk.variables}"),
            *("-chardev", f"socket,id=tpm,path={self._path('tpm.sock')}"),
            *("-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"),
            *("-drive", f"if=none,id=disk,format=raw,file={disk.file},cache=writeback"),
            *("-device", "virtio-blk-pci,drive=disk,bootindex=1"),
            *("-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}"),
            *("-device", "qemu-xhci,id=usb,p2=8,p3=8", "-device", "usb-tablet,bus=usb.0"),
            *("-device", "virtio-rng-pci", "-device", "i6300esb", "-device", "virtio-balloon-pci,id=balloon"),
            *("-netdev", f"{network},id=net", "-device", f"virtio-net-pci,netdev=net,mac={MAC},romfile="),
            *("-qmp", f"unix:{self._path('qmp.sock')},server=on,wait=off"),
            *("-serial", f"file:{self._path('serial.log')}"),
            *more,
        ]
        if opened:
            self._command += Shell.port(self._path("shell.sock"))
            kernel_words = f"{kernel_words} {KERNEL_WORDS}".strip()
        self._opened = opened
        if kernel_words:
            words = kernel_words.replace(",", ",,")
            self._command += ["-smbios", f"type=11,value=io.systemd.stub.kernel-cmdline-extra={words}"]
        if card_socket is not None:
            self._command += ["-device", "usb-ccid,bus=usb.0,id=ccid"]
            self._command += ["-chardev", f"socket,id=card,path={card_socket},server=on,wait=off"]
            self._command += ["-device", "ccid-card-passthru,chardev=card,bus=ccid.0"]
        for name in usb:
            self._command += ["-chardev", f"socket,id={name},path={self.usb_port(name)},server=on,wait=off"]
            self._command += ["-device", f"usb-redir,bus=usb.0,chardev={name}"]
        self._lines = contextlib.ExitStack()
        self._pictures = 0
        self.started_at = 0.0

    def usb_port(self, name: str) -> Path:
        """Return the socket of a port for a USB device."""
        return self._path(f"usb-{name}.sock")

    def _path(self, name: str) -> Path:
        return self._folder / name

    def __enter__(self) -> Self:
        for left in ("tpm.sock", "qmp.sock"):
            self._path(left).unlink(missing_ok=True)
        self._tpm = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._disk.tpm}", "--flags", "startup-clear"),
                *("--ctrl", f"type=unixio,path={self._path('tpm.sock')}", "--terminate"),
            ],
        )
        self.until(self._path("tpm.sock").exists, 30, "the TPM does not listen")
        self._log = self._path("qemu.log").open("wb")
        self.started_at = time.monotonic()
        self._qemu = subprocess.Popen(self._command, stdout=self._log, stderr=self._log)
        try:
            self.qmp = self._lines.enter_context(contextlib.closing(Qmp(self._path("qmp.sock"))))
        except OSError as error:
            self.__exit__(None, None, None)
            raise AssertionError(self._path("qemu.log").read_text()) from error
        if self._opened:
            self.shell = self._lines.enter_context(contextlib.closing(Shell(self._path("shell.sock"))))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.pull_plug()
        self._log.close()
        self._lines.close()

    def pull_plug(self) -> None:
        """Take its power away, at once."""
        for process in (self._qemu, self._tpm):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait()

    @property
    def runs(self) -> bool:
        """Whether it has power, and did not switch itself off."""
        return self._qemu.poll() is None

    @property
    def serial(self) -> str:
        """What it said on the serial port: the firmware, and a dev image's console."""
        return self._path("serial.log").read_text(errors="replace")

    @property
    def seconds(self) -> float:
        """How long it has had power."""
        return time.monotonic() - self.started_at

    def look(self, name: str = "") -> Path:
        """Return a picture of the screen, as a PNG."""
        self._pictures += 1
        path = self._path(f"{name or f'look-{self._pictures:03}'}.png")
        self.qmp.picture(path)
        return path

    def glance(self, name: str = "glance") -> Path:
        """Return a picture of the screen for a moment, as a PPM: the next one of this name replaces it."""
        path = self._path(f"{name}.ppm")
        self.qmp.picture(path)
        return path

    @property
    def memory_mb(self) -> tuple[int, int]:
        """What its kernel says by the balloon: memory in all, and what programs could still get."""
        balloon = {"path": "/machine/peripheral/balloon"}
        self.qmp.ask("qom-set", {**balloon, "property": "guest-stats-polling-interval", "value": 1})
        stats: dict[str, int] = {}

        def told() -> bool:
            found = self.qmp.ask("qom-get", {**balloon, "property": "guest-stats"})
            stats.update(found["stats"])
            return found["last-update"] > time.time() - _LOOK_S * 5

        self.until(told, 120, "the kernel does not tell about its memory")
        return stats["stat-total-memory"] // 1024**2, stats["stat-available-memory"] // 1024**2

    def touch(self, x: float, y: float) -> None:
        """Touch a place, in pixels of the screen."""
        self.qmp.touch(x / WIDTH, y / HEIGHT)

    def hold(self, x: float, y: float, held_s: float) -> None:
        """Keep a finger on a place, in pixels of the screen."""
        self.qmp.touch(x / WIDTH, y / HEIGHT, held_s)

    def plug_stick(self, picture: Path) -> None:
        """Plug a stick in that nobody writes to."""
        file = {"driver": "file", "filename": str(picture), "read-only": True}
        self.qmp.ask("blockdev-add", {"driver": "raw", "node-name": "stick", "read-only": True, "file": file})
        self.qmp.ask("device_add", {"driver": "usb-storage", "id": "stick", "drive": "stick", "bus": "usb.0"})

    def until(self, condition: Callable[[], bool], within_s: float, otherwise: str, look_s: float = _LOOK_S) -> float:
        """Wait for something; return how long it took, in seconds. AssertionError when it does not come."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < within_s, f"{otherwise}, after {within_s} s; see {self._folder}"
            threading.Event().wait(look_s)
        return time.monotonic() - begun
