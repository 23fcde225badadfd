"""Passive authentication: authentic, not checked, forged; with each algorithm, and certificates of a made-up state."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from devices.card_reader.api import CardForged, CardGarbled
from devices.card_reader.emrtd import Trust, signed_object
from devices.card_reader.emrtd.der import pem
from devices.card_reader.emrtd.trust import parse_master_list
from devices.virtual.emrtd_pki import Issuer, SigningKey, certificate, master_list
from wire.identity import Authenticity

TODAY = date(2026, 11, 24)
GROUPS = {1: b"the zone", 2: b"the photo", 11: b"more"}


def verified(issuer: Issuer, trust: Trust, **how: object) -> Authenticity:
    """Sign, parse, check each group, and verify."""
    signed = signed_object.parse(issuer.sign(GROUPS, **how))  # type: ignore[arg-type]
    for number, content in GROUPS.items():
        signed.check(number, content)
    return signed_object.verify(signed, trust, TODAY)


def _rsa(hash_name: str, *, pss: bool) -> Callable[[], SigningKey]:
    return lambda: SigningKey(rsa.generate_private_key(65537, 2048), hash_name, pss=pss)


def _ec(curve: ec.EllipticCurve, hash_name: str, *, explicit: bool = True) -> Callable[[], SigningKey]:
    return lambda: SigningKey.elliptic(curve, hash_name, explicit=explicit)


@pytest.mark.parametrize(
    "make_key",
    [
        pytest.param(_rsa("sha256", pss=False), id="RSA PKCS #1 v1.5"),
        pytest.param(_rsa("sha256", pss=True), id="RSA-PSS"),
        pytest.param(_ec(ec.SECP256R1(), "sha1"), id="P-256, SHA-1"),
        pytest.param(_ec(ec.SECP224R1(), "sha224"), id="P-224, SHA-224"),
        pytest.param(_ec(ec.SECP256R1(), "sha256", explicit=False), id="P-256 by name"),
        pytest.param(_ec(ec.BrainpoolP256R1(), "sha256"), id="brainpoolP256r1"),
        pytest.param(_ec(ec.BrainpoolP256R1(), "sha256", explicit=False), id="brainpoolP256r1 by name"),
        pytest.param(_ec(ec.BrainpoolP384R1(), "sha384"), id="brainpoolP384r1"),
        pytest.param(_ec(ec.BrainpoolP512R1(), "sha512"), id="brainpoolP512r1"),
        pytest.param(_ec(ec.SECP521R1(), "sha512"), id="P-521"),
    ],
)
def test_every_algorithm(make_key: Callable[[], SigningKey]) -> None:
    """Each way to sign is verified, with the issuer's certificate at hand; without, nothing is claimed."""
    issuer = Issuer(make_key)
    assert verified(issuer, Trust((issuer.csca,))) is Authenticity.AUTHENTIC
    assert verified(issuer, Trust()) is Authenticity.NOT_CHECKED
    with pytest.raises(CardForged):
        verified(Issuer(make_key, of=issuer, forger=make_key()), Trust((issuer.csca,)))


@pytest.mark.parametrize("hash_name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("with_attributes", [True, False])
def test_every_hash(issuer: Issuer, hash_name: str, with_attributes: bool) -> None:  # noqa: FBT001
    """The groups' hash is another choice than the signature's, and attributes are optional."""
    how = {"hash_name": hash_name, "with_attributes": with_attributes}
    assert verified(issuer, Trust((issuer.csca,)), **how) is Authenticity.AUTHENTIC


def test_a_signer_named_by_its_key(issuer: Issuer) -> None:
    """CMS names a signer by number or by key; a signer of another key is not there."""
    trust = Trust((issuer.csca,))
    assert verified(issuer, trust, by_key=True) is Authenticity.AUTHENTIC
    signed = signed_object.parse(issuer.sign(GROUPS, by_key=True))
    other = signed_object.SignedObject(
        signed.hash_name, signed.hashes, signed.content, signed.signer, (Issuer(of=issuer).signer,)
    )
    assert signed_object.verify(other, trust, TODAY) is Authenticity.NOT_CHECKED


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        pytest.param("06082A8648CE3D040302", "06082A8648CE3D04037F", id="signature"),
        pytest.param("06092A864886F70D01090431", "06092A864886F70D01097F31", id="attribute"),
        pytest.param("06072A8648CE3D0201", "06072A8648CE3D027F", id="key"),
        pytest.param("06072A8648CE3D0101", "06072A8648CE3D017F", id="field"),
    ],
)
def test_unknown_algorithms(issuer: Issuer, known: str, unknown: str) -> None:
    """What is not known here vouches for nothing, and is either refused or not checked: never authentic."""
    content = issuer.sign(GROUPS)
    assert bytes.fromhex(known) in content
    changed = content.replace(bytes.fromhex(known), bytes.fromhex(unknown))
    try:
        found = signed_object.verify(signed_object.parse(changed), Trust((issuer.csca,)), TODAY)
    except (CardGarbled, CardForged):
        return
    assert found is Authenticity.NOT_CHECKED


def test_an_unknown_signature_is_not_checked(issuer: Issuer) -> None:
    """A signature's algorithm that nobody here knows is no forgery."""
    content, algorithm = issuer.sign(GROUPS), bytes.fromhex("06082A8648CE3D040302")
    at = content.rindex(algorithm)
    changed = content[: at + 9] + b"\x7f" + content[at + 10 :]
    assert signed_object.verify(signed_object.parse(changed), Trust((issuer.csca,)), TODAY) is Authenticity.NOT_CHECKED


def test_a_changed_group(issuer: Issuer) -> None:
    """A group that was changed, or never signed, is forged, whoever is trusted."""
    signed = signed_object.parse(issuer.sign(GROUPS))
    with pytest.raises(CardForged):
        signed.check(1, b"the zone of another")
    with pytest.raises(CardForged):
        signed.check(12, b"never signed")


def test_changed_hashes(issuer: Issuer) -> None:
    """Hashes that were changed to suit other groups betray themselves, though nobody is trusted."""
    content = issuer.sign(GROUPS)
    known = signed_object.parse(content).hashes[1]
    changed = signed_object.parse(content.replace(known, bytes(32)))
    with pytest.raises(CardForged):
        signed_object.verify(changed, Trust(), TODAY)


@pytest.mark.parametrize("with_attributes", [True, False])
def test_a_changed_signature(issuer: Issuer, with_attributes: bool) -> None:  # noqa: FBT001
    """A signature over something else is forged."""
    one = signed_object.parse(issuer.sign(GROUPS, with_attributes=with_attributes))
    other = signed_object.parse(issuer.sign(GROUPS | {1: b"another"}, with_attributes=with_attributes))
    mixed = signed_object.SignedObject(one.hash_name, one.hashes, one.content, other.signer, one.certificates)
    with pytest.raises(CardForged):
        signed_object.verify(mixed, Trust((issuer.csca,)), TODAY)


def test_a_stranger(issuer: Issuer) -> None:
    """Whoever signs under a state's name without its key is found out; another state is just unknown."""
    trust = Trust((issuer.csca,))
    with pytest.raises(CardForged):
        verified(Issuer(of=issuer, forger=SigningKey.elliptic()), trust)
    assert verified(Issuer(), trust) is Authenticity.NOT_CHECKED, "same name, another key of the state: not configured"


def test_generations_of_an_issuer(issuer: Issuer) -> None:
    """Of several certificates of one name, the one whose key signed is taken."""
    renewed = Issuer()
    trust = Trust((renewed.csca, issuer.csca))
    assert verified(issuer, trust) is Authenticity.AUTHENTIC
    assert verified(renewed, trust) is Authenticity.AUTHENTIC


def test_validity(issuer: Issuer) -> None:
    """A signer that has expired, or was certified outside its issuer's life, vouches for nothing; it is no forgery."""
    trust = Trust((issuer.csca,))
    for began, ends in (((2021, 1, 1), (2026, 11, 23)), ((2026, 11, 25), (2030, 1, 1)), ((2019, 1, 1), (2030, 1, 1))):
        signer = Issuer(of=issuer, began=datetime(*began, tzinfo=UTC), ends=datetime(*ends, tzinfo=UTC))
        assert verified(signer, trust) is Authenticity.NOT_CHECKED
    assert verified(Issuer(of=issuer, ends=datetime(2026, 11, 24, tzinfo=UTC)), trust) is Authenticity.AUTHENTIC


def test_a_signed_object_without_its_signers_certificate(issuer: Issuer) -> None:
    """Nothing can be said of a signature whose key is not there."""
    signed = signed_object.parse(issuer.sign(GROUPS))
    bare = signed_object.SignedObject(signed.hash_name, signed.hashes, signed.content, signed.signer, ())
    assert signed_object.verify(bare, Trust((issuer.csca,)), TODAY) is Authenticity.NOT_CHECKED


@pytest.mark.parametrize("content", [b"", b"\x77\x00", b"\x77\x02\x30\x00", b"\x30\x00", b"\x77\x80"])
def test_no_signed_object(content: bytes) -> None:
    """What is none is garbled."""
    with pytest.raises(CardGarbled):
        signed_object.parse(content)


def test_a_master_list_with_a_certificate_that_nobody_can_read(caplog: pytest.LogCaptureFixture) -> None:
    """One odd certificate does not take the others with it."""
    good, odd = (certificate(name, SigningKey.elliptic(), None) for name in ("CSCA good", "CSCA odd"))
    content = master_list(good, odd).replace(b"CSCA odd", b"CSCA \xff\xfe\xfd")
    assert [one.dump() for one in parse_master_list(content)] == [good.dump()]
    assert "of a master list" in caplog.text


def test_a_folder_of_certificates(issuer: Issuer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """PEM with several, DER with one, a master list; what is none is left out, with a warning."""
    other = Issuer()
    third, fourth = (certificate(name, SigningKey.elliptic(), None) for name in ("CSCA three", "CSCA four"))
    both = b"".join(pem.armor("CERTIFICATE", one.dump()) for one in (issuer.csca, other.csca))
    (tmp_path / "two.pem").write_bytes(both)
    (tmp_path / "one.DER").write_bytes(third.dump())
    (tmp_path / "notes.txt").write_bytes(b"not looked at")
    (tmp_path / "broken.cer").write_bytes(b"\x30\x03\x02\x01")
    (tmp_path / "state.ml").write_bytes(master_list(fourth))
    (tmp_path / "wrong.ml").write_bytes(third.dump())
    trust = Trust.of_folder(tmp_path)
    assert {one.dump() for one in trust.certificates} == {
        one.dump() for one in (issuer.csca, other.csca, third, fourth)
    }
    assert "wrong.ml" in caplog.text
    assert verified(issuer, trust) is Authenticity.AUTHENTIC
    assert "broken.cer" in caplog.text
    assert "notes.txt" not in caplog.text
    with pytest.raises(OSError, match="missing"):
        Trust.of_folder(tmp_path / "missing")
