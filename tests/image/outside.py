"""The network's other side, frame by frame: gives a terminal its address, and then knocks at its ports.

Ethernet frames come and go as datagrams (QEMU's ``-netdev dgram``). RFC 826 (ARP), 2131 (DHCP), 4861 (neighbours).
"""

import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_MINE: Final = bytes.fromhex("525400aaaa01")
_GATEWAY, _TERMINAL = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.15")
_GATEWAY_6: Final = IPv6Address("fe80::5054:ff:feaa:aa01")
_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_ICMP, _TCP, _UDP, _ICMP_6 = 1, 6, 17, 58
_PORT: Final = 40000  # ours: what comes back to it is an answer
_SYN, _SYN_ACK = 0x02, 0x12
_AT_ONCE: Final = 100  # frames before the terminal is asked whether it has seen them; its card holds 256
_PATIENCE_S: Final = 30.0


def backend(folder: Path) -> str:
    """Return what QEMU's ``-netdev`` has to be told."""
    near, far = folder / "net-terminal.sock", folder / "net-outside.sock"
    near.unlink(missing_ok=True)
    return f"dgram,local.type=unix,local.path={near},remote.type=unix,remote.path={far}"


class Outside:
    """One cable, and who is at its other end."""

    def __init__(self, folder: Path, mac: str) -> None:
        self._near, far = folder / "net-terminal.sock", folder / "net-outside.sock"
        far.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(far))
        self._mac = bytes.fromhex(mac.replace(":", ""))
        self._answers: list[bytes] = []
        self._seen = threading.Event()  # an answer about its address came
        self._leased = threading.Event()
        self._known_6 = threading.Event()
        self._terminal_6 = IPv6Address(0)

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="outside", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def has_addresses(self, within_s: float) -> bool:
        """Wait until the terminal has an address of IPv4 and one of IPv6; return whether it has."""
        return self._leased.wait(within_s) and self._known_6.wait(within_s)

    def open_ports(self) -> list[str]:
        """Knock at every port (TCP and UDP, IPv4 and IPv6) and ping; return each answer, also a refusal."""
        self._answers.clear()
        frames = list(self._knocks())
        for at in range(0, len(frames), _AT_ONCE):
            for frame in frames[at : at + _AT_ONCE]:
                self._send(frame)
            self._wait_for_it()
        return sorted({told for frame in self._answers if (told := _told(frame))})

    def _knocks(self) -> Iterator[bytes]:
        for source, to in ((_GATEWAY, _TERMINAL), (_GATEWAY_6, self._terminal_6)):
            for port in range(1, 65536):
                yield self._packet(
                    source, to, _TCP, struct.pack(">HHIIBBHHH", _PORT, port, 1, 0, 0x50, _SYN, 9999, 0, 0)
                )
                yield self._packet(source, to, _UDP, struct.pack(">HHHH", _PORT, port, 9, 0) + b"?")
            echo = (_ICMP, b"\x08\0") if to.version == 4 else (_ICMP_6, b"\x80\0")
            yield self._packet(source, to, echo[0], echo[1] + b"\0\0\0\1\0\1hello")

    def _wait_for_it(self) -> None:
        """See that the terminal has worked off what it was sent: it answers the question for its address, in order."""
        self._seen.clear()
        ask = struct.pack(">HHBBH6s4s6s4s", 1, _IPV4, 6, 4, 1, _MINE, _GATEWAY.packed, bytes(6), _TERMINAL.packed)
        for _ in range(10):
            self._send(self._ethernet(_ARP, ask))
            if self._seen.wait(_PATIENCE_S / 10):
                return
        raise AssertionError("the terminal does not answer for its address: it sees nothing of the scan")

    def _send(self, frame: bytes) -> None:
        self._socket.sendto(frame, str(self._near))

    def _ethernet(self, kind: int, body: bytes) -> bytes:
        return self._mac + _MINE + struct.pack(">H", kind) + body

    def _packet(
        self, source: IPv4Address | IPv6Address, to: IPv4Address | IPv6Address, kind: int, body: bytes
    ) -> bytes:
        pseudo = source.packed + to.packed + struct.pack(">II", len(body), kind)
        place = {_TCP: 16, _UDP: 6, _ICMP: 2, _ICMP_6: 2}[kind]
        sum_ = _checksum(body if kind == _ICMP else pseudo + body)
        body = body[:place] + struct.pack(">H", sum_) + body[place + 2 :]
        if to.version == 4:
            head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, kind, 0, source.packed, to.packed)
            return self._ethernet(_IPV4, head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + body)
        return self._ethernet(
            _IPV6, struct.pack(">IHBB", 6 << 28, len(body), kind, 64) + source.packed + to.packed + body
        )

    def _listen(self) -> None:
        while True:
            try:
                frame = self._socket.recv(65536)
            except OSError:
                return
            kind = int.from_bytes(frame[12:14])
            if kind == _ARP:
                self._arp(frame[14:])
            elif kind == _IPV4 and frame[23] == _UDP and frame[36:38] == b"\0\x43":
                self._dhcp(frame[42:])
            elif kind == _IPV6 and frame[20] == _ICMP_6 and frame[54] in (133, 135):
                self._neighbour(frame)
            else:
                self._answers.append(frame)

    def _arp(self, body: bytes) -> None:
        if body[7] == 2:
            self._seen.set()
        elif body[24:28] == _GATEWAY.packed:
            told = struct.pack(">HHBBH6s4s", 1, _IPV4, 6, 4, 2, _MINE, _GATEWAY.packed)
            self._send(self._ethernet(_ARP, told + body[8:18]))

    def _dhcp(self, asked: bytes) -> None:
        kind = asked[asked.index(b"\x35\x01", 236) + 2]
        if kind not in (1, 3):  # DISCOVER, REQUEST
            return
        options = bytes((53, 1, 2 if kind == 1 else 5, 54, 4, *_GATEWAY.packed, 51, 4, 0, 1, 0, 0))
        options += bytes((1, 4, 255, 255, 255, 0, 3, 4, *_GATEWAY.packed, 255))
        head = struct.pack(">4B4sHH", 2, 1, 6, 0, asked[4:8], 0, 0) + bytes(4) + _TERMINAL.packed + _GATEWAY.packed
        told = head + bytes(4) + asked[28:44] + bytes(192) + b"\x63\x82\x53\x63" + options
        self._send(self._packet(_GATEWAY, _TERMINAL, _UDP, struct.pack(">HHHH", 67, 68, 8 + len(told), 0) + told))
        if kind == 3:
            self._leased.set()

    def _neighbour(self, frame: bytes) -> None:
        source, target = IPv6Address(frame[22:38]), IPv6Address(frame[62:78]) if frame[54] == 135 else None
        if source.is_link_local:
            self._terminal_6 = source
            self._known_6.set()
        if target == _GATEWAY_6:
            body = b"\x88\0\0\0\x60\0\0\0" + target.packed + b"\x02\x01" + _MINE
            packet = bytearray(self._packet(_GATEWAY_6, source, _ICMP_6, body))
            packet[21] = 255
            self._send(bytes(packet))


def _checksum(data: bytes) -> int:
    words: Iterable[int] = struct.unpack(f">{(len(data) + 1) // 2}H", data + bytes(len(data) % 2))
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _told(frame: bytes) -> str:
    """Return what an answer to our knocking says; empty for what the terminal says of its own."""
    version, head = (4, 34) if frame[12:14] == b"\x08\0" else (6, 54)
    kind = frame[23] if version == 4 else frame[20]
    if kind in (_ICMP, _ICMP_6):
        meaning = {(_ICMP, 0): "pong", (_ICMP, 3): "refused", (_ICMP_6, 129): "pong", (_ICMP_6, 1): "refused"}
        return f"IPv{version} {said}" if (said := meaning.get((kind, frame[head]))) else ""
    port, to = struct.unpack_from(">HH", frame, head)
    if kind not in (_TCP, _UDP) or to != _PORT:
        return ""
    said = "open" if kind == _UDP or frame[head + 13] & _SYN_ACK == _SYN_ACK else "refused"
    return f"IPv{version} {'TCP' if kind == _TCP else 'UDP'} {port} {said}"
