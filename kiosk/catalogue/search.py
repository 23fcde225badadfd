"""Finds service items by Chinese words, by pinyin, and by pinyin initials, in names and keywords."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wire.catalogue import ServiceItem

_MAX_QUERY = 40


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one item is found by. Latin forms: whole pinyin and initials of each Chinese phrase, and English words."""

    item: ServiceItem
    name: str
    phrases: tuple[str, ...]
    name_latin: tuple[str, ...]
    latin: tuple[str, ...]


class Index:
    """Items, prepared for search. About 0.1 ms an item to build."""

    def __init__(self, items: Iterable[ServiceItem]) -> None:
        self._entries = tuple(_entry(item) for item in items)

    def search(self, query: str) -> list[ServiceItem]:
        """Return the items that a query finds, the best first; all of them for an empty query."""
        wanted = _plain(query)[:_MAX_QUERY]
        ranked = [(_rank(entry, wanted), place) for place, entry in enumerate(self._entries)]
        return [self._entries[place].item for rank, place in sorted(ranked) if rank < _NOT_FOUND]


_NOT_FOUND = 9


def _rank(entry: _Entry, wanted: str) -> int:
    """Return how well an item fits, 0 best."""
    tests = (
        not wanted or entry.name == wanted,
        entry.name.startswith(wanted),
        wanted in entry.name,
        any(wanted in phrase for phrase in entry.phrases),
        any(form.startswith(wanted) for form in entry.name_latin),
        any(form.startswith(wanted) for form in entry.latin),
        any(wanted in form for form in (*entry.name_latin, *entry.latin)),
        len(wanted) > 1 and _in_order(wanted, entry.name),
        len(wanted) > 2 and any(_in_order(wanted, form) for form in entry.name_latin),  # noqa: PLR2004 - letters
    )
    return next((rank for rank, found in enumerate(tests) if found), _NOT_FOUND)


def _in_order(wanted: str, text: str) -> bool:
    """Tell whether all characters stand in a text, in this order: 无房证明 in 无房产登记证明."""
    rest = iter(text)
    return all(character in rest for character in wanted)


def _entry(item: ServiceItem) -> _Entry:
    name, english = _plain(item.name.zh), _plain(item.name.en)
    phrases = tuple(_plain(word) for word in item.keywords)
    return _Entry(
        item=item,
        name=name,
        phrases=(english, *phrases),
        name_latin=_latin(name),
        latin=tuple(form for phrase in phrases for form in _latin(phrase)),
    )


@lru_cache(maxsize=8192)
def _latin(phrase: str) -> tuple[str, ...]:
    """Return a phrase's initials and whole pinyin: 无房证明 → wfzm, wufangzhengming."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 0.3 s and 57 MB that no start has to wait for

    return (
        "".join(lazy_pinyin(phrase, style=Style.FIRST_LETTER)),
        "".join(lazy_pinyin(phrase, style=Style.NORMAL)),
    )


def _plain(text: str) -> str:
    """Return a text as it is compared: full-width as half-width, lower case, without spaces and apostrophes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if not character.isspace() and character not in "'’")
