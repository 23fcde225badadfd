"""The certificates of issuing states (CSCA) that a centre has chosen to trust, from a folder of PEM or DER files."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.der import parse_certificates, reading, x509

SUFFIXES: Final = frozenset((".pem", ".der", ".crt", ".cer"))
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """Certificates that vouch for the signers of documents. They are trusted because they are here, nothing else.

    Empty, no document is ever called authentic. Certificates of several generations of an issuer may stand together.
    """

    certificates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Return what a folder holds; a file that is no certificate is left out, with a warning in the log.

        Raises OSError when the folder cannot be read.
        """
        found: list[x509.Certificate] = []
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in SUFFIXES:
                try:
                    found += parse_certificates(path.read_bytes())
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
