"""Colours and sizes of the screens, as data; how much two colours contrast. Knows nothing of Kivy."""

from dataclasses import dataclass, fields

LEAST_CONTRAST = 7.0  # WCAG 2.1, 1.4.6 (AAA)
LEAST_TARGET_PX = 96.0  # about 20 mm on a 23-inch screen of 1080 × 1920

# Sizes of text in px: normal, large, largest. Few on purpose: Kivy keeps about 3 MB for each size and weight for ever.
TEXT_SIZES: dict[str, tuple[int, int, int]] = {
    "chrome": (30, 32, 34),
    "small": (30, 36, 42),
    "body": (36, 42, 50),
    "strong": (42, 50, 58),
    "title": (58, 66, 76),
    "huge": (112, 112, 112),
}
ICON_SIZES: dict[str, int] = {"small": 44, "body": 60, "large": 110, "huge": 220}


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of one look, as #RRGGBB. ``on_x`` is text on ``x``; ``x_down`` is ``x`` under a finger."""

    page: str
    surface: str
    surface_down: str
    line: str
    ink: str
    ink_soft: str
    brand: str
    band: str
    on_band: str
    on_band_soft: str
    action: str
    action_down: str
    on_action: str
    accent: str
    on_accent: str
    good: str
    good_surface: str
    bad: str
    bad_surface: str
    veil: str


NORMAL = Palette(
    page="#FFFFFF",
    surface="#F0F4FA",
    surface_down="#D3E1F4",
    line="#B9C7DA",
    ink="#142132",
    ink_soft="#414E5E",
    brand="#0B3B7A",
    band="#0B3B7A",
    on_band="#FFFFFF",
    on_band_soft="#DCE8F8",
    action="#0B3B7A",
    action_down="#061F45",
    on_action="#FFFFFF",
    accent="#F5B324",
    on_accent="#142132",
    good="#0A5634",
    good_surface="#E2F3E9",
    bad="#8A1A1A",
    bad_surface="#FCEBEA",
    veil="#0A1626",
)
HIGH_CONTRAST = Palette(
    page="#000000",
    surface="#141414",
    surface_down="#4A4300",
    line="#FFFFFF",
    ink="#FFFFFF",
    ink_soft="#F2F2F2",
    brand="#FFE14D",
    band="#000000",
    on_band="#FFFFFF",
    on_band_soft="#FFE14D",
    action="#FFE14D",
    action_down="#FFFFFF",
    on_action="#000000",
    accent="#FFE14D",
    on_accent="#000000",
    good="#7DF0A8",
    good_surface="#141414",
    bad="#FFB3AB",
    bad_surface="#141414",
    veil="#000000",
)

# What is written on what: each pair has LEAST_CONTRAST in both palettes (tested).
WRITTEN_ON: tuple[tuple[str, str], ...] = (
    ("ink", "page"),
    ("ink", "surface"),
    ("ink", "surface_down"),
    ("ink_soft", "page"),
    ("ink_soft", "surface"),
    ("brand", "page"),
    ("brand", "surface"),
    ("brand", "surface_down"),
    ("on_band", "band"),
    ("on_band_soft", "band"),
    ("on_action", "action"),
    ("on_action", "action_down"),
    ("on_accent", "accent"),
    ("good", "good_surface"),
    ("good", "page"),
    ("good", "surface"),
    ("bad", "bad_surface"),
    ("bad", "page"),
    ("bad", "surface"),
    ("ink", "good_surface"),
    ("ink", "bad_surface"),
)


def rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """Return #RRGGBB as four numbers from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue, alpha


def colours(palette: Palette) -> dict[str, tuple[float, float, float, float]]:
    """Return a palette as Kivy wants it: name → red, green, blue, alpha from 0 to 1."""
    return {field.name: rgba(getattr(palette, field.name)) for field in fields(palette)}


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    dark_end, slope, offset, exponent = 0.04045, 12.92, 0.055, 2.4
    red, green, blue = (
        part / slope if part <= dark_end else ((part + offset) / (1 + offset)) ** exponent for part in rgba(colour)[:3]
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
