"""The door to asn1crypto, which reads ASN.1 lazily and raises whatever happens: here that becomes ``CardGarbled``."""

from collections.abc import Iterator
from contextlib import contextmanager

from asn1crypto import algos, cms, core, keys, x509  # noqa: TID251 - the door

from devices.card_reader.api import CardGarbled, CardReadError

__all__ = ["algos", "cms", "core", "keys", "reading", "x509"]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn everything that asn1crypto raises on foreign data into ``CardGarbled``, which names ``what`` was read."""
    try:
        yield
    except CardReadError:
        raise
    except Exception as error:  # noqa: BLE001 - ValueError, TypeError, KeyError, OverflowError, RecursionError, …
        raise CardGarbled(f"{what}: {type(error).__name__}") from None
