"""Enrolment: this terminal's identity, made once with an administrator's code and kept in one file.

``terminal.json`` (mode 0600: readable by its user alone) holds the device key and what the centre answered. It is
replaced whole. The new key is on disk before the centre hears of it, so that a lost answer can be asked for again
with the same code and key.
"""

from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, ValidationError

from kiosk.store.device_key import KeyFile, private_content
from kiosk.store.terminal import Terminal
from kiosk.sync import private_files
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from wire.invitation import typed_code
from wire.keys import signing_key
from wire.messages import Enrolment, EnrolmentRequest
from wire.model import Message

_IDENTITY = "terminal.json"
_NEW_KEY = "enrolling.key"


class Identity(Message):
    """What ``terminal.json`` holds.

    ``former_last_sequence``: while a key is being rolled, the last queued envelope that the former one signed.
    """

    key: Annotated[bytes, Field(min_length=32, max_length=32, repr=False)]
    enrolment: Enrolment
    former_last_sequence: int | None = None


async def enrol(data_dir: Path, client: CentreClient, code: str, version: str) -> Terminal:
    """Enrol this terminal with a one-time code; an identity that was here before is replaced once the centre agreed.

    ``code`` may be typed in small letters, with blanks or without hyphens. Raises CentreError
    (``wire.enrolment_refused`` for a wrong code), ValueError for something that cannot be a code.
    """
    key = _new_key(data_dir)
    try:
        request = EnrolmentRequest(
            code=typed_code(code),
            public_key=key.public_key().public_bytes_raw(),
            version=version,
        )
    except ValidationError as error:
        raise ValueError("an enrolment code looks like ABCD-1234-EFGH") from error
    enrolment = await client.enrol(request)
    _keep(data_dir, Identity(key=key.private_bytes_raw(), enrolment=enrolment))
    private_files.remove(data_dir / _NEW_KEY)
    return load(data_dir)


def load(data_dir: Path) -> Terminal:
    """Return this terminal, whose key is read from the file at each use. Raises what :func:`read` does."""
    return Terminal(KeyFile(data_dir / _IDENTITY, _key_of), read(data_dir).enrolment)


def read(data_dir: Path) -> Identity:
    """Return this terminal's identity. Raises :class:`NotEnrolled`, :class:`~kiosk.store.device_key.KeyExposed`."""
    try:
        return _parsed(private_content(data_dir / _IDENTITY))
    except FileNotFoundError as error:
        raise NotEnrolled("run: bianmin enrol") from error
    except OSError as error:
        raise NotEnrolled(f"{_IDENTITY}: {error.strerror}") from error


def use_key(data_dir: Path, key: Ed25519PrivateKey, former_last_sequence: int) -> None:
    """Make another key the present one; from here on every signature is its. Done twice, it changes nothing."""
    identity = read(data_dir)
    if identity.key == key.private_bytes_raw():
        return
    changed = {"key": key.private_bytes_raw(), "former_last_sequence": former_last_sequence}
    _keep(data_dir, identity.model_copy(update=changed))


def forget_former(data_dir: Path) -> None:
    """Note that the centre knows all about the former key."""
    _keep(data_dir, read(data_dir).model_copy(update={"former_last_sequence": None}))


def _parsed(content: bytes) -> Identity:
    try:
        return Identity.model_validate_json(content)
    except ValidationError:  # its text would quote the key
        raise NotEnrolled(f"{_IDENTITY} is damaged; enrol again") from None


def _key_of(content: bytes) -> bytes:
    return _parsed(content).key


def _keep(data_dir: Path, identity: Identity) -> None:
    private_files.replace(data_dir / _IDENTITY, identity.model_dump_json().encode())


def _new_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the key of an enrolment that was not finished, or a new one, already on disk."""
    path = data_dir / _NEW_KEY
    try:
        return signing_key(private_content(path))
    except (FileNotFoundError, ValueError):
        key = Ed25519PrivateKey.generate()
        private_files.replace(path, key.private_bytes_raw())
        return key
