"""What is told of devices' states: every status has words in both languages, every fault a code and advice."""

from typing import Any, get_args

import pytest

from kiosk.__main__ import COMMANDS
from kiosk.condition import Condition, DeviceStatus, advice, condition_of
from tests.technician_tables import PAGE, example_of, filled_in
from wire.problems import catalogue

WELL = {"NoCard", "CardPresent", "CameraReady", "ScannerReady", "PrinterReady", "SpeechReady", "Speaking"}


@pytest.mark.parametrize("kind", get_args(DeviceStatus), ids=lambda kind: kind.__name__)
def test_every_status_is_told(kind: type[Any]) -> None:
    """A status is well and has nothing to do, or has a listed code and advice; both have words."""
    condition = condition_of(example_of(kind))
    assert condition.words.zh
    assert condition.words.en
    assert condition.well == (kind.__name__ in WELL)
    if not condition.well:
        assert condition.code in catalogue()
        assert condition.advice is not None


def test_a_printers_reasons_choose_the_code() -> None:
    """A stopped printer is told by what stops it, with the printer's own words for the technician."""
    kind = next(kind for kind in get_args(DeviceStatus) if kind.__name__ == "PrinterStopped")
    assert condition_of(kind(("media-empty-error",))) == Condition(
        "PrinterStopped", "printer.out_of_paper", "media-empty-error"
    )


@pytest.mark.parametrize("code", sorted(code for code in catalogue() if code.split(".")[0] in {"printer", "reader"}))
def test_device_codes(code: str) -> None:
    """Whatever advice there is, is in both languages."""
    told = advice(code)
    assert told is None or (told.zh.strip() and told.en.strip())


def test_the_technicians_page_is_up_to_date() -> None:
    """The page's tables are those of the code; ``python -m tests.technician_tables`` renews them."""
    text = PAGE.read_text(encoding="utf-8")
    assert filled_in(text) == text


def test_the_technicians_page_names_every_command() -> None:
    """Each command that a release has is on the page."""
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in COMMANDS if name != "demo" and f"`bianmin {name}" not in text] == []
