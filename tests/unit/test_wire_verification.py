"""A certificate's QR code: checked against another implementation of COSE, and against everything a forger may try."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from tests.terminal_parts import DEVICE_KEY, ISSUER_KEY
from wire.errors import CertificateForged, NotOurCode, WireError
from wire.keys import key_id
from wire.verification import Statement, sign_statement, verify_statement

URL = "https://centre.example"
PUBLIC = ISSUER_KEY.public_key().public_bytes_raw()
KNOWN = {key_id(PUBLIC): PUBLIC}
STATEMENT = Statement(
    serial="DL2026000001", item="no-property", holder_masked="**明", issued_on=date(2026, 11, 23), digest=bytes(32)
)
TEXT = sign_statement(STATEMENT, ISSUER_KEY, URL)


def message_of(text: str) -> bytes:
    code = text.rpartition("#")[2]
    return urlsafe_b64decode(code + "=" * (-len(code) % 4))


def text_of(message: Any) -> str:  # noqa: ANN401 - whatever CBOR can hold
    return f"{URL}/v#{urlsafe_b64encode(cbor2.dumps(message)).rstrip(b'=').decode()}"


def sign1(protected: bytes, payload: bytes) -> str:
    """Return the text of a code that the issuer really signed."""
    signature = ISSUER_KEY.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return text_of(cbor2.CBORTag(18, [protected, {}, payload, signature]))


PROTECTED = cbor2.dumps({1: -8, 4: bytes.fromhex(key_id(PUBLIC))}, canonical=True)


@given(
    st.builds(
        Statement,
        serial=st.text(max_size=40),
        item=st.text(max_size=40),
        holder_masked=st.text(max_size=40),
        issued_on=st.dates(),
        digest=st.binary(min_size=32, max_size=32),
    )
)
@settings(deadline=None, max_examples=50)
def test_round_trip(statement: Statement) -> None:
    """Whatever is stated comes back, with the address of the page or without."""
    text = sign_statement(statement, ISSUER_KEY, URL + "/")
    assert text.startswith(f"{URL}/v#")
    assert verify_statement(text, KNOWN) == statement
    assert verify_statement(text.rpartition("#")[2], KNOWN) == statement


def test_other_implementation_accepts_ours() -> None:
    """Pycose reads our message and finds its signature good, and bad after a change."""
    tagged = cbor2.loads(message_of(TEXT))
    assert tagged.tag == 18
    protected, unprotected, payload, signature = tagged.value  # its own decode() is older than cbor2's tuples
    message = Sign1Message.from_cose_obj(
        [protected, dict(unprotected), payload, signature], allow_unknown_attributes=True
    )
    assert message.get_attr(KID).hex() == key_id(PUBLIC)
    message.key = OKPKey(crv=Ed25519, x=PUBLIC)
    assert message.verify_signature()
    message.payload += b" "
    assert not message.verify_signature()


def test_ours_accepts_the_other_implementation() -> None:
    """What pycose signs, we read."""
    payload = cbor2.dumps(
        {1: STATEMENT.serial, 2: STATEMENT.item, 3: STATEMENT.holder_masked, 4: "2026-11-23", 5: STATEMENT.digest}
    )
    message = Sign1Message(phdr={Algorithm: -8, KID: bytes.fromhex(key_id(PUBLIC))}, payload=payload)
    message.key = OKPKey(crv=Ed25519, d=ISSUER_KEY.private_bytes_raw(), x=PUBLIC)
    text = urlsafe_b64encode(message.encode()).rstrip(b"=").decode()
    assert verify_statement(text, KNOWN) == STATEMENT


def test_small_enough_to_scan() -> None:
    """The code stays near 200 bytes, so that it prints as a QR code that phones read."""
    assert len(message_of(TEXT)) < 220


def test_every_changed_bit_is_found() -> None:
    """No bit of the message can be changed unseen."""
    message = message_of(TEXT)
    for place in range(len(message)):
        torn = bytearray(message)
        torn[place] ^= 1
        with pytest.raises(WireError):
            verify_statement(f"{URL}/v#{urlsafe_b64encode(bytes(torn)).rstrip(b'=').decode()}", KNOWN)


def test_unknown_issuer() -> None:
    """A statement of somebody else is forged, also when it bears the issuer's key id."""
    with pytest.raises(CertificateForged):
        verify_statement(sign_statement(STATEMENT, DEVICE_KEY, URL), KNOWN)
    other = {key_id(PUBLIC): DEVICE_KEY.public_key().public_bytes_raw()}
    with pytest.raises(CertificateForged):
        verify_statement(TEXT, other)
    with pytest.raises(CertificateForged):
        verify_statement(TEXT, {})


@pytest.mark.parametrize(
    "protected",
    [
        cbor2.dumps({1: -7, 4: bytes.fromhex(key_id(PUBLIC))}),
        cbor2.dumps({1: -8}),
        cbor2.dumps({4: bytes.fromhex(key_id(PUBLIC))}),
        cbor2.dumps({1: -8, 4: "text"}),
        cbor2.dumps({1: -8, 4: [1]}),
        cbor2.dumps([1, 2, 3]),
        cbor2.dumps([0, 0, 0, 0, b"x"]),
        cbor2.dumps("abc"),
        cbor2.dumps(b"abc"),
        cbor2.dumps(5),
        cbor2.dumps(None),
        b"",
        b"\xff",
        b"\x81" * 90,
        b"\xa1" * 50,
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xc1\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00",
        b"\xc0\x63abc",
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xc5\x82\x1a\x3b\x9a\xca\x00\x01",
        b"\xd8\x23\x61(",
        b"\xd8\x1e\x82\x01\x00",
        b"\xd9\x01\x04\x41a",
    ],
)
def test_odd_headers(protected: bytes) -> None:
    """A header that is not a header is forged, whatever CBOR can think of, even under a true signature."""
    padded = text_of(cbor2.CBORTag(18, [protected, {}, bytes(60), bytes(64)]))
    for text in (sign1(protected, bytes(60)), padded):
        with pytest.raises(CertificateForged):
            verify_statement(text, KNOWN)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {1: "S"},
        {1: 5, 2: "i", 3: "h", 4: "2026-11-23", 5: bytes(32)},
        {1: "S", 2: "i", 3: "h", 4: "2026-13-23", 5: bytes(32)},
        {1: "S", 2: "i", 3: "h", 4: 5, 5: bytes(32)},
        {1: "S", 2: "i", 3: "h", 4: "2026-11-23", 5: [1]},
        ["S", "i", "h", "2026-11-23"],
        "some text that is long enough for a code",
        5,
        None,
    ],
)
def test_signed_but_no_statement(payload: Any) -> None:  # noqa: ANN401 - whatever CBOR can hold
    """Something else that the issuer signed is not a certificate's code."""
    with pytest.raises(NotOurCode):
        verify_statement(sign1(PROTECTED, cbor2.dumps(payload)), KNOWN)


@pytest.mark.parametrize(
    "message",
    [
        ["no", "tag", b"", b"" * 80],
        cbor2.CBORTag(17, [b"", {}, b"", bytes(80)]),
        cbor2.CBORTag(18, [b"", {}, b""] + [bytes(80)] * 2),
        cbor2.CBORTag(18, [PROTECTED, {}, None, bytes(80)]),
        cbor2.CBORTag(18, {"a": bytes(90)}),
        cbor2.CBORTag(18, bytes(100)),
        bytes(90),
    ],
)
def test_not_a_cose_sign1(message: Any) -> None:  # noqa: ANN401 - whatever CBOR can hold
    """Other CBOR is not our code."""
    with pytest.raises(NotOurCode):
        verify_statement(text_of(message), KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://centre.example/v#",
        "https://centre.example/t#" + "A" * 150,
        "A" * 99,
        "A" * 1201,
        TEXT + "\n",
        " " + TEXT,
    ],
)
def test_other_texts(text: str) -> None:
    """Other codes are not ours."""
    with pytest.raises(NotOurCode):
        verify_statement(text, KNOWN)


@given(
    st.text(max_size=300)
    | st.binary(min_size=75, max_size=800).map(lambda raw: urlsafe_b64encode(raw).decode().rstrip("="))
)
@settings(deadline=None, max_examples=300)
def test_garbage(text: str) -> None:
    """Whatever is scanned, the answer is one of the two documented errors."""
    with pytest.raises((NotOurCode, CertificateForged)):
        verify_statement(text, KNOWN)


@given(st.binary(max_size=120), st.binary(max_size=120))
@settings(deadline=None, max_examples=300)
def test_garbage_inside(protected: bytes, payload: bytes) -> None:
    """So it is when the garbage lies inside a well-formed message."""
    with pytest.raises((NotOurCode, CertificateForged)):
        verify_statement(text_of(cbor2.CBORTag(18, [protected, {}, payload, bytes(64)])), KNOWN)
    with pytest.raises(NotOurCode):
        verify_statement(sign1(PROTECTED, payload + b"\x00" * 20), KNOWN)
