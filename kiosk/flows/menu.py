"""The home menu: what can be done at this terminal, in the order of the tiles.

A flow's module is imported when the flow is first played, or before, by :func:`make_ready`: the attract screen comes
without them.
"""

from importlib import import_module
from typing import Final

from kiosk.guard import Flow
from kiosk.session import Entry, Menu
from kiosk.stage import Tile
from kiosk.visit import Visit
from wire.text import Text

NAMES: Final = ("print_certificate", "apply", "track_case", "check_certificate", "technician")


def _flow(name: str) -> Flow:
    """Return the flow that is named like its module."""

    async def play(visit: Visit) -> None:
        await getattr(import_module(f"kiosk.flows.{name}"), name)(visit)

    return play


def make_ready() -> None:
    """Import every flow; takes a good part of a second. May be called in a thread."""
    for name in NAMES:
        import_module(f"kiosk.flows.{name}")


TECHNICIAN: Final = _flow("technician")

MENU: Menu = {
    entry.tile.key: entry
    for entry in (
        Entry(
            Tile(
                "print",
                "certificate",
                Text(zh="打印证明", en="Print a certificate"),
                Text(zh="刷卡就能打印，当场拿走", en="With your card, at once"),
            ),
            _flow("print_certificate"),
        ),
        Entry(
            Tile(
                "apply",
                "apply",
                Text(zh="申请办理", en="Apply"),
                Text(zh="查看材料，提交申请", en="See what is needed, submit"),
            ),
            _flow("apply"),
        ),
        Entry(
            Tile(
                "track",
                "track",
                Text(zh="查询进度", en="Track a case"),
                Text(zh="用受理通知书或编号查询", en="By your slip or its number"),
            ),
            _flow("track_case"),
        ),
        Entry(
            Tile(
                "check",
                "verify",
                Text(zh="核验证明", en="Check a certificate"),
                Text(zh="看看一份证明是不是真的", en="Find out whether it is genuine"),
            ),
            _flow("check_certificate"),
        ),
    )
}
