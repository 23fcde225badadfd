"""What is plugged into the emulated terminal: a camera and a printer on USB, a card reader with a slot.

An emulated processor that shares its cores takes ten seconds for a page, and more for a program to start. Three numbers
by which a terminal knows that something hangs (the kiosk's watchdog, the decoding process's start and its time for a
picture) are made larger, through the shell that a machine without Secure Boot can be given from outside.
"""

import base64
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from devices.virtual.printer import VirtualPrinter
from devices.virtual.printer_server import PrinterServer
from tests.image.card import ReaderOfQemu
from tests.image.machine import Disk, Machine
from tests.image.usb import Plug
from tests.image.usb_camera import UsbCamera
from tests.image.usb_printer import UsbPrinter

CAMERA, PRINTER = "camera", "printer"
_PAGE_S: Final = 0.5
_SHELL_S: Final = 600.0
_PATIENCE: Final = r"""
mkdir -p /run/patience /run/systemd/system/bianmin-kiosk.service.d
printf '[Service]\nWatchdogSec=600\nTimeoutStartSec=1800\n' >/run/systemd/system/bianmin-kiosk.service.d/patience.conf
cd /usr/lib/bianmin/lib/python3.*/site-packages/devices/scanner
sed -e 's/start_timeout_s: float = 10.0/start_timeout_s: float = 120.0/' \
  -e 's/deadline_s: float = 0.5/deadline_s: float = 20.0/' decoder_process.py >/run/patience/it.py
[ "$(diff decoder_process.py /run/patience/it.py | grep -c '^>')" = 2 ]
/usr/lib/bianmin/bin/python -c "import py_compile as c
c.compile('/run/patience/it.py', '/run/patience/it.pyc', invalidation_mode=c.PycInvalidationMode.UNCHECKED_HASH)"
chmod 755 /run/patience && chmod 644 /run/patience/it.pyc
mount --bind /run/patience/it.pyc __pycache__/decoder_process.cpython-*.pyc
systemctl daemon-reload
"""


class Terminal(Machine):
    """A machine with all of a terminal's devices, which are there as long as it has power."""

    def __init__(self, disk: Disk, more: Sequence[str] = ()) -> None:
        self._slot = disk.folder / "card.sock"
        super().__init__(disk, card_socket=self._slot, usb=(CAMERA, PRINTER), secure_boot=False, opened=True, more=more)
        self.camera = UsbCamera()
        self.printer = VirtualPrinter(page_s=_PAGE_S)

    def __enter__(self) -> Self:
        super().__enter__()
        self._ipp = PrinterServer(self.printer)
        self._plugs = (
            Plug(self.usb_port(CAMERA), self.camera),
            Plug(self.usb_port(PRINTER), UsbPrinter(self._ipp.uri)),
        )
        self.reader = ReaderOfQemu(self._slot)
        return self

    def be_patient(self) -> None:
        """Make the three numbers larger, before the kiosk starts."""
        self.shell.wait(_SHELL_S)
        script = base64.b64encode(_PATIENCE.encode()).decode()
        self.shell(f"echo {script} | base64 -d | sh -e", _SHELL_S)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        for plug in self._plugs:
            plug.pull()
        self.reader.close()
        self._ipp.close()
        self.printer.close()
