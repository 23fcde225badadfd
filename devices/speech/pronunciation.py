"""A text as a synthesiser reads it rightly: identifiers spelt, amounts as numbers, Chinese as pinyin with tones. Pure.

espeak-ng's own Mandarin (``cmn`` of 1.51) mispronounces; ``cmn-latn-pinyin`` does not, but knows pinyin only.
"""

import re

from wire.text import Language

_IDENTIFIER = re.compile(r"(?=[A-Za-z*]*\d)[A-Za-z0-9*]+(?:[ -]\d{4,})*", re.ASCII)
_LONGEST_AMOUNT = 4  # digits; more are a number of something, seldom of how many
_YEAR = re.compile(r"(\d{4})(?=年)", re.ASCII)
_TIME = re.compile(r"(?<![\w:])([01]?\d|2[0-3]):([0-5]\d)(?![\w:])", re.ASCII)
_GROUP = 4  # characters that are said in one breath
_PAUSES = str.maketrans({**dict.fromkeys("，、；：（）—", ","), **dict.fromkeys("。…", "."), "！": "!", "？": "?"})
_SAFE = re.compile(r"[^\w\s,.!?'*-]")
_DIGITS_ZH = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))  # 幺: as numbers are read out
_COUNT_ZH = "零一二三四五六七八九"  # as amounts and years are
_UNITS_ZH = ("", "十", "百", "千")
_STARS = {Language.ZH: "星号", Language.EN: "stars"}


def spoken(text: str, language: Language) -> str:
    """Return a text with its numbers in words or spelt out, in Chinese characters or English.

    A number is an amount when it has up to four digits, no leading zero, and no letter or asterisk at it; anything
    else is an identifier (a case number, a masked ID number, a serial) and is spelt, four characters in one breath.
    In Chinese a year is spelt and a time of day is told, as is usual.
    """
    if language is Language.ZH:
        text = _YEAR.sub(lambda year: "".join(_COUNT_ZH[int(digit)] for digit in year[1]), text)
        text = _TIME.sub(lambda time: f"{in_chinese(int(time[1]))}点{in_chinese(int(time[2]))}分", text)
    return _IDENTIFIER.sub(lambda found: _number(found[0], language), text)


def script(text: str, language: Language) -> str:
    """Return what espeak-ng is given: for Chinese, pinyin with tone numbers (5 is the neutral one).

    The first Chinese text takes a third of a second: pypinyin is loaded for it. Call it in a thread.
    """
    said = re.sub(r"\*+", f" {_STARS[language]} ", spoken(text, language))
    if language is Language.ZH:
        from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 270 ms, and a terminal may never speak

        said = " ".join(lazy_pinyin(said.translate(_PAUSES), style=Style.TONE3, neutral_tone_with_five=True))
    return re.sub(r"\s+", " ", _SAFE.sub(" ", said)).strip()  # [[…]] would be read as phonemes


def in_chinese(number: int) -> str:
    """Return a number from 0 to 9999 in Chinese words."""
    digits = [int(digit) for digit in str(number)]
    words, zero = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == 0:
            zero = bool(words)
            continue
        words += ("零" if zero else "") + _COUNT_ZH[digit] + _UNITS_ZH[place]
        zero = False
    if not words:
        return _COUNT_ZH[0]
    return words[1:] if words.startswith("一十") else words


def _number(found: str, language: Language) -> str:
    if found.isdigit() and len(found) <= _LONGEST_AMOUNT and (found == "0" or not found.startswith("0")):
        return in_chinese(int(found)) if language is Language.ZH else found
    parts = [part for run in re.findall(r"\*+|[A-Za-z0-9]+", found) for part in _breaths(run, language)]
    return f" {', '.join(parts)} "


def _breaths(run: str, language: Language) -> list[str]:
    if run.startswith("*"):
        return [_STARS[language]]
    said = [_DIGITS_ZH.get(char, char) if language is Language.ZH else char for char in run]
    return [" ".join(said[at : at + _GROUP]) for at in range(0, len(said), _GROUP)]
