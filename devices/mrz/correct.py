"""Finds the MRZ in what an OCR read: look-alikes turned back by the kind of field, and judged by check digits.

A check digit is one of ten, so a text with several errors may fit more than one reading: the least changed one is taken
when it is alone. Only a chip proves it, which opens to no other. Names, issuer and nationality have no check digit that
could judge them: there a digit becomes the letter it looks like, and nothing more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import combinations, islice, product
from typing import Final, assert_never

from devices.mrz.fields import LAYOUTS, Chars, Field, Mrz, MrzWrong, Size
from devices.mrz.key import check_digit, value_of
from devices.mrz.parse import parse

_TO_DIGIT: Final = str.maketrans("OQDUILZSGBTAE", "0000112568743")
_TO_LETTER: Final = str.maketrans("0125678", "OIZSGTB")
_OFTEN_ALIKE: Final = ("0O", "1I", "2Z", "5S", "8B")
_ALIKE: Final = ("0QD", "OQD", "1LT", "4A", "6G", "7T", "IL")
_OFTEN, _RARELY = 1, 2
_TO_DIGIT_COST, _TO_LETTER_COST = 2, 5  # numbers are mostly digits: two letters too many are likelier than one too few
_FILLER: Final = str.maketrans({"«": "<<", "‹": "<", "≪": "<<", "(": "<", "[": "<", "{": "<", "¢": "<"})
_NOISE: Final = re.compile(r"[^0-9A-Z<]")
_FILLER_ALIKE: Final = re.compile(r"(?<=<<<)[<KCELSX]+$")  # what engines see in a long row of fillers
_SEXES: Final = {"0": "<", "K": "<", "N": "M", "H": "M", "P": "F", "E": "F"}
_MOST_LOST: Final = 4  # characters that a line may be too long or too short
_MOST_CHANGED: Final = 3  # in one field
_MOST_READINGS: Final = 50


def correct(lines: Sequence[str], today: date) -> Mrz | None:
    """Return the MRZ that a text most likely is, or None when it is none, or when two are equally likely.

    ``lines`` may hold other lines before the zone and behind it.
    """
    found = _weighed(lines, today)
    alone = len(found) == 1 or (len(found) > 1 and found[0][0] < found[1][0])
    return found[0][1] if alone else None


def readings(lines: Sequence[str], today: date) -> tuple[Mrz, ...]:
    """Return every MRZ that a text can be, all check digits right, the least changed ones first."""
    return tuple(mrz for _, mrz in _weighed(lines, today))


def _weighed(lines: Sequence[str], today: date) -> list[tuple[int, Mrz]]:
    cleaned = [line for line in map(_cleaned, lines) if line]
    found: dict[tuple[str, ...], tuple[int, Mrz]] = {}
    for size in Size:
        for first in range(len(cleaned) - size.lines + 1):
            window = [_fitted(line, size.width) for line in cleaned[first : first + size.lines]]
            whole = [line for line in window if line is not None]
            for cost, candidate in islice(_candidates(whole, size), _MOST_READINGS):
                try:
                    found.setdefault(candidate, (cost, parse(candidate, today)))
                except MrzWrong:
                    continue
    return sorted(found.values(), key=lambda weighed: weighed[0])


def _cleaned(line: str) -> str:
    return _NOISE.sub("", line.upper().translate(_FILLER))


def _fitted(line: str, width: int) -> str | None:
    """Return a line of this width: engines miscount fillers, so the longest row of them is what gives."""
    wrong = width - len(line)
    if wrong == 0:
        return line
    row = max(re.findall(r"<+", line), key=len, default="")
    if abs(wrong) > _MOST_LOST or len(row) <= -wrong or not row:
        return None
    begin = line.rindex(row)
    return line[:begin] + "<" * (len(row) + wrong) + line[begin + len(row) :]


def _candidates(lines: Sequence[str], size: Size) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield costs and whole zones: each field as its kind allows, each check digit of its own right."""
    if len(lines) != size.lines:
        return
    layout = LAYOUTS[size]
    zone = [list(line) for line in lines]
    choices: list[tuple[Field, list[_Weighed]]] = []
    for name, where in layout.fields.items():
        text = _typed(name, where, lines[where.line][where.start : where.start + where.size])
        zone[where.line][where.start : where.start + where.size] = text
        digit = "<"
        if where.check is not None:
            digit = zone[where.line][where.check] = lines[where.line][where.check].translate(_TO_DIGIT)
        if where.chars is Chars.MIXED:
            choices.append((where, _judged(text, digit) if digit != "<" else [(0, text), *_variants(text, 1)]))
        elif where.check is not None and check_digit(text) != digit:
            return
    line, place = layout.composite
    zone[line][place] = zone[line][place].translate(_TO_DIGIT)
    for chosen in sorted(product(*(options for _, options in choices)), key=_cost):
        for (_, text), (where, _) in zip(chosen, choices, strict=True):
            zone[where.line][where.start : where.start + where.size] = text
        whole = tuple("".join(one) for one in zone)
        if check_digit("".join(whole[one][begin:end] for one, begin, end in layout.covered)) == whole[line][place]:
            yield _cost(chosen), whole


_Weighed = tuple[int, str]


def _cost(chosen: Sequence[_Weighed]) -> int:
    return sum(cost for cost, _ in chosen)


def _typed(name: str, where: Field, text: str) -> str:
    """Return a field's text with what its kind rules out turned into what it must have been."""
    match where.chars:
        case Chars.DIGITS:
            return text.translate(_TO_DIGIT)
        case Chars.LETTERS if name == "sex":
            return _SEXES.get(text, text)
        case Chars.LETTERS:
            text = text.translate(_TO_LETTER)
        case Chars.MIXED:
            pass
        case _:
            assert_never(where.chars)
    return _FILLER_ALIKE.sub(lambda row: "<" * len(row[0]), text)


def _judged(text: str, digit: str) -> list[_Weighed]:
    """Return the text as it is when its check digit holds; else every change that makes it so."""
    if check_digit(text) == digit:
        return [(0, text)]
    changed = (variant for changes in range(1, _MOST_CHANGED + 1) for variant in _variants(text, changes))
    return sorted(variant for variant in changed if check_digit(variant[1]) == digit)[:_MOST_READINGS]


def _variants(text: str, changes: int) -> Iterator[_Weighed]:
    """Yield the text with exactly so many characters exchanged for look-alikes, and what that costs."""
    others = {place: alike for place, character in enumerate(text) if (alike := _looks_like(character))}
    for places in combinations(others, changes):
        for exchanged in product(*(others[place].items() for place in places)):
            variant = list(text)
            for place, (character, _) in zip(places, exchanged, strict=True):
                variant[place] = character
            yield sum(cost for _, cost in exchanged), "".join(variant)


@cache
def _looks_like(character: str) -> Mapping[str, int]:
    """Return the look-alikes that a check digit can tell from a character, and their costs: 6 and G count the same."""
    value = value_of(character)
    return {
        other: cost * (_TO_DIGIT_COST if other.isdigit() else _TO_LETTER_COST)
        for groups, cost in ((_ALIKE, _RARELY), (_OFTEN_ALIKE, _OFTEN))
        for group in groups
        if character in group
        for other in group
        if (value_of(other) - value) % 10
    }
