"""What is told of devices' states: every status has words in both languages, every fault a code and advice."""

import dataclasses
from typing import Any, get_args

import pytest

from kiosk.condition import Condition, DeviceStatus, advice, condition_of
from kiosk.doctor import terminal
from wire.problems import catalogue

WELL = {"NoCard", "CardPresent", "CameraReady", "ScannerReady", "PrinterReady"}


def example(kind: type[Any]) -> DeviceStatus:
    """Return a status of a class, its fields filled in."""
    values: dict[str, Any] = {"str": "reason", "int": 1, "tuple[str, ...]": ("media-empty-error",)}
    fields = {field.name: getattr(field.type, "__name__", field.type) for field in dataclasses.fields(kind)}
    return kind(**{name: values.get(str(kind.__annotations__[name]), values.get(of)) for name, of in fields.items()})


@pytest.mark.parametrize("kind", get_args(DeviceStatus), ids=lambda kind: kind.__name__)
def test_every_status_is_told(kind: type[Any]) -> None:
    """A status is well and has nothing to do, or has a listed code and advice; both have words."""
    condition = condition_of(example(kind))
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


def test_limits_of_the_disk() -> None:
    """A nearly full disk is a fault, a rather full one a notice."""
    grades = [
        terminal.disk(terminal.Path("/none/of/this"), lambda _, free=free: free * 1_000_000).grade.value
        for free in (terminal.LEAST_FREE_MB - 1, terminal.LEAST_FREE_MB, terminal.FEW_FREE_MB)
    ]
    assert grades == ["fault", "notice", "well"]
