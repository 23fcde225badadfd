"""The door to asn1crypto, which reads ASN.1 lazily and raises whatever happens: here that becomes ``CardGarbled``."""

from collections.abc import Iterator
from contextlib import contextmanager

from asn1crypto import algos, cms, core, keys, pem, x509  # noqa: TID251 - the door

from devices.card_reader.api import CardGarbled, CardReadError

__all__ = ["algos", "cms", "core", "keys", "parse_certificates", "pem", "reading", "x509"]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn everything that asn1crypto raises on foreign data into ``CardGarbled``, which names ``what`` was read."""
    try:
        yield
    except CardReadError:
        raise
    except Exception as error:  # noqa: BLE001 - ValueError, TypeError, KeyError, OverflowError, RecursionError, …
        raise CardGarbled(f"{what}: {type(error).__name__}") from None


def parse_certificates(data: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM file (any number), or of a DER file (one). Raises ``CardGarbled``."""
    with reading("certificate"):
        ders = [der for kind, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
        found = [x509.Certificate.load(der, strict=True) for der in ders]
        for one in found:
            _ = one.native  # asn1crypto reads lazily: what is wrong is wrong now
        return found
