"""What a camera's pictures say of it: living, black, frozen."""

import numpy as np

from devices.camera.api import Pixels
from devices.camera.watch import PictureWatch, Verdict

RNG = np.random.default_rng(1)


def watch() -> PictureWatch:
    return PictureWatch(frozen_after_s=3.0, black_after_s=2.0)


def noisy(level: float = 120) -> Pixels:
    return np.clip(RNG.normal(level, 2, (72, 128, 3)), 0, 255).astype(np.uint8)


def verdicts(of: PictureWatch, pictures: list[Pixels], *, begin: float = 0.0, step: float = 1.0) -> list[Verdict]:
    return [of.see(picture, begin + number * step) for number, picture in enumerate(pictures)]


def test_noise_is_life() -> None:
    """A still scene seen by a sensor is fine for ever."""
    assert set(verdicts(watch(), [noisy() for _ in range(20)])) == {Verdict.FINE}


def test_one_picture_for_three_seconds_is_frozen() -> None:
    """Not before the time is up, and by one bit of difference not at all."""
    picture = noisy()
    assert verdicts(watch(), [picture.copy() for _ in range(4)]) == [*[Verdict.FINE] * 3, Verdict.FROZEN]
    other = picture.copy()
    other[71, 127, 2] ^= 1  # at a place that the quick look leaves out
    assert verdicts(watch(), [picture, picture.copy(), other, picture.copy()]) == [Verdict.FINE] * 4


def test_two_pictures_are_no_proof() -> None:
    """A stream that stalled for long and gives one picture twice has not frozen yet."""
    picture = noisy()
    of = watch()
    assert of.see(picture, 0.0) is Verdict.FINE
    assert of.see(picture.copy(), 60.0) is Verdict.FINE


def test_frozen_outlasts_a_reopening() -> None:
    """The picture that it froze at is doubted at once, frozen again after the time; another one ends it."""
    picture = noisy()
    of = watch()
    verdicts(of, [picture] * 4)
    of.rest()
    again = verdicts(of, [picture.copy() for _ in range(4)], begin=100.0)
    assert again == [Verdict.DOUBTED] * 3 + [Verdict.FROZEN]
    of.rest()
    assert of.see(noisy(), 200.0) is Verdict.FINE
    assert of.see(picture, 201.0) is Verdict.FINE


def test_no_picture_is_kept() -> None:
    """Nothing of what was filmed is left in a camera at rest, not even in a frozen one."""
    of = watch()
    verdicts(of, [noisy()] * 4)
    of.rest()
    assert not any(isinstance(getattr(of, name), np.ndarray) for name in vars(of))


def test_black_is_told_after_its_time_and_is_never_frozen() -> None:
    """Black without noise, for ever: black from the second second on, and nothing else."""
    black = np.zeros((72, 128, 3), np.uint8)
    assert verdicts(watch(), [black.copy() for _ in range(8)]) == [Verdict.FINE] * 2 + [Verdict.BLACK] * 6
    of = watch()
    assert verdicts(of, [black, black, noisy(), black, black, black])[3:] == [Verdict.FINE, Verdict.FINE, Verdict.BLACK]


def test_white_is_not_frozen() -> None:
    """A lamp in the lens leaves no noise either."""
    assert set(verdicts(watch(), [np.full((72, 128, 3), 255, np.uint8)] * 8)) == {Verdict.FINE}


def test_a_flat_colour_is_frozen() -> None:
    """The green of a dead stream is no dark room."""
    green = np.zeros((72, 128, 3), np.uint8)
    green[..., 1] = 135
    assert verdicts(watch(), [green.copy() for _ in range(5)])[-1] is Verdict.FROZEN


def test_another_size_is_another_picture() -> None:
    """A camera that changes its size lives."""
    small, large = noisy(), np.repeat(noisy(), 2, axis=0)
    assert verdicts(watch(), [small, large, small, large, small]) == [Verdict.FINE] * 5
