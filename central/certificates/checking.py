"""The other door to pyHanko: says whether a PDF carries this centre's own signature over all of it, unchanged."""

import io
from dataclasses import dataclass

from asn1crypto.x509 import Certificate as Asn1Certificate  # noqa: TID251 - what pyHanko speaks of
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.misc import PdfError  # noqa: TID251 - the door
from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: TID251 - the door
from pyhanko.sign.validation import validate_pdf_signature  # noqa: TID251 - the door
from pyhanko.sign.validation.errors import SignatureValidationError  # noqa: TID251 - the door
from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: TID251 - the door
from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True, slots=True)
class Signed:
    """What a PDF's signature is worth. ``fault`` is empty when it is valid."""

    valid: bool
    fault: str = ""


def check_signature(pdf: bytes, authority: x509.Certificate) -> Signed:
    """Check the one signature of a certificate's PDF under ``authority``, at the time that it gives."""
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1:
            return Signed(valid=False, fault=f"{len(signatures)} signatures instead of one")
        context = ValidationContext(
            trust_roots=[Asn1Certificate.load(authority.public_bytes(Encoding.DER))],
            allow_fetching=False,
            moment=signatures[0].self_reported_timestamp,
        )
        status = validate_pdf_signature(signatures[0], signer_validation_context=context)
    except (PdfError, SignatureValidationError, ValueError) as error:
        return Signed(valid=False, fault=type(error).__name__)
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return Signed(valid=False, fault="something was added after signing")
    if not status.bottom_line:
        return Signed(valid=False, fault="changed, or signed by somebody else")
    return Signed(valid=True)
