"""An MRZ out of one picture: zones found, characters counted, read by tesseract, judged by their check digits."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from devices.camera.api import Pixels
from devices.document.glyphs import Zone, laid_out, woven, zone_of
from devices.document.mrz_zone import zones_in
from devices.document.straighten import black_and_white
from devices.document.tesseract import Tesseract
from devices.mrz import Mrz, Size, correct

_MISCOUNTED = 2  # characters that a line may seem to have more or fewer


@dataclass(frozen=True, slots=True)
class NoZone:
    """No lines of an MRZ are seen."""


@dataclass(frozen=True, slots=True)
class ZoneUnread:
    """Lines of an MRZ are seen, but not well enough to be read."""


@dataclass(frozen=True, slots=True)
class ZoneRead:
    """An MRZ was read, every check digit right. Names have none: two pictures should agree on them."""

    mrz: Mrz


MrzSight = NoZone | ZoneUnread | ZoneRead


def look_for_mrz(pixels: Pixels, today: date, tesseract: Tesseract) -> MrzSight:
    """Return what a picture (height × width × 3, BGR) shows of an MRZ. ``today`` tells the centuries.

    About 0.1 s where there is no zone, 0.2 s more where one is read. The document may lie askew or upside down; its
    characters have to be 12 pixels apart or more. Raises :class:`devices.document.errors.ReadingFailed`.
    """
    seen = False
    for picture in zones_in(pixels):
        grey, zone = _upright(picture)
        if not _like_an_mrz(zone):
            continue
        seen = True
        lines = woven(zone, tesseract.read(laid_out(grey, zone)))
        if lines is not None and (mrz := correct(lines, today)) is not None:
            return ZoneRead(mrz)
    return ZoneUnread() if seen else NoZone()


def _upright(picture: Pixels) -> tuple[Pixels, Zone]:
    zone = zone_of(black_and_white(picture))
    if not zone.upside_down:
        return picture, zone
    turned = np.ascontiguousarray(picture[::-1, ::-1])
    return turned, zone_of(black_and_white(turned))


def _like_an_mrz(zone: Zone) -> bool:
    counts = [len(line) for line in zone.lines]
    return any(
        len(counts) == size.lines and all(abs(count - size.width) <= _MISCOUNTED for count in counts) for size in Size
    )
