"""The kernel's framebuffer and console, by their ioctls (linux/fb.h, linux/kd.h); the door to both."""

import fcntl
import mmap
import os
import struct
from pathlib import Path

from kiosk.out_of_service.picture import Channel, Geometry

FRAMEBUFFER = Path("/dev/fb0")

_FBIOGET_VSCREENINFO = 0x4600
_FBIOGET_FSCREENINFO = 0x4602
_KDSETMODE, _KD_GRAPHICS = 0x4B3A, 1
_KDSKBMODE, _K_OFF = 0x4B45, 4
_VARIABLE_SIZE = 160  # fb_var_screeninfo: 40 words of 32 bits
_FIXED = struct.Struct("@16sLIIIIHHHI")  # fb_fix_screeninfo up to line_length


def geometry_of(variable: bytes, fixed: bytes) -> Geometry:
    """Return what the two structures say; of each channel ``offset``, ``length`` and ``msb_right`` are told."""
    words = struct.unpack("=40I", variable)
    red, green, blue = (Channel(words[at], words[at + 1]) for at in (8, 11, 14))
    return Geometry(words[0], words[1], _FIXED.unpack_from(fixed)[9], words[6], (red, green, blue))


class Framebuffer:
    """An open framebuffer. Raises OSError where there is none, or none that can be mapped."""

    def __init__(self, path: Path = FRAMEBUFFER) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        variable = fcntl.ioctl(self._descriptor, _FBIOGET_VSCREENINFO, bytes(_VARIABLE_SIZE))
        fixed = fcntl.ioctl(self._descriptor, _FBIOGET_FSCREENINFO, bytes(128))
        self.geometry = geometry_of(variable, fixed)

    def show(self, memory: bytes) -> None:
        """Put ``memory`` on the screen, from its first pixel on."""
        with mmap.mmap(self._descriptor, len(memory)) as mapped:
            mapped[:] = memory


def take_console(descriptor: int) -> None:
    """Keep the kernel from writing on the screen, and keys from having an effect, until the terminal is reset.

    ``descriptor``: the virtual console that controls this process. Raises OSError where it is none.
    """
    fcntl.ioctl(descriptor, _KDSETMODE, _KD_GRAPHICS)
    fcntl.ioctl(descriptor, _KDSKBMODE, _K_OFF)
