"""What an OCR makes of a zone, and what is made of that: right, or nothing."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mrz import check_digit, correct, parse, readings
from tests.unit.test_mrz import LONG_TD1, TD1, TD2, TD3, TODAY, ZONES


@pytest.mark.parametrize("lines", ZONES, ids=["TD1", "TD2", "TD3", "long TD1", "long TD2"])
def test_a_clean_zone_stays(lines: tuple[str, ...]) -> None:
    """Nothing is corrected where nothing is wrong."""
    assert correct(lines, TODAY) == parse(lines, TODAY)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((TD3[0], TD3[1].replace("L898902C36", "L8989O2C36")), id="0 as O in the number"),
        pytest.param((TD3[0], TD3[1].replace("7408122", "74OBIZ2")), id="letters in a date"),
        pytest.param((TD3[0], TD3[1].replace("1204159", "I2O4IS9")), id="letters in the other"),
        pytest.param((TD3[0], TD3[1].replace("UTO", "UT0")), id="digit in the nationality"),
        pytest.param((TD3[0].replace("ERIKSSON", "ER1K55ON"), TD3[1]), id="digits in the name"),
        pytest.param((TD3[0].replace("UTO", "UT0"), TD3[1]), id="digit in the issuer"),
        pytest.param((TD3[0], TD3[1][:-1] + "O"), id="composite as a letter"),
        pytest.param((TD3[0], TD3[1].replace("ZE184226B", "ZEI84226B")), id="personal number"),
        pytest.param((TD3[0][:-5] + "KK<CL", TD3[1]), id="fillers as letters"),
        pytest.param((TD3[0][:-3], TD3[1]), id="fillers lost"),
        pytest.param((TD3[0] + "<<", TD3[1].replace("<<<<<", "<<<<<<")), id="fillers too many"),
        pytest.param((TD3[0].replace("<<ANNA", "«ANNA"), TD3[1]), id="quotation mark"),
        pytest.param(tuple(" ".join(line.lower()) for line in TD3), id="small, with spaces"),
        pytest.param(("", "PASSPORT", "Type/Code", *TD3, "page 3"), id="between other lines"),
    ],
)
def test_passports(lines: tuple[str, ...]) -> None:
    """Each usual misreading comes back to what is printed."""
    assert correct(lines, TODAY) == parse(TD3, TODAY)


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        pytest.param((TD1[0].replace("D231458907", "D23I4589O7"), *TD1[1:]), TD1, id="TD1 number"),
        pytest.param((TD1[0], TD1[1].replace("UTO", "U70"), TD1[2]), TD1, id="TD1 nationality"),
        pytest.param((TD2[0], TD2[1].replace("D23", "DZ3")), TD2, id="TD2 number"),
        pytest.param((LONG_TD1[0].replace("7349", "734g"), *LONG_TD1[1:]), None, id="long number, proven by nothing"),
    ],
)
def test_cards(lines: tuple[str, ...], printed: tuple[str, ...] | None) -> None:
    """Cards too; what no check digit can judge is left alone."""
    assert correct(lines, TODAY) == (printed and parse(printed, TODAY))


def _numbered(number: str) -> tuple[str, str]:
    body = number + check_digit(number) + TD3[1][10:43]
    return TD3[0], body + check_digit(body[:10] + body[13:20] + body[21:43])


def test_doubt_is_no_reading() -> None:
    """Where two readings are equally likely, none is given; both are there for a chip to judge."""
    printed, other = _numbered("012O45678"), _numbered("O12045678")
    doubtful = (TD3[0], printed[1].replace("012O", "O12O"))
    assert correct(doubtful, TODAY) is None
    assert {parse(printed, TODAY), parse(other, TODAY)} <= set(readings(doubtful, TODAY))


def test_no_likeness_no_reading() -> None:
    """3 and 8 are not taken for each other: what can't be explained is refused."""
    assert correct((TD3[0], TD3[1].replace("L898902C3", "L898902C8")), TODAY) != parse(TD3, TODAY)


def test_a_lost_character_is_not_made_up() -> None:
    """A data line without a filler to give is not stretched."""
    assert correct((TD3[0], TD3[1].replace("898", "88")), TODAY) is None


@pytest.mark.parametrize("number", ["L898902C3", "EB0185372", "XDDZO50I8"])
def test_the_printed_number_is_among_the_readings(number: str) -> None:
    """Any two look-alikes: what is printed is a reading, unless a check digit takes the misread for right."""
    alike = {"8": "B", "0": "O", "2": "Z", "5": "S", "1": "I", "B": "8", "O": "0", "Z": "2", "I": "1"}
    printed = _numbered(number)
    for places in combinations(range(9), 2):
        seen = "".join(alike.get(c, c) if place in places else c for place, c in enumerate(number))
        found = {mrz.document_number for mrz in readings((TD3[0], printed[1].replace(number, seen)), TODAY)}
        assert number in found or (seen in found and check_digit(seen) == check_digit(number))


@given(st.lists(st.text(alphabet="0OQ1IL2Z5S8B6GAKC<M« ", min_size=24, max_size=48), max_size=5))
def test_any_lines(lines: list[str]) -> None:
    """Whatever an engine makes up, it is a zone with right check digits or none; and it takes no time to say so."""
    for found in readings(lines, TODAY):
        assert parse(found.lines, TODAY) == found


@given(st.sampled_from(ZONES), st.data())
def test_any_misreading(lines: tuple[str, ...], data: st.DataObject) -> None:
    """A zone with some places misread ends in right check digits or in nothing."""
    changed = [list(line) for line in lines]
    for _ in range(data.draw(st.integers(1, 8))):
        line = data.draw(st.sampled_from(changed))
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.sampled_from("0O1I8B<5S2ZKC"))
    for found in readings(["".join(line) for line in changed], date(2026, 1, 1)):
        assert parse(found.lines, date(2026, 1, 1)) == found
