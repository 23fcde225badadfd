"""Cuts the faces that the screens use out of Debian's fonts, once, at set-up; finds them again at run time.

``python -m screens.fonts OUTDIR`` writes Noto Sans CJK SC (Regular, Bold) and the icon font there. SDL2_ttf opens
only face 0 of a collection, and face 0 of Noto Sans CJK is Japanese: wrong shapes for 直 骨 门 关 令.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

_COLLECTIONS = Path("/usr/share/fonts/opentype/noto")
_ICONS = Path("/usr/share/fonts/truetype/material-design-icons-iconfont/MaterialIcons-Regular.ttf")
_FACE = "Noto Sans CJK SC"
_FULL_NAME = 4  # of OpenType's name table
_AT_SETUP = Path(__file__).resolve().parent.parent / "build" / "fonts"


class FontsMissing(Exception):
    """The faces were never cut here, or Debian's fonts are not installed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Paths of the font files: two weights of text, and the icons."""

    regular: Path
    bold: Path
    icons: Path


def faces_in(folder: Path) -> Faces:
    """Return where a folder holds (or will hold) the faces."""
    return Faces(folder / "sans-sc-regular.otf", folder / "sans-sc-bold.otf", folder / "icons.ttf")


def find_faces() -> Faces:
    """Return the faces: in ``BIANMIN_FONTS`` where that is set, else where set-up put them. Raises FontsMissing."""
    faces = faces_in(Path(os.environ.get("BIANMIN_FONTS") or _AT_SETUP))
    for path in (faces.regular, faces.bold, faces.icons):
        if not path.is_file():
            raise FontsMissing(f"no {path.name} in {path.parent}: run `python -m screens.fonts {path.parent}`")
    return faces


def cut_faces(folder: Path) -> Faces:
    """Write the faces into a folder (a few seconds, 33 MB); what is there already stays. Raises FontsMissing."""
    from fontTools.ttLib import TTCollection  # noqa: PLC0415 - slow to import, and needed at set-up only

    faces = faces_in(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for weight, target in (("Regular", faces.regular), ("Bold", faces.bold)):
        if target.is_file():
            continue
        source = _COLLECTIONS / f"NotoSansCJK-{weight}.ttc"
        if not source.is_file():
            raise FontsMissing(f"no {source}: install Debian's fonts-noto-cjk")
        wanted = _FACE if weight == "Regular" else f"{_FACE} {weight}"
        for font in TTCollection(source, lazy=True):
            if font["name"].getDebugName(_FULL_NAME) in {wanted, f"{_FACE} {weight}"}:
                unfinished = target.with_suffix(".part")
                font.save(unfinished)
                unfinished.replace(target)
                break
        else:
            raise FontsMissing(f"no face {wanted} in {source}")
    if not faces.icons.is_file():
        if not _ICONS.is_file():
            raise FontsMissing(f"no {_ICONS}: install Debian's fonts-material-design-icons-iconfont")
        shutil.copyfile(_ICONS, faces.icons)
    return faces


if __name__ == "__main__":
    cut_faces(Path(sys.argv[1]))
