"""The words of the chrome, out of ``words.toml``."""

import tomllib
from functools import cache
from pathlib import Path

from wire.text import Text


@cache
def chrome() -> dict[str, Text]:
    """Return every word of the chrome by its key."""
    listed = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {key: Text(**both) for key, both in listed.items()}


def word(key: str, **filled: object) -> Text:
    """Return a word in both languages, its ``{…}`` filled in. Raises KeyError for a key that is not listed."""
    both = chrome()[key]
    return Text(zh=both.zh.format(**filled), en=both.en.format(**filled)) if filled else both
