"""Makes a release of an image's parts: named, measured, summed and signed. ``python -m image_build.release --help``.

Two signatures: the release key (Ed25519) signs the manifest, which our own code goes by; an OpenPGP key signs
SHA256SUMS, which systemd-sysupdate goes by. Both stay where they are: their files are only read.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

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

_CHUNK = 1024 * 1024
_PARTS = ("efi", "root", "verity")


def make(
    folder: Path,
    version: str,
    parts: dict[str, Path],
    *,
    key: Ed25519PrivateKey,
    gpg_key: Path,
    made_at: datetime,
    days: int = 180,
    may_go_back: bool = False,
) -> Manifest:
    """Fill an empty or new folder with a release; return its manifest.

    ``parts``: the UKI ("efi"), root and verity partitions as raw files. ``gpg_key``: exported secret key. ``days``: how
    long it may be installed. Raises ValueError, OSError, CalledProcessError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty")
    names = dict(zip(_PARTS, names_of(version), strict=False))
    for part, name in names.items():
        shutil.copyfile(parts[part], folder / name)
    (folder / SUMS).write_bytes(sums([measured(folder / name) for name in names.values()]))
    _sign_sums(folder, gpg_key)
    manifest = Manifest(
        version=version,
        files=tuple(measured(folder / name) for name in names_of(version)),
        made_at=made_at,
        expires_at=made_at + timedelta(days=days),
        may_go_back=may_go_back,
    )
    write(folder, sign_manifest(manifest, key))
    return manifest


def measured(path: Path) -> ReleaseFile:
    """Return a file as a manifest names it."""
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
    return ReleaseFile(name=path.name, size=size, sha256=digest.hexdigest())


def write(folder: Path, signed: SignedManifest) -> None:
    """Lay the manifest down beside the files."""
    (folder / MANIFEST).write_bytes(signed.content)
    (folder / SIGNATURE).write_bytes(signed.signature)


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a release key (PEM, PKCS #8). Raises ValueError."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is no Ed25519 key")  # noqa: TRY004 - the file's content, not a type
    return key


def new_key(private: Path, public: Path) -> None:
    """Make a release key: the private half for whoever signs, the public half for the image and the centres."""
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def new_gpg_key(private: Path, public: Path) -> None:
    """Make the OpenPGP key: the secret key for whoever signs, the keyring for the image (import-pubring.gpg)."""
    with _gpg() as gpg:
        gpg("--quick-gen-key", "Bianmin releases", "ed25519", "sign", "never")
        gpg("--output", str(private), "--export-secret-keys")
        private.chmod(0o600)
        gpg("--output", str(public), "--export")


def _sign_sums(folder: Path, gpg_key: Path) -> None:
    with _gpg() as gpg:
        gpg("--import", str(gpg_key))
        gpg("--detach-sign", "--output", str(folder / SUMS_SIGNATURE), str(folder / SUMS))


class _Gpg:
    def __init__(self, home: Path) -> None:
        self._home = home

    def __call__(self, *words: str) -> None:
        command = ["gpg", "--homedir", str(self._home), "--batch", "--quiet", "--passphrase", "", *words]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - gpg, with our own words

    def end(self) -> None:
        command = ["gpgconf", "--homedir", str(self._home), "--kill", "all"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - its agent, of this folder alone


@contextmanager
def _gpg() -> Iterator[_Gpg]:
    """Give gpg a home of its own that is gone afterwards, with its agent."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:  # short: its agent listens in there
        gpg = _Gpg(Path(home))
        try:
            yield gpg
        finally:
            gpg.end()


def main(words: list[str]) -> int:
    """Be the command."""
    parser = argparse.ArgumentParser(prog="python -m image_build.release", description="Make and sign a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser(
        "keys", help="make both keys, once: release.key, release.pem, gpg.key, import-pubring.gpg"
    )
    keys.add_argument("folder", type=Path)
    making = commands.add_parser("make", help="make a release")
    making.add_argument("folder", type=Path, help="where it goes; must be empty")
    making.add_argument("--version", required=True)
    for part in _PARTS:
        making.add_argument(f"--{part}", type=Path, required=True)
    making.add_argument("--key", type=Path, required=True, help="release key (PEM)")
    making.add_argument("--gpg-key", type=Path, required=True, help="exported OpenPGP secret key")
    making.add_argument("--days", type=int, default=180, help="how long it may be installed")
    making.add_argument("--may-go-back", action="store_true", help="it may replace a newer one")
    told = parser.parse_args(words)
    if told.command == "keys":
        told.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        new_key(told.folder / "release.key", told.folder / "release.pem")
        new_gpg_key(told.folder / "gpg.key", told.folder / "import-pubring.gpg")
        return 0
    made = make(
        told.folder,
        told.version,
        {part: getattr(told, part) for part in _PARTS},
        key=read_key(told.key),
        gpg_key=told.gpg_key,
        made_at=datetime.now(UTC),
        days=told.days,
        may_go_back=told.may_go_back,
    )
    sys.stdout.write(f"{made.version}: {made.size} bytes, good until {made.expires_at:%Y-%m-%d}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
