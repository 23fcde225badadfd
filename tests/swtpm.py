"""A TPM 2.0 without a chip: swtpm, for tests."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.store.tpm import Tpm


@contextmanager
def chip() -> Iterator[Tpm]:
    """Give a new TPM 2.0, each with seeds of its own."""
    with tempfile.TemporaryDirectory(prefix="tpm-") as folder:  # a short path: it becomes the name of a socket
        server = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--flags", "not-need-init,startup-clear"),
                *("--server", f"type=unixio,path={folder}/chip", "--ctrl", f"type=unixio,path={folder}/chip.ctrl"),
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _awaited(Tpm(f"swtpm:path={folder}/chip"), Path(folder) / "chip.ctrl", server)
        finally:
            server.kill()
            server.wait()


def _awaited(tpm: Tpm, socket: Path, server: subprocess.Popen[bytes]) -> Tpm:
    while not socket.exists():  # the test's time limit ends it
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(0.02)
    return tpm
