"""Taking a release in: every file is compared with the signed manifest, and all of it appears at once or not at all."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from central.refusal import Refused
from central.updates.models import Release, ReleaseFile
from wire.errors import WireError
from wire.release import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    SIGNATURE,
    Manifest,
    SignedManifest,
    is_version,
    open_manifest,
)
from wire.release_keys import release_keys

Open = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens one of the uploaded files by its name. Raises FileNotFoundError where it is not among them."""
_CHUNK = 1024 * 1024
_SIGNATURE_BYTES = 64


def folder_of(version: str) -> Path:
    """Return where a release's files are. Raises ValueError for what is no version, and so could lead elsewhere."""
    if not is_version(version):
        raise ValueError(f"{version} is no version")
    return Path(settings.RELEASES) / version


def take_in(open_file: Open, now: datetime) -> Release:
    """Keep a release: manifest, signature, and every file that it names. Done twice, it is there once.

    Raises :class:`Refused` with the code of what is not as it should be; then nothing is kept.
    """
    try:
        signed = SignedManifest(
            content=_small(open_file, MANIFEST, MOST_MANIFEST_BYTES),
            signature=_small(open_file, SIGNATURE, _SIGNATURE_BYTES),
        )
        manifest = open_manifest(signed, release_keys(settings.RELEASE_KEYS), now)
    except WireError as error:
        raise Refused(error.code) from error
    known = Release.objects.filter(pk=manifest.version).first()
    if known is not None:
        if bytes(known.manifest) != signed.content:
            raise Refused("update.version_taken")
        return known
    folder = folder_of(manifest.version)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(prefix=f".{manifest.version}-", dir=folder.parent))
    try:
        for file in manifest.files:
            if _copy(open_file, file.name, draft / file.name, file.size) != (file.size, file.sha256):
                raise Refused("update.damaged")
        return _keep(signed, manifest, draft, now)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@transaction.atomic
def _keep(signed: SignedManifest, manifest: Manifest, draft: Path, now: datetime) -> Release:
    release = Release.objects.create(
        version=manifest.version,
        manifest=signed.content,
        signature=signed.signature,
        made_at=manifest.made_at,
        expires_at=manifest.expires_at,
        may_go_back=manifest.may_go_back,
        size=manifest.size,
        added_at=now,
    )
    ReleaseFile.objects.bulk_create(
        ReleaseFile(release=release, name=file.name, size=file.size, sha256=file.sha256) for file in manifest.files
    )
    folder = folder_of(manifest.version)
    shutil.rmtree(folder, ignore_errors=True)  # of a try whose row was never committed
    draft.rename(folder)
    return release


def _small(open_file: Open, name: str, most: int) -> bytes:
    try:
        with open_file(name) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Refused("update.not_ours") from error
    if len(content) > most:
        raise Refused("update.not_ours")
    return content


def _copy(open_file: Open, name: str, target: Path, most: int) -> tuple[int, str]:
    """Copy a file to the disk, for good; return its size and digest. What is too large is not read to its end."""
    size, digest = 0, hashlib.sha256()
    try:
        with open_file(name) as source, target.open("xb") as kept:
            while size <= most and (chunk := source.read(_CHUNK)):
                size += len(chunk)
                digest.update(chunk)
                kept.write(chunk)
            kept.flush()
            os.fsync(kept.fileno())
    except FileNotFoundError as error:
        raise Refused("update.not_ours") from error
    return size, digest.hexdigest()
