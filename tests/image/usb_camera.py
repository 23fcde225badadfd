"""A camera on USB: UVC 1.0, one format (MJPEG, 640 × 360) over a bulk endpoint; Linux's uvcvideo drives it.

Descriptors and requests: USB Device Class Definition for Video Devices 1.0 (3.7, 3.9, 4.3.1.1; a payload's header
2.4.3.3) and its MJPEG payload (3.1, 3.2).
"""

import struct
import threading
from typing import Final

import cv2  # noqa: TID251 - makes pictures
import numpy as np

from devices.camera.api import Pixels
from devices.virtual import camera_scene
from tests.image.usb import (
    Plug,
    Setup,
    UsbDevice,
    bulk_descriptor,
    configuration_descriptor,
    device_descriptor,
    interface_descriptor,
)

_WIDTH, _HEIGHT = 640, 360
_INTERVAL: Final = 5_000_000  # in 100 ns: two small pictures a second are enough for an emulated processor
_LARGEST: Final = _WIDTH * _HEIGHT * 2
_PAYLOAD: Final = 16384  # bytes, with its header
_VIDEO: Final = 0x0E
_CONTROL_INTERFACE, _STREAM_INTERFACE = (_VIDEO, 1, 0), (_VIDEO, 2, 0)
_STREAM: Final = 0x81
_PROBE, _COMMIT = 1, 2
_GETS: Final = (0x81, 0x82, 0x83, 0x87)  # current, least, most, default
_AGREED: Final = struct.pack("<HBBIHHHHHII", 1, 1, 1, _INTERVAL, 0, 0, 0, 0, 0, _LARGEST, _PAYLOAD)
_END_OF_HEADER, _END_OF_FRAME = 0x80, 0x02


def _class_specific(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([len(body) + 2, 0x24]) + body


def _configuration() -> bytes:
    association = struct.pack("<BBBBBBBB", 8, 11, 0, 2, _VIDEO, 3, 0, 0)
    camera = _class_specific(struct.pack("<BBHBBHHHB3x", 2, 1, 0x0201, 0, 0, 0, 0, 0, 3))
    output = _class_specific(struct.pack("<BBHBBB", 3, 2, 0x0101, 0, 1, 0))
    units_bytes = 13 + len(camera) + len(output)
    control = _class_specific(struct.pack("<BHHIBB", 1, 0x0100, units_bytes, 6_000_000, 1, 1)) + camera + output
    mjpeg = _class_specific(struct.pack("<BBBBBBBBB", 6, 1, 1, 1, 1, 0, 0, 0, 0))
    bits = _LARGEST * 8 * 2
    frame = _class_specific(
        struct.pack("<BBBHHIIIIBI", 7, 1, 0, _WIDTH, _HEIGHT, bits, bits, _LARGEST, _INTERVAL, 1, _INTERVAL)
    )
    stream_bytes = 14 + len(mjpeg) + len(frame)
    stream = _class_specific(struct.pack("<BBHBBBBBBBB", 1, 1, stream_bytes, _STREAM, 0, 2, 0, 0, 0, 1, 0))
    return configuration_descriptor(
        2,
        association
        + interface_descriptor(0, 0, _CONTROL_INTERFACE)
        + control
        + interface_descriptor(1, 1, _STREAM_INTERFACE)
        + stream
        + mjpeg
        + frame
        + bulk_descriptor(_STREAM),
    )


class UsbCamera(UsbDevice):
    """A camera over a counter, on which something may be held before it. ``pictures``: how many it has given."""

    device = device_descriptor((0xEF, 2, 1), 0x1D6B, 0x0102)
    configuration = _configuration()
    strings = ("Bianmin tests", "Emulated camera", "1")
    interfaces = (_CONTROL_INTERFACE, _STREAM_INTERFACE)
    endpoints = ((_STREAM, 1),)

    def __init__(self, seed: int = 1) -> None:
        self._noise = np.random.default_rng(seed)
        self._empty = self._filmed(camera_scene.counter())
        self._scene = self._empty
        self.pictures = 0

    def show_code(self, payload: bytes) -> None:
        """Hold a phone with a QR code before it."""
        self._scene = self._filmed(camera_scene.code_on_phone(payload))

    def show_image(self, picture: Pixels) -> None:
        """Hold any picture before it (height × width × 3, BGR)."""
        self._scene = self._filmed(camera_scene.fitted(picture))

    def clear(self) -> None:
        """Take it away."""
        self._scene = self._empty

    def _filmed(self, scene: Pixels) -> list[bytes]:
        small = np.asarray(cv2.resize(scene, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        return camera_scene.as_jpegs(small, self._noise, noise=1.0)

    def plugged(self, plug: Plug) -> None:
        """Begin to film, whenever somebody watches."""
        threading.Thread(target=self._film, args=(plug,), name="usb-camera", daemon=True).start()

    def asked(self, setup: Setup, data: bytes) -> bytes | None:
        """Agree on the one format there is, whatever is proposed."""
        if setup.index != 1 or setup.value >> 8 not in (_PROBE, _COMMIT):
            return None
        match setup.request:
            case 0x01:  # set current
                return data
            case 0x85:  # length
                return struct.pack("<H", len(_AGREED))
            case 0x86:  # what can be asked: get and set
                return b"\x03"
            case request if request in _GETS:
                return _AGREED
            case _:
                return None

    def written(self, endpoint: int, data: bytes) -> None:
        """Take nothing: there is no such endpoint."""

    def _film(self, plug: Plug) -> None:
        toggle = 0
        while plug.is_read(_STREAM):
            scene, room = self._scene, _PAYLOAD - 2
            picture = scene[self.pictures % len(scene)]
            for at in range(0, len(picture), room):
                part = picture[at : at + room]
                ends = _END_OF_FRAME if at + room >= len(picture) else 0
                if not plug.deliver(_STREAM, bytes([2, _END_OF_HEADER | ends | toggle]) + part):
                    return
            toggle ^= 1
            self.pictures += 1
            threading.Event().wait(_INTERVAL / 10_000_000)
