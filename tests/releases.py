"""Invented releases for tests: small, signed with a key of our own, laid down in a folder as the release tool does."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from wire.keys import signing_key
from wire.release import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    SUMS_SIGNATURE,
    Manifest,
    ReleaseFile,
    SignedManifest,
    names_of,
    sign_manifest,
    sums,
)

RELEASE_KEY: Ed25519PrivateKey = signing_key(bytes([7]) * 32)
OTHER_KEY: Ed25519PrivateKey = signing_key(bytes([8]) * 32)


def trust(folder: Path, key: Ed25519PrivateKey = RELEASE_KEY) -> Path:
    """Lay the public half down where a machine looks for release keys; return that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "release.pem").write_bytes(pem)
    return folder


def content_of(name: str, size: int) -> bytes:
    """Return what stands in an invented file: noise, the same for the same name."""
    return hashlib.shake_128(name.encode()).digest(size)


def release(
    folder: Path,
    version: str,
    *,
    size: int = 50_000,
    key: Ed25519PrivateKey = RELEASE_KEY,
    made_at: datetime | None = None,
    days: int = 30,
    may_go_back: bool = False,
) -> SignedManifest:
    """Make a release in a folder, whose root partition has ``size`` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    efi, root, verity, *_ = names_of(version)
    contents = {efi: content_of(efi, 3_000), root: content_of(root, size), verity: content_of(verity, 1_000)}
    contents[SUMS] = sums([_file(name, content) for name, content in contents.items()])
    contents[SUMS_SIGNATURE] = b"an OpenPGP signature, which only systemd-sysupdate reads"
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    begun = made_at or datetime.now(UTC)
    manifest = Manifest(
        version=version,
        files=tuple(_file(name, content) for name, content in contents.items()),
        made_at=begun,
        expires_at=begun + timedelta(days=days),
        may_go_back=may_go_back,
    )
    signed = sign_manifest(manifest, key)
    (folder / MANIFEST).write_bytes(signed.content)
    (folder / SIGNATURE).write_bytes(signed.signature)
    return signed


def _file(name: str, content: bytes) -> ReleaseFile:
    return ReleaseFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
