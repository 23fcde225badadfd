"""Take a terminal out of use from its own screen: the PIN once more, what is unsent sent, then key and data erased."""

from collections.abc import Awaitable, Callable

from kiosk.showing import Showing
from kiosk.stage import Choice, Done, ProblemShown, Row, RowState, SetUpPage, Waiting, WentBack
from kiosk.store.erasing import StillUnsent
from kiosk.sync.decommission import Ended
from wire.problems import problem
from wire.text import Text

_TITLE = Text(zh="停用这台终端", en="Take this terminal out of use")
_HINT = Text(
    zh="先把没有送出的数据送到服务中心，然后删除密钥和全部数据，恢复出厂状态。不能撤销。",
    en="What is unsent goes to the centre; then the key and all data are erased, as from the factory."
    " It cannot be undone.",
)
_KEPT = Text(zh="还有没送到的数据时，什么都不会删除", en="While anything is unsent, nothing is erased")
_REVOKE = Text(zh="停用后，请管理员在后台吊销这台终端", en="Afterwards an administrator revokes it at the console")
_MAIN = Text(zh="停用并删除", en="Take out of use, and erase")
_WORKING = Text(zh="正在送出数据，然后删除", en="Sending what is unsent, then erasing")
_WORKING_HINT = Text(zh="请不要关机。", en="Please do not switch off.")
PAGE = SetUpPage(
    title=_TITLE,
    hint=_HINT,
    rows=(Row(_KEPT, icon="info", state=RowState.GOOD), Row(_REVOKE, icon="info")),
    main=_MAIN,
)


async def end_terminal(
    at: Showing, once_more: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[Ended]]
) -> None:
    """Do it, or nothing. ``once_more`` asks for the PIN. Raises WentBack where the technician thinks better of it."""
    if await at.show(PAGE) is not Done.DONE:
        raise WentBack
    await once_more()
    waiting = Waiting(message=_WORKING, detail=_WORKING_HINT, can_go_back=False, can_leave=False)
    while True:
        try:
            await at.while_waiting(waiting, lambda _: end())
        except StillUnsent as unsent:
            refused = ProblemShown(problem=problem(unsent.code), can_retry=True, can_go_back=False)
            if await at.show(refused) is Choice.LEAVE:
                raise WentBack from None
        else:
            gone = problem("terminal.decommissioned")
            await at.show(ProblemShown(problem=gone, can_retry=False, can_go_back=False, can_leave=False))
            return
