"""Check a printed certificate by its QR code, without asking the centre: signature, issuer, revocation list."""

from kiosk.catalogue import Catalogue
from kiosk.flows.scanning import scan
from kiosk.stage import Genuineness, ScanCode, TypeInstead, VerificationResult
from kiosk.visit import Visit
from wire.case import parse_slip
from wire.errors import CertificateForged, NotOurCode
from wire.problems import Problem, problem
from wire.text import Text
from wire.verification import verify_statement

_SCAN = Text(zh="请扫描证明上的二维码", en="Please scan the QR code of the certificate")


async def check_certificate(visit: Visit) -> None:
    """Tell whether a certificate is genuine, and what it states."""
    result = await scan(visit, ScanCode(prompt=_SCAN), lambda text: _check(visit.at.catalogue, text))
    if not isinstance(result, TypeInstead):  # which this screen does not offer
        await visit.show(result)


def _check(catalogue: Catalogue, text: str) -> VerificationResult | Problem:
    try:
        statement = verify_statement(text, catalogue.issuer_keys())
    except CertificateForged as forged:
        return VerificationResult(
            result=Genuineness.FORGED, problem=problem(forged.code), list_as_of=catalogue.list_as_of
        )
    except NotOurCode as other:
        return problem("scan.slip_not_certificate" if parse_slip(text) else other.code)
    item = catalogue.item(statement.item)
    revoked = catalogue.revoked_on(statement.serial) is not None
    return VerificationResult(
        result=Genuineness.REVOKED if revoked else Genuineness.GENUINE,
        problem=problem("verification.revoked") if revoked else None,
        serial=statement.serial,
        item_name=Text(zh=statement.item, en=statement.item) if item is None else item.name,
        holder_masked=statement.holder_masked,
        issued_on=statement.issued_on,
        list_as_of=catalogue.list_as_of,
    )
