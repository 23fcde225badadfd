"""Passive authentication (Doc 9303-11, 5.1): whether what a chip holds is what its issuer signed.

The signer's certificate comes inside EF.SOD, and must have been issued by one in ``Trust``. Not done: lists of revoked
signers. Tried with made-up certificates only, of each algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hmac import compare_digest
from typing import Final

from devices.card_reader.api import CardForged, CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.der import cms, core, reading, x509
from devices.card_reader.emrtd.signatures import Unsupported, digest, verifies
from devices.card_reader.emrtd.trust import Trust
from wire.identity import Authenticity

SOD: Final = 0x77
CONTENT: Final = "2.23.136.1.1.1"  # LDS security object
_SET_OF: Final = b"\x31"  # signed attributes are hashed under this tag instead of their own (RFC 5652, 5.4)


class _GroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("number", core.Integer), ("hash", core.OctetString)]  # noqa: RUF012 - asn1crypto's way


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = _GroupHash


class _SecurityObject(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("version", core.Integer),
        ("hash_algorithm", cms.DigestAlgorithm),
        ("hashes", _GroupHashes),
        ("lds_version", core.Any, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SignedObject:
    """What EF.SOD says: the hash of each data group, and who signed that."""

    hash_name: str
    hashes: Mapping[int, bytes]
    content: bytes
    signer: cms.SignerInfo
    certificates: tuple[x509.Certificate, ...]

    def check(self, number: int, group: bytes) -> None:
        """Raise ``CardForged`` unless this is the data group that was signed."""
        try:
            computed = digest(self.hash_name, group)
        except Unsupported as unknown:
            raise CardGarbled(f"signed object: hash {unknown}") from None
        if number not in self.hashes or not compare_digest(computed, self.hashes[number]):
            raise CardForged(f"DG{number} is not what was signed")


def parse(content: bytes) -> SignedObject:
    """Return what EF.SOD says. Nothing is verified yet. Raises ``CardGarbled``."""
    with reading("signed object"):
        signed = cms.ContentInfo.load(tlv.inside(content, SOD), strict=True)["content"]
        inner = signed["encap_content_info"]
        if inner["content_type"].dotted != CONTENT or len(signed["signer_infos"]) != 1:
            raise CardGarbled("signed object: kind")
        inside = bytes(inner["content"])
        said = _SecurityObject.load(inside, strict=True)
        return SignedObject(
            said["hash_algorithm"]["algorithm"].native,
            {entry["number"].native: entry["hash"].native for entry in said["hashes"]},
            inside,
            signed["signer_infos"][0].copy(),
            tuple(choice.chosen for choice in signed["certificates"] if choice.name == "certificate"),
        )


def security_object(hash_name: str, hashes: Mapping[int, bytes]) -> bytes:
    """Return the content that is signed: the hashes of data groups (Doc 9303-10, 4.6.2.3)."""
    entries = [{"number": number, "hash": value} for number, value in sorted(hashes.items())]
    said = _SecurityObject({"version": 0, "hash_algorithm": {"algorithm": hash_name}, "hashes": entries})
    return bytes(said.dump())


def verify(signed: SignedObject, trust: Trust, today: date) -> Authenticity:
    """Tell whether a trusted issuer vouches for the hashes.

    Raises ``CardForged`` when the signature is wrong, or when the signer's certificate is not from whom it says.
    NOT_CHECKED: the issuer is not among those trusted, a certificate has expired, or an algorithm is unknown.
    """
    with reading("signed object"):
        try:
            signer = _signer(signed)
            if signer is None:
                return Authenticity.NOT_CHECKED
            if not _signed_by(signed, signer):
                raise CardForged("the signature over the hashes is wrong")
            issuers = list(trust.issuers_of(signer))
            if not issuers:
                return Authenticity.NOT_CHECKED
            issuer = next((one for one in issuers if _issued(one, signer)), None)
        except Unsupported:
            return Authenticity.NOT_CHECKED
        if issuer is None:
            raise CardForged("the signer's certificate is not its issuer's")
        return Authenticity.AUTHENTIC if _valid(issuer, signer, today) else Authenticity.NOT_CHECKED


def _signer(signed: SignedObject) -> x509.Certificate | None:
    sid = signed.signer["sid"]
    for one in signed.certificates:
        if sid.name == "issuer_and_serial_number":
            if one.issuer == sid.chosen["issuer"] and one.serial_number == sid.chosen["serial_number"].native:
                return one
        elif one.key_identifier == sid.native:
            return one
    return None


def _signed_by(signed: SignedObject, signer: x509.Certificate) -> bool:
    info = signed.signer
    hash_name = info["digest_algorithm"]["algorithm"].native
    message = signed.content
    if len(info["signed_attrs"]):
        said = {attribute["type"].native: attribute["values"] for attribute in info["signed_attrs"]}
        if said["content_type"][0].dotted != CONTENT:
            return False
        if not compare_digest(said["message_digest"][0].native, digest(hash_name, signed.content)):
            return False
        message = _SET_OF + info["signed_attrs"].dump()[1:]
    return verifies(signer.public_key, info["signature_algorithm"], hash_name, message, info["signature"].native)


def _issued(issuer: x509.Certificate, signer: x509.Certificate) -> bool:
    return verifies(
        issuer.public_key,
        signer["signature_algorithm"],
        "",
        signer["tbs_certificate"].dump(),
        signer["signature_value"].native,
    )


def _valid(issuer: x509.Certificate, signer: x509.Certificate, today: date) -> bool:
    """Tell whether the signer was certified while its issuer was valid, and is still valid."""
    of_issuer, of_signer = (one["tbs_certificate"]["validity"] for one in (issuer, signer))
    begin = of_signer["not_before"].native
    certified = of_issuer["not_before"].native <= begin <= of_issuer["not_after"].native
    return bool(certified and begin.date() <= today <= of_signer["not_after"].native.date())
