"""An invitation to a centre, as text: nothing but what it means is believed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.invitation import Invitation, NotAnInvitation, typed_code

CODE = "ABCD-2345-WXYZ"
DIGEST = hashlib.sha256(b"authority").digest()
WHOLE = Invitation("https://centre.example:8443/base", CODE, DIGEST)


@pytest.mark.parametrize("authority", [None, DIGEST], ids=["public", "own"])
def test_there_and_back(authority: bytes | None) -> None:
    """What the code says is what the administrator's centre meant."""
    invitation = Invitation("https://centre.example:8443/base", CODE, authority)
    assert Invitation.parse(invitation.text()) == invitation
    assert CODE not in repr(invitation)


def test_the_text_stays_as_it_is() -> None:
    """Centres and terminals of different age read each other's codes."""
    assert WHOLE.text() == (
        "bianmin:enrol?v=1&url=https%3A%2F%2Fcentre.example%3A8443%2Fbase&code=ABCD-2345-WXYZ"
        "&ca=j3b9UBu2jvcfTidrwo8pvOEAOwwsnZR43oG1v8DN4ek"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://centre.example/v#x",
        "bianmin:enrol?",
        "bianmin:enrol?v=2&url=https%3A%2F%2Fc.example&code=ABCD-2345-WXYZ",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example",
        "bianmin:enrol?v=1&url=http%3A%2F%2Fc.example&code=ABCD-2345-WXYZ",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example&url=https%3A%2F%2Fd.example&code=ABCD-2345-WXYZ",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example&code=abcd",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example&code=ABCD-2345-WXYZ&ca=AAAA",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example&code=ABCD-2345-WXYZ&ca=%FF",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fuser%3Apw%40c.example&code=ABCD-2345-WXYZ",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example%2F%0Ax&code=ABCD-2345-WXYZ",
        "bianmin:enrol?v=1&url=https%3A%2F%2Fc.example%3A99999&code=ABCD-2345-WXYZ",
        WHOLE.text() + "&more=" + "x" * 1000,
    ],
    ids=[
        "nothing", "another", "empty", "newer", "no-code", "http", "two-places", "code", "digest", "octets", "password",
        "newline", "port", "long",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    """Anything else is refused as a whole."""
    with pytest.raises(NotAnInvitation):
        Invitation.parse(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is held before the camera: an invitation, or none."""
    with pytest.raises(NotAnInvitation):
        Invitation.parse("bianmin:enrol?v=1&" + text)


@pytest.mark.parametrize("typed", ["abcd2345wxyz", " ABCD 2345 wxyz ", "abcd-2345-wxyz"])
def test_a_typed_code(typed: str) -> None:
    """A code may be typed as one reads it."""
    assert typed_code(typed) == CODE
