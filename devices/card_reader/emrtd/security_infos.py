"""Which security protocols a chip announces: EF.CardAccess and DG14 (Doc 9303-11, 9.2)."""

from dataclasses import dataclass
from typing import Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.curves import Curve, curves
from devices.card_reader.emrtd.der import core, reading
from devices.card_reader.emrtd.suites import Suite

_PACE_ECDH_GM: Final = "0.4.0.127.0.7.2.2.4.2"
_PACE_SUITES: Final = {1: Suite.TRIPLE_DES, 2: Suite.AES_128, 3: Suite.AES_192, 4: Suite.AES_256}
_ACTIVE_AUTHENTICATION: Final = "2.23.136.1.1.5"
_PLAIN_ECDSA: Final = "0.4.0.127.0.7.1.1.4.1"
_HASHES: Final = {1: "sha1", 2: "sha224", 3: "sha256", 4: "sha384", 5: "sha512"}


@dataclass(frozen=True, slots=True)
class Pace:
    """One way to run PACE: protocol (object identifier, dotted), cipher, and the curve with its number."""

    protocol: str
    suite: Suite
    parameter_id: int
    curve: Curve


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """What a chip offers of what is known here, in its own order. ``pace_unknown``: it offers other PACE as well."""

    pace: tuple[Pace, ...]
    pace_unknown: bool
    active_authentication_hash: str | None


class _Info(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("protocol", core.ObjectIdentifier),
        ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]


class _Infos(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = _Info


def parse(data: bytes) -> SecurityInfos:
    """Return what ``SecurityInfos`` announce. Raises ``CardGarbled`` when they are none."""
    pace: list[Pace] = []
    pace_unknown = False
    signature_hash = None
    with reading("security infos"):
        for info in _Infos.load(data, strict=True):
            protocol = info["protocol"].dotted
            if protocol.startswith("0.4.0.127.0.7.2.2.4."):
                known = _pace(protocol, info)
                pace += [known] if known else []
                pace_unknown = pace_unknown or known is None
            elif protocol == _ACTIVE_AUTHENTICATION:
                algorithm = info["optional"].parse(core.ObjectIdentifier).dotted
                arc, _, number = algorithm.rpartition(".")
                signature_hash = _HASHES.get(int(number)) if arc == _PLAIN_ECDSA else None
    return SecurityInfos(tuple(pace), pace_unknown, signature_hash)


def announce(suite: Suite, parameter_id: int) -> bytes:
    """Return ``SecurityInfos`` that announce one way to run PACE."""
    number = next(number for number, known in _PACE_SUITES.items() if known is suite)
    info = {
        "protocol": f"{_PACE_ECDH_GM}.{number}",
        "required": core.Any(core.Integer(2)),
        "optional": core.Any(core.Integer(parameter_id)),
    }
    return bytes(_Infos([info]).dump())


def _pace(protocol: str, info: _Info) -> Pace | None:
    """Return a way to run PACE, or None for one that is not done here (other mappings, own parameters)."""
    arc, _, number = protocol.rpartition(".")
    suite = _PACE_SUITES.get(int(number)) if arc == _PACE_ECDH_GM else None
    version = info["required"].parse(core.Integer).native
    if version != 2:  # noqa: PLR2004 - the only one there is
        raise CardGarbled("version of PACE")
    parameter_id = None if info["optional"].contents is None else info["optional"].parse(core.Integer).native
    curve = curves().get(parameter_id) if parameter_id is not None else None
    return Pace(protocol, suite, parameter_id, curve) if suite and curve and parameter_id is not None else None
