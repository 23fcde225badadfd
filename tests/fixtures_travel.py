"""Keys of virtual travel documents that take long to make: once for a whole session."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from devices.virtual.emrtd_pki import Issuer
from devices.virtual.emrtd_proof import RsaProof


@pytest.fixture(scope="session")
def rsa_keys() -> tuple[RsaProof, RsaProof]:
    """Two chips' keys, with the two kinds of trailer."""
    first, second = (rsa.generate_private_key(65537, 1536) for _ in range(2))  # noqa: S505 - quick to make
    return RsaProof(first, "sha256"), RsaProof(second, "sha1")


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Found a state that issues travel documents."""
    return Issuer()
