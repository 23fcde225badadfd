"""Draws the pictures of the out-of-service screen, when an image is built: ``python -m screens.notice OUTDIR``.

At run time they need neither Kivy nor fonts (:mod:`kiosk.out_of_service`). Grey: the ground is 0, ink is 255.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.condition import advice
from kiosk.out_of_service import CODES
from kiosk.out_of_service.picture import Grey
from screens import fonts
from screens.environment import WindowSettings, prepare
from wire.problems import problem
from wire.text import Language, Text

WIDTHS = (1000, 720, 480)  # of the pictures: the largest that a screen has room for is shown
_HEADINGS = Text(zh="暂停服务", en="Out of service")
_TECHNICIAN = Text(zh="技术人员", en="Technician")


def lines(code: str) -> list[tuple[str, float, bool]]:
    """Return what the picture says: text, size in thousandths of the width, bold. An empty text is a gap."""
    told, for_citizens = problem(code), problem("terminal.out_of_service").next
    wanted: list[tuple[str, float, bool]] = [(_HEADINGS.zh, 110, True), (_HEADINGS.en, 60, True), ("", 40, False)]
    for language, size in ((Language.ZH, 42), (Language.EN, 34)):
        wanted.append((for_citizens.in_language(language), size, False))
    wanted += [("", 60, False), (str(told.number), 90, True), ("", 20, False)]
    for language, size in ((Language.ZH, 28), (Language.EN, 26)):
        what = advice(code) or told.next
        colon = "：" if language is Language.ZH else ": "
        wanted.append((_TECHNICIAN.in_language(language) + colon + what.in_language(language), size, False))
    return wanted


def draw(code: str, width: int) -> Grey:
    """Draw one picture; after ``prepare``, with a window open."""
    from kivy.core.text import Label  # noqa: PLC0415 - Kivy reads its environment when it is imported

    faces = fonts.find_faces()
    rows: list[NDArray[np.uint8]] = []
    for text, thousandths, bold in lines(code):
        size = round(width * thousandths / 1000)
        if not text:
            rows.append(np.zeros((size, width), np.uint8))
            continue
        face = faces.bold if bold else faces.regular
        label = Label(text=text, font_name=str(face), font_size=size, text_size=(width, None), halign="center")
        label.refresh()
        rows += [_alpha(label.texture, width), np.zeros((size // 3, width), np.uint8)]
    pixels = np.concatenate(rows)
    return Grey(width, pixels.shape[0], pixels.tobytes())


def _alpha(texture: Any, width: int) -> NDArray[np.uint8]:
    """Return how much ink is in each pixel of a drawn text, the top row first."""
    columns, rows = texture.size
    inked = np.frombuffer(texture.pixels, np.uint8).reshape(rows, columns, 4)[:, :, 3]
    framed = np.zeros((rows, width), np.uint8)
    left = (width - min(columns, width)) // 2
    framed[:, left : left + columns] = inked[:, :width]
    return framed


def main() -> None:
    """Draw all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        prepare(WindowSettings(kivy_home=Path(home), now=lambda: datetime.now(UTC), offscreen=True))
        import kivy.core.window  # noqa: F401, PLC0415 - opens the window that textures need

        for code in CODES:
            for width in WIDTHS:
                (out / f"{code}-{width}.pgm").write_bytes(draw(code, width).pgm())


if __name__ == "__main__":
    main()
