"""The X.509 identity that signs certificates' PDF files: a small authority of the centre, and one signer under it.

Two files of mode 0600 in the centre's key folder, each a private key and its certificate (PEM). An authority whose
root sits in readers' trust lists can take this one's place: only :func:`load` would change. RSA, because a PDF signed
on an elliptic curve has to declare PDF 2.0 (ISO/TS 32002), which PDF/A-2 is not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from central.keys import KeysMissing, read_or_create

_AUTHORITY_LIFE = timedelta(days=20 * 365)
_SIGNER_LIFE = timedelta(days=5 * 365)
_CLOCK_SKEW = timedelta(days=1)
_PUBLIC_EXPONENT = 65537
_KEY_BITS = 3072


@dataclass(frozen=True, slots=True, repr=False)
class SigningIdentity:
    """Who signs a PDF: the signer's RSA key and certificate, and the authority's certificate that vouches for it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate


def create(data_dir: Path, centre: str, name: str, now: datetime) -> SigningIdentity:
    """Make a centre's authority and signer where they are missing, and return the signer. ``name``: the centre's."""
    authority_path, signer_path = _paths(data_dir, centre)
    authority_key, authority = _split(read_or_create(authority_path, lambda: _authority(name, now)))
    key, certificate = _split(read_or_create(signer_path, lambda: _signer(name, authority_key, authority, now)))
    return SigningIdentity(key=key, certificate=certificate, authority=authority)


def load(data_dir: Path, centre: str) -> SigningIdentity:
    """Return a centre's signer. Raises :class:`~central.keys.KeysMissing`."""
    authority_path, signer_path = _paths(data_dir, centre)
    try:
        _, authority = _split(authority_path.read_bytes())
        key, certificate = _split(signer_path.read_bytes())
    except FileNotFoundError as error:
        raise KeysMissing(f"no signer of certificates for centre {centre} in the data folder") from error
    return SigningIdentity(key=key, certificate=certificate, authority=authority)


def _paths(data_dir: Path, centre: str) -> tuple[Path, Path]:
    folder = data_dir / "keys" / centre
    return folder / "certificate_authority.pem", folder / "certificate_signer.pem"


def _authority(name: str, now: datetime) -> bytes:
    key = rsa.generate_private_key(_PUBLIC_EXPONENT, _KEY_BITS)
    subject = _name(name, f"{name} 证明签发机构")
    builder = _builder(subject, subject, key, now, _AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _join(key, builder.sign(key, hashes.SHA256()))


def _signer(name: str, authority_key: rsa.RSAPrivateKey, authority: x509.Certificate, now: datetime) -> bytes:
    key = rsa.generate_private_key(_PUBLIC_EXPONENT, _KEY_BITS)
    builder = _builder(_name(name, f"{name} 证明签章"), authority.subject, key, now, _SIGNER_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    return _join(key, builder.sign(authority_key, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),  # X.520: 64 characters at most
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    """Return RFC 5280, 4.2.1.3: an authority signs certificates, a signer signs content that it stands by."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _join(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def _split(pem: bytes) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    # Our own file, of mode 0600: checking that its primes are prime takes 170 ms.
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the signer of certificates must have an RSA key")
    return key, x509.load_pem_x509_certificate(pem)
