"""The out-of-service screen: why it is shown, and that its picture stands upright on any screen."""

import io
import shutil
import struct
import sys
from pathlib import Path

import pytest

from kiosk.commands.outcome import Exit
from kiosk.health.reporting import reports
from kiosk.out_of_service import code_of, show
from kiosk.out_of_service.framebuffer import geometry_of
from kiosk.out_of_service.picture import GROUND, INK, Channel, Colour, Geometry, Grey, fitting, painted
from kiosk.out_of_service.service import REDRAW_S, SHOWN_S
from kiosk.store import Store
from tests.terminal_parts import TERMINAL, StandingClock

RED, GREEN, BLUE = Channel(16, 8), Channel(8, 8), Channel(0, 8)
L_SHAPE = Grey(2, 3, bytes([255, 0, 255, 0, 255, 255]))  # an L, upright


def true_colour(width: int, height: int, extra: int = 0) -> Geometry:
    return Geometry(width, height, width * 4 + extra, 32, (RED, GREEN, BLUE))


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "terminal.keeps_failing"),
        ({"MONITOR_UNIT": "bianmin-kiosk.service", "MONITOR_EXIT_STATUS": "KILL"}, "terminal.keeps_failing"),
        (
            {"MONITOR_UNIT": "bianmin-kiosk.service", "MONITOR_EXIT_STATUS": str(int(Exit.CONFIG))},
            "terminal.config_wrong",
        ),
        ({"MONITOR_UNIT": "bianmin-x.service", "MONITOR_EXIT_STATUS": "1"}, "terminal.no_display"),
    ],
)
def test_the_number_says_what_failed(told: dict[str, str], code: str) -> None:
    """A technician reads from the number whether it is the program, its configuration or the display."""
    assert code_of(told) == code


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        ("normal", Grey(2, 3, bytes([255, 0, 255, 0, 255, 255]))),
        ("left", Grey(3, 2, bytes([0, 0, 255, 255, 255, 255]))),
        ("right", Grey(3, 2, bytes([255, 255, 255, 255, 0, 0]))),
        ("inverted", Grey(2, 3, bytes([255, 255, 0, 255, 0, 255]))),
    ],
)
def test_the_picture_is_turned_as_xorg_turns_it(rotation: str, expected: Grey) -> None:
    """Left is a quarter against the clock; four quarters are none."""
    assert L_SHAPE.turned(rotation) == expected
    assert L_SHAPE.turned("left").turned("left") == L_SHAPE.turned("inverted")
    assert L_SHAPE.turned("left").turned("right") == L_SHAPE


def test_the_largest_picture_that_fits() -> None:
    """A small screen gets a small picture, and one with room for none gets the ground alone."""
    large, small = Grey(40, 30, bytes(1200)), Grey(20, 10, bytes(200))
    assert fitting([small, large], true_colour(40, 30)) is large
    assert fitting([small, large], true_colour(39, 30)) is small
    assert fitting([small, large], true_colour(19, 30)) is None


def test_ground_and_ink_in_true_colour() -> None:
    """The picture is in the middle, its colours are where the screen wants them, and rows end where its memory says."""
    screen = true_colour(4, 5, extra=8)
    memory = painted(L_SHAPE, screen)
    assert len(memory) == screen.stride * screen.height
    shown = [
        [memory[y * screen.stride + x * 4 + 2 :: -1][:3] for x in range(screen.width)] for y in range(screen.height)
    ]
    ink, ground = bytes(INK), bytes(GROUND)
    assert [row[1:3] for row in shown[1:4]] == [[ink, ground], [ink, ground], [ink, ink]]
    assert {pixel for row in (shown[0], shown[4]) for pixel in row} == {ground}
    assert {row[at] for row in shown for at in (0, 3)} == {ground}


def test_sixteen_bits() -> None:
    """5-6-5, as small screens have it."""
    screen = Geometry(1, 1, 2, 16, (Channel(11, 5), Channel(5, 6), Channel(0, 5)))
    assert painted(Grey(1, 1, b"\xff"), screen) == b"\xff\xff"

    def packed(colour: Colour) -> bytes:
        red, green, blue = colour
        return struct.pack("<H", red >> 3 << 11 | green >> 2 << 5 | blue >> 3)

    assert painted(None, screen) == packed(GROUND)
    with pytest.raises(ValueError, match="8 bits a pixel"):
        painted(None, Geometry(1, 1, 1, 8, screen.channels))


def test_a_picture_is_read_as_it_was_written() -> None:
    """What is cut off, or is no picture, is refused, not shown as noise."""
    assert Grey.of_pgm(L_SHAPE.pgm()) == L_SHAPE
    for damaged in (b"", L_SHAPE.pgm()[:-1], b"P6\n2 3\n255\n" + bytes(18)):
        with pytest.raises(ValueError, match=r"octets of|not a binary PGM"):
            Grey.of_pgm(damaged)


def test_the_kernels_structures() -> None:
    """Width, height, depth and channels stand where linux/fb.h puts them (on 64 bits)."""
    variable = struct.pack("=40I", 1920, 1080, 1920, 1080, 0, 0, 32, 0, 16, 8, 0, 8, 8, 0, 0, 8, 0, *([0] * 23))
    fixed = struct.pack("@16sLIIIIHHHI", b"virtio_gpudrmfb", 0, 8294400, 0, 0, 2, 1, 1, 0, 7680).ljust(128, b"\0")
    assert geometry_of(variable, fixed) == true_colour(1920, 1080)


def test_without_a_framebuffer_the_code_is_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing that is missing keeps it from saying what it can; and it ends, so that the kiosk is tried again."""
    monkeypatch.setenv("MONITOR_UNIT", "bianmin-x.service")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    waited: list[float] = []
    show(waited.append, tmp_path, tmp_path / "none.conf")
    assert "OUT OF SERVICE\n    terminal.no_display" in capsys.readouterr().out
    assert waited == [SHOWN_S]
    assert SHOWN_S > 600 > REDRAW_S  # systemd counts crashes for ten minutes


@pytest.mark.fault("crash after crash", code="terminal.no_display")
def test_others_are_told_for_as_long_as_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The sync process lives on: it reads the code that lies in the unit's folder, and tells the centre."""
    monkeypatch.setenv("MONITOR_UNIT", "bianmin-x.service")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    clock, folder = StandingClock(), tmp_path / "run/bianmin-out-of-service-x"
    folder.mkdir(parents=True)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    said: list[tuple[str, str]] = []
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:

        def look(_seconds: float) -> None:
            lines = reports(tmp_path, clock, store.settings, tmp_path)
            said.extend((one.state, one.detail) for one in lines if one.name == "screen")

        show(look, tmp_path, tmp_path / "none.conf")
        (folder / "code").write_text("whatever")
        look(0)
        shutil.rmtree(folder)  # as systemd does when the unit ends
        look(0)
    assert said == [("fault", "terminal.no_display; "), ("fault", "terminal.keeps_failing; ")]
