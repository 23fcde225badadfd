"""The sync process as a process: when it begins, and how it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from kiosk.config import Config, example
from kiosk.config_file import ConfigFile
from kiosk.sync import enrolment
from kiosk.sync.errors import NotEnrolled
from kiosk.sync.process import run
from tests.terminal_parts import DEVICE_KEY, TERMINAL

ROOT = Path(__file__).parents[3]
HANG_S = 60


async def test_not_enrolled(tmp_path: Path) -> None:
    """A terminal without identity does not start to synchronise."""
    with pytest.raises(NotEnrolled):
        await run(configured(tmp_path), asyncio.Event())


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start a real process of the terminal configured in a folder; give it, and what it says once it is up."""
    program = "import sys; from pathlib import Path; from kiosk.sync import process\n"
    program += "print('up', flush=True); process.serve(Path(sys.argv[1]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, folder / "kiosk.toml"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "up\n"
            yield child, child.stdout
        finally:
            child.kill()


@pytest.mark.slow
def test_sigterm_ends_cleanly(tmp_path: Path) -> None:
    """A real process that is asked to end does so with status 0, though its centre is away."""
    config = configured(tmp_path)
    enrolment._keep(tmp_path, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment))
    with started(tmp_path) as (child, log):
        assert "line lost" in log.readline()
        child.send_signal(signal.SIGTERM)
        assert child.wait(HANG_S) == 0
    assert config.database.exists()


@pytest.mark.slow
def test_a_terminal_that_is_nobodys_is_waited_for(tmp_path: Path) -> None:
    """Started before the first start, it begins once there is an identity, and ends when the configuration changes."""
    configured(tmp_path)
    with started(tmp_path) as (child, log):
        enrolment._keep(tmp_path, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment))
        assert "line lost" in log.readline()
        ConfigFile(tmp_path / "kiosk.toml").change({"session": {"idle_s": 90}})
        assert "configuration changed" in log.readline()
        assert child.wait(HANG_S) == 0


def configured(folder: Path) -> Config:
    """Return a configuration whose data are in ``folder``, and whose centre does not listen."""
    text = example().replace("/var/lib/bianmin", str(folder)).replace("https://centre.example", "http://127.0.0.1:9")
    (folder / "kiosk.toml").write_text(text, encoding="utf-8")
    return Config.load(folder / "kiosk.toml")
