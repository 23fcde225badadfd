"""A centre on loopback: the real server with the sample centre's data, in processes of its own."""

import asyncio
import json
import socket
from collections.abc import Mapping
from pathlib import Path

from demo.process import Child, ChildFailed

START_S = 60.0
OFFICER = "officer"


class CentreServer:
    """The centre at ``url``. SQLite in ``root``, or PostgreSQL where ``database_url`` says so.

    ``environment``: more of the variables that ``central.settings`` reads.
    """

    def __init__(
        self, root: Path, database_url: str | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.root = root
        self.database_url = database_url or ""
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.officer_password = ""
        self._environment = {
            "BIANMIN_CENTRE_DATA": str(root / "centre"),
            "BIANMIN_CENTRE_HTTPS": "0",
            **(environment or {}),
        }
        if database_url:
            self._environment["DATABASE_URL"] = database_url
        self._log = root / "centre.log"
        self._server = self._child("serve", "--bind", f"127.0.0.1:{self.port}", "--workers", "2")

    async def prepare(self) -> None:
        """Make keys, tables and the sample centre's data, and an officer who can sign in."""
        await self._child("init").run()
        await self._child("load_centre", "--public-url", self.url).run()
        words = ("--username", OFFICER, "--name", "周敏", "--chief", "--administrator")
        printed = await self._child("new-officer", *words).run()
        self.officer_password = str(json.loads(printed.strip().splitlines()[-1])["password"])

    async def start(self) -> None:
        """Serve, and wait until it answers. Raises :class:`ChildFailed`."""
        await self._server.start()
        try:
            async with asyncio.timeout(START_S):
                while not await self._answers():
                    if not self._server.running:
                        raise ChildFailed(f"the centre does not start: {self._server.tail()}")
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise ChildFailed(f"the centre does not answer: {self._server.tail()}") from error

    async def stop(self) -> None:
        """Stop serving; the data stay."""
        await self._server.stop()

    async def new_terminal(self, name: str) -> str:
        """Add a terminal, and return its one-time enrolment code."""
        printed = await self._child("new-terminal", "--name", name).run()
        return str(json.loads(printed.strip().splitlines()[-1])["code"])

    async def command(self, *arguments: str) -> str:
        """Run one command of the centre on its data, and return what it printed."""
        return await self._child(*arguments).run()

    def _child(self, *arguments: str) -> Child:
        return Child("central", *arguments, log=self._log, environment=self._environment)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
