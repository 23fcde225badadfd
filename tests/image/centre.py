"""The real centre on this host, as the emulated terminal reaches it: over TLS, at QEMU's address of the host."""

import asyncio
import json
import sqlite3  # noqa: TID251 - reads the centre's file beside the centre
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.centre import CentreServer
from tests.image.loop import Loop
from wire.invitation import Invitation, digest_of_authority

HOST: Final = "10.0.2.2"  # this host's loopback, seen from QEMU's user network
_CHUNK: Final = 65536
_LIFE: Final = timedelta(days=400)


class Authority:
    """A TLS authority of the owner's own, and one certificate by it for the centre."""

    def __init__(self, folder: Path) -> None:
        """Make both below a folder, or take those that are there."""
        self.file, self._chain, self._private = (
            folder / name for name in ("authority.pem", "server.pem", "server.key")
        )
        if not self.file.exists():
            self._make()
        self.digest = digest_of_authority(ssl.PEM_cert_to_DER_cert(self.file.read_text()))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self._chain, self._private)

    def _make(self) -> None:
        key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = _name("Bianmin tests: authority")
        own = _certificate(name, name, key.public_key(), key, x509.BasicConstraints(ca=True, path_length=0))
        host = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        server = _certificate(_name(HOST), name, server_key.public_key(), key, host)
        self._private.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._chain.write_bytes(server.public_bytes(serialization.Encoding.PEM))
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))


class CentreOnHost:
    """Serves until its context ends. Its database is SQLite, which is asked by :meth:`rows`."""

    def __init__(self, folder: Path, release_keys: Path) -> None:
        """``folder``: an empty one, for all that it keeps, or one with all that an earlier one has kept.

        ``release_keys``: where the owner's release.pem is.
        """
        port = folder / "port"
        self._goes_on = port.exists()
        self._authority = Authority(folder)
        self._folder = folder
        self._loop = Loop()
        self._tls = self._loop.run(self._listen(int(port.read_text()) if self._goes_on else 0))
        port.write_text(str(self._tls.sockets[0].getsockname()[1]))
        self.url = f"https://{HOST}:{port.read_text()}"
        environment = {
            "BIANMIN_CENTRE_HOSTS": f"127.0.0.1,{HOST}",
            "BIANMIN_TERMINALS_URL": self.url,
            "BIANMIN_TLS_AUTHORITY": str(self._authority.file),
            "BIANMIN_RELEASE_KEYS": str(release_keys),
        }
        self.server = CentreServer(folder, environment=environment)

    def __enter__(self) -> Self:
        if not self._goes_on:
            self._loop.run(self.server.prepare())
        self._loop.run(self.server.start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.run(self.server.stop())
        self._tls.close()
        self._loop.end()

    def invite(self, name: str) -> Invitation:
        """Add a terminal; return what its QR code says."""
        return Invitation(self.url, self._loop.run(self.server.new_terminal(name)), self._authority.digest)

    def command(self, *words: str) -> str:
        """Run a command of the centre's; return what it printed. Raises :class:`demo.process.ChildFailed`."""
        return self._loop.run(self.server.command(*words))

    def told(self, *words: str) -> Any:  # noqa: ANN401 - what it says
        """Run a command that prints an object in its last line; return that."""
        return json.loads(self.command(*words).strip().splitlines()[-1])

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask its database."""
        (file,) = self._folder.glob("centre/*.sqlite3")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._carry, "127.0.0.1", port, ssl=self._authority.context)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """End TLS, as the web server before a centre does."""
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer), return_exceptions=True)
        for end in (writer, far_writer):
            end.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), now - _LIFE, now + _LIFE)
    return builder.add_extension(extension, critical=True).sign(signer, hashes.SHA256())
