"""The certificates of issuing states (CSCA) that a centre trusts: certificates and master lists in a folder."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.der import cms, core, parse_certificates, reading, x509

SUFFIXES: Final = frozenset((".pem", ".der", ".crt", ".cer"))
MASTER_LIST: Final = ".ml"
_MASTER_LIST_CONTENT: Final = "2.23.136.1.1.2"
_log = logging.getLogger(__name__)


class _Certificates(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = x509.Certificate


class _MasterList(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012 - asn1crypto's way


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates that vouch for the signers of documents. They are trusted because they are here, nothing else.

    Empty, no document is ever called authentic. Certificates of several generations of an issuer may stand together.
    """

    certificates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Return what a folder holds; a file that is no certificate is left out, with a warning in the log.

        PEM and DER files, and master lists as states publish them (``.ml``, Doc 9303-12, 9). Whoever put a list there
        has to have checked who signed it: here it counts like the certificates that it holds. Raises OSError when the
        folder cannot be read.
        """
        found: list[x509.Certificate] = []
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in SUFFIXES | {MASTER_LIST}:
                parse = parse_master_list if path.suffix.lower() == MASTER_LIST else parse_certificates
                try:
                    found += parse(path.read_bytes())
                except CardGarbled as wrong:
                    _log.warning("%s is no certificate: %s", path.name, wrong)
        return cls(tuple(found))

    def issuers_of(self, signer: x509.Certificate) -> Iterable[x509.Certificate]:
        """Return what may have issued a certificate: the same name, and the same key where both sides name it."""
        with reading("signer"):
            wanted = signer.authority_key_identifier
            return [
                one
                for one in self.certificates
                if one.subject == signer.issuer
                and (None in (wanted, one.key_identifier) or wanted == one.key_identifier)
            ]


def parse_master_list(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a CSCA master list. Its signature is not looked at. Raises ``CardGarbled``.

    A certificate that cannot be read is left out, with a warning: such lists gather what a hundred states write.
    """
    found: list[x509.Certificate] = []
    with reading("master list"):
        inner = cms.ContentInfo.load(data, strict=True)["content"]["encap_content_info"]
        if inner["content_type"].dotted != _MASTER_LIST_CONTENT:
            raise CardGarbled("no master list")
        listed = _MasterList.load(bytes(inner["content"]), strict=True)["certificates"]
        for place, certificate in enumerate(listed):
            try:
                found += parse_certificates(certificate.dump())
            except CardGarbled as wrong:
                _log.warning("certificate %d of a master list: %s", place, wrong)
    return found
