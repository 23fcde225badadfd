"""A USB device of our own in QEMU's usb-redir: the far end of the usbredir protocol, for control and bulk transfers.

Packets are those of usbredir's usbredirproto.h, with what QEMU's XHCI wants of its options; tried against QEMU 7.2.
What a device is and does is told by :class:`UsbDevice`.
"""

import contextlib
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from tests.image.qmp import connected

_GREETING: Final = struct.Struct("<III")  # before both sides know each other: kind, length of what follows, id
_HEADER: Final = struct.Struct("<IIQ")
_CONTROL: Final = struct.Struct("<BBBBHHH")  # endpoint, request, request's type, status, value, index, length
_BULK: Final = struct.Struct("<BBHIH")  # endpoint, status, length's lower half, stream, upper half
_CAN: Final = 1 << 4 | 1 << 5 | 1 << 6  # tells endpoints' packet sizes, has 64-bit ids, 32-bit lengths of bulk
_SUCCESS, _CANCELLED, _STALL = 0, 1, 4
_HIGH_SPEED: Final = 2
_IN: Final = 0x80
_PLACES: Final = 32  # of interfaces, and of endpoints: 16 out, 16 in
_NO_ENDPOINT, _CONTROL_ENDPOINT, _BULK_ENDPOINT = 255, 0, 2
_GET_DESCRIPTOR: Final = 6
_DEVICE, _CONFIGURATION, _STRING = 1, 2, 3
_ENGLISH: Final = struct.pack("<BBH", 4, _STRING, 0x0409)
PACKET: Final = 512  # bytes, of bulk at high speed


class _Kind(IntEnum):
    HELLO = 0
    CONNECT = 1
    INTERFACES = 4
    ENDPOINTS = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION = 8
    SET_ALTERNATE = 9
    GET_ALTERNATE = 10
    ALTERNATE = 11
    CANCEL = 21
    CONTROL = 100
    BULK = 101


@dataclass(frozen=True, slots=True)
class Setup:
    """A control request (USB 2.0, 9.3)."""

    kind: int
    request: int
    value: int
    index: int
    length: int


class UsbDevice(ABC):
    """What a device is (descriptors: USB 2.0, 9.6), and what it does; called from the plug's thread."""

    device: bytes
    configuration: bytes
    strings: tuple[str, ...]  # the first has number 1
    interfaces: tuple[tuple[int, int, int], ...]  # class, subclass, protocol
    endpoints: tuple[tuple[int, int], ...]  # address and interface; all are bulk

    @abstractmethod
    def plugged(self, plug: "Plug") -> None:
        """Begin to work: ``plug`` takes what it says."""

    @abstractmethod
    def asked(self, setup: Setup, data: bytes) -> bytes | None:
        """Answer a request of its class; None for one that it does not know (stall)."""

    @abstractmethod
    def written(self, endpoint: int, data: bytes) -> None:
        """Take what was written to an endpoint."""


class Plug:
    """A device that is plugged in, at the socket of QEMU's usb-redir."""

    def __init__(self, path: Path, device: UsbDevice, within_s: float = 30.0) -> None:
        self._device = device
        self._socket = connected(path, within_s)
        self._reads: dict[int, deque[tuple[int, int]]] = defaultdict(deque)  # by endpoint: id and length
        self._changed = threading.Condition()
        self._pulled = False
        self._saying = threading.Lock()
        self._configuration = 0
        hello = b"bianmin".ljust(64, b"\0") + struct.pack("<I", _CAN)
        self._socket.sendall(_GREETING.pack(_Kind.HELLO, len(hello), 0) + hello)
        threading.Thread(target=self._serve, name="usb-device", daemon=True).start()
        device.plugged(self)

    def is_read(self, endpoint: int) -> bool:
        """Wait until somebody reads an endpoint. False: nobody will, the device was pulled."""
        with self._changed:
            self._changed.wait_for(lambda: self._pulled or bool(self._reads[endpoint]))
            return not self._pulled

    def deliver(self, endpoint: int, data: bytes) -> bool:
        """Give data to whoever reads an endpoint, in as many pieces as they read. False: nobody will."""
        while data:
            with self._changed:
                self._changed.wait_for(lambda: self._pulled or bool(self._reads[endpoint]))
                if self._pulled:
                    return False
                packet, length = self._reads[endpoint].popleft()
                part, data = data[:length], data[length:]
                self._say(_Kind.BULK, packet, _bulk_header(endpoint, _SUCCESS, len(part)) + part)
        return True

    def pull(self) -> None:
        """Pull the device out."""
        with self._changed:
            self._pulled = True
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _say(self, kind: _Kind, packet: int, body: bytes) -> None:
        with self._saying, contextlib.suppress(OSError):  # a machine without power hears nothing
            self._socket.sendall(_HEADER.pack(kind, len(body), packet) + body)

    def _serve(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._socket.makefile("rb") as stream:
            kind, length, _ = _GREETING.unpack(stream.read(_GREETING.size))
            self._hear(kind, 0, stream.read(length))
            while header := stream.read(_HEADER.size):
                kind, length, packet = _HEADER.unpack(header)
                self._hear(kind, packet, stream.read(length))
        self.pull()

    def _hear(self, kind: int, packet: int, body: bytes) -> None:
        match kind:
            case _Kind.HELLO:
                self._introduce()
            case _Kind.SET_CONFIGURATION:
                self._configuration = body[0]
                self._say(_Kind.CONFIGURATION, packet, bytes([_SUCCESS, self._configuration]))
            case _Kind.GET_CONFIGURATION:
                self._say(_Kind.CONFIGURATION, packet, bytes([_SUCCESS, self._configuration]))
            case _Kind.SET_ALTERNATE | _Kind.GET_ALTERNATE:
                self._say(_Kind.ALTERNATE, packet, bytes([_SUCCESS, body[0], 0]))  # each interface has but one
            case _Kind.CANCEL:
                self._cancel(packet)
            case _Kind.CONTROL:
                self._control(packet, body)
            case _Kind.BULK:
                self._bulk(packet, body)
            case _:
                pass  # a reset and the like: nothing to do

    def _introduce(self) -> None:
        rows = self._device.interfaces
        columns = [bytes(row[place] for row in rows).ljust(_PLACES, b"\0") for place in range(3)]
        numbers = bytes(range(len(rows))).ljust(_PLACES, b"\0")
        self._say(_Kind.INTERFACES, 0, struct.pack("<I", len(rows)) + numbers + b"".join(columns))
        kinds, owners, sizes = [_NO_ENDPOINT] * _PLACES, [0] * _PLACES, [0] * _PLACES
        for place in (0, _PLACES // 2):
            kinds[place], sizes[place] = _CONTROL_ENDPOINT, 64
        for address, interface in self._device.endpoints:
            place = (address & 0xF) + (_PLACES // 2 if address & _IN else 0)
            kinds[place], owners[place], sizes[place] = _BULK_ENDPOINT, interface, PACKET
        self._say(_Kind.ENDPOINTS, 0, bytes(kinds + [0] * _PLACES + owners) + struct.pack(f"<{_PLACES}H", *sizes))
        numbers = struct.unpack_from("<BBBxHH", self._device.device, 4)
        self._say(_Kind.CONNECT, 0, struct.pack("<BBBBHH", _HIGH_SPEED, *numbers))

    def _cancel(self, packet: int) -> None:
        with self._changed:
            for endpoint, reads in self._reads.items():
                if any(one == packet for one, _ in reads):
                    self._reads[endpoint] = deque(read for read in reads if read[0] != packet)
                    self._say(_Kind.BULK, packet, _bulk_header(endpoint, _CANCELLED, 0))
                    return

    def _control(self, packet: int, body: bytes) -> None:
        endpoint, request, kind, _, value, index, length = _CONTROL.unpack_from(body)
        setup = Setup(kind, request, value, index, length)
        answer = self._descriptor(value) if (kind, request) == (_IN, _GET_DESCRIPTOR) else self._standard(setup, body)
        status, said = (_STALL, b"") if answer is None else (_SUCCESS, answer[:length] if kind & _IN else b"")
        told = len(said) if kind & _IN else length
        self._say(_Kind.CONTROL, packet, _CONTROL.pack(endpoint, request, kind, status, value, index, told) + said)

    def _standard(self, setup: Setup, body: bytes) -> bytes | None:
        if setup.kind & 0x60 == 0:  # such as an endpoint that is to go on after a halt
            return b"\0\0"
        return self._device.asked(setup, body[_CONTROL.size :])

    def _descriptor(self, value: int) -> bytes | None:
        kind, number = divmod(value, 256)
        match kind:
            case 1:  # device
                return self._device.device
            case 2:  # configuration
                return self._device.configuration
            case 3 if number == 0:
                return _ENGLISH
            case 3 if number <= len(self._device.strings):
                text = self._device.strings[number - 1].encode("utf-16-le")
                return bytes([len(text) + 2, _STRING]) + text
            case _:
                return None

    def _bulk(self, packet: int, body: bytes) -> None:
        endpoint, _, low, _, high = _BULK.unpack_from(body)
        length = high << 16 | low
        if endpoint & _IN:
            with self._changed:
                self._reads[endpoint].append((packet, length))
                self._changed.notify_all()
        else:
            self._device.written(endpoint, body[_BULK.size :])
            self._say(_Kind.BULK, packet, _bulk_header(endpoint, _SUCCESS, length))


def _bulk_header(endpoint: int, status: int, length: int) -> bytes:
    return _BULK.pack(endpoint, status, length & 0xFFFF, 0, length >> 16)


def device_descriptor(kind: tuple[int, int, int], vendor: int, product: int) -> bytes:
    """Return a device descriptor (USB 2.0, 9.6.1): strings 1, 2, 3 are maker, product, serial number."""
    return struct.pack("<BBHBBBBHHHBBBB", 18, _DEVICE, 0x0200, *kind, 64, vendor, product, 0x0100, 1, 2, 3, 1)


def configuration_descriptor(interfaces: int, rest: bytes) -> bytes:
    """Return a configuration (USB 2.0, 9.6.3) with the descriptors that belong to it."""
    return struct.pack("<BBHBBBBB", 9, _CONFIGURATION, 9 + len(rest), interfaces, 1, 0, 0x80, 50) + rest


def interface_descriptor(number: int, endpoints: int, kind: tuple[int, int, int]) -> bytes:
    """Return an interface (USB 2.0, 9.6.5) without alternate settings."""
    return struct.pack("<BBBBBBBBB", 9, 4, number, 0, endpoints, *kind, 0)


def bulk_descriptor(address: int) -> bytes:
    """Return a bulk endpoint (USB 2.0, 9.6.6)."""
    return struct.pack("<BBBBHB", 7, 5, address, 2, PACKET, 0)
