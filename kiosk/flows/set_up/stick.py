"""What goes by USB stick, at the technician's screen: a support bundle, what is queued, the centre's answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, assert_never

from kiosk.flows.set_up.outcome import not_done
from kiosk.showing import Showing
from kiosk.stage import Chosen, Done, Row, SetUpPage, TestResult, Waiting
from kiosk.stick.errands import Errand
from kiosk.stick.errors import StickError
from wire.text import Text

_TITLE = Text(zh="用 U 盘带数据", en="Carry data by USB stick")
_TITLES = {
    Errand.SUPPORT: Text(zh="保存支持包", en="Save a support bundle"),
    Errand.SEND: Text(zh="摆渡：把数据带去中心", en="Ferry: take data to the centre"),
    Errand.BRING_BACK: Text(zh="摆渡：带回中心的答复", en="Ferry: bring the centre's answer"),
}
_NOTES = {
    Errand.SUPPORT: Text(zh="运行情况，给管理员看；没有个人信息", en="For an administrator; nothing of a person"),
    Errand.SEND: Text(zh="还没送出的数据，已加密；本机留有原件", en="What is unsent, sealed; it stays here, too"),
    Errand.BRING_BACK: Text(zh="中心收到数据以后给的答复文件", en="The file that the centre made of them"),
}
_ICONS = {Errand.SUPPORT: "info", Errand.SEND: "up", Errand.BRING_BACK: "down"}
PAGE = SetUpPage(
    title=_TITLE,
    hint=Text(
        zh="请插入 U 盘，等几秒钟，再选择要做什么。屏幕说可以拔出以前，请不要拔出。",
        en="Plug a stick in, wait a few seconds, then choose. Leave it in until the screen says that it may go.",
    ),
    rows=tuple(Row(_TITLES[errand], _NOTES[errand], icon=_ICONS[errand], key=errand.value) for errand in Errand),
)
_WORKING = Text(zh="正在使用 U 盘", en="The stick is in use")
_WORKING_HINT = Text(zh="请不要拔出 U 盘。", en="Leave the stick in.")
_MAY_GO = Text(zh="现在可以拔出 U 盘。", en="You may pull the stick now.")


async def use_stick(at: Showing, run: Callable[[Errand], Awaitable[Mapping[str, Any]]]) -> TestResult:
    """Do one errand, and say how it went. Raises WentBack where nothing was begun."""
    match await at.show(PAGE):
        case Chosen(code):
            errand = Errand(code)
        case Done.DONE:
            raise AssertionError("the page has no main action")
    working = Waiting(message=_WORKING, detail=_WORKING_HINT, can_go_back=False, can_leave=False)
    try:
        told = await at.while_waiting(working, lambda _: run(errand))
    except StickError as error:
        return not_done(_TITLES[errand], error.code)
    return TestResult(title=_TITLES[errand], message=_in_words(errand, told))


def _in_words(errand: Errand, told: Mapping[str, Any]) -> Text:
    match errand:
        case Errand.SUPPORT:
            zh, en = f"已保存：{told['file']}。", f"Saved: {told['file']}."
        case Errand.SEND:
            count = told["envelopes"]
            zh, en = f"已写入 {count} 件：{told['file']}。", f"Envelopes written: {count}, in {told['file']}."
        case Errand.BRING_BACK:
            zh, en = (
                f"已导入。中心确认收到 {told['settled']} 件。",
                f"Taken over. The centre confirms envelopes: {told['settled']}.",
            )
        case _:
            assert_never(errand)
    return Text(zh=zh + _MAY_GO.zh, en=f"{en} {_MAY_GO.en}")
