"""A request's token: good for one terminal, one centre, one call, one minute."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.terminal_parts import CENTRE_KEY, DEVICE_KEY, START
from wire.errors import ClockSkewed, TokenRefused
from wire.tokens import LIFETIME, SKEW, Call, claimed_terminal, sign_request, verify_request

CALL = Call("POST", "/api/terminal/v1/push", b"{}")
KEY = DEVICE_KEY.public_key()


def token() -> str:
    return sign_request(DEVICE_KEY, terminal="dl-0012", centre="dalian", call=CALL, now=START)


def with_claims(**changes: object) -> str:
    """Return a token that the terminal really signed, with other claims."""
    claims: dict[str, object] = {
        "iss": "dl-0012",
        "aud": "dalian",
        "iat": int(START.timestamp()),
        "exp": int((START + LIFETIME).timestamp()),
        "jti": "j",
        "call": CALL.digest(),
    } | changes
    kept = {name: value for name, value in claims.items() if value is not ...}
    pem = DEVICE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwt.encode({"alg": "Ed25519"}, kept, OKPKey.import_key(pem), algorithms=["Ed25519"])


@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=100), st.text(max_size=50))
@settings(deadline=None, max_examples=50)
def test_round_trip(terminal: str, centre: str, body: bytes, path: str) -> None:
    """A token holds for the call that it was made for."""
    call = Call("POST", path, body)
    made = sign_request(DEVICE_KEY, terminal=terminal, centre=centre, call=call, now=START)
    assert claimed_terminal(made) == terminal
    claims = verify_request(made, KEY, centre=centre, call=call, now=START)
    assert claims.terminal == terminal
    assert (claims.issued_at, claims.expires_at) == (START, START + LIFETIME)


def test_every_token_has_its_own_id() -> None:
    """Two tokens for the same call at the same time differ, so that a replay can be told from a repetition."""
    ids = {verify_request(token(), KEY, centre="dalian", call=CALL, now=START).jti for _ in range(10)}
    assert len(ids) == 10


@pytest.mark.parametrize(
    "call",
    [
        Call("GET", CALL.path, CALL.body),
        Call("POST", CALL.path + "?since=0", CALL.body),
        Call("POST", CALL.path, b"{ }"),
        Call("POST", "/api/terminal/v1/pus", b"h\n{}"),
    ],
)
def test_another_call(call: Call) -> None:
    """A caught token serves for no other method, path or body."""
    with pytest.raises(TokenRefused):
        verify_request(token(), KEY, centre="dalian", call=call, now=START)


def test_method_ignores_case() -> None:
    """``post`` and ``POST`` are one call."""
    verify_request(token(), KEY, centre="dalian", call=Call("post", CALL.path, CALL.body), now=START)


def test_another_centre_or_key() -> None:
    """A token is for one centre, and from one key."""
    with pytest.raises(TokenRefused):
        verify_request(token(), KEY, centre="shenyang", call=CALL, now=START)
    with pytest.raises(TokenRefused):
        verify_request(token(), CENTRE_KEY.public_key(), centre="dalian", call=CALL, now=START)


@pytest.mark.parametrize(
    ("later", "good"),
    [
        (timedelta(0), True),
        (-SKEW, True),
        (-SKEW - timedelta(seconds=1), False),
        (LIFETIME + SKEW, True),
        (LIFETIME + SKEW + timedelta(seconds=1), False),
    ],
)
def test_time(later: timedelta, *, good: bool) -> None:
    """A token holds for a minute, and half a minute of disagreement about the time on either side."""
    if good:
        verify_request(token(), KEY, centre="dalian", call=CALL, now=START + later)
    else:
        with pytest.raises(ClockSkewed):
            verify_request(token(), KEY, centre="dalian", call=CALL, now=START + later)


def test_only_a_good_token_is_told_of_the_time() -> None:
    """Whoever has no key, or another call, learns nothing about clocks, however old the token is."""
    late = START + timedelta(days=1)
    for key, call in ((CENTRE_KEY.public_key(), CALL), (KEY, Call("GET", CALL.path, CALL.body))):
        with pytest.raises(TokenRefused) as caught:
            verify_request(token(), key, centre="dalian", call=call, now=late)
        assert caught.value.code == "wire.token_refused"


def test_a_jose_library_reads_our_token() -> None:
    """What is written by hand, so that the key may be in hardware, is a JWT as joserfc reads it."""
    pem = DEVICE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    read = jwt.decode(token(), OKPKey.import_key(pem), algorithms=["Ed25519"])
    assert read.header == {"alg": "Ed25519", "typ": "JWT"}
    assert (read.claims["iss"], read.claims["aud"]) == ("dl-0012", "dalian")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int((START + timedelta(days=1)).timestamp())},
        {"exp": ...},
        {"iat": ...},
        {"jti": ...},
        {"iss": ...},
        {"aud": ...},
        {"call": ...},
        {"aud": ["dalian"]},
        {"iat": "soon"},
        {"iat": 10**30},
        {"exp": 10**18},
        {"iat": -(10**18)},
        {"iat": None},
        {"iat": [1]},
    ],
    ids=str,
)
def test_odd_claims(changes: dict[str, object]) -> None:
    """A token that its own terminal made too long, too short or odd is refused all the same."""
    with pytest.raises(TokenRefused):
        verify_request(with_claims(**changes), KEY, centre="dalian", call=CALL, now=START)


def test_other_algorithms() -> None:
    """Neither "none" nor a symmetric algorithm with the public key as secret is taken."""
    claims = {"iss": "dl-0012"}
    secret = OctKey.import_key(KEY.public_bytes_raw())
    confused = jwt.encode({"alg": "HS256"}, claims, secret, algorithms=["HS256"])
    header = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for bad in (confused, f"{header}.{token().split('.')[1]}."):
        with pytest.raises(TokenRefused):
            verify_request(bad, KEY, centre="dalian", call=CALL, now=START)


def encoded(payload: bytes) -> str:
    return "e30." + urlsafe_b64encode(payload).decode().rstrip("=") + ".x"


@given(st.text(max_size=200) | st.binary(max_size=200).map(encoded))
@settings(deadline=None, max_examples=200)
def test_garbage(text: str) -> None:
    """Whatever stands in the header, it is refused and nothing else."""
    with pytest.raises(TokenRefused):
        claimed_terminal(text)
    with pytest.raises(TokenRefused):
        verify_request(text, KEY, centre="dalian", call=CALL, now=START)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"5", b"null", b'{"iss": 5}', b'{"iss": null}', b"[" * 100_000, b"1" * 5000, b"\xff"]
)
def test_odd_payloads(payload: bytes) -> None:
    """Nor does any payload get further."""
    with pytest.raises(TokenRefused):
        claimed_terminal(encoded(payload))
