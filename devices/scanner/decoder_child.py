"""The decoding process: pictures in at standard input, codes out at standard output; decodes and nothing else.

Request: :data:`REQUEST` (height, width, budget in seconds, turn, deadline in seconds), then height × width grey bytes.
Reply: :data:`REPLY_LENGTH`, then JSON: ``{"codes": [[payload in hex, decoder, ECI or null], …], "hint": … or null}``.
JSON, because the parent must be able to take a reply from a process that a hostile symbol has taken over. The first
reply, of a black picture, says "ready".

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

from devices import core_dumps
from devices.camera.api import Pixels
from devices.scanner.api import Hint, ScannedCode, Seen

REQUEST = struct.Struct("<IIdId")
REPLY_LENGTH = struct.Struct("<I")

See = Callable[[Pixels, float, int], Seen]


def serve(see: See, pictures: BinaryIO, codes: BinaryIO) -> None:
    """Answer requests until the input ends. The picture is overwritten as soon as it has been decoded."""
    _reply(codes, see(np.zeros((64, 64), np.uint8), 0.0, 0))
    while len(head := pictures.read(REQUEST.size)) == REQUEST.size:
        height, width, budget_s, turn, deadline_s = REQUEST.unpack(head)
        picture = np.zeros(height * width, np.uint8)
        if pictures.readinto(picture.data) < picture.size:  # type: ignore[attr-defined]  # of BufferedReader
            return
        signal.setitimer(signal.ITIMER_REAL, deadline_s)
        seen = see(picture.reshape(height, width), budget_s, turn)
        signal.setitimer(signal.ITIMER_REAL, 0)
        picture.fill(0)
        _reply(codes, seen)


def confine() -> None:
    """Give up what a decoder does not need: no file may be written, no core dump may hold a citizen's picture."""
    os.nice(5)  # the screen comes first
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    core_dumps.forbid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the parent's business


def to_reply(seen: Seen) -> bytes:
    """Return what a picture shows as the body of a reply."""
    codes = [[code.payload.hex(), code.decoder, code.eci] for code in seen.codes]
    return json.dumps({"codes": codes, "hint": None if seen.hint is None else seen.hint.value}).encode()


def from_reply(body: bytes) -> Seen:
    """Return what a reply says. Raises ValueError for whatever is none: its sender may be in a symbol's hands."""
    try:
        reply = json.loads(body)
        codes = tuple(ScannedCode(bytes.fromhex(code), decoder, eci) for code, decoder, eci in reply["codes"])
        seen = Seen(codes, None if reply["hint"] is None else Hint(reply["hint"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("not a reply") from error
    if not all(type(code.decoder) is str and type(code.eci) in {int, type(None)} for code in codes):
        raise ValueError("not a reply")
    return seen


def _reply(codes: BinaryIO, seen: Seen) -> None:
    body = to_reply(seen)
    codes.write(REPLY_LENGTH.pack(len(body)) + body)
    codes.flush()


def main() -> None:
    """Run as ``python -m devices.scanner.decoder_child``."""
    confine()
    from devices.scanner.decoders import see, use_one_core  # noqa: PLC0415 - libraries load under the limits

    use_one_core()
    serve(see, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
