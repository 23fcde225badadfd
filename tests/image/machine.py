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

WIDTH, HEIGHT = 1080, 1920
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
        """Put another TPM in: the old one's keys are gone."""
        shutil.rmtree(self.tpm, ignore_errors=True)
        self.tpm.mkdir()

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
        secure_boot: bool = True,
        kernel_words: str = "",
        more: Sequence[str] = (),
    ) -> None:
        """Prepare it. ``kernel_words``: more of the kernel's command line; Secure Boot lets nobody add any."""
        assert not (secure_boot and kernel_words)
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
            *("-device", "qemu-xhci,id=usb", "-device", "usb-tablet,bus=usb.0"),
            *("-device", "virtio-rng-pci", "-device", "i6300esb"),
            *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"),
            *("-qmp", f"unix:{self._path('qmp.sock')},server=on,wait=off"),
            *("-serial", f"file:{self._path('serial.log')}"),
            *more,
        ]
        if kernel_words:
            self._command += ["-smbios", f"type=11,value=io.systemd.stub.kernel-cmdline-extra={kernel_words}"]
        if card_socket is not None:
            self._command += ["-device", "usb-ccid,bus=usb.0,id=ccid"]
            self._command += ["-chardev", f"socket,id=card,path={card_socket},server=on,wait=off"]
            self._command += ["-device", "ccid-card-passthru,chardev=card,bus=ccid.0"]
        self._pictures = 0
        self.started_at = 0.0

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
            self.qmp = Qmp(self._path("qmp.sock"))
        except OSError as error:
            self.__exit__(None, None, None)
            raise AssertionError(self._path("qemu.log").read_text()) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.pull_plug()
        self._log.close()

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

    def touch(self, x: float, y: float) -> None:
        """Touch a place, in pixels of the screen."""
        self.qmp.touch(x / WIDTH, y / HEIGHT)

    def until(self, condition: Callable[[], bool], within_s: float, otherwise: str) -> float:
        """Wait for something; return how long it took, in seconds. AssertionError when it does not come."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < within_s, f"{otherwise}, after {within_s} s; see {self._folder}"
            threading.Event().wait(_LOOK_S)
        return time.monotonic() - begun
