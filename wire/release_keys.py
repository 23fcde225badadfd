"""The release keys that the image trusts: public halves, PEM files in a folder that nothing can write at run time."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def release_keys(folder: Path) -> tuple[Ed25519PublicKey, ...]:
    """Return every Ed25519 key in ``*.pem`` of a folder (SubjectPublicKeyInfo, RFC 8410); none is no error here.

    Raises ValueError for a file that holds something else: an image is made wrong, loudly.
    """
    found = []
    for path in sorted(folder.glob("*.pem")):
        try:
            key = load_pem_public_key(path.read_bytes())
        except UnsupportedAlgorithm as error:
            raise ValueError(f"{path.name} is no Ed25519 key") from error
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError(f"{path.name} is no Ed25519 key")  # noqa: TRY004 - the file's content, not a type
        found.append(key)
    return tuple(found)
