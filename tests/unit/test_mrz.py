"""Machine readable zones: the specimens of Doc 9303 to fields, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mrz import Mrz, MrzWrong, Size, check_digit, key_of, parse
from wire.identity import Sex

TODAY = date(2026, 11, 24)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
LONG_TD1 = ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<")
LONG_TD2 = ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8")
ZONES = (TD1, TD2, TD3, LONG_TD1, LONG_TD2)


@pytest.mark.parametrize(
    ("lines", "size", "code", "number"),
    [(TD3, Size.TD3, "P", "L898902C3"), (TD2, Size.TD2, "I", "D23145890"), (TD1, Size.TD1, "I", "D23145890")],
    ids=["TD3", "TD2", "TD1"],
)
def test_the_specimens_of_doc_9303(lines: tuple[str, ...], size: Size, code: str, number: str) -> None:
    """Each size of document gives the same person, whose data stand elsewhere in each."""
    mrz = parse(lines, TODAY)
    assert (mrz.size, mrz.document_code, mrz.issuer, mrz.document_number) == (size, code, "UTO", number)
    assert (mrz.surname, mrz.given_names, mrz.name) == ("ERIKSSON", "ANNA MARIA", "ERIKSSON ANNA MARIA")
    assert (mrz.nationality, mrz.sex) == ("UTO", Sex.FEMALE)
    assert (mrz.birth_date, mrz.expiry_date) == (date(1974, 8, 12), date(2012, 4, 15))
    assert (mrz.optional, mrz.optional_2) == ("ZE184226B" if size is Size.TD3 else "", "")


@pytest.mark.parametrize("lines", [LONG_TD1, LONG_TD2], ids=["TD1", "TD2"])
def test_a_number_of_more_than_nine_characters(lines: tuple[str, ...]) -> None:
    """It goes on in the optional data; the key has all of it (Doc 9303-11, appendix D.2)."""
    mrz = parse(lines, TODAY)
    assert mrz.document_number == "D23145890734"
    assert mrz.optional == ""
    assert mrz.key() == "D23145890734934071279507122"


def test_the_key_of_a_short_number() -> None:
    """Doc 9303-11, appendix D.2: a number shorter than nine is filled; typed or scanned, the key is the same."""
    assert key_of("l898902c", date(1969, 8, 6), date(1994, 6, 23)) == "L898902C<369080619406236"
    assert key_of("L898902C3", date(1974, 8, 12), date(2012, 4, 15)) == parse(TD3, TODAY).key()


def test_centuries() -> None:
    """Nobody is born in the future; a document that ends may end on either side of today."""

    def read(birth: str, expiry: str) -> Mrz:
        body = f"L898902C36UTO{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}ZE184226B<<<<<1"
        composite = check_digit(body[:10] + body[13:20] + body[21:43])
        return parse((TD3[0], body + composite), TODAY)

    assert read("261124", "761123").birth_date == date(2026, 11, 24)
    assert read("261125", "760101").birth_date == date(1926, 11, 25)
    assert read("850101", "751231").expiry_date == date(2075, 12, 31)
    assert read("850101", "761231").expiry_date == date(1976, 12, 31)
    assert read("85<<<<", "751231").birth_date is None
    assert read("<<<<<<", "<<<<<<").expiry_date is None
    for birth, expiry in (("850230", "750101"), ("851301", "750101"), ("8<0101", "750101"), ("850101", "75<<<<")):
        with pytest.raises(MrzWrong, match=r"birth_date|expiry_date"):
            read(birth, expiry)


@pytest.mark.parametrize("lines", ZONES, ids=["TD1", "TD2", "TD3", "long TD1", "long TD2"])
def test_no_single_wrong_digit_passes(lines: tuple[str, ...]) -> None:
    """Each digit of number, dates and check digits is guarded."""
    for at, line in enumerate(lines):
        for place, character in enumerate(line):
            if character.isdigit():
                for other in set("0123456789") - {character}:
                    changed = [*lines]
                    changed[at] = line[:place] + other + line[place + 1 :]
                    with pytest.raises(MrzWrong):
                        parse(changed, TODAY)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ((TD3[0],), "length"),
        ((TD3[0], TD3[1][:-1]), "length"),
        ((TD3[0].replace("P<", "V<"), TD3[1]), "document_code"),
        ((TD3[0].replace("UTO", "<<<"), TD3[1]), "issuer"),
        ((TD3[0].replace("ANNA", "ANN4"), TD3[1]), "names"),
        ((TD3[0][:5] + "<" * 39, TD3[1]), "names"),
        ((TD3[0], TD3[1].replace("F", "Q")), "sex"),
        ((TD3[0], TD3[1].replace("C3", "c3")), "document_number"),
        ((TD3[0], TD3[1].replace("B<", "C<")), "optional"),
        ((TD3[0], TD3[1][:-1] + "1"), "composite"),
    ],
)
def test_what_is_wrong_is_named(lines: tuple[str, ...], field: str) -> None:
    """The error says which field, and nothing of what stood there."""
    with pytest.raises(MrzWrong) as caught:
        parse(lines, TODAY)
    assert str(caught.value) == field


def test_nothing_of_the_holder_is_in_a_repr() -> None:
    """Reprs end in logs."""
    shown = repr(parse(TD3, TODAY))
    for secret in ("ERIKSSON", "ANNA", "L898902C3", "1974", "740812"):
        assert secret not in shown


@given(st.lists(st.text(max_size=50), max_size=4))
def test_any_text(lines: list[str]) -> None:
    """Whatever is typed or read, it is an MRZ or it is refused."""
    with pytest.raises(MrzWrong):
        parse(lines, TODAY)


@given(st.sampled_from(ZONES), st.data())
def test_any_zone_like_text(lines: tuple[str, ...], data: st.DataObject) -> None:
    """Zones with anything in some places end in a reading or in the documented error."""
    changed = [list(line) for line in lines]
    for _ in range(data.draw(st.integers(1, 6))):
        line = data.draw(st.sampled_from(changed))
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.sampled_from("0OAZ9<é "))
    try:
        mrz = parse(["".join(line) for line in changed], TODAY)
    except MrzWrong:
        return
    assert mrz.key()
