"""Points and parameters against two libraries that nothing here is made of: ``ecdsa`` and ``cryptography``."""

import hashlib

import ecdsa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.curves import Point, curves
from devices.card_reader.emrtd.signatures import ecdsa_verifies

_ECDSA = {
    8: ecdsa.NIST192p, 9: ecdsa.BRAINPOOLP192r1, 10: ecdsa.NIST224p, 11: ecdsa.BRAINPOOLP224r1, 12: ecdsa.NIST256p,
    13: ecdsa.BRAINPOOLP256r1, 14: ecdsa.BRAINPOOLP320r1, 15: ecdsa.NIST384p, 16: ecdsa.BRAINPOOLP384r1,
    17: ecdsa.BRAINPOOLP512r1, 18: ecdsa.NIST521p,
}  # fmt: skip
_CRYPTOGRAPHY: dict[int, ec.EllipticCurve] = {
    10: ec.SECP224R1(), 12: ec.SECP256R1(), 13: ec.BrainpoolP256R1(), 15: ec.SECP384R1(), 16: ec.BrainpoolP384R1(),
    17: ec.BrainpoolP512R1(), 18: ec.SECP521R1(),
}  # fmt: skip


def test_every_standardised_curve_is_there() -> None:
    """Table 8 of Doc 9303-11, but for its three groups without elliptic curves."""
    assert set(curves()) == set(_ECDSA)


@pytest.mark.parametrize("number", _ECDSA)
def test_parameters(number: int) -> None:
    """Each number of the table is the same as in another library."""
    ours, other = curves()[number], _ECDSA[number]
    assert (ours.p, ours.a, ours.b) == (other.curve.p(), other.curve.a() % ours.p, other.curve.b())
    assert (ours.generator.x, ours.generator.y, ours.n) == (other.generator.x(), other.generator.y(), other.order)
    with pytest.raises(CardGarbled):
        ours.multiply(ours.n, ours.generator)


@pytest.mark.parametrize("number", _CRYPTOGRAPHY)
def test_public_keys(number: int) -> None:
    """A private key has the public key that OpenSSL gives it; both agree on a secret."""
    ours, theirs = curves()[number], ec.generate_private_key(_CRYPTOGRAPHY[number])
    public = theirs.public_key().public_numbers()
    assert ours.multiply(theirs.private_numbers().private_value, ours.generator) == Point(public.x, public.y)
    own = ours.multiply(0xC0FFEE, ours.generator)
    key = ec.EllipticCurvePublicNumbers(own.x, own.y, _CRYPTOGRAPHY[number]).public_key()
    shared = ours.multiply(0xC0FFEE, Point(public.x, public.y)).x.to_bytes(ours.size, "big")
    assert theirs.exchange(ec.ECDH(), key) == shared


@pytest.mark.parametrize("number", _ECDSA)
@pytest.mark.parametrize("hash_name", ["sha1", "sha512"])
def test_signatures(number: int, hash_name: str) -> None:
    """What another library signs is verified, with hashes shorter and longer than the order; nothing else is."""
    curve, key = curves()[number], ecdsa.SigningKey.generate(_ECDSA[number])
    public = Point(key.verifying_key.pubkey.point.x(), key.verifying_key.pubkey.point.y())
    hashed = hashlib.new(hash_name, b"message").digest()
    r, s = key.sign_digest(hashed, sigencode=lambda r, s, _: (r, s), allow_truncate=True)
    for verifies in (
        lambda r, s, text: curve.verifies(public, hashlib.new(hash_name, text).digest(), r, s),
        lambda r, s, text: ecdsa_verifies(curve, public, hash_name, text, (r, s)),
    ):
        assert verifies(r, s, b"message")
        assert not verifies(r, s, b"another")
        assert not verifies(s, r, b"message")
        assert not any(verifies(r, bad, b"message") for bad in (0, -s, curve.n, s + curve.n))
        assert not any(verifies(bad, s, b"message") for bad in (0, curve.n, r + curve.n))


@settings(max_examples=15)
@given(st.sampled_from(sorted(_ECDSA)), st.integers(1, 2**192), st.integers(1, 2**192))
def test_multiples_add_up(number: int, one: int, other: int) -> None:
    """(a + b) · G = a · G + b · G, doubling included, and a point and its opposite are nothing."""
    curve = curves()[number]
    a, b = (curve.multiply(factor % curve.n or 1, curve.generator) for factor in (one, other))
    if (one + other) % curve.n:
        assert curve.add(a, b) == curve.multiply(one + other, curve.generator)
    assert curve.add(a, a) == curve.multiply(2 * one, curve.generator)
    with pytest.raises(CardGarbled):
        curve.add(a, Point(a.x, curve.p - a.y))


@given(st.sampled_from(sorted(_ECDSA)), st.binary(max_size=140))
def test_any_octets_as_a_point(number: int, octets: bytes) -> None:
    """Only points of the curve come in."""
    curve = curves()[number]
    with pytest.raises(CardGarbled):
        curve.decode(octets)
    assert curve.decode(curve.encode(curve.generator)) == curve.generator
