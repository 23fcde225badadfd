"""What is plugged into the emulated terminal: a camera and a printer on USB, a card reader with a slot."""

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


class Terminal(Machine):
    """A machine with all of a terminal's devices, which are there as long as it has power."""

    def __init__(self, disk: Disk, **more: object) -> None:
        self._slot = disk.folder / "card.sock"
        super().__init__(disk, card_socket=self._slot, usb=(CAMERA, PRINTER), **more)  # type: ignore[arg-type]
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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        super().__exit__(kind, error, at)
        for plug in self._plugs:
            plug.pull()
        self.reader.close()
        self._ipp.close()
        self.printer.close()
