"""What the technician's screen says of the software: which version runs, and what is with the next one."""

from typing import assert_never

from wire.problems import problem
from wire.release import UpdatePhase, UpdateReport
from wire.text import Text


def in_words(running: str, report: UpdateReport | None) -> Text:
    """Say it in one line. ``report``: the update agent's last; None before its first look."""
    if report is None:
        return Text(zh=running, en=running)
    wanted, share = report.wanted, f"{report.fetched * 100 // report.size}%" if report.size else ""
    match report.phase:
        case UpdatePhase.UP_TO_DATE:
            zh = en = ""
        case UpdatePhase.FETCHING:
            zh, en = f"{wanted} 下载中 {share}", f"{wanted} is being fetched {share}"
        case UpdatePhase.STAGED:
            zh, en = f"{wanted} 已下载，空闲时段安装", f"{wanted} is here, to be installed in idle hours"
        case UpdatePhase.APPLYING:
            zh, en = f"{wanted} 安装中", f"{wanted} is being installed"
        case UpdatePhase.PROVING:
            zh, en = "刚更新，观察中", "new, and watched"
        case UpdatePhase.GIVEN_UP:
            zh, en = f"{wanted} 已放弃", f"{wanted} was given up"
        case _:
            assert_never(report.phase)
    number = f"({problem(report.failure).number})" if report.failure else ""
    return Text(zh=_joined("；", running, zh, number), en=_joined("; ", running, en, number))


def _joined(between: str, *parts: str) -> str:
    return between.join(part.strip() for part in parts if part)
