"""The decoding process: pictures in at standard input, codes out at standard output; decodes and nothing else.

Request: :data:`REQUEST` (height, width, budget in seconds, turn, deadline in seconds), then height × width grey bytes.
Reply: :data:`REPLY_LENGTH`, then JSON, a list of ``[payload in hex, decoder]``. JSON, because the parent must be able
to take a reply from a process that a hostile symbol has taken over. The first reply, an empty list, says "ready".

It ends with its parent: at the end of its input when idle, and by an alarm at the deadline when it hangs (an alarm
strikes inside C code too, and needs no thread of the parent to live on, as PR_SET_PDEATHSIG would).
"""

import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from devices.camera.api import Pixels
from devices.scanner.api import ScannedCode

REQUEST = struct.Struct("<IIdId")
REPLY_LENGTH = struct.Struct("<I")

Decode = Callable[[Pixels, float, int], list[ScannedCode]]


def serve(decode: Decode, pictures: BinaryIO, codes: BinaryIO) -> None:
    """Answer requests until the input ends. The picture is overwritten as soon as it has been decoded."""
    _reply(codes, decode(np.zeros((64, 64), np.uint8), 0.0, 0))
    while len(head := pictures.read(REQUEST.size)) == REQUEST.size:
        height, width, budget_s, turn, deadline_s = REQUEST.unpack(head)
        picture = np.zeros(height * width, np.uint8)
        if pictures.readinto(picture.data) < picture.size:  # type: ignore[attr-defined]  # of BufferedReader
            return
        signal.setitimer(signal.ITIMER_REAL, deadline_s)
        found = decode(picture.reshape(height, width), budget_s, turn)
        signal.setitimer(signal.ITIMER_REAL, 0)
        picture.fill(0)
        _reply(codes, found)


def confine() -> None:
    """Give up what a decoder does not need: no file may be written, no core dump may hold a citizen's picture."""
    os.nice(5)  # the screen comes first
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the parent's business


def _reply(codes: BinaryIO, found: list[ScannedCode]) -> None:
    body = json.dumps([[code.payload.hex(), code.decoder] for code in found]).encode()
    codes.write(REPLY_LENGTH.pack(len(body)) + body)
    codes.flush()


def main() -> None:
    """Run as ``python -m devices.scanner.decoder_child``."""
    confine()
    from devices.scanner.decoders import decode, use_one_core  # noqa: PLC0415 - libraries load under the limits

    use_one_core()
    serve(decode, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
