"""What a terminal's last heartbeat says of the machine, in words for the staff: what is well, what is not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wire.problems import catalogue

_KIND = "health"
_SCREEN = "screen"
_SUBJECTS = {
    "clock": "时钟",
    "disk": "数据分区",
    "file_system": "文件系统",
    "storage": "存储寿命",
    "memory": "内存",
    "temperature": "温度",
    "rtc": "时钟电池",
    "machine": "运行",
    "decommissioned": "停用",
    _SCREEN: "屏幕",
}
_IN_CHINESE = (
    (r"(\d+) MB free", r"剩余 \1 MB"),
    (r"up to (\d+) % of its life used", r"寿命最多已用 \1 %"),
    (r"(\d+) % used", r"已用 \1 %"),
    (r"(\d+) % inodes free", r"文件数余量 \1 %"),
    (r"(\d+) errors", r"\1 个错误"),
    (r"(\d+) of (\d+) MB available", r"共 \2 MB，可用 \1 MB"),
    (r"slowed down (\d+) times", r"因过热降速 \1 次"),
    (r"(-?\d+) s from the system's time", r"与系统时间相差 \1 秒"),
    (r"up (\d+) d (\d+) h", r"已运行 \1 天 \2 小时"),
    (r"\bload ", "负载 "),
    (r"since (\d{4}-\d\d-\d\d \d\d:\d\d) UTC", r"自 \1（UTC）起"),
    (r"^synchronised$", "已同步"),
)
_MARKS = {"well": "approved", "notice": "supplement_requested", "fault": "rejected"}


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the machine. ``mark``: how the console colours it; ``problem``: what is wrong, and its number."""

    name: str
    mark: str
    detail: str
    problem: str = ""
    number: int | None = None


def lines(devices: Iterable[dict[str, Any]]) -> list[Line]:
    """Return the machine's lines, what is not well first. A grade that a newer terminal invents counts as a notice."""
    found = [_line(device) for device in devices if device.get("kind") == _KIND]
    return sorted(found, key=lambda line: line.mark == _MARKS["well"])


def others(devices: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines that are of devices."""
    return [device for device in devices if device.get("kind") != _KIND]


def needs_care(devices: Iterable[dict[str, Any]]) -> bool:
    """Tell whether somebody must see to a machine."""
    return any(line.mark != _MARKS["well"] for line in lines(devices))


def not_serving(devices: Iterable[dict[str, Any]]) -> int | None:
    """Return the number of why a terminal shows its out-of-service picture after crashes; None where it does not."""
    return next((line.number for line in lines(devices) if line.name == _SUBJECTS[_SCREEN]), None)


def _line(device: dict[str, Any]) -> Line:
    code, _, detail = str(device.get("detail", "")).rpartition("; ")
    told = catalogue().get(code)
    return Line(
        name=_SUBJECTS.get(device["name"], device["name"]),
        mark=_MARKS.get(device["state"], "supplement_requested"),
        detail=_in_chinese(detail),
        problem=told.happened.zh + told.next.zh if told else code,
        number=told.number if told else None,
    )


def _in_chinese(detail: str) -> str:
    """Return a terminal's figures in the staff's language; what a newer terminal says otherwise stays as it is."""
    for pattern, words in _IN_CHINESE:
        detail = re.sub(pattern, words, detail)
    return detail
