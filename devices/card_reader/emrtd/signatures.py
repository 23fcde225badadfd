"""Verifies the signatures that issuers of travel documents use: RSA (PKCS #1 v1.5 and PSS) and ECDSA.

Keys of elliptic curves mostly come with explicit parameters (Doc 9303-12, 4.4), which ``cryptography`` does not take:
they are looked up among the standardised curves, and any others are unsupported.
"""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.curves import Curve, Point, curves
from devices.card_reader.emrtd.der import algos, core, keys

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


_OPENSSL: Final[dict[str, type[ec.EllipticCurve]]] = {
    curve.name.lower(): curve
    for curve in (
        *(ec.SECP224R1, ec.SECP256R1, ec.SECP384R1, ec.SECP521R1),
        *(ec.BrainpoolP256R1, ec.BrainpoolP384R1, ec.BrainpoolP512R1),
    )
}


class Unsupported(Exception):
    """An algorithm or a curve that is not known here: nothing can be said of the signature."""


class _DsaSignature(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("r", core.Integer), ("s", core.Integer)]  # noqa: RUF012 - asn1crypto's way


def digest(name: str, data: bytes) -> bytes:
    """Return a hash. Raises ``Unsupported`` for an algorithm that is not one of Doc 9303-12, 4.3."""
    if name not in HASHES:
        raise Unsupported(name)
    return hashlib.new(name, data).digest()


def verifies(
    key: keys.PublicKeyInfo, algorithm: algos.SignedDigestAlgorithm, hash_name: str, message: bytes, signature: bytes
) -> bool:
    """Tell whether a signature is this key's over this message.

    ``hash_name`` is what the message names apart from the signature's algorithm, for those that leave it open. Raises
    ``Unsupported``, and whatever asn1crypto raises: call it inside ``der.reading``.
    """
    try:
        scheme = algorithm.signature_algo
        if algorithm["algorithm"].native not in ("rsassa_pkcs1v15", "ecdsa"):
            hash_name = algorithm.hash_algo
    except ValueError:  # asn1crypto does not know it either
        raise Unsupported(algorithm["algorithm"].native) from None
    if hash_name not in HASHES:
        raise Unsupported(hash_name)
    match scheme, key.algorithm:
        case "rsassa_pkcs1v15", "rsa":
            return _rsa(key, signature, message, padding.PKCS1v15(), hash_name)
        case "rsassa_pss", "rsa" | "rsassa_pss":
            parameters = algorithm["parameters"]
            generator = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
            if generator not in HASHES:
                raise Unsupported(generator)
            pss = padding.PSS(padding.MGF1(HASHES[generator]()), parameters["salt_length"].native)
            return _rsa(key, signature, message, pss, hash_name)
        case "ecdsa", "ec":
            numbers = _DsaSignature.load(signature, strict=True)
            curve, public = ec_key(key)
            return ecdsa_verifies(curve, public, hash_name, message, (numbers["r"].native, numbers["s"].native))
        case _:
            raise Unsupported(f"{scheme} with {key.algorithm}")


def ecdsa_verifies(curve: Curve, public: Point, hash_name: str, message: bytes, numbers: tuple[int, int]) -> bool:
    """Tell whether the numbers r and s are a signature over a message. Raises ``Unsupported`` for an unknown hash.

    OpenSSL verifies on the curves that it has, in a tenth of the time.
    """
    hashed = digest(hash_name, message)
    known = _OPENSSL.get(curve.name.lower())
    if known is None:
        return curve.verifies(public, hashed, *numbers)
    key = ec.EllipticCurvePublicNumbers(public.x, public.y, known()).public_key()
    try:
        key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(HASHES[hash_name]()))
    except (InvalidSignature, ValueError):  # ValueError: a number that is none of a signature
        return False
    return True


def rsa_numbers(key: keys.PublicKeyInfo) -> tuple[int, int]:
    """Return modulus and exponent of an RSA key."""
    numbers = key["public_key"].parsed
    return numbers["modulus"].native, numbers["public_exponent"].native


def ec_key(key: keys.PublicKeyInfo) -> tuple[Curve, Point]:
    """Return curve and public point of an EC key. Raises ``Unsupported`` for a curve that is not standardised."""
    parameters = key["algorithm"]["parameters"]
    curve = next((curve for curve in curves().values() if _is_of(parameters, curve)), None)
    if curve is None:
        raise Unsupported("curve")
    return curve, curve.decode(key["public_key"].native)


def _rsa(
    key: keys.PublicKeyInfo, signature: bytes, message: bytes, scheme: padding.AsymmetricPadding, hash_name: str
) -> bool:
    modulus, exponent = rsa_numbers(key)
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature, message, scheme, HASHES[hash_name]())
    except InvalidSignature:
        return False
    return True


def _is_of(parameters: keys.ECDomainParameters, curve: Curve) -> bool:
    """Tell whether a key's parameters are a curve's: by its name, or number by number."""
    if parameters.name == "named":
        return str(parameters.native).lower() == curve.name.lower()
    if parameters.name != "specified":
        raise CardGarbled("implicit curve")
    domain = parameters.chosen
    if domain["field_id"]["field_type"].native != "prime_field":
        return False
    return bool(
        domain["field_id"]["parameters"].native == curve.p
        and int.from_bytes(domain["curve"]["a"].native, "big") == curve.a
        and int.from_bytes(domain["curve"]["b"].native, "big") == curve.b
        and domain["base"].native == curve.encode(curve.generator)
        and domain["order"].native == curve.n
    )
