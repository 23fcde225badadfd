"""The home menu: what can be done at this terminal, in the order of the tiles."""

from kiosk.flows.apply import apply
from kiosk.flows.check_certificate import check_certificate
from kiosk.flows.print_certificate import print_certificate
from kiosk.flows.track_case import track_case
from kiosk.session import Entry, Menu
from kiosk.stage import Tile
from wire.text import Text

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
            print_certificate,
        ),
        Entry(
            Tile(
                "apply",
                "apply",
                Text(zh="申请办理", en="Apply"),
                Text(zh="查看材料，提交申请", en="See what is needed, submit"),
            ),
            apply,
        ),
        Entry(
            Tile(
                "track",
                "track",
                Text(zh="查询进度", en="Track a case"),
                Text(zh="用受理通知书或编号查询", en="By your slip or its number"),
            ),
            track_case,
        ),
        Entry(
            Tile(
                "check",
                "verify",
                Text(zh="核验证明", en="Check a certificate"),
                Text(zh="看看一份证明是不是真的", en="Find out whether it is genuine"),
            ),
            check_certificate,
        ),
    )
}
