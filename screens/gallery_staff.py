"""The technician's screens with example content, as data."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from kiosk import stage
from kiosk.condition import Condition, advice, kind_in_words
from kiosk.flows.technician import EVERY_TOOL
from kiosk.status_board import DeviceState
from screens.gallery_questions import text
from wire.problems import problem
from wire.text import Text

_CHINA = timezone(timedelta(hours=8))
_MORNING = datetime(2026, 11, 23, 7, 30, tzinfo=_CHINA)
FACTS = (
    stage.FactLine(text("终端", "Terminal"), text("dl-0012", "dl-0012")),
    stage.FactLine(text("所属中心", "Centre"), text("大连市行政服务中心", "Dalian Administrative Service Centre")),
    stage.FactLine(text("软件版本", "Software"), text("0.1.0", "0.1.0")),
    stage.FactLine(text("数据", "Data"), text("0 件待发送，0 件已隔离", "0 to be sent, 0 in quarantine")),
    stage.FactLine(text("服务", "Service"), text("正常服务", "in service")),
)


def _device(
    kind: str, name: str, condition: Condition, *, minutes: int = 0, before: Condition | None = None
) -> stage.DeviceLine:
    return stage.DeviceLine(
        kind=kind,
        name=name,
        title=kind_in_words(kind),
        state=condition.words,
        well=condition.well,
        since=_MORNING + timedelta(minutes=minutes),
        before=None if before is None else before.words,
        problem=None if condition.code is None else problem(condition.code),
        advice=condition.advice,
        detail=condition.detail,
    )


_LOST = Condition("ReaderMissing", "reader.lost")
_READY = Condition("PrinterReady")
_WELL = (
    _device("card_reader", "PC/SC ACS ACR39U ICC Reader 00 00", Condition("NoCard")),
    _device("card_reader", "SAM module", Condition("NoCard"), minutes=61, before=Condition("CardPresent")),
    _device("camera", "camera", Condition("CameraReady", detail="1280 × 720")),
    _device("scanner", "scanner on camera", Condition("ScannerReady")),
    _device("printer", "certificates", _READY),
)
_FAULTS = (
    _device(
        "card_reader", "SAM module", Condition("ReaderMissing", "reader.lost"), minutes=95, before=Condition("NoCard")
    ),
    _device(
        "printer",
        "certificates",
        Condition("PrinterStopped", "printer.out_of_paper", "media-empty-error, media-needed-error"),
        minutes=126,
        before=_READY,
    ),
    _device("speech", "speech", Condition("SpeechMissing", "device.mute", "aplay ended with 1")),
    *_WELL[2:4],
)
STATES = tuple(
    DeviceState(kind, name, Condition(state), _MORNING)
    for kind, name, state in (
        ("card_reader", "PC/SC ACS ACR39U ICC Reader 00 00", "NoCard"),
        ("card_reader", "SAM module /dev/ttyUSB0", "NoCard"),
        ("camera", "camera", "CameraReady"),
        ("scanner", "scanner on camera", "ScannerReady"),
        ("printer", "certificates", "PrinterReady"),
        ("speech", "speech", "SpeechReady"),
    )
)


def staff_views() -> Iterator[tuple[str, stage.View[Any]]]:
    """Yield every example with its name."""
    yield "technician", stage.Technician(devices=_WELL, facts=FACTS, tools=EVERY_TOOL, can_go_back=False)
    yield "technician-faults", stage.Technician(devices=_FAULTS, facts=FACTS, tools=EVERY_TOOL, can_go_back=False)
    yield "technician-tested", _technician_tested(None, text("打印了 1 页", "Pages printed: 1"))
    yield "technician-failed", _technician_tested("printer.jammed", text("没有打印", "Not printed"))
    yield (
        "technician-pin",
        stage.EnterDigits(
            title=text("技术人员密码", "Technician's PIN"),
            prompt=text("仅供技术人员使用。办事请按“返回”。", "For technicians only. Please go back to be served."),
            length=8,
            secret=True,
            problem=problem("terminal.pin_wrong"),
        ),
    )


def _technician_tested(code: str | None, message: Text) -> stage.Technician:
    return stage.Technician(
        devices=_WELL, facts=FACTS, tools=EVERY_TOOL, result=result_of(code, message), can_go_back=False
    )


def result_of(code: str | None, message: Text | None = None) -> stage.TestResult:
    """Return the result of a test of the printer."""
    return stage.TestResult(
        title=kind_in_words("printer"),
        message=message or text("打印了 1 页", "Pages printed: 1"),
        problem=None if code is None else problem(code),
        advice=None if code is None else advice(code),
    )
