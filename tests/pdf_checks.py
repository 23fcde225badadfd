"""Checks a certificate's PDF as a stranger would: by signature, text and code, without asking the centre."""

import asyncio
import io
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import zxingcpp  # noqa: TID251 - an independent reader of our codes
from asn1crypto.x509 import Certificate as Asn1Certificate  # noqa: TID251 - what pyHanko takes
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: TID251 - validates what the centre signs
from pyhanko.sign.validation import async_validate_pdf_signature  # noqa: TID251 - as above
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel  # noqa: TID251 - as above
from pyhanko_certvalidator import ValidationContext

from wire.verification import Statement, verify_statement

_DPI = 150  # what an office scanner gives at least


def assert_certificate(pdf: bytes, *, ca: x509.Certificate, holder: str, issuer_keys: Mapping[str, bytes]) -> Statement:
    """Assert that a PDF is a certificate: signed under ``ca``, PDF/A-2b, naming ``holder``, its QR code genuine.

    ``issuer_keys``: key id → 32 bytes, as terminals hold them. Returns what the code states. Works inside a running
    event loop too.
    """
    assert signature_faults(pdf, ca) == []
    assert pdf_a_faults(pdf) == []
    text = text_of(pdf)
    assert holder in text
    codes = set(codes_on(pdf))
    assert len(codes) == 1, f"{len(codes)} different codes on the pages"
    statement = verify_statement(codes.pop(), issuer_keys)
    assert statement.serial in text
    return statement


def signature_faults(pdf: bytes, ca: x509.Certificate) -> list[str]:
    """Return what is wrong with the one signature, trusting ``ca`` only and asking nobody; empty when nothing is."""
    status = signature_status(pdf, ca)
    checks = (
        ("content was changed", status.intact),
        ("signature does not hold", status.valid),
        ("signer is not vouched for", status.trusted),
        ("something was added afterwards", status.coverage is SignatureCoverageLevel.ENTIRE_FILE),
        ("something else is wrong", status.bottom_line),
    )
    return [fault for fault, holds in checks if not holds]


def signature_status(pdf: bytes, ca: x509.Certificate) -> PdfSignatureStatus:
    """Return pyHanko's opinion, at the time that the signature gives, so that a test may play in any year."""
    signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    assert len(signatures) == 1
    context = ValidationContext(
        trust_roots=[Asn1Certificate.load(ca.public_bytes(Encoding.DER))],
        allow_fetching=False,
        moment=signatures[0].self_reported_timestamp,
    )
    # In a thread of its own: the caller may sit in a running event loop.
    with ThreadPoolExecutor(1) as thread:
        validation = async_validate_pdf_signature(signatures[0], signer_validation_context=context)
        return thread.submit(asyncio.run, validation).result()


def pdf_a_faults(pdf: bytes) -> list[str]:
    """Return what speaks against PDF/A-2b (ISO 19005-2), of what can be seen without veraPDF.

    Looked at: the claim in XMP, output intent with a profile, embedded fonts, header and catalog version, encryption,
    scripts, the signature's widget. Not looked at: colours, transparency, glyph widths, every XMP schema.
    """
    reader = PdfFileReader(io.BytesIO(pdf))
    root = reader.root
    xmp = root["/Metadata"].data.decode()
    intents = root["/OutputIntents"] if "/OutputIntents" in root else ()  # noqa: SIM401 - get() does not resolve
    fonts = (
        subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    )
    checks: Iterable[tuple[str, bool]] = (
        ("XMP claims part 2", bool(re.search(r"pdfaid:part(>|=\")2", xmp))),
        ("XMP claims conformance B", bool(re.search(r"pdfaid:conformance(>|=\")B", xmp))),
        ("output intent with a profile", any("/DestOutputProfile" in intents[place] for place in range(len(intents)))),
        ("fonts", bool(fonts)),
        ("fonts embedded", all(re.search(r"\s(yes|no)\s+(yes|no)\s+(yes|no)\s", line)[1] == "yes" for line in fonts)),
        ("PDF 1.7 or older", pdf[:7] == b"%PDF-1." and "/Version" not in root),
        ("not encrypted", not reader.encrypted),
        ("no scripts", not re.search(rb"/JavaScript|/JS\b", pdf)),
        (
            "widgets are printed, not hidden",
            all(_widget_allowed(flag) for flag in _widget_flags(root["/Pages"]["/Kids"])),
        ),
    )
    return [fault for fault, holds in checks if not holds]


def text_of(pdf: bytes) -> str:
    """Return the text of all pages, without white space: lines break inside Chinese names too."""
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return "".join(text.split())


def codes_on(pdf: bytes) -> list[str]:
    """Return what the QR codes on the printed pages say, read from a picture of 150 dpi."""
    pages = subprocess.run(
        ["pdftoppm", "-r", str(_DPI), "-gray", "-"], input=pdf, capture_output=True, check=True
    ).stdout
    found: list[str] = []
    while pages:
        header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", pages)
        assert header is not None, "pdftoppm gave no picture"
        width, height = int(header[1]), int(header[2])
        end = header.end() + width * height
        picture = np.frombuffer(pages[header.end() : end], np.uint8).reshape(height, width)
        found += [code.text for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]
        pages = pages[end:]
    return found


def _widget_flags(pages: Sequence[object]) -> list[int]:
    """Return the flags of every annotation; pyHanko resolves references on access by index only."""
    notes = [pages[n]["/Annots"] for n in range(len(pages)) if "/Annots" in pages[n]]
    return [int(of_page[n]["/F"]) for of_page in notes for n in range(len(of_page))]


def _widget_allowed(flags: int) -> bool:
    """ISO 19005-2, 6.3.2: the print flag is set, hidden and no-view are not."""
    return bool(flags & 4) and not flags & (2 | 32)
