"""Enrolment: this terminal's identity, made once with an administrator's code and kept in one file.

``terminal.json`` (mode 0600: readable by its user alone) holds the device key and what the centre answered. It is
replaced whole. The new key is on disk before the centre hears of it, so that a lost answer can be asked for again
with the same code and key.
"""

from pathlib import Path

from pydantic import Field, ValidationError

from kiosk import private_files
from kiosk.store.device_key import KeyFile, private_content
from kiosk.store.terminal import Terminal
from kiosk.store.tpm import Tpm
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from kiosk.sync.new_key import StoredKey, new_key, opened
from wire.invitation import typed_code
from wire.messages import Enrolment, EnrolmentRequest
from wire.model import Message

_IDENTITY = "terminal.json"
_NEW_KEY = "enrolling.key"


class Identity(Message):
    """What ``terminal.json`` holds. ``key``: bare, or sealed by this machine's TPM.

    ``former_last_sequence``: while a key is being rolled, the last queued envelope that the former one signed.
    """

    key: StoredKey = Field(repr=False)
    enrolment: Enrolment
    former_last_sequence: int | None = None


async def enrol(
    data_dir: Path, client: CentreClient, code: str, version: str, *, tpm: Tpm | None = None, same_key: bool = False
) -> Terminal:
    """Enrol this terminal with a one-time code; an identity that was here before is replaced once the centre agreed.

    ``code`` may be typed in small letters, with blanks or without hyphens. Raises CentreError
    (``wire.enrolment_refused`` for a wrong code), ValueError for something that cannot be a code.

    ``tpm``: what a new key is sealed by. ``same_key``: keep the present one, so that what is queued stays good; for a
    centre that does not know it any more. Raises :class:`~kiosk.store.tpm.KeySealed`, and NotEnrolled without a key.
    """
    if same_key:
        stored = read(data_dir).key
        key = opened(stored)
    else:
        key, stored = new_key(data_dir / _NEW_KEY, tpm)
    try:
        request = EnrolmentRequest(
            code=typed_code(code),
            public_key=key.public_key().public_bytes_raw(),
            version=version,
        )
    except ValidationError as error:
        raise ValueError("an enrolment code looks like ABCD-1234-EFGH") from error
    enrolment = await client.enrol(request)
    _keep(data_dir, Identity(key=stored, enrolment=enrolment))
    private_files.remove(data_dir / _NEW_KEY)
    return load(data_dir)


def load(data_dir: Path) -> Terminal:
    """Return this terminal, whose key is read from the file whenever that was replaced; for the first time now.

    Raises what :func:`read` does, and :class:`~kiosk.store.tpm.KeySealed`.
    """
    enrolment = read(data_dir).enrolment
    key = KeyFile(data_dir / _IDENTITY, _key_of)
    key.public_bytes()
    return Terminal(key, enrolment)


def read(data_dir: Path) -> Identity:
    """Return this terminal's identity. Raises :class:`NotEnrolled`, :class:`~kiosk.store.device_key.KeyExposed`."""
    try:
        return _parsed(private_content(data_dir / _IDENTITY))
    except FileNotFoundError as error:
        raise NotEnrolled("run: bianmin enrol") from error
    except OSError as error:
        raise NotEnrolled(f"{_IDENTITY}: {error.strerror}") from error


def use_key(data_dir: Path, key: StoredKey, former_last_sequence: int) -> None:
    """Make another key the present one; from here on every signature is its. Done twice, it changes nothing."""
    identity = read(data_dir)
    if identity.key == key:
        return
    changed = {"key": key, "former_last_sequence": former_last_sequence}
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
    return opened(_parsed(content).key).private_bytes_raw()


def _keep(data_dir: Path, identity: Identity) -> None:
    private_files.replace(data_dir / _IDENTITY, identity.model_dump_json().encode())
