"""The technician's PIN: a salted hash in the configuration, and tries that take longer the more of them were wrong."""

import asyncio
import hashlib
import hmac
import itertools
import re
import secrets
from typing import Protocol

from wire.clock import Clock

PIN_DIGITS = 8
HASH_FORM = r"^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$"
_COST, _BLOCK, _LANES = 2**15, 8, 1  # 32 MB and about 0.1 s a try: RFC 7914's form, OWASP's least for interactive use
_FREE_TRIES = 3
_FIRST_WAIT_S = 30.0
_LONGEST_WAIT_S = 3600.0


class Tries(Protocol):
    """Where wrong tries are counted, so that switching off does not forget them (:class:`kiosk.store.Settings`)."""

    def technician_failures(self) -> int:
        """Return how many tries in a row were wrong."""
        ...

    def note_technician_try(self, *, right: bool) -> None:
        """Count a wrong try, or forget all of them after a right one."""
        ...


def make_hash(pin: str, salt: bytes | None = None) -> str:
    """Return what ``[technician] pin_hash`` takes. Raises ValueError for what is no PIN, or one anybody would try."""
    if re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", pin) is None:
        raise ValueError(f"a PIN is {PIN_DIGITS} digits")
    if len({(ord(right) - ord(left)) % 10 for left, right in itertools.pairwise(pin)}) == 1:
        raise ValueError("one digit repeated, or digits in a row, are too easily guessed")
    salt = secrets.token_bytes(16) if salt is None else salt
    return f"scrypt${salt.hex()}${_digest(pin, salt).hex()}"


def fits(pin: str, pin_hash: str) -> bool:
    """Tell whether a PIN is the one of a hash; takes about 0.1 s either way."""
    _, salt, digest = pin_hash.split("$")
    return hmac.compare_digest(_digest(pin, bytes.fromhex(salt)), bytes.fromhex(digest))


def wait_after(failures: int) -> float:
    """Return how many seconds no other try is taken after so many wrong ones in a row."""
    if failures < _FREE_TRIES:
        return 0.0
    return float(min(_FIRST_WAIT_S * 2 ** min(failures - _FREE_TRIES, 20), _LONGEST_WAIT_S))


class PinGate:
    """Lets a technician in. One for the whole process: what was tried in one visit counts in the next."""

    def __init__(self, pin_hash: str, tries: Tries, clock: Clock) -> None:
        self._pin_hash = pin_hash
        self._tries = tries
        self._clock = clock
        self._open_at = clock.monotonic() + wait_after(tries.technician_failures())  # a restart begins the wait anew

    @property
    def wait_s(self) -> float:
        """How many seconds no try is taken, 0 when one is."""
        return max(0.0, self._open_at - self._clock.monotonic())

    async def opens(self, pin: str) -> bool:
        """Try a PIN. While :attr:`wait_s` is not 0, the right one does not open either, and nothing is counted."""
        if self.wait_s:
            return False
        self._tries.note_technician_try(right=False)  # before it is known: a power cut does not give a free try
        self._open_at = self._clock.monotonic() + wait_after(self._tries.technician_failures())
        if not await asyncio.to_thread(fits, pin, self._pin_hash):
            return False
        self._tries.note_technician_try(right=True)
        self._open_at = self._clock.monotonic()
        return True


def _digest(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=2**26, dklen=32)
