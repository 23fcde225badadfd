"""The ciphers of Doc 9303-11 behind one interface: 3DES with its retail MAC, AES-128, -192 and -256 with CMAC.

Key derivation after 9.7.1, padding and MACs after 9.8.6; the vector of AES is the encrypted send sequence counter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha1, sha256
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

Random = Callable[[int], bytes]
"""Returns so many bytes that nobody can foresee."""

MAC_SIZE: Final = 8
_DES_BLOCK, _AES_BLOCK = 8, 16


class Purpose(Enum):
    """What a derived key is for: the counter that is hashed behind the seed."""

    ENCRYPTION = 1
    MAC = 2
    PACE_PASSWORD = 3


class Suite(Enum):
    """A cipher, its key's size in bytes, and its block's."""

    TRIPLE_DES = (16, _DES_BLOCK)
    AES_128 = (16, _AES_BLOCK)
    AES_192 = (24, _AES_BLOCK)
    AES_256 = (32, _AES_BLOCK)

    @property
    def key_size(self) -> int:
        """Bytes of a key."""
        return self.value[0]

    @property
    def block_size(self) -> int:
        """Bytes of a block, and of the send sequence counter."""
        return self.value[1]

    def derive(self, seed: bytes, purpose: Purpose) -> bytes:
        """Return the key for a purpose (9.7.1): SHA-1 for keys of 128 bits, SHA-256 for longer ones."""
        hashed = seed + purpose.value.to_bytes(4, "big")
        digest = sha1 if self.key_size == 16 else sha256  # noqa: PLR2004 - 128 bits
        key = digest(hashed).digest()[: self.key_size]
        return _with_parity(key) if self is Suite.TRIPLE_DES else key

    def encrypt(self, key: bytes, padded: bytes, counter: bytes | None = None) -> bytes:
        """Encrypt whole blocks, CBC; ``counter`` is the send sequence counter inside secure messaging."""
        encryptor = self._cipher(key, counter).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def decrypt(self, key: bytes, blocks: bytes, counter: bytes | None = None) -> bytes:
        """Decrypt whole blocks. Raises ValueError for a part of one."""
        decryptor = self._cipher(key, counter).decryptor()
        return decryptor.update(blocks) + decryptor.finalize()

    def mac(self, key: bytes, message: bytes) -> bytes:
        """Return the first eight bytes of a message's MAC. For 3DES the message is padded here, whatever it is."""
        if self is Suite.TRIPLE_DES:
            return _retail_mac(key, pad(message, _DES_BLOCK))
        cmac = CMAC(AES(key))
        cmac.update(message)
        return cmac.finalize()[:MAC_SIZE]

    def secure_mac(self, key: bytes, message: bytes) -> bytes:
        """Return the MAC of secure messaging, whose input is padded for every cipher (9.8.6.2)."""
        return self.mac(key, message if self is Suite.TRIPLE_DES else pad(message, self.block_size))

    def _cipher(self, key: bytes, counter: bytes | None) -> Cipher[modes.CBC]:
        if self is Suite.TRIPLE_DES:
            return Cipher(TripleDES(key + key[:8]), modes.CBC(bytes(_DES_BLOCK)))
        vector = bytes(_AES_BLOCK)
        if counter is not None:
            ecb = Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block: the vector
            vector = ecb.update(counter) + ecb.finalize()
        return Cipher(AES(key), modes.CBC(vector))


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """What both sides have agreed on: a suite, two keys, and where the send sequence counter begins."""

    suite: Suite
    encryption: bytes
    mac: bytes
    counter: bytes

    @classmethod
    def derived(cls, suite: Suite, seed: bytes, counter: bytes | None = None) -> "SessionKeys":
        """Return the keys of a seed. The counter begins at 0 after PACE."""
        return cls(
            suite,
            suite.derive(seed, Purpose.ENCRYPTION),
            suite.derive(seed, Purpose.MAC),
            bytes(suite.block_size) if counter is None else counter,
        )


def pad(message: bytes, block_size: int) -> bytes:
    """Return whole blocks (ISO 9797-1, padding method 2)."""
    return message + b"\x80" + bytes(-(len(message) + 1) % block_size)


def unpad(padded: bytes) -> bytes:
    """Take the padding away. Raises ValueError when there is none."""
    message = padded.rstrip(b"\x00")
    if message[-1:] != b"\x80":
        raise ValueError("padding")
    return message[:-1]


def _with_parity(key: bytes) -> bytes:
    return bytes(byte & 0xFE | (byte >> 1).bit_count() % 2 ^ 1 for byte in key)


def _retail_mac(key: bytes, padded: bytes) -> bytes:
    """Return ISO 9797-1 MAC algorithm 3: DES in CBC mode, and 3DES of the last block."""
    left, right = key[:8], key[8:]
    single = Cipher(TripleDES(left * 3), modes.CBC(bytes(_DES_BLOCK))).encryptor()
    last = single.update(padded)[-_DES_BLOCK:]
    undo = Cipher(TripleDES(right * 3), modes.ECB()).decryptor()  # noqa: S305 - one block
    again = Cipher(TripleDES(left * 3), modes.ECB()).encryptor()  # noqa: S305 - one block
    return again.update(undo.update(last))
