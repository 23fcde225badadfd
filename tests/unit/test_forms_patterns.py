"""Regular expressions that a form may bring: useful ones pass, and whatever passes is quick."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms.errors import FormError
from kiosk.forms.patterns import MAX_TEXT, check_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"^1[3-9]\d{9}$",
        r"^\d{17}[0-9X]\d{2}[A-Z0-9]{0,2}$",
        r"^\d{16,19}$",
        r"^(?:\d{3}-)?\d{8}$",
        r"^(辽|吉|黑)[A-Z][A-Z0-9]{5,6}$",
        r"^[^@\s]+@[^@\s]+$",
        r"^(ab){3}$",
        r"^(?:[A-Z]{2})?\d{1,8}(?:-\d{1,4})?$",
        r"\d+",
        "^a*a*a*b$",
        r"^[\u4e00-\u9fff]{2,20}$",
        "",
    ],
)
def test_useful_patterns_pass(pattern: str) -> None:
    """Phones, plates, accounts and the like can be described."""
    check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)+$",
        r"(a|a)*b",
        r"([a-z]+)*$",
        r"((a?){3})*",
        r"(?:a{1,5}){1,9}b",
        r".*.*.*.*=",
        "a?" * 20 + "a" * 20,
        "(a|a)" * 30 + "b",
        "^" + "(a|b|ab)" * 20 + "$",
        "a*a*a*b",
        "^a*a*a*a*b",
        "a{1,99}a{1,99}a{1,99}b",
        r"(a*)\1",
        r"(?=a)b",
        r"(?P<n>a)",
        r"(?i)a",
        "a{999}",
        "a{0,201}",
        "(",
        "[",
        "a" * 201,
        r"a\Z",
        "(" * 150 + ")" * 150,
    ],
)
def test_dangerous_and_broken_patterns_are_refused(pattern: str) -> None:
    """Bombs, look-arounds, back references, huge repetitions and what is no pattern: each is a coded error."""
    with pytest.raises(FormError):
        check_pattern(pattern)


@settings(max_examples=300, deadline=None)
@given(st.text("ab01(|)?:*+{}[],\\d^$.2", max_size=24), st.sampled_from(["a", "ab", "0", "aab"]))
def test_whatever_passes_is_quick(pattern: str, letters: str) -> None:
    """No accepted pattern takes long on the longest text that is ever matched."""
    try:
        check_pattern(pattern)
    except FormError:
        return
    began = time.process_time()
    re.search(pattern, (letters * MAX_TEXT)[: MAX_TEXT - 1] + "!")
    assert time.process_time() - began < 1
