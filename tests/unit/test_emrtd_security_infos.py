"""What chips announce: ways to run PACE, to prove themselves, and what is not known here."""

import pytest

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd.der import core
from devices.card_reader.emrtd.security_infos import SecurityInfos, announce, announce_chip_key, coded, parse
from devices.card_reader.emrtd.suites import Suite
from devices.virtual.emrtd_pki import SigningKey

_PACE = "0.4.0.127.0.7.2.2.4"


@pytest.mark.parametrize("suite", Suite, ids=lambda suite: suite.name)
def test_pace_with_each_cipher(suite: Suite) -> None:
    """Generic mapping on a standardised curve is what is known here."""
    (offer,) = parse(announce(suite, 12)).pace
    assert (offer.suite, offer.parameter_id, offer.curve.name) == (suite, 12, "secp256r1")


@pytest.mark.parametrize(
    ("protocol", "parameter_id"),
    [(f"{_PACE}.4.2", 13), (f"{_PACE}.1.2", 0), (f"{_PACE}.2.2", 2), (f"{_PACE}.2.2", None), (f"{_PACE}.2.9", 13)],
    ids=["integrated mapping", "without curves", "no curve of this number", "own parameters", "unknown cipher"],
)
def test_pace_that_is_not_done_here(protocol: str, parameter_id: int | None) -> None:
    """It is told apart from no PACE at all, and does not hide what else is offered."""
    number = None if parameter_id is None else core.Integer(parameter_id)
    unknown = (protocol, core.Integer(2), number)
    assert parse(coded(unknown)) == SecurityInfos(pace_unknown=True)
    both = parse(coded(unknown, (f"{_PACE}.2.4", core.Integer(2), core.Integer(13))))
    assert both.pace_unknown
    assert [offer.suite for offer in both.pace] == [Suite.AES_256]


def test_the_hash_of_active_authentication() -> None:
    """DG14 names it for ECDSA; other protocols, known elsewhere, are passed over."""
    plain = "0.4.0.127.0.7.1.1.4.1."
    active = "2.23.136.1.1.5"
    for number, name in ((1, "sha1"), (3, "sha256"), (5, "sha512"), (9, None)):
        found = parse(coded((active, core.Integer(1), core.ObjectIdentifier(f"{plain}{number}"))))
        assert found.active_authentication_hash == name
    terminal = ("0.4.0.127.0.7.2.2.2", core.Integer(1), None)
    assert parse(coded(terminal)) == SecurityInfos()


def test_chip_keys() -> None:
    """Keys go with the ciphers of their number; a key without one is meant for 3DES (Doc 9303-11, 9.2.6)."""
    key = SigningKey.elliptic().public
    (offer,) = parse(announce_chip_key(Suite.AES_192, key, 7)).chip_keys
    assert (offer.suite, offer.key_id, offer.key.dump()) == (Suite.AES_192, 7, key.dump())
    bare = parse(coded(("0.4.0.127.0.7.2.2.1.2", key, None))).chip_keys
    assert [(one.suite, one.key_id) for one in bare] == [(Suite.TRIPLE_DES, None)]
    unmatched = coded(
        ("0.4.0.127.0.7.2.2.1.2", key, core.Integer(1)),
        ("0.4.0.127.0.7.2.2.3.2.2", core.Integer(1), core.Integer(2)),
    )
    assert parse(unmatched).chip_keys == ()


@pytest.mark.parametrize("data", [b"", b"\x31", b"\x30\x00", announce(Suite.AES_128, 13)[:-1], b"\x31\x02\x30\x00"])
def test_none(data: bytes) -> None:
    """What is no SecurityInfos is garbled, and so is another version of PACE."""
    with pytest.raises(CardGarbled):
        parse(data)
    with pytest.raises(CardGarbled):
        parse(coded((f"{_PACE}.2.2", core.Integer(1), core.Integer(13))))
