"""Points on the standardised elliptic curves: what PACE's generic mapping needs beyond what ``cryptography`` offers.

``cryptography`` gives of a Diffie-Hellman only the x coordinate, and knows no generator but a curve's own; the mapping
adds points and then works with a generator made for one session. Plain integers: not in constant time. The secrets are
of one session, on a machine that reads its holder's own document; whoever could measure it here holds the document.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from devices.card_reader.api import CardGarbled

_UNCOMPRESSED: Final = 0x04


@dataclass(frozen=True, slots=True)
class Point:
    """A point that is not the neutral one."""

    x: int
    y: int


_Jacobian = tuple[int, int, int]  # x / z², y / z³; z = 0 is the neutral point
_NEUTRAL: Final[_Jacobian] = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b over the integers modulo ``p``; ``generator`` has the prime order ``n``, the cofactor is 1."""

    name: str
    p: int
    a: int
    b: int
    generator: Point
    n: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    def holds(self, point: Point) -> bool:
        """Tell whether a point is on the curve."""
        x, y = point.x, point.y
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - (x * x + self.a) * x - self.b) % self.p == 0

    def multiply(self, factor: int, point: Point) -> Point:
        """Return a multiple of a point. Raises ``CardGarbled`` when it is the neutral point."""
        return self._affine(self._multiple(factor, point))

    def add(self, one: Point, other: Point) -> Point:
        """Return the sum of two points. Raises ``CardGarbled`` when it is the neutral point."""
        return self._affine(self._sum((one.x, one.y, 1), other))

    def verifies(self, public: Point, digest: bytes, r: int, s: int) -> bool:
        """Tell whether (r, s) is the ECDSA signature of a digest (BSI TR-03111, 4.2.1.2)."""
        if not (0 < r < self.n and 0 < s < self.n):
            return False
        short = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - self.n.bit_length())
        inverse = pow(s, -1, self.n)
        left = self._multiple(short * inverse, self.generator)
        right = self.multiply(r * inverse, public)
        total = self._sum(left, right)
        return total[2] != 0 and self._affine(total).x % self.n == r

    def encode(self, point: Point) -> bytes:
        """Return a point uncompressed (BSI TR-03111, 3.2.1)."""
        return bytes((_UNCOMPRESSED,)) + b"".join(c.to_bytes(self.size, "big") for c in (point.x, point.y))

    def decode(self, octets: bytes) -> Point:
        """Return an uncompressed point. Raises ``CardGarbled`` for anything that is none of this curve."""
        if len(octets) != 1 + 2 * self.size or octets[0] != _UNCOMPRESSED:
            raise CardGarbled("point")
        point = Point(*(int.from_bytes(octets[at : at + self.size], "big") for at in (1, 1 + self.size)))
        if not self.holds(point):
            raise CardGarbled("point is not on the curve")
        return point

    def _multiple(self, factor: int, point: Point) -> _Jacobian:
        result = _NEUTRAL
        for bit in f"{factor % self.n:b}":
            result = self._double(result)
            if bit == "1":
                result = self._sum(result, point)
        return result

    def _double(self, point: _Jacobian) -> _Jacobian:
        x, y, z = point
        p = self.p
        yy = y * y % p
        s = 4 * x * yy % p
        zz = z * z % p
        m = (3 * x * x + self.a * zz * zz) % p
        xx = (m * m - 2 * s) % p
        return xx, (m * (s - xx) - 8 * yy * yy) % p, 2 * y * z % p

    def _sum(self, one: _Jacobian, other: Point) -> _Jacobian:
        x, y, z = one
        if z == 0:
            return other.x, other.y, 1
        p = self.p
        zz = z * z % p
        h = (other.x * zz - x) % p
        r = (other.y * zz * z - y) % p
        if h == 0:
            return self._double(one) if r == 0 else _NEUTRAL
        hh = h * h % p
        hhh = h * hh % p
        v = x * hh % p
        xx = (r * r - hhh - 2 * v) % p
        return xx, (r * (v - xx) - y * hhh) % p, z * h % p

    def _affine(self, point: _Jacobian) -> Point:
        x, y, z = point
        if z == 0:
            raise CardGarbled("neutral point")
        inverse = pow(z, -1, self.p)
        square = inverse * inverse % self.p
        return Point(x * square % self.p, y * square * inverse % self.p)


@cache
def curves() -> Mapping[int, Curve]:
    """Return the curves by the numbers of Doc 9303-11, table 8 (BSI TR-03110-3, A.2.1.1)."""
    text = files("devices.card_reader.emrtd").joinpath("curves.toml").read_text(encoding="utf-8")
    found = {}
    for name, entry in tomllib.loads(text).items():
        p, a, b, x, y, n = (int(entry[key], 16) for key in ("p", "a", "b", "x", "y", "n"))
        found[int(entry["parameter_id"])] = Curve(name, p, a, b, Point(x, y), n)
    return found
