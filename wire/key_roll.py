"""Rolling a terminal's key: the next one is announced by the present one and vouches for itself; then it is used."""

from typing import Annotated

import cbor2
from cryptography.exceptions import InvalidSignature
from pydantic import Field

from wire.errors import SignatureWrong
from wire.keys import Signer, verifying_key
from wire.model import Message

_CONTEXT = "bianmin/key/1"


class KeyAnnouncement(Message):
    """A terminal's next key (Ed25519): the call's token is the present key's word, ``proof`` the next one's."""

    public_key: Annotated[bytes, Field(min_length=32, max_length=32)]
    proof: Annotated[bytes, Field(min_length=64, max_length=64)]


class KeyInUse(Message):
    """The terminal uses its new key. ``last_sequence``: the last queued envelope that the former one closed.

    The centre takes no later envelope from the former key, whoever may hold a copy of it.
    """

    last_sequence: Annotated[int, Field(ge=0)]


class KeyState(Message):
    """Which keys the centre knows, by :func:`~wire.keys.key_id`. ``announced``: the next one, not used yet."""

    present: str
    announced: str | None


def announce(terminal: str, public_key: bytes, key: Signer) -> KeyAnnouncement:
    """Announce the key whose private half is ``key``."""
    return KeyAnnouncement(public_key=public_key, proof=key.sign(_signed(terminal, public_key)))


def check_announcement(terminal: str, announcement: KeyAnnouncement) -> None:
    """Check that whoever announces a key holds it. Raises :class:`SignatureWrong`."""
    try:
        key = verifying_key(announcement.public_key)
        key.verify(announcement.proof, _signed(terminal, announcement.public_key))
    except (InvalidSignature, ValueError) as error:
        raise SignatureWrong("the announced key did not sign") from error


def _signed(terminal: str, public_key: bytes) -> bytes:
    return cbor2.dumps([_CONTEXT, terminal, public_key], canonical=True)
