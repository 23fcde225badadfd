"""The line over a proxy, and trust in a centre with an authority of its own: real sockets, real TLS, a real proxy."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from kiosk.sync import authority
from kiosk.sync.authority import AuthorityWrong
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreNotTrusted, CentreOutOfDate, CentreUnreachable, unreached
from tests.terminal_parts import TERMINAL, StandingClock
from tests.unit.test_sync_line import certificate, serving
from wire.invitation import digest_of_authority

LOGIN = "Basic " + base64.b64encode(b"amt:ge heim").decode()
PROXY_URL = "http://amt:ge%20heim@{}"


@asynccontextmanager
async def proxy(asked: list[str]) -> AsyncIterator[str]:
    """Run a proxy that wants a password (RFC 9110, 9.3.6 and 11.7); ``asked`` is what it was asked to connect to."""
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task() or pytest.fail("no task"))
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.split(" ")[1])
        if f"Proxy-Authorization: {LOGIN}".lower() not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        else:
            host, _, port = asked[-1].rpartition(":")
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(pour(reader, far_writer), pour(far_reader, writer))
        await end(writer)

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*talks)


async def pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()
    except ConnectionError:
        pass
    await end(target)


async def end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


async def answer_well(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def test_over_a_proxy_with_a_password(tmp_path: Path) -> None:
    """The proxy gets its password and sees whom we speak with; TLS goes through it to the centre itself."""
    context, ca_file = certificate(tmp_path, "centre")
    asked: list[str] = []
    async with serving(answer_well, context) as centre, proxy(asked) as at:
        line = CentreClient(f"https://{centre}", StandingClock(), ca_file=ca_file, proxy=PROXY_URL.format(at))
        async with line as client:
            assert await client.reachable()
    assert asked == [centre]


@pytest.mark.fault("line", "centre.unreachable")
async def test_a_proxy_that_refuses_us(tmp_path: Path) -> None:
    """A wrong password of the proxy is "unreachable", and the password stands in no error."""
    _, ca_file = certificate(tmp_path, "centre")
    async with proxy([]) as at:
        url = f"http://amt:falsch@{at}"
        async with CentreClient(
            "https://centre.example", StandingClock(), terminal=TERMINAL, ca_file=ca_file, proxy=url
        ) as client:
            with pytest.raises(CentreUnreachable, match="407") as caught:
                await client.pull(0)
    assert "falsch" not in str(caught.value)


@pytest.mark.fault("line", "centre.not_trusted")
async def test_a_stranger_is_told_from_a_cut_line(tmp_path: Path) -> None:
    """Whoever cannot prove to be the centre gets a code of its own, and nothing else of us."""
    context, _ = certificate(tmp_path, "stranger")
    _, ca_file = certificate(tmp_path, "centre")
    async with (
        serving(answer_well, context) as centre,
        CentreClient(f"https://{centre}", StandingClock(), terminal=TERMINAL, ca_file=ca_file) as client,
    ):
        with pytest.raises(CentreNotTrusted) as caught:
            await client.pull(0)
    assert caught.value.code == "centre.not_trusted"


@pytest.mark.fault("clock", "centre.certificate_dates")
@pytest.mark.parametrize(("code", "kind"), [(9, CentreOutOfDate), (10, CentreOutOfDate), (18, CentreNotTrusted)])
def test_a_wrong_clock_is_told_from_a_stranger(code: int, kind: type[CentreUnreachable]) -> None:
    """OpenSSL's "not yet valid" and "expired" mean the clock or the certificate; any other means a stranger."""
    verification = ssl.SSLCertVerificationError(1, "certificate verify failed")
    verification.verify_code = code
    library, error = ConnectionError("in a library"), OSError("in another")
    library.__cause__, error.__context__ = verification, library
    assert type(unreached("enrol", error)) is kind


@pytest.mark.fault("line", "centre.authority_wrong")
async def test_an_authority_is_taken_by_its_digest_alone(tmp_path: Path) -> None:
    """The right one is taken from an untrusted line, over the proxy too; any other is refused."""
    context, ca_file = certificate(tmp_path, "centre")
    other = ssl.PEM_cert_to_DER_cert(certificate(tmp_path, "other")[1].read_text())
    pem = ca_file.read_text()

    async def give(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = (ssl.DER_cert_to_PEM_cert(other) + pem).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    digest = digest_of_authority(ssl.PEM_cert_to_DER_cert(pem))
    async with serving(give, context) as centre, proxy([]) as at:
        url = f"https://{centre}"
        assert ssl.PEM_cert_to_DER_cert(await authority.fetch(url, digest)) == ssl.PEM_cert_to_DER_cert(pem)
        assert await authority.fetch(url, digest, proxy=PROXY_URL.format(at)) == await authority.fetch(url, digest)
        with pytest.raises(AuthorityWrong) as caught:
            await authority.fetch(url, bytes(32))
    assert caught.value.code == "centre.authority_wrong"


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate(text: str) -> None:
    """Rubbish in place of the authority is refused."""
    with pytest.raises(AuthorityWrong):
        authority.matching(text, bytes(32))
