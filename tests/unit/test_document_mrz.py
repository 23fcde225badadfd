"""An MRZ is read from a picture of a document, or is not; it is never read wrongly where a check digit could tell."""

import string
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.document.api import ReadingFailed, read_mrz
from devices.document.glyphs import Glyph, Zone, woven, zone_of
from devices.document.mrz_reading import NoZone, ZoneRead, ZoneUnread, look_for_mrz
from devices.document.tesseract import Tesseract
from devices.mrz import correct, parse
from devices.virtual.emrtd_document import Traveller
from devices.virtual.page_scene import Light, Scene, Table, View, lay
from devices.virtual.pages import Sheet, draw
from devices.virtual.travellers import ANNA, CHAN

TODAY = date(2026, 11, 24)
LETTERS = string.ascii_uppercase + string.digits
TESSERACT = Tesseract(deadline_s=60.0)


def shown(traveller: Traveller, view: View, size: tuple[int, int] = (1280, 720)) -> Scene:
    sheet = Sheet.PASSPORT if traveller is ANNA else Sheet.TRAVEL_CARD
    return lay(draw(sheet, mrz=traveller.zone()), view, np.random.default_rng(1), size)


@pytest.mark.parametrize("traveller", [ANNA, CHAN], ids=["passport", "card"])
@pytest.mark.parametrize(
    "view",
    [
        pytest.param(View(), id="straight"),
        pytest.param(View(turn=12, tilt=15, table=Table.WOOD), id="askew on wood"),
        pytest.param(View(turn=-8, light=Light.SHADOW, table=Table.CLOTH), id="half in shadow"),
        pytest.param(View(turn=180, table=Table.COUNTER), id="upside down"),
        pytest.param(View(turn=90, fill=0.95), id="on its side"),
        pytest.param(View(fill=1.1, shift=(0.0, -0.1)), id="its edges outside of the frame"),
    ],
)
def test_read_as_printed(traveller: Traveller, view: View) -> None:
    """However the document lies, its zone is read to the last character, names included."""
    mrz = read_mrz(shown(traveller, view).pixels, TODAY, TESSERACT)
    assert mrz is not None
    assert mrz.lines == traveller.zone()


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(View(blur=6.0), id="out of focus"),
        pytest.param(View(fill=0.2), id="far away"),
        pytest.param(View(shift=(2.0, 0.0)), id="not there"),
        pytest.param(View(fill=1.0, shift=(0.3, 0.0)), id="its end outside of the frame"),
    ],
)
def test_what_cannot_be_read_is_not_guessed(view: View) -> None:
    """No zone, or one that is not read: never a wrong one."""
    assert isinstance(look_for_mrz(shown(ANNA, view).pixels, TODAY, TESSERACT), NoZone | ZoneUnread)


@pytest.mark.parametrize("sheet", [Sheet.LETTER, Sheet.FORM, Sheet.CARD])
def test_other_documents_have_no_zone(sheet: Sheet) -> None:
    """Print is not a zone; the engine is not even started for it."""
    scene = lay(draw(sheet), View(turn=4), np.random.default_rng(1))
    assert look_for_mrz(scene.pixels, TODAY, Tesseract("/nowhere/tesseract")) == NoZone()


@pytest.mark.parametrize("traveller", [ANNA, CHAN], ids=["passport", "card"])
@pytest.mark.fault("printed lines contradict themselves")
def test_a_forged_check_digit_is_not_read(traveller: Traveller) -> None:
    """A zone whose number does not fit its check digit gives nothing, however well it is printed."""
    line = 0 if traveller is CHAN else 1
    place = 7 if traveller is CHAN else 2
    zone = list(traveller.zone())
    wrong = "3" if zone[line][place] == "9" else "9"  # no look-alikes
    zone[line] = zone[line][:place] + wrong + zone[line][place + 1 :]
    sheet = Sheet.PASSPORT if traveller is ANNA else Sheet.TRAVEL_CARD
    scene = lay(draw(sheet, mrz=tuple(zone)), View(), np.random.default_rng(1))
    assert isinstance(look_for_mrz(scene.pixels, TODAY, TESSERACT), ZoneUnread)


def test_what_was_read_is_in_no_repr() -> None:
    """Names and numbers of a document are not for logs."""
    sight = look_for_mrz(shown(ANNA, View()).pixels, TODAY, TESSERACT)
    assert isinstance(sight, ZoneRead)
    assert not any(part in repr(sight) for part in ("ERIKSSON", "ANNA", ANNA.number, "1974"))


def _program(folder: Path, body: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time, signal\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


GREY = np.full((60, 400), 255, np.uint8)


def test_a_missing_program_is_an_error() -> None:
    """The code of the message tells the staff; the picture is not in it."""
    with pytest.raises(ReadingFailed) as caught:
        Tesseract("/nowhere/tesseract").read(GREY)
    assert caught.value.code == "document.reading_failed"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("signal.pause()", id="hangs"),
        pytest.param(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); sys.stdin.buffer.read(); signal.pause()", id="stubborn"
        ),
        pytest.param("sys.exit(3)", id="exits"),
        pytest.param("os.kill(os.getpid(), signal.SIGSEGV)", id="crashes"),
    ],
)
@pytest.mark.fault("reading of printed lines fails", code="document.reading_failed")
def test_a_program_that_fails_is_an_error_and_is_gone(tmp_path: Path, body: str) -> None:
    """Hanging, stubborn or crashing: an error after the deadline, and no process is left."""
    note = tmp_path / "pid"
    program = _program(tmp_path, f"open({str(note)!r}, 'w').write(str(os.getpid()))\n{body}")
    with pytest.raises(ReadingFailed):
        Tesseract(program, deadline_s=1.5).read(GREY)
    if note.exists():  # on a machine that starts it within the deadline
        assert not Path(f"/proc/{note.read_text()}").exists()


def test_a_stopped_reader_reads_no_more() -> None:
    """After stop, nothing is started."""
    reader = Tesseract()
    reader.stop()
    with pytest.raises(ReadingFailed, match="stopped"):
        reader.read(GREY)


def _zone(lines: list[str]) -> Zone:
    """Return a zone whose glyphs stand where these characters would."""
    return Zone(
        tuple(
            tuple(
                Glyph(24.0 * place, 60.0 * row, 30.0, (24 * place, 60 * row, 16, 30), "<" if character == "<" else "")
                for place, character in enumerate(line)
            )
            for row, line in enumerate(lines)
        )
    )


@given(st.lists(st.text(LETTERS + "<", min_size=1, max_size=44), min_size=1, max_size=3), st.integers(0, 3))
def test_what_is_woven_is_what_was_read(lines: list[str], spaces: int) -> None:
    """Fillers come back where their shapes are, between what was read, whatever blanks the engine puts in."""
    read = [(" " * spaces).join(line.replace("<", "")) for line in lines]
    assert woven(_zone(lines), read) == lines


@given(st.lists(st.text(LETTERS + "<", min_size=1, max_size=44), min_size=2, max_size=3), st.data())
def test_a_miscount_is_no_zone(lines: list[str], data: st.DataObject) -> None:
    """One character more or fewer than there are shapes, or a line too few: nothing, rather than a shifted line."""
    read = [line.replace("<", "") for line in lines]
    which = data.draw(st.integers(0, len(read) - 1))
    more = [*read[:which], read[which] + "A", *read[which + 1 :]]
    assert woven(_zone(lines), more) is None
    assert woven(_zone(lines), read[:-1]) is None


# Pairs that a check digit can tell: 1 and L, 6 and G count the same in it (Doc 9303-3, 4.9).
ALIKE = {"0": "OQD", "1": "I", "2": "Z", "5": "S", "8": "B", "O": "0Q", "I": "1", "Z": "2", "S": "5", "B": "8"}
CHECKED = {ANNA: [(1, range(10)), (1, range(13, 20)), (1, range(21, 28))], CHAN: [(0, range(5, 15)), (1, range(7))]}


@pytest.mark.parametrize("traveller", [ANNA, CHAN], ids=["passport", "card"])
def test_one_look_alike_under_a_check_digit_is_put_right(traveller: Traveller) -> None:
    """Whatever single character of number or dates an engine takes for its like, what is printed comes out."""
    zone = traveller.zone()
    for row, places in CHECKED[traveller]:
        for place in places:
            for other in ALIKE.get(zone[row][place], ""):
                assert _misread(zone, {(row, place): other}) == zone


@settings(max_examples=100)
@given(
    st.sampled_from([ANNA, CHAN]), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), min_size=2, max_size=4)
)
def test_several_look_alikes_give_no_zone_that_contradicts_itself(
    traveller: Traveller, picks: list[tuple[int, int]]
) -> None:
    """Several at once: nothing, or a zone all of whose check digits hold; and what they cannot touch is untouched."""
    zone = traveller.zone()
    places = [(row, place) for row, of in CHECKED[traveller] for place in of if zone[row][place] in ALIKE]
    chosen = [(places[which % len(places)], turn) for which, turn in picks]
    others = {at: ALIKE[zone[at[0]][at[1]]][turn % len(ALIKE[zone[at[0]][at[1]]])] for at, turn in chosen}
    lines = _misread(zone, others)
    if lines is not None:
        assert parse(lines, TODAY).lines == lines
        assert lines[-1 if traveller is CHAN else 0] == zone[-1 if traveller is CHAN else 0]


def _misread(zone: tuple[str, ...], others: dict[tuple[int, int], str]) -> tuple[str, ...] | None:
    """Return what is made of a zone of which these characters were misread."""
    read = [
        [others.get((row, place), character) for place, character in enumerate(line)] for row, line in enumerate(zone)
    ]
    lines = woven(_zone(list(zone)), ["".join(line).replace("<", "") for line in read])
    assert lines is not None
    mrz = correct(lines, TODAY)
    return mrz and mrz.lines


@settings(max_examples=40)
@given(st.integers(1, 80), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_any_black_and_white_picture_has_a_zone_of_some_kind(height: int, width: int, seed: int) -> None:
    """Noise of any size gives lines or none, and no error."""
    noise = np.random.default_rng(seed).integers(0, 2, (height, width), np.uint8) * np.uint8(255)
    for line in zone_of(noise).lines:
        assert [glyph.x for glyph in line] == sorted(glyph.x for glyph in line)
