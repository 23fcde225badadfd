"""Documents before the camera: sheets found, how exactly and how fast; pages made; zones read. On drawn scenes only."""

import time
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np

from devices.camera.api import Pixels
from devices.document.api import PageFound, Tone, capture, look, page_of, to_pdf
from devices.document.mrz_reading import NoZone, ZoneRead, look_for_mrz
from devices.document.page import find_sheet
from devices.document.tesseract import Tesseract
from devices.virtual.page_scene import Light, Table, View, lay, random_view
from devices.virtual.pages import Sheet, draw
from devices.virtual.travellers import ANNA, CHAN
from tests.bench.tables import Row, ms_since, timed
from tests.bench.tables import Table as Figures
from tests.page_scenes import SHEETS, Drawn, corner_error, drawn

_SCENES = 40
_ZONES = 16
_TODAY = date(2026, 11, 24)
_DRAWN = "Drawn scenes (tests/page_scenes.py), 1280 × 720; no photograph of a real table is among them."
_LOST = 1.0  # a corner's error where nothing was found


class Group(NamedTuple):
    """Scenes of one kind."""

    name: str
    scenes: list[Drawn]


def _groups() -> list[Group]:
    def of(change: Callable[[View], View], seed: int) -> list[Drawn]:
        rng = np.random.default_rng(seed)
        views = [change(random_view(rng)) for _ in range(_SCENES // 2)]
        sheets = [SHEETS[number % len(SHEETS)] for number in range(len(views))]
        return [Drawn(sheet, view, lay(draw(sheet), view, rng)) for sheet, view in zip(sheets, views, strict=True)]

    def pale(view: View) -> View:
        return View(view.turn, view.tilt, view.pan, view.fill, view.shift, Table.PALE, Light.EVEN, view.fingers)

    def pale_and_shaded(view: View) -> View:
        return View(view.turn, view.tilt, view.pan, view.fill, view.shift, Table.PALE, Light.SHADOW, view.fingers)

    def dim(view: View) -> View:
        return View(view.turn, view.tilt, view.pan, view.fill, view.shift, view.table, Light.DIM, view.fingers)

    return [
        Group("usual tables and lights", [drawn(number) for number in range(_SCENES)]),
        Group("dim", of(dim, 2)),
        Group("table nearly as pale as paper", of(pale, 3)),
        Group("the same, half in shadow", of(pale_and_shaded, 4)),
    ]


def _errors(scenes: list[Drawn]) -> list[float]:
    found = [(find_sheet(one.scene.pixels), one.scene) for one in scenes]
    return [_LOST if sheet is None or sheet.cut else corner_error(sheet.corners, scene) for sheet, scene in found]


def _found(groups: list[Group]) -> Figures:
    rows = []
    for group in groups:
        errors = _errors(group.scenes)
        exact = sum(error < 0.01 for error in errors)
        name = f"{group.name}: {exact} of {len(errors)} within 1 %"
        rows.append(Row(name, tuple(error * 100 for error in errors)))
    return Figures("Sheets: worst corner's distance from its place", "% of diagonal", tuple(rows), (_DRAWN,))


def _empty(pixels: Pixels) -> Pixels:
    return np.full_like(pixels, 120)


def _times(scenes: list[Drawn]) -> Figures:
    pictures = [one.scene.pixels for one in scenes[:20]]
    turn = iter(range(10**6))

    def of(work: Callable[[Pixels], object]) -> tuple[float, ...]:
        return timed(lambda: work(pictures[next(turn) % len(pictures)]), 40, warm=2)

    large = lay(draw(Sheet.LETTER), View(turn=4, tilt=6, fill=0.95), np.random.default_rng(1), (2592, 1944)).pixels
    page = capture(large).page
    if page is None or not isinstance(look(large).quality, PageFound):
        raise ValueError("the page was not found")
    sight, grey = look(large), capture(large, Tone.BINARY).page
    if grey is None:
        raise ValueError("the page was not found")
    rows = (
        Row("720p: sheet sought and found", of(find_sheet)),
        Row("720p: sheet sought in vain", of(lambda pixels: find_sheet(_empty(pixels)))),
        Row("720p: found and judged (the live hint)", of(look)),
        Row("5 megapixels: straight, evenly lit, in colour", timed(lambda: page_of(large, sight), 8)),
        Row("one A4 page to PDF, colour", timed(lambda: to_pdf([page]), 8)),
        Row("one A4 page to PDF, black and white", timed(lambda: to_pdf([grey]), 8)),
    )
    sizes = ", ".join(f"{len(to_pdf([one])) / 1000:.0f} kB" for one in (page, grey))
    return Figures("Pages: time", "ms", rows, (f"The PDFs: {sizes} (budget 500 kB a page).",))


def _zones() -> Figures:
    rng = np.random.default_rng(5)
    reader = Tesseract()
    times: dict[str, list[float]] = {}
    told: dict[str, list[str]] = {}
    for number in range(_ZONES):
        traveller = (ANNA, CHAN)[number % 2]
        kind = f"{traveller.size.name} before the camera"
        sheet = Sheet.PASSPORT if traveller is ANNA else Sheet.TRAVEL_CARD
        pixels = lay(draw(sheet, mrz=traveller.zone()), random_view(rng), rng).pixels
        began = time.perf_counter()
        sight = look_for_mrz(pixels, _TODAY, reader)
        times.setdefault(kind, []).append(ms_since(began))
        right = isinstance(sight, ZoneRead) and sight.mrz.lines == traveller.zone()
        told.setdefault(kind, []).append("read" if right else "wrong" if isinstance(sight, ZoneRead) else "not read")
    bare = lay(draw(Sheet.LETTER), View(), rng).pixels
    if look_for_mrz(bare, _TODAY, reader) != NoZone():
        raise ValueError("a letter has no zone")
    rows = [
        Row(f"{kind}: {told[kind].count('read')} of {len(of)} read, {told[kind].count('wrong')} wrong", tuple(of))
        for kind, of in times.items()
    ]
    rows.append(Row("a letter: no zone", timed(lambda: look_for_mrz(bare, _TODAY, reader), 8)))
    notes = ("One picture each; in a third of them two fingers lie on the document, some on its zone.", _DRAWN)
    return Figures("Machine readable zones: one picture looked at", "ms", tuple(rows), notes)


def measure() -> list[Figures]:
    """Return how exactly sheets are found, what a picture costs, and how many zones are read."""
    groups = _groups()
    return [_found(groups), _times(groups[0].scenes), _zones()]
