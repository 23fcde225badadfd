"""A printer on USB: the virtual printer's HTTP behind interfaces of IPP over USB, which ipp-usb of the image finds.

IPP over USB (USB-IF, "USB Print Interface Class IPP Protocol Specification" 1.0): an interface is an HTTP connection.
"""

import contextlib
import socket
import threading
from typing import Final
from urllib.parse import urlsplit

from tests.image.usb import (
    Plug,
    Setup,
    UsbDevice,
    bulk_descriptor,
    configuration_descriptor,
    device_descriptor,
    interface_descriptor,
)

_IPP: Final = (7, 1, 4)
_COUNT: Final = 3  # ipp-usb takes a device with two at least
_IN: Final = 0x80
_CLASS_IN: Final = 0xA1
_GET_DEVICE_ID: Final = 0
_DEVICE_ID: Final = b"MFG:Bianmin;MDL:Virtual;CMD:PDF,PWGRaster;"
_CHUNK: Final = 16384


def _configuration() -> bytes:
    interfaces = (
        interface_descriptor(number, 2, _IPP) + bulk_descriptor(number + 1) + bulk_descriptor(_IN | (number + 1))
        for number in range(_COUNT)
    )
    return configuration_descriptor(_COUNT, b"".join(interfaces))


class UsbPrinter(UsbDevice):
    """``uri``: where the printer answers on this host (``ipp://127.0.0.1:PORT/…``)."""

    device = device_descriptor((0, 0, 0), 0x1D6B, 0x0104)
    configuration = _configuration()
    strings = ("Bianmin tests", "Emulated printer", "1")
    interfaces = (_IPP,) * _COUNT
    endpoints = tuple((way | (number + 1), number) for number in range(_COUNT) for way in (0, _IN))

    def __init__(self, uri: str) -> None:
        told = urlsplit(uri)
        self._address = (told.hostname or "", told.port or 631)
        self._connections: dict[int, socket.socket] = {}

    def plugged(self, plug: Plug) -> None:
        """Answer from now on."""
        self._plug = plug

    def asked(self, setup: Setup, data: bytes) -> bytes | None:
        """Say what it is (USB Printer Class 1.1, 4.2.1); take a reset for done."""
        if setup.kind == _CLASS_IN and setup.request == _GET_DEVICE_ID:
            return (len(_DEVICE_ID) + 2).to_bytes(2) + _DEVICE_ID
        return data

    def written(self, endpoint: int, data: bytes) -> None:
        """Carry it to the printer, on this interface's connection."""
        connection = self._connections.get(endpoint)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.sendall(data)
                return
        connection = socket.create_connection(self._address, timeout=30)
        self._connections[endpoint] = connection
        threading.Thread(target=self._answer, args=(endpoint, connection), name="usb-printer", daemon=True).start()
        connection.sendall(data)

    def _answer(self, endpoint: int, connection: socket.socket) -> None:
        connection.settimeout(None)
        with contextlib.suppress(OSError):
            while data := connection.recv(_CHUNK):
                if not self._plug.deliver(_IN | endpoint, data):
                    break
        connection.close()
        if self._connections.get(endpoint) is connection:
            del self._connections[endpoint]
