"""What the network sees of a terminal: nothing. The packet filter is loaded in a network of two machines."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.appliance.machine import ROOT

RULES = ROOT / "systemd" / "nftables" / "bianmin.conf"
TERMINAL, OUTSIDE = ("192.0.2.1", "fd00:db8::1"), ("192.0.2.2", "fd00:db8::2")
OPEN, SHUT = 8080, 81
WAIT_S = 1.0

_LISTEN = f"""
import socket
servers = [socket.create_server(("::", {OPEN}), family=socket.AF_INET6, dualstack_ipv6=True)]
print("listening", flush=True)
while True:
    servers[0].accept()[0].close()
"""
_CONNECT = f"""
import socket, sys
address, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, getattr(socket, kind)) as trying:
    trying.settimeout({WAIT_S})
    try:
        trying.connect((address, port))
        if kind == "SOCK_DGRAM":
            trying.send(b"x")
            trying.recv(1)
        print("open")
    except TimeoutError:
        print("silent")
    except OSError as error:
        print(type(error).__name__)
"""


class Net:
    """A network of its own, held by a process that does nothing."""

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec sleep 600"], stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n"
        self.pid = self._holder.pid
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.communicate()

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self.pid}", "--net", *command]

    def run(self, *command: str) -> str:
        return subprocess.run(self.inside(*command), capture_output=True, text=True, check=True, timeout=60).stdout

    def tries(self, address: str, port: int, kind: str = "SOCK_STREAM") -> str:
        return self.run(sys.executable, "-c", _CONNECT, address, str(port), kind).strip()


def _cannot() -> str | None:
    if os.geteuid() != 0:
        return "needs root: makes networks"
    missing = [
        name for name in ("nft", "ip", "nsenter") if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None
    ]
    return f"needs {missing}" if missing else None


REASON = _cannot()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")


@pytest.fixture
def nets() -> Iterator[tuple[Net, Net]]:
    """Two machines with a wire between them; each has a server that anybody may reach."""
    with Net() as terminal, Net() as outside:
        terminal.run("ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(outside.pid))
        servers = []
        for net, (four, six) in ((terminal, TERMINAL), (outside, OUTSIDE)):
            net.run("ip", "address", "add", f"{four}/24", "dev", "wire")
            net.run("ip", "address", "add", f"{six}/64", "dev", "wire", "nodad")
            net.run("ip", "link", "set", "wire", "up")
            server = subprocess.Popen(net.inside(sys.executable, "-c", _LISTEN), stdout=subprocess.PIPE, text=True)
            assert server.stdout is not None
            assert server.stdout.readline() == "listening\n"
            servers.append(server)
        yield terminal, outside
        for server in servers:
            server.kill()
            server.communicate()


def test_a_scan_from_outside_finds_nothing(nets: tuple[Net, Net]) -> None:
    """Whether something listens or not, neither TCP nor UDP gets an answer; the terminal itself reaches others."""
    terminal, outside = nets
    for address in TERMINAL:  # without the filter there are answers
        assert outside.tries(address, OPEN) == "open"
        assert outside.tries(address, SHUT) == outside.tries(address, SHUT, "SOCK_DGRAM") == "ConnectionRefusedError"
    terminal.run("/usr/sbin/nft", "--file", str(RULES))
    for mine, theirs in zip(TERMINAL, OUTSIDE, strict=True):
        assert outside.tries(mine, OPEN) == outside.tries(mine, SHUT) == "silent"
        assert outside.tries(mine, SHUT, "SOCK_DGRAM") == "silent"
        assert terminal.tries(theirs, OPEN) == "open"
        assert terminal.tries("127.0.0.1" if "." in mine else "::1", OPEN) == "open"


def test_loading_it_again_changes_nothing(nets: tuple[Net, Net]) -> None:
    """The rules replace themselves, and what a package left behind."""
    terminal, _ = nets
    terminal.run("/usr/sbin/nft", "add", "table", "inet", "left")
    terminal.run("/usr/sbin/nft", "--file", str(RULES))
    once = terminal.run("/usr/sbin/nft", "list", "ruleset")
    terminal.run("/usr/sbin/nft", "--file", str(RULES))
    assert terminal.run("/usr/sbin/nft", "list", "ruleset") == once
    assert "left" not in once
    assert once.count("policy drop") == 2  # in, and through; out is free


def test_nothing_else_opens_a_door() -> None:
    """No unit of ours listens on an address: cupsd and Xorg have unix sockets, and no network."""
    cupsd = (ROOT / "systemd" / "cups" / "cupsd.conf").read_text(encoding="utf-8")
    assert [line for line in cupsd.splitlines() if line.startswith(("Listen", "Port"))] == [
        "Listen /run/cups/cups.sock"
    ]
    xorg = (ROOT / "systemd" / "bianmin-x.service").read_text(encoding="utf-8")
    assert "-nolisten tcp" in xorg
    for path in Path(ROOT / "systemd").glob("*.socket"):
        streams = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("Listen")]
        assert all(line.partition("=")[2].startswith("/") for line in streams), path.name
