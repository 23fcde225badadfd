"""The door to pyHanko: signs a certificate's PDF (PAdES B-B, ETSI EN 319 142-1), and leaves it PDF/A."""

import io
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys import load_certs_from_pemder_data  # noqa: TID251 - the door
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: TID251 - the door
from pyhanko.sign import fields, signers  # noqa: TID251 - the door
from pyhanko.sign.signers.pdf_signer import PdfSigningSession  # noqa: TID251 - the door
from pyhanko_certvalidator.registry import SimpleCertificateStore

from central.certificates.pki import SigningIdentity

_FIELD = "Seal"
_DIGEST = "sha256"
_RESERVED = 12288  # hexadecimal digits for the CMS object of about 3.3 kB; pyHanko's own estimate signs twice


@dataclass(frozen=True, slots=True, repr=False)
class SignedPdf:
    """A signed PDF and how many pages it has."""

    pdf: bytes
    pages: int


class PdfSealer:
    """Signs PDF files in one centre's name; holds its key, parsed once. Safe to share between threads.

    The signature is a certification that allows no change (DocMDP 1). Its widget is invisible: the drawn seal is part
    of the page. Without a time stamp authority the time is the centre's own word.
    """

    def __init__(self, identity: SigningIdentity) -> None:
        self._key = _Key(identity)

    def sign(self, pdf: bytes, *, now: datetime) -> SignedPdf:
        """Put one signature over all of a PDF, made at ``now``."""
        about = signers.PdfSignatureMetadata(
            field_name=_FIELD,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            subfilter=fields.SigSeedSubFilter.PADES,
            md_algorithm=_DIGEST,
        )
        update = _Update(io.BytesIO(pdf))
        signed: io.BytesIO = _SignerAt(now, about, signer=self._key).sign_pdf(update, bytes_reserved=_RESERVED)
        return SignedPdf(pdf=signed.getvalue(), pages=int(update.root["/Pages"]["/Count"]))


class _Key(signers.Signer):
    """Signs with a key in memory. pyHanko's SimpleSigner parses its key at each use: 300 ms for RSA, this takes 4."""

    def __init__(self, identity: SigningIdentity) -> None:
        chain = [certificate.public_bytes(Encoding.PEM) for certificate in (identity.certificate, identity.authority)]
        certificate, authority = load_certs_from_pemder_data(b"".join(chain))
        super().__init__(signing_cert=certificate, cert_registry=SimpleCertificateStore.from_certs([authority]))
        self._private = identity.key

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - the parameter is pyHanko's
    ) -> bytes:
        """Return RSASSA-PKCS1-v1_5 over ``data``; a dry run wants only the length right."""
        if digest_algorithm != _DIGEST:
            raise ValueError(f"signs with {_DIGEST} only, not {digest_algorithm}")
        if dry_run:
            return bytes(self._private.key_size // 8)
        return self._private.sign(data, PKCS1v15(), hashes.SHA256())


class _Update(IncrementalPdfFileWriter):
    """An update that leaves dates and XMP as Typst wrote them: PDF/A wants them to agree; no clock is asked."""

    def _update_meta(self) -> None:
        pass


class _SignerAt(signers.PdfSigner):
    """A signer whose time is given: pyHanko's own would ask the machine."""

    def __init__(self, now: datetime, about: signers.PdfSignatureMetadata, *, signer: signers.Signer) -> None:
        super().__init__(about, signer=signer)
        self._now = now

    def init_signing_session(
        self,
        pdf_out: IncrementalPdfFileWriter,
        existing_fields_only: bool = False,  # noqa: FBT001, FBT002 - the parameter is pyHanko's
    ) -> PdfSigningSession:
        """Begin as pyHanko does, at the given time."""
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self._now
        return session
