"""Measures text in the screens' faces, and breaks it into lines. Registers those faces with Kivy."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from kivy.core.text import DEFAULT_FONT, LabelBase
from kivy.core.text import Label as CoreLabel

from screens.coverage import covered, in_its_place
from screens.fonts import Faces
from screens.kinsoku import break_lines, widest_unit

ICON_FONT = "icons"
SMALLER = ("title", "strong", "body", "small", "chrome")
_TOLERANCE = 0.985  # of a width: kerning can make a line a little wider than the sum of its characters


def register(faces: Faces) -> None:
    """Make the faces Kivy's default, so that no label is ever drawn with another one."""
    LabelBase.register(DEFAULT_FONT, str(faces.regular), fn_bold=str(faces.bold))
    LabelBase.register(ICON_FONT, str(faces.icons))
    _covers.cache_clear()
    _legible_char.cache_clear()


@lru_cache(maxsize=1)
def _covers() -> Callable[[str], bool]:
    regular, *_ = LabelBase._fonts[DEFAULT_FONT]  # noqa: SLF001 - where register put it; the bold face has the same
    return covered(Path(regular))


@lru_cache(maxsize=20_000)
def _legible_char(char: str) -> str:
    return in_its_place(char, _covers())


def legible(text: str) -> str:
    """Return a text as it can be shown: characters that no face of ours has as their codes, 〔U+20000〕."""
    return "".join(map(_legible_char, text))


@lru_cache(maxsize=64)
def _ruler(size: int, bold: bool) -> CoreLabel:  # noqa: FBT001 - a key of the cache
    ruler = CoreLabel(font_size=size, bold=bold)
    ruler.resolve_font_name()
    return ruler


@lru_cache(maxsize=20_000)
def advance(char: str, size: int, bold: bool) -> float:  # noqa: FBT001 - a key of the cache
    """Return the width of one character in px."""
    return float(_ruler(size, bold).get_extents(char)[0])


def line_height(size: int, *, bold: bool = False) -> int:
    """Return the height of one line in px."""
    return int(_ruler(size, bold).get_extents("国Hg")[1])


def broken(text: str, size: int, width: float, *, bold: bool = False) -> list[str]:
    """Return the lines of a text in at most ``width`` px."""
    return break_lines(legible(text), lambda char: advance(char, size, bold), max(width * _TOLERANCE, size))


def balanced(text: str, size: int, width: float, *, bold: bool = False) -> list[str]:
    """Return no more lines than needed, about equally long, so that no title ends with one lonely character."""
    lines = broken(text, size, width, bold=bold)
    while len(lines) > 1:
        width *= 0.95
        narrower = broken(text, size, width, bold=bold)
        if len(narrower) > len(lines) or breaks_words(text, size, width, bold=bold):
            break
        lines = narrower
    return lines


def text_width(text: str, size: int, *, bold: bool = False) -> float:
    """Return how wide a text is on one line, in px."""
    return sum(advance(char, size, bold) for char in legible(text))


def breaks_words(text: str, size: int, width: float, *, bold: bool = False) -> bool:
    """Tell whether a word of a text is wider than ``width`` px, so that it would have to be cut."""
    return widest_unit(legible(text), lambda char: advance(char, size, bold)) > width * _TOLERANCE


def fitting_style(text: str, style: str, sizes: dict[str, int], width: float) -> str:
    """Return a style for bold text, or the first smaller one in which no word has to be cut."""
    styles = SMALLER[SMALLER.index(style) :]
    return next((one for one in styles if not breaks_words(text, sizes[one], width, bold=True)), styles[-1])


def text_height(text: str, size: int, width: float, *, bold: bool = False) -> int:
    """Return how high a text is when it is at most ``width`` px wide; an empty one has no height."""
    return len(broken(text, size, width, bold=bold)) * line_height(size, bold=bold) if text else 0
