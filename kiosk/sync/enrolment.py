"""Enrolment: this terminal's identity, made once with an administrator's code and kept in one file.

``terminal.json`` (mode 0600: readable by its user alone) holds the device key and what the centre answered. It is
replaced whole. The new key is on disk before the centre hears of it, so that a lost answer can be asked for again
with the same code and key.
"""

import os
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, ValidationError

from kiosk.store.terminal import Terminal
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from wire.keys import signing_key
from wire.messages import Enrolment, EnrolmentRequest
from wire.model import Message

_IDENTITY = "terminal.json"
_NEW_KEY = "enrolling.key"


class _Identity(Message):
    key: Annotated[bytes, Field(min_length=32, max_length=32, repr=False)]
    enrolment: Enrolment


async def enrol(data_dir: Path, client: CentreClient, code: str, version: str) -> Terminal:
    """Enrol this terminal with a one-time code; an identity that was here before is replaced once the centre agreed.

    ``code`` may be typed in small letters, with blanks or without hyphens. Raises CentreError
    (``wire.enrolment_refused`` for a wrong code), ValueError for something that cannot be a code.
    """
    letters = "".join(filter(str.isalnum, code)).upper()
    key = _new_key(data_dir)
    try:
        request = EnrolmentRequest(
            code=f"{letters[:4]}-{letters[4:8]}-{letters[8:]}",
            public_key=key.public_key().public_bytes_raw(),
            version=version,
        )
    except ValidationError as error:
        raise ValueError("an enrolment code looks like ABCD-1234-EFGH") from error
    enrolment = await client.enrol(request)
    identity = _Identity(key=key.private_bytes_raw(), enrolment=enrolment)
    _write(data_dir / _IDENTITY, identity.model_dump_json().encode())
    (data_dir / _NEW_KEY).unlink()
    return Terminal(key, enrolment)


def load(data_dir: Path) -> Terminal:
    """Return this terminal's identity. Raises :class:`NotEnrolled`."""
    path = data_dir / _IDENTITY
    try:
        identity = _Identity.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise NotEnrolled("run: bianmin enrol") from error
    except OSError as error:
        raise NotEnrolled(f"{_IDENTITY}: {error.strerror}") from error
    except ValidationError:  # its text would quote the key
        raise NotEnrolled(f"{_IDENTITY} is damaged; enrol again") from None
    return Terminal(signing_key(identity.key), identity.enrolment)


def _new_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the key of an enrolment that was not finished, or a new one, already on disk."""
    path = data_dir / _NEW_KEY
    try:
        return signing_key(path.read_bytes())
    except (FileNotFoundError, ValueError):
        key = Ed25519PrivateKey.generate()
        _write(path, key.private_bytes_raw())
        return key


def _write(path: Path, content: bytes) -> None:
    """Replace a file whole, on disk, readable by its user alone."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
