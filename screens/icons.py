"""The icons that views may name, as characters of Google's Material Icons (Apache-2.0, Debian's package)."""

ICONS: dict[str, str] = {
    name: chr(code)
    for name, code in {
        # named by views (Tile.icon)
        "apply": 0xE85D,
        "appointment": 0xE614,
        "certificate": 0xE8AD,
        "complaint": 0xE87F,
        "department": 0xE84F,
        "guide": 0xEA19,
        "home_visit": 0xF21A,
        "money": 0xE8A1,
        "publication": 0xEF49,
        "queue_ticket": 0xE638,
        "rating": 0xE838,
        "search": 0xE8B6,
        "track": 0xE922,
        "verify": 0xE8E8,
        # drawn by screens
        "back": 0xE5C4,
        "backspace": 0xE14A,
        "calendar": 0xE878,
        "camera": 0xE412,
        "card": 0xEA67,
        "centre": 0xE84F,
        "check": 0xE5CA,
        "check_circle": 0xE86C,
        "circle": 0xE836,
        "circle_filled": 0xE837,
        "clock": 0xE8B5,
        "close": 0xE5CD,
        "contactless": 0xEA71,
        "contrast": 0xEB37,
        "dialpad": 0xE0BC,
        "down": 0xE313,
        "edit": 0xE3C9,
        "error": 0xE000,
        "exit": 0xE879,
        "forged": 0xF012,
        "forward": 0xE5C8,
        "help": 0xE311,
        "cable": 0xE8BE,
        "home": 0xE88A,
        "hourglass": 0xE88B,
        "info": 0xE88E,
        "key": 0xE0DA,
        "keyboard": 0xE312,
        "language": 0xE8E2,
        "low_reach": 0xE258,
        "note": 0xE873,
        "paper": 0xE8B0,
        "person": 0xE7FD,
        "qr": 0xF206,
        "proxy": 0xE8D4,
        "revoked": 0xE644,
        "speech": 0xE050,
        "text_size": 0xE245,
        "timer": 0xE425,
        "touch": 0xE913,
        "up": 0xE316,
        "warning": 0xE002,
        "wifi": 0xE63E,
    }.items()
}


def glyph(name: str) -> str:
    """Return an icon's character; an unknown name gives a plain document, so that no tile stays empty."""
    return ICONS.get(name, ICONS["note"]) if name else ""
