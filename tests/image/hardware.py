"""What is plugged into the emulated terminal: a camera and a printer on USB, a card reader with a slot.

An emulated processor that shares its cores takes ten seconds for a page, and more for a program to start. The numbers
by which a terminal knows that something hangs (the kiosk's watchdog, the decoding process, the camera without pictures,
the silent centre) are made larger, through the shell that a machine without Secure Boot can be given from outside.
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
chmod 755 /run/patience
printf '[Service]\nWatchdogSec=600\nTimeoutStartSec=1800\n' >/run/systemd/system/bianmin-kiosk.service.d/patience.conf
longer() { # FOLDER MODULE SED: a module as it is compiled, with larger numbers
  here=$(echo /usr/lib/bianmin/lib/python3.*/site-packages)/$1 copy=/run/patience/$2
  sed "$3" $here/$2.py >$copy.py
  ! cmp -s $here/$2.py $copy.py
  /usr/lib/bianmin/bin/python -c "from py_compile import PycInvalidationMode, compile
compile('$copy.py', '$copy.pyc', invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)"
  chmod 644 $copy.pyc
  mount --bind $copy.pyc $(echo $here/__pycache__/$2.cpython-*.pyc)
}
longer devices/scanner decoder_process 's/: float = \(0\.5\|10\.0\),/: float = 20 * \1,/'
longer devices/scanner camera_scanner 's/patience_s: float = /&20 * /'
longer kiosk/sync authority 's/^_LIMIT_S = /&20 * /; s/proxy=proxy) as/proxy=proxy, timeout=_LIMIT_S) as/'
longer kiosk/sync client 's/^_CONNECT_S = /&20 * /'
longer kiosk/sync limits 's/^    "[a-z]*": /&20 * /; s/^CERTIFICATE_S = /&20 * /'
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
        """Make those numbers larger, before the kiosk starts."""
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
