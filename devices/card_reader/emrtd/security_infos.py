"""Which security protocols a chip announces: EF.CardAccess and DG14 (Doc 9303-11, 9.2)."""

from dataclasses import dataclass, field
from typing import Any, Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.curves import Curve, curves
from devices.card_reader.emrtd.der import core, keys, reading
from devices.card_reader.emrtd.suites import Suite

_PACE: Final = "0.4.0.127.0.7.2.2.4."
_PACE_ECDH_GM: Final = _PACE + "2"
_CHIP_KEY_ECDH: Final = "0.4.0.127.0.7.2.2.1.2"
_CHIP_ECDH: Final = "0.4.0.127.0.7.2.2.3.2"
_SUITES: Final = {1: Suite.TRIPLE_DES, 2: Suite.AES_128, 3: Suite.AES_192, 4: Suite.AES_256}
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
class ChipKey:
    """One way to run chip authentication: protocol, cipher, the chip's public key, and its number if it has several."""

    protocol: str
    suite: Suite
    key: keys.PublicKeyInfo = field(repr=False)
    key_id: int | None


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """What a chip offers of what is known here, in its own order. ``pace_unknown``: it offers other PACE as well."""

    pace: tuple[Pace, ...] = ()
    pace_unknown: bool = False
    active_authentication_hash: str | None = None
    chip_keys: tuple[ChipKey, ...] = ()


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
    pace: list[Pace | None] = []
    signature_hash = None
    chip_keys: dict[int | None, keys.PublicKeyInfo] = {}
    chip_suites: list[tuple[str, int | None]] = []
    with reading("security infos"):
        for info in _Infos.load(data, strict=True):
            protocol = info["protocol"].dotted
            if protocol.startswith(_PACE):
                pace.append(_pace(protocol, info))
            elif protocol == _ACTIVE_AUTHENTICATION:
                arc, _, number = info["optional"].parse(core.ObjectIdentifier).dotted.rpartition(".")
                signature_hash = _HASHES.get(int(number)) if arc == _PLAIN_ECDSA else None
            elif protocol == _CHIP_KEY_ECDH:
                chip_keys[_number(info)] = info["required"].parse(keys.PublicKeyInfo)
            elif protocol.rpartition(".")[0] == _CHIP_ECDH:
                chip_suites.append((protocol, _number(info)))
        known = tuple(one for one in pace if one is not None)
        return SecurityInfos(known, len(known) < len(pace), signature_hash, _chip_keys(chip_keys, chip_suites))


def coded(*infos: tuple[str, Any, Any]) -> bytes:
    """Return ``SecurityInfos`` of protocols, what each requires, and what is optional or None."""
    return bytes(
        _Infos(
            [
                {"protocol": protocol, "required": core.Any(required)}
                | ({} if optional is None else {"optional": core.Any(optional)})
                for protocol, required, optional in infos
            ]
        ).dump()
    )


def announce(suite: Suite, parameter_id: int) -> bytes:
    """Return ``SecurityInfos`` that announce one way to run PACE."""
    return coded((protocol_of(_PACE_ECDH_GM, suite), core.Integer(2), core.Integer(parameter_id)))


def announce_chip_key(suite: Suite, key: keys.PublicKeyInfo, key_id: int | None = None) -> bytes:
    """Return ``SecurityInfos`` that announce one way to run chip authentication."""
    number = None if key_id is None else core.Integer(key_id)
    return coded((_CHIP_KEY_ECDH, key, number), (protocol_of(_CHIP_ECDH, suite), core.Integer(1), number))


def protocol_of(arc: str, suite: Suite) -> str:
    """Return the object identifier of a protocol with a cipher."""
    return f"{arc}.{next(number for number, known in _SUITES.items() if known is suite)}"


def _number(info: _Info) -> int | None:
    """Return the optional number at the end of an info."""
    optional = info["optional"]
    return int(optional.parse(core.Integer).native) if isinstance(optional, core.Any) else None


def _chip_keys(
    public: dict[int | None, keys.PublicKeyInfo], announced: list[tuple[str, int | None]]
) -> tuple[ChipKey, ...]:
    """Return the ways to run chip authentication; a key that no cipher is announced for is meant for 3DES."""
    ways = announced or [(protocol_of(_CHIP_ECDH, Suite.TRIPLE_DES), key_id) for key_id in public]
    return tuple(
        ChipKey(protocol, suite, public[key_id], key_id)
        for protocol, key_id in ways
        if key_id in public and (suite := _SUITES.get(int(protocol.rpartition(".")[2]))) is not None
    )


def _pace(protocol: str, info: _Info) -> Pace | None:
    """Return a way to run PACE, or None for one that is not done here (other mappings, own parameters)."""
    arc, _, number = protocol.rpartition(".")
    suite = _SUITES.get(int(number)) if arc == _PACE_ECDH_GM else None
    version = info["required"].parse(core.Integer).native
    if version != 2:  # noqa: PLR2004 - the only one there is
        raise CardGarbled("version of PACE")
    parameter_id = _number(info)
    curve = curves().get(parameter_id) if parameter_id is not None else None
    return Pace(protocol, suite, parameter_id, curve) if suite and curve and parameter_id is not None else None
