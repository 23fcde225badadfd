"""A terminal joins a centre with an authority of its own, over real TLS: what is kept, and what is put back."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.config import example
from kiosk.config_file import ConfigFile
from kiosk.sync import enrolment as identity
from kiosk.sync.authority import AuthorityWrong
from kiosk.sync.errors import CentreRefused, NotEnrolled
from kiosk.sync.joining import AUTHORITY_FILE, join
from tests.command_line import bianmin
from tests.terminal_parts import StandingClock, enrolment
from tests.unit.test_sync_line import certificate
from wire.invitation import Invitation, digest_of_authority
from wire.problems import details

CODE = "ABCD-2345-WXYZ"


@dataclass
class Centre:
    """Answers two calls over TLS. ``refuses``: the code with which enrolment is refused."""

    pem: str
    refuses: str | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def digest(self) -> bytes:
        return digest_of_authority(ssl.PEM_cert_to_DER_cert(self.pem))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split(" ")[1].rpartition("/")[2])
        status, body = "200 OK", self.pem.encode()
        if self.asked[-1] == "enrol":
            body = enrolment().model_dump_json().encode()
            if self.refuses is not None:
                status, body = "403 Forbidden", details(self.refuses, 403).model_dump_json().encode()
        answer = f"HTTP/1.1 {status}\r\nBianmin-Protocol: 1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(answer.encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Centre]:
    context, ca_file = certificate(folder, "centre")
    centre = Centre(ca_file.read_text())
    server = await asyncio.start_server(centre.talk, "127.0.0.1", 0, ssl=context)
    centre.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield centre


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    path = tmp_path / "terminal.toml"
    path.write_text(example().replace("/var/lib/bianmin", str(tmp_path / "data")), encoding="utf-8")
    return ConfigFile(path)


async def test_a_centre_with_an_authority_of_its_own(file: ConfigFile, tmp_path: Path) -> None:
    """Its authority is fetched, taken by its digest, kept, and trusted from the next call on."""
    async with serving(tmp_path) as centre:
        joined = await join(file, Invitation(centre.url, CODE, centre.digest), StandingClock())
        assert centre.asked == ["authority", "enrol"]
    config = file.load()
    assert (config.centre.url, config.centre.ca_file) == (centre.url, config.data_dir / AUTHORITY_FILE)
    assert joined.terminal.enrolment == identity.read(config.data_dir).enrolment
    assert joined.clock_off is None


@pytest.mark.fault("clock", "terminal.clock_wrong")
async def test_a_clock_that_is_off_is_noticed(file: ConfigFile, tmp_path: Path) -> None:
    """How far the centre's clock is from ours comes with the enrolment."""
    clock = StandingClock()
    clock.at -= timedelta(days=1)
    async with serving(tmp_path) as centre:
        joined = await join(file, Invitation(centre.url, CODE, centre.digest), clock)
    assert joined.clock_off is not None


@pytest.mark.fault("line", "wire.enrolment_refused")
async def test_what_is_refused_changes_nothing(file: ConfigFile, tmp_path: Path) -> None:
    """A used code leaves the configuration as it was, and the terminal nobody's."""
    async with serving(tmp_path) as centre:
        centre.refuses = "wire.enrolment_refused"
        with pytest.raises(CentreRefused):
            await join(file, Invitation(centre.url, CODE, centre.digest), StandingClock())
    assert file.load().centre.url == "https://centre.example"
    assert file.load().centre.ca_file is None
    with pytest.raises(NotEnrolled):
        identity.read(file.load().data_dir)


async def test_a_stranger_hears_nothing(file: ConfigFile, tmp_path: Path) -> None:
    """With another digest the code is never sent."""
    async with serving(tmp_path) as centre:
        with pytest.raises(AuthorityWrong):
            await join(file, Invitation(centre.url, CODE, bytes(32)), StandingClock())
        assert centre.asked == ["authority"]
    assert file.load().centre.url == "https://centre.example"


def test_the_command_refuses_what_is_no_invitation(file: ConfigFile) -> None:
    """A mistyped invitation is a mistake of the command line, and the code is not repeated."""
    ended = bianmin("enrol", "bianmin:enrol?v=1&code=ABCD-2345-WXYZ", "--config", file.path)
    assert ended.code == 2
    assert CODE not in ended.err
