"""The chip's side of access control and secure messaging: BAC, PACE with generic mapping, protected commands."""

import secrets
from dataclasses import dataclass
from typing import Final

from devices.card_reader.emrtd import pace, tlv
from devices.card_reader.emrtd.access import CardAccessNumber, MrzKey
from devices.card_reader.emrtd.bac import NONCE_SIZE, SEED_SIZE
from devices.card_reader.emrtd.curves import Point
from devices.card_reader.emrtd.secure_messaging import ENCRYPTED, ENCRYPTED_ODD, EXPECTED, MAC, PROTECTED, STATUS
from devices.card_reader.emrtd.security_infos import Pace
from devices.card_reader.emrtd.suites import MAC_SIZE, Purpose, SessionKeys, Suite, pad, unpad

_EXTENDED: Final = 65536
_SHORT: Final = 256


class Refused(Exception):
    """The chip answers a status word instead."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True)
class Apdu:
    """A command as it came: ``expected`` is the most that may be answered, 0 when nothing is."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int

    @classmethod
    def parse(cls, apdu: bytes) -> "Apdu":
        """Read a command APDU, short or extended (ISO 7816-4, 5.1)."""
        cla, ins, p1, p2 = apdu[:4]
        body = apdu[4:]
        extended = len(body) > 1 and body[0] == 0
        width, limit = (2, _EXTENDED) if extended else (1, _SHORT)
        body = body[1:] if extended else body
        if len(body) <= width:
            return cls(cla, ins, p1, p2, b"", (int.from_bytes(body, "big") or limit) if body else 0)
        size = int.from_bytes(body[:width], "big")
        data, rest = body[width : width + size], body[width + size :]
        if len(data) != size or len(rest) not in (0, width):
            raise Refused(0x6700)
        return cls(cla, ins, p1, p2, data, (int.from_bytes(rest, "big") or limit) if rest else 0)


class ChipMessaging:
    """Secure messaging from the other end: opens commands, closes answers."""

    def __init__(self, keys: SessionKeys) -> None:
        self._suite = keys.suite
        self._keys = keys
        self._counter = int.from_bytes(keys.counter, "big")

    def open(self, command: Apdu) -> Apdu:
        """Return the command inside a protected one. Raises ``Refused`` with 6987 or 6988."""
        counter = self._count()
        objects = dict(tlv.objects(command.data))
        body = command.data[: -(2 + MAC_SIZE)]
        header = bytes((command.cla, command.ins, command.p1, command.p2))
        checked = counter + pad(header, self._suite.block_size) + body
        if MAC not in objects:
            raise Refused(0x6987)
        if objects[MAC] != self._suite.secure_mac(self._keys.mac, checked):
            raise Refused(0x6988)
        data = b""
        if ENCRYPTED in objects:
            data = unpad(self._suite.decrypt(self._keys.encryption, objects[ENCRYPTED][1:], counter))
        elif ENCRYPTED_ODD in objects:
            data = unpad(self._suite.decrypt(self._keys.encryption, objects[ENCRYPTED_ODD], counter))
        length = objects.get(EXPECTED, b"")
        limit = _EXTENDED if len(length) > 1 else _SHORT
        expected = (int.from_bytes(length, "big") or limit) if length else 0
        return Apdu(command.cla & ~PROTECTED, command.ins, command.p1, command.p2, data, expected)

    def close(self, data: bytes, sw: int, *, odd: bool) -> bytes:
        """Return a protected answer, without the status word behind it."""
        counter = self._count()
        body = b""
        if data:
            hidden = self._suite.encrypt(self._keys.encryption, pad(data, self._suite.block_size), counter)
            body = tlv.encode(ENCRYPTED_ODD, hidden) if odd else tlv.encode(ENCRYPTED, b"\x01", hidden)
        body += tlv.encode(STATUS, sw.to_bytes(2, "big"))
        return body + tlv.encode(MAC, self._suite.secure_mac(self._keys.mac, counter + body))

    def _count(self) -> bytes:
        self._counter += 1
        return self._counter.to_bytes(self._suite.block_size, "big")


class ChipBac:
    """Basic access control from the chip's end; one object for one challenge."""

    def __init__(self, key: MrzKey) -> None:
        self.challenge = secrets.token_bytes(NONCE_SIZE)
        self._encryption, self._mac = (
            Suite.TRIPLE_DES.derive(key.bac_seed(), purpose) for purpose in (Purpose.ENCRYPTION, Purpose.MAC)
        )

    def authenticate(self, proof: bytes) -> tuple[bytes, SessionKeys]:
        """Return the chip's own proof and the session's keys. Raises ``Refused`` for a wrong proof."""
        suite = Suite.TRIPLE_DES
        hidden, check = proof[:-MAC_SIZE], proof[-MAC_SIZE:]
        if len(hidden) != 2 * NONCE_SIZE + SEED_SIZE or suite.mac(self._mac, hidden) != check:
            raise Refused(0x6300)
        opened = suite.decrypt(self._encryption, hidden)
        nonce, challenge, seed = opened[:NONCE_SIZE], opened[NONCE_SIZE : 2 * NONCE_SIZE], opened[2 * NONCE_SIZE :]
        if challenge != self.challenge:
            raise Refused(0x6300)
        own_seed = secrets.token_bytes(SEED_SIZE)
        answer = suite.encrypt(self._encryption, self.challenge + nonce + own_seed)
        shared = bytes(a ^ b for a, b in zip(seed, own_seed, strict=True))
        keys = SessionKeys.derived(suite, shared, self.challenge[-4:] + nonce[-4:])
        return answer + suite.mac(self._mac, answer), keys


class ChipPace:
    """PACE from the chip's end: four steps in their order."""

    def __init__(self, announced: Pace, password: MrzKey | CardAccessNumber) -> None:
        self._pace = announced
        self._password_key = announced.suite.derive(password.pace_seed(), Purpose.PACE_PASSWORD)
        self._nonce = secrets.token_bytes(16)
        self._secret = pace.private_key(announced.curve, secrets.token_bytes)
        self._mapped: Point | None = None
        self._keys: tuple[bytes, bytes, SessionKeys] | None = None
        self.opened: SessionKeys | None = None

    def step(self, data: bytes) -> bytes:
        """Answer one GENERAL AUTHENTICATE. Raises ``Refused``."""
        asked = dict(tlv.objects(tlv.inside(data, pace.DYNAMIC)))
        if not asked:
            answer, tag = self._pace.suite.encrypt(self._password_key, self._nonce), pace.NONCE
        elif pace.MAP_OURS in asked:
            answer, tag = self._map(asked[pace.MAP_OURS]), pace.MAP_CHIPS
        elif pace.KEY_OURS in asked and self._mapped is not None:
            answer, tag = self._agree(asked[pace.KEY_OURS], self._mapped), pace.KEY_CHIPS
        elif pace.TOKEN_OURS in asked and self._keys is not None:
            answer, tag = self._prove(asked[pace.TOKEN_OURS], *self._keys), pace.TOKEN_CHIPS
        else:
            raise Refused(0x6985)
        return tlv.encode(pace.DYNAMIC, tlv.encode(tag, answer))

    def _map(self, theirs: bytes) -> bytes:
        curve = self._pace.curve
        shared = curve.multiply(self._secret, curve.decode(theirs))
        self._mapped = pace.mapped_generator(curve, self._nonce, shared)
        return curve.encode(curve.multiply(self._secret, curve.generator))

    def _agree(self, theirs: bytes, mapped: Point) -> bytes:
        curve = self._pace.curve
        secret = pace.private_key(curve, secrets.token_bytes)
        own = curve.encode(curve.multiply(secret, mapped))
        shared = curve.multiply(secret, curve.decode(theirs)).x.to_bytes(curve.size, "big")
        self._keys = own, theirs, SessionKeys.derived(self._pace.suite, shared)
        return own

    def _prove(self, token: bytes, own: bytes, theirs: bytes, keys: SessionKeys) -> bytes:
        suite, protocol = self._pace.suite, self._pace.protocol
        if token != pace.authentication_token(suite, keys.mac, protocol, own):
            raise Refused(0x6300)
        self.opened = keys
        return pace.authentication_token(suite, keys.mac, protocol, theirs)
