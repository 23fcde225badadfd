"""The client on a real socket: servers that stall, cut, dribble, or are not who they say."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreUnreachable
from tests.terminal_parts import TERMINAL, StandingClock

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nBianmin-Protocol: 1\r\nContent-Length: 1000\r\n\r\n"


@asynccontextmanager
async def serving(conversation: Conversation, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a server on a free port of loopback; give its address without scheme."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def stall(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def stall_in_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"{")
    await reader.read()


async def dribble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def cut_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def cut_in_the_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b'{"content": "')
    await writer.drain()


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def not_http(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


async def healthy(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    "conversation", [stall, stall_in_the_body, dribble, cut_at_once, cut_in_the_body, reset, not_http]
)
async def test_no_whole_answer(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a server fails to answer, the call ends within its limit as "unreachable"."""
    monkeypatch.setattr("kiosk.sync.client.LIMITS_S", {"pull": 0.3, "healthz": 0.3})
    async with (
        serving(conversation) as address,
        CentreClient(f"http://{address}", StandingClock(), terminal=TERMINAL) as client,
    ):
        async with asyncio.timeout(5):
            with pytest.raises(CentreUnreachable):
                await client.pull(0)
            assert not await client.reachable()


async def test_nobody_listens() -> None:
    """A port where nothing listens is "unreachable"."""
    async with serving(healthy) as address:
        pass
    async with CentreClient(f"http://{address}", StandingClock(), terminal=TERMINAL) as client:
        assert not await client.reachable()
        with pytest.raises(CentreUnreachable):
            await client.pull(0)


async def test_only_the_authority_of_the_configuration_is_trusted(tmp_path: Path) -> None:
    """A centre whose certificate the configured authority did not sign is not spoken to."""
    context, ca_file = certificate(tmp_path, "trusted")
    _, other_ca = certificate(tmp_path, "other")
    async with serving(healthy, context) as address:
        for trusted, ca in ((True, ca_file), (False, other_ca), (False, None)):
            async with CentreClient(f"https://{address}", StandingClock(), ca_file=ca) as client:
                assert await client.reachable() is trusted


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Make a self-signed certificate for loopback; return a server's context, and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ca_file, chain = folder / f"{name}.pem", folder / f"{name}-key.pem"
    ca_file.write_bytes(pem)
    chain.write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, ca_file
