"""The appliance's time: chrony reads our configuration, learns the configured servers, believes one with NTS."""

import getpass
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kiosk.config import Config, ConfigWrong, Time, example
from kiosk.time_sources import write
from tests.command_line import bianmin

CHRONYD = "/usr/sbin/chronyd"
ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "systemd" / "chrony" / "chrony.conf"
HANGS_S = 60


def test_chrony_understands_every_line_of_the_configuration() -> None:
    """The very file of the image is read by chronyd, and nothing of it is dropped."""
    done = subprocess.run([CHRONYD, "-p", "-f", CONFIGURATION], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    meant = [line for line in CONFIGURATION.read_text().splitlines() if line and not line.startswith("#")]
    assert done.stdout.splitlines() == meant
    assert {"rtcsync", "port 0", "cmdport 0", "sourcedir /run/chrony-dhcp"} <= set(meant)
    assert not re.search(r"^(?:server|pool|peer)\b", "\n".join(meant), re.MULTILINE), "no image names a server"


def test_what_tells_chrony_of_the_networks_servers_is_enabled() -> None:
    """NetworkManager's dispatcher runs the script with which Debian's chrony takes DHCP's servers."""
    presets = sorted((ROOT / "systemd" / "preset").glob("*.preset"))
    lines = presets[0].read_text().splitlines()
    assert {"enable chrony.service", "enable NetworkManager-dispatcher.service"} <= set(lines)


def test_the_configured_servers(tmp_path: Path) -> None:
    """What the configuration names becomes chrony's sources, with NTS unless that is switched off; again, anew."""
    text = example().replace("#servers = []", 'servers = ["time.example", "192.0.2.7"]')
    (tmp_path / "terminal.toml").write_text(text, encoding="utf-8")
    sources = tmp_path / "sources"
    sources.mkdir()
    assert bianmin("time-sources", "--config", tmp_path / "terminal.toml", sources).code == 0
    (file,) = sources.iterdir()
    assert file.read_text() == "server time.example iburst nts\nserver 192.0.2.7 iburst nts\n"
    write(sources, Time(servers=("time.example",), nts=False))
    assert file.read_text() == "server time.example iburst\n"
    write(sources, Time())
    assert file.read_text() == ""


@pytest.mark.parametrize("name", ["time.example\\ncmdport 323", "-q", "a b", ""])
def test_a_server_is_a_name_and_nothing_else(tmp_path: Path, name: str) -> None:
    """What chrony reads as root cannot be smuggled in by the configuration."""
    path = tmp_path / "terminal.toml"
    path.write_text(example().replace("#servers = []", f'servers = ["{name}"]'), encoding="utf-8")
    with pytest.raises(ConfigWrong, match="time"):
        Config.load(path)


@pytest.mark.slow
def test_a_server_that_proves_who_it_is(tmp_path: Path) -> None:
    """A client with our configuration measures the time over NTS against a real server; no clock is touched."""
    with server(tmp_path) as (port, nts_port):
        assert offset_s(tmp_path, f"server localhost port {port} nts ntsport {nts_port} iburst") < 1


@pytest.mark.slow
@pytest.mark.fault("wrong clock", code="terminal.clock_uncertain")
def test_a_server_that_only_says_so(tmp_path: Path) -> None:
    """A server whose certificate nobody trusts sets no clock: it stays uncertain."""
    with server(tmp_path) as (port, nts_port):
        (tmp_path / "certificate.pem").unlink()
        (tmp_path / "other").mkdir()
        certificate(tmp_path / "other").rename(tmp_path / "certificate.pem")
        with pytest.raises(TimeoutError):
            offset_s(tmp_path, f"server localhost port {port} nts ntsport {nts_port} iburst", give_up_s=4)


def offset_s(folder: Path, source: str, give_up_s: int = HANGS_S) -> float:
    """Run a client once, by the image's configuration and one source; return how wrong it finds the clock."""
    ours = [
        line
        for line in CONFIGURATION.read_text().splitlines()
        if line and not line.startswith(("#", "sourcedir", "driftfile", "ntsdumpdir", "leapsectz", "rtcsync"))
    ]
    path = folder / "client.conf"
    path.write_text(
        "\n".join(
            [
                *ours,
                source,
                f"ntstrustedcerts {folder}/certificate.pem",
                f"pidfile {folder}/client.pid",
                f"user {getpass.getuser()}",
                "",
            ]
        )
    )
    done = subprocess.run(
        [CHRONYD, "-x", "-Q", "-U", "-t", str(give_up_s), "-f", path],
        capture_output=True,
        text=True,
        timeout=HANGS_S + give_up_s,
        check=False,
    )
    said = re.search(r"clock wrong by (-?[0-9.]+) seconds", done.stdout + done.stderr)
    if said is None:
        raise TimeoutError(done.stdout + done.stderr)
    return abs(float(said[1]))


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, int]]:
    """Run a time server on loopback that offers NTS; yield its two ports."""
    certificate(folder)
    port, nts_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    (folder / "server.conf").write_text(
        f"local stratum 3\nport {port}\nbindaddress 127.0.0.1\nallow 127.0.0.1\nntsport {nts_port}\n"
        f"ntsserverkey {folder}/key.pem\nntsservercert {folder}/served.pem\nntsdumpdir {folder}\n"
        f"cmdport 0\nbindcmdaddress /\npidfile {folder}/server.pid\nuser {getpass.getuser()}\n"
    )
    (folder / "served.pem").write_bytes((folder / "certificate.pem").read_bytes())
    with ExitStack() as stack:
        process = subprocess.Popen([CHRONYD, "-x", "-d", "-U", "-f", folder / "server.conf"], stderr=subprocess.DEVNULL)
        stack.callback(process.wait, HANGS_S)
        stack.callback(process.terminate)
        yield port, nts_port


def certificate(folder: Path) -> Path:
    """Make a key and a certificate of its own for localhost."""
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return folder / "certificate.pem"


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
