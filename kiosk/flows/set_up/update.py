"""Bring a release from a stick, at the technician's screen: plugged in, taken, and installed once nobody is served."""

from collections.abc import Awaitable, Callable

from kiosk.flows.set_up.outcome import not_done
from kiosk.showing import Showing
from kiosk.stage import Done, Row, RowState, SetUpPage, TestResult, Waiting, WentBack
from kiosk.updates.errors import UpdateError
from wire.text import Text

_TITLE = Text(zh="从 U 盘更新软件", en="Update from a stick")
PAGE = SetUpPage(
    title=_TITLE,
    hint=Text(
        zh="请插入存有更新的 U 盘（文件夹 bianmin-update），等几秒钟，再按“开始”。",
        en="Plug in the stick with the update (folder bianmin-update), wait a few seconds, then press Start.",
    ),
    rows=(
        Row(
            Text(zh="只接受签名有效的更新", en="Only an update with a valid signature is taken"),
            icon="info",
            state=RowState.GOOD,
        ),
        Row(
            Text(zh="没有人使用时自动安装并重新启动", en="It is installed, with a restart, once nobody is served"),
            icon="info",
        ),
    ),
    main=Text(zh="开始", en="Start"),
)
_WORKING = Waiting(
    message=Text(zh="正在读取并核对更新", en="Reading and checking the update"),
    detail=Text(zh="需要几分钟。请不要拔出 U 盘。", en="This takes some minutes. Leave the stick in."),
    can_go_back=False,
    can_leave=False,
)


async def update_from_stick(at: Showing, take: Callable[[], Awaitable[str]]) -> TestResult:
    """Do it, and say how it went. ``take`` returns the version. Raises WentBack where nothing was begun."""
    if await at.show(PAGE) is not Done.DONE:
        raise WentBack
    try:
        version = await at.while_waiting(_WORKING, lambda _: take())
    except UpdateError as error:
        return not_done(_TITLE, error.code)
    message = Text(
        zh=f"版本 {version} 已读取，可以拔出 U 盘。半小时左右会自动安装。",
        en=f"Version {version} is here; the stick may be taken out. It is installed within half an hour or so.",
    )
    return TestResult(title=_TITLE, message=message)
