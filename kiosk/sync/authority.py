"""The centre's own TLS authority, fetched once over a line that is not trusted yet, and taken by its digest alone."""

import asyncio
import ssl

import httpx  # noqa: TID251 - the one question that is asked before anybody is trusted

from kiosk.sync.errors import CentreGarbled, CentreUnreachable, unreached
from wire.invitation import digest_of_authority

_PATH = "api/terminal/v1/authority"
_LIMIT_S = 20.0
_LARGEST = 64 * 1024  # bytes


class AuthorityWrong(CentreGarbled):
    """What the centre gave is not the certificate that the invitation names."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code="centre.authority_wrong")


async def fetch(url: str, digest: bytes, *, proxy: str | None = None) -> str:
    """Return the authority's certificate as PEM. Raises :class:`~kiosk.sync.errors.CentreError`.

    Nobody is believed here: nothing is sent but the question, and nothing is taken but what has the digest.
    """
    try:
        async with (
            asyncio.timeout(_LIMIT_S),
            httpx.AsyncClient(verify=_unverified(), trust_env=False, proxy=proxy, timeout=_LIMIT_S) as http,
            http.stream("GET", f"{url.rstrip('/')}/{_PATH}") as response,
        ):
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > _LARGEST:
                    raise AuthorityWrong("more than a certificate")
    except TimeoutError as error:
        raise CentreUnreachable(f"authority: no whole answer in {_LIMIT_S} s") from error
    except httpx.DecodingError as error:
        raise AuthorityWrong("authority: not decoded") from error
    except httpx.TransportError as error:
        raise unreached("authority", error) from error
    return matching(content.decode("ascii", errors="replace"), digest)


def matching(pem: str, digest: bytes) -> str:
    """Return the certificate of a PEM text that has a digest, alone. Raises :class:`AuthorityWrong`."""
    for part in pem.split("-----BEGIN CERTIFICATE-----")[1:]:
        one = f"-----BEGIN CERTIFICATE-----{part.partition('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n"
        try:
            certificate = ssl.PEM_cert_to_DER_cert(one)
        except ValueError:
            continue
        if digest_of_authority(certificate) == digest:
            return ssl.DER_cert_to_PEM_cert(certificate)
    raise AuthorityWrong("no certificate with the digest of the invitation")


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
