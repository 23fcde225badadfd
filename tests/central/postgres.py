"""A private PostgreSQL server for tests: own folder, own socket, no network; stopped by its own pid."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

_READY_S = 30
_NO_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; ``folder`` holds its socket."""

    folder: Path
    user: str

    def url(self, name: str) -> str:
        """Return the ``DATABASE_URL`` of a database."""
        return f"postgresql://{self.user}@/{name}?host={quote(str(self.folder), safe='')}"

    def create(self, name: str) -> str:
        """Make an empty database and return its ``DATABASE_URL``."""
        with psycopg.connect(self._admin(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def answers(self) -> bool:
        """Tell whether the server takes connections yet."""
        try:
            psycopg.connect(self._admin()).close()
        except psycopg.OperationalError:
            return False
        return True

    def _admin(self) -> str:
        return f"host={self.folder} user={self.user} dbname=postgres"


@contextmanager
def private_server(*, durable: bool = False) -> Iterator[Postgres]:
    """Run a server in a temporary folder. PostgreSQL refuses to run as root: then it runs as the user postgres.

    ``durable``: every commit is flushed to the disk, as in production; tests are quicker without.
    """
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="bianmin-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    user = "postgres" if as_user else getpass.getuser()
    data = folder / "data"
    log = (folder / "log").open("wb")
    try:
        subprocess.run(
            [*as_user, programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        options = [
            word for option in ("listen_addresses=", *(() if durable else _NO_DURABILITY)) for word in ("-c", option)
        ]
        process = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, "-k", folder, *options], stdout=log, stderr=log, cwd=folder
        )
        try:
            server = Postgres(folder, user)
            _wait(process, server)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # "fast": ends sessions, then stops
            process.wait(_READY_S)
    finally:
        log.close()
        shutil.rmtree(folder)


def _wait(process: subprocess.Popen[bytes], server: Postgres) -> None:
    for _ in range(_READY_S * 20):
        if server.answers():
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"PostgreSQL did not start: {(server.folder / 'log').read_text()}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One private server for all tests of a run that want one."""
    with private_server() as server:
        yield server
