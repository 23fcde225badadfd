"""The recovery key of the encrypted data partition is shown once, and printed if wanted; then it is deleted here."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from devices.errors import DeviceError
from devices.printer.api import NotPrinted, PrintDoubtful, Printed, Printer
from devices.printer.media import Roll
from kiosk.flows.set_up.steps import At, bar
from kiosk.printing import recovery_page
from kiosk.staff import Staff
from kiosk.stage import Done, Row, SetUpPage, Waiting
from kiosk.visit import Visit
from wire.clock import unix_ms
from wire.ids import uuid7
from wire.problems import Problem, problem
from wire.text import Text

_log = logging.getLogger(__name__)

_TITLE = Text(zh="请抄下恢复密钥", en="Write the recovery key down")
_HINT = Text(
    zh="机器损坏、换主板后，只有它能打开数据分区。只显示这一次。请交中心保管，不要留在机器旁。",
    en="After a repair or with another board, nothing else opens the data partition. It is shown only now."
    " The centre should keep it, away from the machine.",
)
_KEPT = Text(zh="已经抄好", en="I have it")
_PRINT = Text(zh="打印一份", en="Print it")
_PRINTING = Text(zh="正在打印恢复密钥", en="Printing the recovery key")
_WAITING = Waiting(message=_PRINTING, step=bar(At.RECOVERY), can_go_back=False, can_leave=False)
_LONGEST = 200  # characters; systemd-cryptenroll(1) makes 71
_A_LINE = 2  # groups


async def show_recovery_key(visit: Visit, staff: Staff, path: Path) -> None:
    """Show the key until it was written down. Where there is no file, there is nothing to do."""
    key = await asyncio.to_thread(_read, path)
    if key is None:
        return
    printer = next((one for one in staff.printers.values() if not isinstance(one.paper, Roll)), None)
    view = page(key, can_print=printer is not None)
    while await visit.show(view) is not Done.DONE:
        if printer is not None:
            view = replace(view, problem=await _print(visit, printer, key))
    await asyncio.to_thread(_forget, path)


def page(key: str, *, can_print: bool) -> SetUpPage:
    """Return the key as it is to be written down."""
    return SetUpPage(
        title=_TITLE,
        hint=_HINT,
        rows=tuple(Row(Text(zh=line, en=line), icon="key") for line in lines_of(key)),
        main=_KEPT,
        other=("print", _PRINT) if can_print else None,
        step=bar(At.RECOVERY),
        can_go_back=False,
        can_leave=False,
    )


def lines_of(key: str) -> list[str]:
    """Return a key in lines that can be copied: its groups, two by two."""
    groups = key.split("-")
    return ["-".join(groups[at : at + _A_LINE]) for at in range(0, len(groups), _A_LINE)]


async def _print(visit: Visit, printer: Printer, key: str) -> Problem | None:
    """Print it; return what went wrong."""
    now = visit.at.clock.now()

    async def through() -> str | None:
        pdf = await asyncio.to_thread(recovery_page.render, visit.at.centre_name.zh, lines_of(key), now)
        match await printer.print_pdf(pdf, f"recovery-{uuid7(unix_ms(now))}"):
            case Printed():
                return None
            case NotPrinted(code):
                return code
            case PrintDoubtful():
                return "printer.doubtful"

    try:
        code = await visit.while_waiting(_WAITING, lambda _: through())
    except DeviceError as error:
        code = error.code
    return None if code is None else problem(code)


def _read(path: Path) -> str | None:
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return key if key and len(key) <= _LONGEST and key.isprintable() else None


def _forget(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:  # the image's own unit does, and it lies in memory
        _log.info("recovery key left to the system: %s", error.strerror)
