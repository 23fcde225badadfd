"""How texts are read aloud: what is spelt, what is a number, and the pinyin that comes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.speech.pronunciation import in_chinese, script, spoken
from wire.text import Language

ZH, EN = Language.ZH, Language.EN


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (ZH, "3 个工作日", "三 个工作日"),
        (ZH, "窗口 12", "窗口 十二"),
        (ZH, "费用 1050 元", "费用 一千零五十 元"),
        (ZH, "按 0", "按 零"),
        (ZH, "2026年11月23日", "二零二六年十一月二十三日"),
        (ZH, "2010年", "二零一零年"),
        (ZH, "上午 09:41 到 10:05", "上午 九点四十一分 到 十点五分"),
        (ZH, "拨打 12345", "拨打 幺 二 三 四, 五"),
        (ZH, "007 号", "零 零 七 号"),
        (ZH, "20261123001200075", "二 零 二 六, 幺 幺 二 三, 零 零 幺 二, 零 零 零 七, 五"),
        (ZH, "20261123 0012 0007 5", "二 零 二 六, 幺 幺 二 三, 零 零 幺 二, 零 零 零 七 五"),
        (ZH, "210203********1234", "二 幺 零 二, 零 三, 星号, 幺 二 三 四"),
        (ZH, "编号 DL20260001", "编号 D L 二 零, 二 六 零 零, 零 幺"),
        (ZH, "11010519491231002X", "幺 幺 零 幺, 零 五 幺 九, 四 九 幺 二, 三 幺 零 零, 二 X"),
        (EN, "3 working days", "3 working days"),
        (EN, "page 1 of 2, fee 1050 yuan", "page 1 of 2, fee 1050 yuan"),
        (EN, "2026", "2026"),
        (EN, "dial 12345", "dial 1 2 3 4, 5"),
        (EN, "window 007", "window 0 0 7"),
        (EN, "case 20261123001200075.", "case 2 0 2 6, 1 1 2 3, 0 0 1 2, 0 0 0 7, 5 ."),
        (EN, "210203********1234", "2 1 0 2, 0 3, stars, 1 2 3 4"),
        (EN, "serial DL20260001", "serial D L 2 0, 2 6 0 0, 0 1"),
    ],
)
def test_numbers(language: Language, text: str, said: str) -> None:
    """Amounts are numbers, identifiers are spelt in breaths of four, years and times are told as is usual."""
    assert " ".join(spoken(text, language).split()) == said


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (7, "七"),
        (10, "十"),
        (14, "十四"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1000, "一千"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (2026, "二千零二十六"),
        (9999, "九千九百九十九"),
    ],
)
def test_amounts_in_chinese(number: int, words: str) -> None:
    """A zero between is said once, at the end never, and ten begins without one."""
    assert in_chinese(number) == words


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("请取走您的卡。", "qing3 qu3 zou3 nin2 de5 ka3 ."),
        ("银行、重庆", "yin2 hang2 , chong2 qing4"),
        ("**燕，您好！", "xing1 hao4 yan4 , nin2 hao3 !"),
        ("第 2 页", "di4 er4 ye4"),
    ],
)
def test_pinyin(text: str, pinyin: str) -> None:
    """Chinese reaches the synthesiser as pinyin with tones, characters with several readings by their word."""
    assert script(text, ZH) == pinyin


@given(st.text(max_size=80), st.sampled_from(Language))
def test_nothing_is_a_command(text: str, language: Language) -> None:
    """Whatever a text holds, no phoneme marks, tags or line ends reach the synthesiser."""
    assert not set("[]<>&\\\n\r\x00") & set(script(text, language))
