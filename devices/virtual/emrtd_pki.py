"""An invented state that issues travel documents: its certificate (CSCA), a document signer, and EF.SOD signed by that.

Keys are made when an issuer is. Certificates are written with explicit parameters of their curves, as Doc 9303-12
wants.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import new as hash_of
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.curves import curves
from devices.card_reader.emrtd.der import algos, cms, keys, x509
from devices.card_reader.emrtd.signatures import HASHES
from devices.card_reader.emrtd.signed_object import CONTENT, SOD, security_object

_BEGAN, _ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
_SALT: Final = 32


class SigningKey:
    """A private key, how it signs, and what its public half looks like in a certificate."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
        hash_name: str = "sha256",
        *,
        pss: bool = False,
        explicit: bool = True,
    ) -> None:
        self._key = key
        self.hash_name = hash_name
        self._hash = HASHES[hash_name]()
        self._pss = pss
        self._explicit = explicit

    @classmethod
    def elliptic(
        cls, curve: ec.EllipticCurve | None = None, hash_name: str = "sha256", *, explicit: bool = True
    ) -> "SigningKey":
        """Make a key on a curve."""
        return cls(ec.generate_private_key(curve or ec.SECP256R1()), hash_name, explicit=explicit)

    @property
    def public(self) -> keys.PublicKeyInfo:
        """The public half."""
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        info = keys.PublicKeyInfo.load(self._key.public_key().public_bytes(serialization.Encoding.DER, spki))
        if self._explicit and isinstance(self._key, ec.EllipticCurvePrivateKey):
            info["algorithm"]["parameters"] = _explicit(self._key.curve.name)
        return info

    @property
    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """The signature's algorithm."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.hash_name}_ecdsa"})
        if not self._pss:
            return algos.SignedDigestAlgorithm({"algorithm": f"{self.hash_name}_rsa"})
        hashed = {"algorithm": self.hash_name}
        mask = {"algorithm": "mgf1", "parameters": hashed}
        parameters = {"hash_algorithm": hashed, "mask_gen_algorithm": mask, "salt_length": _SALT}
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})

    def sign(self, message: bytes) -> bytes:
        """Return a signature."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(message, ec.ECDSA(self._hash))
        if self._pss:
            return self._key.sign(message, padding.PSS(padding.MGF1(self._hash), _SALT), self._hash)
        return self._key.sign(message, padding.PKCS1v15(), self._hash)


def certificate(
    subject: str,
    key: SigningKey,
    issuer: tuple[x509.Certificate, SigningKey] | None,
    *,
    began: datetime = _BEGAN,
    ends: datetime = _ENDS,
    signed_by: SigningKey | None = None,
) -> x509.Certificate:
    """Return a certificate of a key; its own when there is no issuer. ``signed_by`` another: a forger's."""
    name = x509.Name.build({"country_name": "UT", "organization_name": "Utopia", "common_name": subject})
    own_id = hash_of("sha256", key.public["public_key"].dump()).digest()[:20]
    signer = signed_by or (issuer[1] if issuer else key)
    authority = issuer[0].key_identifier if issuer else own_id
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(own_id[:8], "big") | 1,
            "signature": signer.algorithm,
            "issuer": issuer[0].subject if issuer else name,
            "validity": {"not_before": _time(began), "not_after": _time(ends)},
            "subject": name,
            "subject_public_key_info": key.public,
            "extensions": [
                {"extn_id": "key_identifier", "critical": False, "extn_value": own_id},
                {"extn_id": "authority_key_identifier", "critical": False, "extn_value": {"key_identifier": authority}},
            ],
        }
    )
    return x509.Certificate(
        {"tbs_certificate": tbs, "signature_algorithm": signer.algorithm, "signature_value": signer.sign(tbs.dump())}
    )


def master_list(*certificates: x509.Certificate) -> bytes:
    """Return a CSCA master list, which nobody has signed: who reads it does not ask."""
    listed = b"".join(sorted(one.dump() for one in certificates))
    content = tlv.encode(0x30, tlv.encode(0x02, b"\x00"), tlv.encode(0x31, listed))
    signed = {
        "version": "v3",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": "2.23.136.1.1.2", "content": content},
        "signer_infos": [],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


class Issuer:
    """A state with its certificate ``csca``, and one document signer.

    ``forger`` makes the signer's certificate by another key than the state's, under the state's name.
    """

    def __init__(
        self,
        make_key: Callable[[], SigningKey] = SigningKey.elliptic,
        *,
        forger: SigningKey | None = None,
        of: "Issuer | None" = None,
        began: datetime = _BEGAN,
        ends: datetime = _ENDS,
    ) -> None:
        self._root: SigningKey = of._root if of else make_key()  # noqa: SLF001 - its own kind
        self.csca: x509.Certificate = of.csca if of else certificate("CSCA Utopia", self._root, None)
        self._key = make_key()
        self.signer = certificate(
            "Document signer", self._key, (self.csca, self._root), began=began, ends=ends, signed_by=forger
        )

    def sign(
        self,
        groups: Mapping[int, bytes],
        *,
        hash_name: str = "sha256",
        with_attributes: bool = True,
        by_key: bool = False,
    ) -> bytes:
        """Return EF.SOD over data groups. ``by_key`` names the signer by its key instead of its number."""
        hashes = {number: hash_of(hash_name, content).digest() for number, content in groups.items()}
        content = security_object(hash_name, hashes)
        digest = hash_of(self._key.hash_name, content).digest()
        info: dict[str, Any] = {
            "version": "v1",
            "sid": self._sid(by_key=by_key),
            "digest_algorithm": {"algorithm": self._key.hash_name},
            "signature_algorithm": self._key.algorithm,
        }
        message = content
        if with_attributes:
            attributes = cms.CMSAttributes(
                [{"type": "content_type", "values": [CONTENT]}, {"type": "message_digest", "values": [digest]}]
            )
            info["signed_attrs"] = attributes
            message = attributes.dump()
        info["signature"] = self._key.sign(message)
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": self._key.hash_name}],
                "encap_content_info": {"content_type": CONTENT, "content": content},
                "certificates": [self.signer],
                "signer_infos": [info],
            }
        )
        return tlv.encode(SOD, cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    def _sid(self, *, by_key: bool) -> cms.SignerIdentifier:
        if by_key:
            return cms.SignerIdentifier({"subject_key_identifier": self.signer.key_identifier})
        number = {"issuer": self.signer.issuer, "serial_number": self.signer.serial_number}
        return cms.SignerIdentifier({"issuer_and_serial_number": number})


def _explicit(curve_name: str) -> keys.ECDomainParameters:
    curve = next(curve for curve in curves().values() if curve.name.lower() == curve_name.lower())
    return keys.ECDomainParameters(
        name="specified",
        value=keys.SpecifiedECDomain(
            {
                "version": "ecdpVer1",
                "field_id": {"field_type": "prime_field", "parameters": curve.p},
                "curve": {"a": curve.a.to_bytes(curve.size, "big"), "b": curve.b.to_bytes(curve.size, "big")},
                "base": curve.encode(curve.generator),
                "order": curve.n,
                "cofactor": 1,
            }
        ),
    )


def _time(moment: datetime) -> x509.Time:
    return x509.Time({"utc_time": moment})
