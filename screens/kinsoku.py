"""Breaks text into lines as Chinese print does: no line begins with 。，） or ends with （《. Pure, no Kivy.

Chinese breaks between any two characters, Latin words and numbers only between words. The rules are the basic
ones of 禁则: a mark that may not stand at a line's end or beginning takes its neighbour with it.
"""

from collections.abc import Callable, Iterator

_NOT_FIRST = frozenset("，。、；：？！）》」』】〉〕”’…—～·％℃,.;:?!)]}%'")
_NOT_LAST = frozenset("（《「『【〈〔“‘([{¥￥$#")
_CJK_FROM = "⺀"
Advance = Callable[[str], float]


def _is_cjk(char: str) -> bool:
    return char >= _CJK_FROM


def _units(text: str) -> Iterator[str]:
    """Cut text into what may not be broken: a Latin word, a space, or a Chinese character with its marks."""
    unit = ""
    for char in text:
        if not unit:
            unit = char
        elif char == " " or unit == " ":
            yield unit
            unit = char
        elif char in _NOT_FIRST or unit[-1] in _NOT_LAST:
            unit += char
        elif _is_cjk(char) or _is_cjk(unit[-1]):
            yield unit
            unit = char
        else:
            unit += char
    if unit:
        yield unit


def widest_unit(text: str, advance: Advance) -> float:
    """Return the width of the widest thing in a text that may not be broken."""
    return max((sum(map(advance, unit)) for part in text.split("\n") for unit in _units(part)), default=0.0)


def break_lines(text: str, advance: Advance, width: float) -> list[str]:
    """Return the lines of a text that is at most ``width`` wide; ``advance`` gives the width of one character.

    What is wider than a line by itself (a web address) is cut anywhere. An empty text is one empty line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for unit in _units(paragraph):
            needed = sum(map(advance, unit))
            if line and used + needed > width and unit != " ":
                lines.append(line.rstrip())
                line, used = "", 0.0
            if needed > width:
                for char in unit:
                    if line and used + advance(char) > width:
                        lines.append(line)
                        line, used = "", 0.0
                    line, used = line + char, used + advance(char)
            elif line or unit != " ":
                line, used = line + unit, used + needed
        lines.append(line.rstrip())
    return lines
