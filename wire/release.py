"""Releases of the terminal's software: what one consists of, who signed for it, and which of two is the newer.

A release is one version of the disk image: a unified kernel image, a root and a verity partition, and what
systemd-sysupdate checks them with. The manifest names all of them; the release key (Ed25519, RFC 8032), whose public
half is in every image, signs the manifest. The centre passes it on and cannot alter it.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from wire.errors import WireError
from wire.keys import Signer
from wire.model import Message

PRODUCT = "bianmin"
SUMS, SUMS_SIGNATURE = "SHA256SUMS", "SHA256SUMS.gpg"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"  # how the manifest itself is called in a folder
MOST_BYTES = 4 * 1024**3  # of one file; both slots of a terminal's disk are smaller
MOST_MANIFEST_BYTES = 64 * 1024
LONGEST_LIFETIME = timedelta(days=730)
_CONTEXT = b"bianmin/release/1"
_VERSION = r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){1,3}"
_PARTS = (".efi", ".root.raw", ".verity.raw")

Version = Annotated[str, StringConstraints(pattern=f"^{_VERSION}$")]


class ReleaseForged(WireError):
    """No release key that this machine trusts signed the manifest."""

    code: ClassVar[str] = "update.forged"


class ReleaseExpired(WireError):
    """The manifest is beyond the day up to which it may be installed."""

    code: ClassVar[str] = "update.expired"


class ReleaseNotOurs(WireError):
    """Something is no manifest, or names what a release does not consist of."""

    code: ClassVar[str] = "update.not_ours"


class ReleaseFile(Message):
    """One file: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: Annotated[str, StringConstraints(max_length=80)]
    size: Annotated[int, Field(ge=0, le=MOST_BYTES)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Message):
    """A release. ``may_go_back``: it may replace a newer one; without that, a lower version is refused.

    Names are those of this very version and nothing else: none can lead out of a folder.
    """

    version: Version
    files: tuple[ReleaseFile, ...]
    made_at: AwareDatetime
    expires_at: AwareDatetime
    may_go_back: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sorted(file.name for file in self.files) != sorted(names_of(self.version)):
            raise ValueError("the files are not those of this version")
        if not timedelta(0) < self.expires_at - self.made_at <= LONGEST_LIFETIME:
            raise ValueError("the lifetime is none, or too long")
        return self

    @property
    def size(self) -> int:
        """Return how many bytes all files have together."""
        return sum(file.size for file in self.files)


class SignedManifest(Message):
    """A manifest as exact bytes (JSON of :class:`Manifest`), and the signature over them."""

    content: Annotated[bytes, Field(max_length=MOST_MANIFEST_BYTES)]
    signature: Annotated[bytes, Field(max_length=64)]


class UpdateOffer(Message):
    """What the centre wants this terminal to run; None: what it runs now."""

    release: SignedManifest | None = None


class UpdatePhase(StrEnum):
    """Where a terminal is with an update."""

    UP_TO_DATE = "up_to_date"
    FETCHING = "fetching"
    STAGED = "staged"
    APPLYING = "applying"
    PROVING = "proving"
    GIVEN_UP = "given_up"


class UpdateReport(Message):
    """What a heartbeat says of updates: what runs, what is wanted, how far (bytes); ``failure``: the last code."""

    running: Annotated[str, StringConstraints(max_length=60)]
    phase: UpdatePhase
    wanted: Annotated[str, StringConstraints(max_length=60)] = ""
    failure: Annotated[str, StringConstraints(max_length=60)] = ""
    fetched: Annotated[int, Field(ge=0)] = 0
    size: Annotated[int, Field(ge=0)] = 0


def names_of(version: str) -> tuple[str, ...]:
    """Return the names of a release's files, as systemd-sysupdate's transfers find them."""
    return (*(f"{PRODUCT}_{version}{part}" for part in _PARTS), SUMS, SUMS_SIGNATURE)


def is_version(text: str) -> bool:
    """Tell whether text is a version: two to four numbers with dots between, no leading zeros."""
    return re.fullmatch(_VERSION, text, re.ASCII) is not None


def newer(one: str, other: str) -> bool:
    """Tell whether one version is above another, as systemd-boot sorts them (UAPI.10) when both are numbers and dots.

    Raises ValueError for what is no version.
    """
    return _numbers(one) > _numbers(other)


def sign_manifest(manifest: Manifest, key: Signer) -> SignedManifest:
    """Sign a release."""
    content = manifest.model_dump_json().encode()
    return SignedManifest(content=content, signature=key.sign(_CONTEXT + content))


def open_manifest(signed: SignedManifest, keys: Iterable[Ed25519PublicKey], now: datetime) -> Manifest:
    """Return the manifest that one of the keys signed.

    Raises :class:`ReleaseForged`, :class:`ReleaseExpired`, :class:`ReleaseNotOurs`; nothing is read before the
    signature is known to be good.
    """
    if not any(_signed_by(signed, key) for key in keys):
        raise ReleaseForged("no release key of this machine signed the manifest")
    try:
        manifest = Manifest.model_validate_json(signed.content)
    except ValidationError as error:
        raise ReleaseNotOurs(f"manifest: {error.error_count()} fields are not as they should be") from None
    if now > manifest.expires_at:
        raise ReleaseExpired(f"{manifest.version} was good until {manifest.expires_at:%Y-%m-%d}")
    return manifest


def sums(files: Iterable[ReleaseFile]) -> bytes:
    """Return what ``SHA256SUMS`` says of the images (sha256sum's format, binary mode), by name."""
    listed = sorted((file for file in files if file.name not in (SUMS, SUMS_SIGNATURE)), key=lambda file: file.name)
    return "".join(f"{file.sha256} *{file.name}\n" for file in listed).encode()


def _signed_by(signed: SignedManifest, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(signed.signature, _CONTEXT + signed.content)
    except InvalidSignature:
        return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    if not is_version(version):
        raise ValueError(f"{version} is no version")
    return tuple(int(number) for number in version.split("."))
