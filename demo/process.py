"""Child processes of the demo and of the end-to-end tests: started by hand, stopped by their own pid."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

STOP_S = 15.0


class ChildFailed(Exception):
    """A child process ended with an error, or could not be used. The text ends with the tail of its log."""


class Child:
    """One process of ours (``python -m module …``), its output in a log file."""

    def __init__(self, module: str, *arguments: str, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._command = (sys.executable, "-m", module, *arguments)
        self._environment = {**os.environ, **(environment or {})}
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment,
            )

    async def run(self, *, may_fail: bool = False) -> str:
        """Run it to its end and return what it printed. Raises :class:`ChildFailed` unless it may fail."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        output, errors = await process.communicate()
        with self.log.open("ab") as log:
            log.write(errors)
        if process.returncode and not may_fail:
            raise ChildFailed(f"{' '.join(self._command[2:4])}: {errors.decode(errors='replace')[-2000:]}")
        return output.decode()

    @property
    def pid(self) -> int:
        """The pid of the running process."""
        if self._process is None:
            raise ChildFailed(f"{self._command[2]} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    async def ended(self) -> int:
        """Wait for its end, and return its exit status (negative: the signal that ended it)."""
        return await self._process.wait() if self._process else 0

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        os.kill(self.pid, signal.SIGKILL)

    async def stop(self) -> int:
        """End it with SIGTERM, and with SIGKILL where that is not heard; return its exit status."""
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""
