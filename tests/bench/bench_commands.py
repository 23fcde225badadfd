"""A technician's commands from the start of the process to its end, beside a Python that does nothing."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import segno

from devices.virtual.card_social_security import SocialSecurityCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import ZHANG
from tests.bench.tables import Row, Table

_ROUNDS = 7
_PEER = "python -c pass"


def measure() -> list[Table]:
    """Return one table. The card lies there already; the picture has one code; the disk cache is warm."""
    with tempfile.TemporaryDirectory() as folder, VirtualPcscd() as pcscd:
        picture = Path(folder) / "code.png"
        segno.make("bianmin", micro=False).save(str(picture), scale=6, border=4)
        pcscd.slots[0].insert(SocialSecurityCard(ZHANG))
        rows = (
            _row(_PEER, "-c", "pass"),
            _row("bianmin --version", "-m", "kiosk", "--version", peer=_PEER),
            _row("bianmin card read", "-m", "kiosk", "card", "read", "--json", environment=pcscd.environment),
            _row("bianmin scan, one picture", "-m", "kiosk", "scan", str(picture), "--json"),
        )
    return [Table("A technician's commands, start to end", "ms", rows)]


def _row(name: str, *arguments: str, peer: str | None = None, environment: dict[str, str] | None = None) -> Row:
    _seconds(arguments, environment or {})  # makes Python's byte code
    taken = tuple(_seconds(arguments, environment or {}) * 1000 for _ in range(_ROUNDS))
    return Row(name, taken) if peer is None else Row(name, taken, peer)


def _seconds(arguments: tuple[str, ...], environment: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env={**os.environ, **environment})
    return time.monotonic() - began
