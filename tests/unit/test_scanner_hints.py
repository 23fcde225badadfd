"""What a picture without a readable code is told to be, and how a hint is kept from flickering."""

from collections.abc import Callable

import cv2  # noqa: TID251 - spoils pictures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from devices.camera.api import Pixels
from devices.scanner.api import Hint
from devices.scanner.decoders import see
from devices.scanner.hints import hint_of, module_size
from devices.scanner.steady import SteadyHint, step
from devices.virtual import camera_scene as scenes

PAYLOAD = b"https://centre.example/t#20261123001200070.abcdefghijklmnopqrstuv"


def filmed(scene: Pixels) -> Pixels:
    """Return what a sensor with noise makes of a scene, grey."""
    noisy = scene + np.random.default_rng(5).normal(0, 6, scene.shape)
    return np.asarray(cv2.cvtColor(np.clip(noisy, 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY), np.uint8)


def unhurried() -> float:
    """Be a clock on which nothing takes long."""
    return 0.0


def half_covered() -> Pixels:
    """Return a phone with a finger across its code: the corners are seen, the middle is not."""
    scene = scenes.code_on_phone(PAYLOAD)
    scene[320:390, 400:900] = (150, 170, 200)
    return scene


@pytest.mark.parametrize(
    ("scene", "hint"),
    [
        (scenes.counter, Hint.SEARCHING),
        (scenes.black, Hint.TOO_DARK),
        (lambda: scenes.code_on_phone(PAYLOAD, away=7), Hint.TOO_FAR),
        (lambda: scenes.code_on_phone(PAYLOAD, away=14), Hint.TOO_FAR),
        (lambda: scenes.code_under_lamp(PAYLOAD), Hint.GLARE),
        (half_covered, Hint.UNCLEAR),
        (scenes.barcode, Hint.OTHER_KIND),
    ],
    ids=lambda value: value.value if isinstance(value, Hint) else "",
)
def test_each_reason_is_told(scene: Callable[[], Pixels], hint: Hint) -> None:
    """Nothing is read, and the hint says why."""
    seen = see(filmed(scene()), 0.0, clock=unhurried)
    assert seen.codes == ()
    assert seen.hint is hint


def test_a_read_code_needs_no_hint() -> None:
    """Whoever is understood is not advised."""
    seen = see(filmed(scenes.code_on_phone(PAYLOAD)), 0.0)
    assert [code.payload for code in seen.codes] == [PAYLOAD]
    assert seen.hint is None


def test_a_busy_machine_gives_no_hints() -> None:
    """Where decoding alone took long, the codes come without; the deadline is for them."""
    ticks = iter(range(100))
    assert see(scenes.counter(), 0.0, clock=lambda: float(next(ticks))).hint is None


def test_most_pictures_spend_no_time_on_hints() -> None:
    """Two frames of three are for decoding alone."""
    assert [see(scenes.counter(), 0.0, turn, unhurried).hint for turn in range(4)] == [
        Hint.SEARCHING,
        None,
        None,
        Hint.SEARCHING,
    ]


@pytest.mark.parametrize("pixels", [3, 5, 8, 16])
def test_modules_are_measured(pixels: int) -> None:
    """The size of a drawn symbol's modules comes out within a tenth."""
    symbol = np.asarray(scenes._symbol(PAYLOAD)[::10, ::10], np.uint8)
    drawn = symbol.repeat(pixels, axis=0).repeat(pixels, axis=1)
    assert module_size(np.pad(drawn, 60, constant_values=200)) == pytest.approx(pixels, rel=0.1)


def test_writing_and_noise_are_no_symbols() -> None:
    """A printed page, and a sensor in the dark, are not taken for a code."""
    page = scenes.counter()
    for line in range(20):
        cv2.putText(
            page, "To be handed in at window 12", (30, 40 + 34 * line), cv2.FONT_HERSHEY_SIMPLEX, 1, (20,) * 3, 2
        )
    assert module_size(filmed(page)) is None
    assert module_size(np.random.default_rng(1).integers(0, 60, (720, 1280), np.uint8)) is None


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 80), st.integers(1, 80))))
def test_every_picture_has_a_hint(picture: Pixels) -> None:
    """No size and no content of a picture is an error."""
    assert hint_of(picture) in Hint


@pytest.mark.parametrize(
    ("looks", "shown"),
    [
        ([(0.2, "dark")], "searching"),
        ([(0.2, "dark"), (0.4, "dark")], "searching"),
        ([(0.2, "dark"), (0.4, "dark"), (1.1, "dark")], "dark"),
        ([(1.1, "dark")], "searching"),
        ([(1.1, "dark"), (1.3, "dark")], "dark"),
        ([(1.1, "dark"), (1.3, "searching"), (1.5, "dark")], "searching"),
        ([(1.1, "dark"), (1.3, "glare"), (1.5, "glare")], "glare"),
        ([(1.1, "dark"), (1.3, "dark"), (1.5, "glare"), (1.7, "glare")], "dark"),
        ([(1.1, "dark"), (1.3, "dark"), (1.5, "glare"), (1.7, "glare"), (2.4, "glare")], "glare"),
    ],
)
def test_a_hint_does_not_flicker(looks: list[tuple[float, str]], shown: str) -> None:
    """Two looks in a row have to agree, and what is shown stays for a second."""
    names = {"searching": Hint.SEARCHING, "dark": Hint.TOO_DARK, "glare": Hint.GLARE}
    state = SteadyHint(Hint.SEARCHING, 0.0)
    for now, name in looks:
        state = step(state, names[name], now)
    assert state.shown is names[shown]
