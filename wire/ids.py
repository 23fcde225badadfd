"""Identifiers that sort by time: UUIDv7 (RFC 9562, 5.7), from a clock and a source of randomness given in."""

import secrets
from collections.abc import Callable
from uuid import UUID

_MAX_MS = (1 << 48) - 1


def uuid7(unix_ms: int, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> UUID:
    """Return a version 7 UUID: 48 bits of ``unix_ms`` (milliseconds since 1970), then 74 random bits."""
    if not 0 <= unix_ms <= _MAX_MS:
        raise ValueError(f"unix_ms out of range: {unix_ms}")
    random = int.from_bytes(random_bytes(10), "big")
    rand_a = random >> 68
    rand_b = random & ((1 << 62) - 1)
    return UUID(int=unix_ms << 80 | 0x7 << 76 | (rand_a & 0xFFF) << 64 | 0b10 << 62 | rand_b)
