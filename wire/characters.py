"""Characters of names and addresses that not every machine can show, and how to find them. It replaces none."""

import unicodedata
from collections.abc import Callable

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def is_interchangeable(char: str) -> bool:
    """Tell whether a character means the same everywhere.

    A private-use one means what the maker of one font agreed with himself (old registers wrote rare surnames so); one
    that Unicode does not know, or not yet, means nothing here; U+FFFD stands where a character was lost.
    """
    return unicodedata.category(char) not in ("Co", "Cn", "Cs") and char != _REPLACEMENT


def rare_characters(text: str, usable: Callable[[str], bool] = is_interchangeable) -> tuple[str, ...]:
    """Return the characters of a text that are not usable, each once, in their order.

    ``usable`` tells of one character whether it can be used: shown, printed, sent on. A screen or a certificate can say
    by this which characters it leaves out, instead of boxes.
    """
    return tuple(dict.fromkeys(char for char in text if not usable(char)))
