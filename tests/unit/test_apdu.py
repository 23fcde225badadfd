"""ISO 7816-4 exchanges: what T=0 leaves to the application, and answers that nobody foresaw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader.apdu import Response, exchange
from devices.card_reader.api import CardGarbled


def played(*answers: bytes) -> tuple[list[bytes], Response]:
    """Return the commands sent to a card that gives these answers, and what came of it."""
    commands: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        commands.append(command)
        return answers[len(commands) - 1]

    return commands, exchange(transmit, bytes.fromhex("00B2010400"))


def test_more_is_fetched() -> None:
    """61xx is answered with GET RESPONSE until all has come, and all is put together."""
    commands, response = played(b"ab\x61\x02", b"cd\x61\x01", b"e\x90\x00")
    assert response == Response(b"abcde", 0x9000)
    assert commands[1:] == [bytes.fromhex("00C0000002"), bytes.fromhex("00C0000001")]


@pytest.mark.parametrize(
    ("command", "repeated"),
    [
        pytest.param("00B20104", "00B2010411", id="neither data nor length"),
        pytest.param("00B2010400", "00B2010411", id="length"),
        pytest.param("00A40400 03 A1A2A3", "00A40400 03 A1A2A3 11", id="data"),
        pytest.param("00A40400 03 A1A2A3 00", "00A40400 03 A1A2A3 11", id="data and length"),
        pytest.param("00B00000 000100", "00B00000 11", id="extended length"),
        pytest.param("00CB3FFF 000003 5C0161", "00CB3FFF 000003 5C0161 0011", id="extended data"),
        pytest.param("00CB3FFF 000003 5C0161 0100", "00CB3FFF 000003 5C0161 0011", id="extended data and length"),
    ],
)
def test_the_wrong_length(command: str, repeated: str) -> None:
    """6Cxx repeats the command as it was, data and all, with the length that the card names."""
    commands: list[bytes] = []

    def transmit(sent: bytes) -> bytes:
        commands.append(sent)
        return b"\x6c\x11" if len(commands) == 1 else b"\x90\x00"

    assert exchange(transmit, bytes.fromhex(command)).sw == 0x9000
    assert commands[1] == bytes.fromhex(repeated)


def test_a_card_that_always_corrects() -> None:
    """A second 6Cxx is an answer like any other: nothing is repeated for ever."""
    commands, response = played(b"\x6c\x11", b"\x6c\x12")
    assert response.sw == 0x6C12
    assert len(commands) == 2


def test_no_status_word() -> None:
    """An answer without status word is refused."""
    with pytest.raises(CardGarbled):
        played(b"\x90")


@given(st.binary(min_size=4, max_size=40), st.lists(st.binary(max_size=300), min_size=1))
def test_whatever_a_card_answers(command: bytes, answers: list[bytes]) -> None:
    """No answer causes anything but a response or CardGarbled, and an end comes after 64 commands at the latest."""
    asked = 0

    def transmit(sent: bytes) -> bytes:
        nonlocal asked
        assert 4 <= len(sent) <= len(command) + 5
        asked += 1
        return answers[asked % len(answers)]

    try:
        response = exchange(transmit, command)
    except CardGarbled:
        assert asked <= 64
    else:
        assert 0 <= response.sw <= 0xFFFF
