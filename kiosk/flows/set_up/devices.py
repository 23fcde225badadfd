"""Look for devices, show what was found, and keep what the technician takes of it."""

from contextlib import suppress
from typing import assert_never

from devices.finding.api import CameraFound, PcscFound, PrinterFound, SamFound
from kiosk.condition import kind_in_words
from kiosk.detection import Choice, Device, changes, first_choice, hints_of
from kiosk.flows.set_up.network import Place
from kiosk.flows.set_up.printer_address import printer_by_address
from kiosk.set_up import Tools
from kiosk.showing import Showing
from kiosk.stage import Chosen, Done, Row, RowState, SetUpPage, Waiting, WentBack
from wire.text import Text

_SEARCHING = Text(zh="正在寻找设备", en="Looking for devices")
_SEARCHING_HINT = Text(
    zh="大约半分钟。请先接好并打开所有设备。", en="Half a minute. All devices should be plugged in and on."
)
_TITLE = Text(zh="找到这些设备", en="These devices were found")
_HINT = Text(
    zh="打钩的会使用；按一行可以改变。少了的，接好后重新寻找。",
    en="Those with a check mark are used; touch a line to change that. Plug in what is missing, and look again.",
)
_AGAIN = Text(zh="重新寻找", en="Look again")
_KEEP = Text(zh="保存并继续", en="Keep these")
_NO_READER = Text(zh="没有找到读卡器", en="No card reader was found")
_NO_CAMERA = Text(zh="没有找到摄像头", en="No camera was found")
_NO_PRINTER = Text(zh="没有找到打印机", en="No printer was found")
_CHECK = Text(zh="检查电源和线；没有它也可以继续", en="Check power and cable; the terminal can go on without")
_ADDRESS = Row(
    Text(zh="网络打印机：输入地址", en="Printer on the network: type its address"), icon="keyboard", key="address"
)
_SLIPS = Text(zh="小票打印机", en="slip printer")


async def detect_devices(at: Showing, tools: Tools, place: Place) -> None:
    """Find devices, and keep those that are taken in the configuration. Raises WentBack, ConfigWrong."""
    config = tools.file.load()
    choice = await _search(at, tools, place)
    while True:
        match await at.show(page(choice, place)):
            case Done.DONE:
                tools.file.change(changes(config, choice))
                tools.changed()
                return
            case Chosen("again"):
                choice = await _search(at, tools, place)
            case Chosen("address"):
                with suppress(WentBack):
                    choice = choice.with_printer(await printer_by_address(at, tools.finder))
            case Chosen(number):
                choice = choice.toggled(choice.every()[int(number)])


async def _search(at: Showing, tools: Tools, place: Place) -> Choice:
    view = Waiting(
        message=_SEARCHING, detail=_SEARCHING_HINT, step=place.step, can_go_back=False, can_leave=place.can_leave
    )
    hints = hints_of(tools.file.load(), tools.serving())
    return first_choice(await at.while_waiting(view, lambda _: tools.finder.find(hints)))


def page(choice: Choice, place: Place) -> SetUpPage:
    """Return what was found, and what of it is taken."""
    rows = [_row(number, device, taken=device in choice.taken) for number, device in enumerate(choice.every())]
    found = choice.found
    for kind, missing in ((found.readers, _NO_READER), (found.cameras, _NO_CAMERA), (found.printers, _NO_PRINTER)):
        if not kind:
            rows.append(Row(missing, _CHECK, icon="error", state=RowState.BAD))
    return SetUpPage(
        title=_TITLE,
        hint=_HINT,
        rows=(*rows, _ADDRESS),
        main=_KEEP,
        other=("again", _AGAIN),
        step=place.step,
        can_go_back=place.can_leave,
        can_leave=place.can_leave,
    )


def _row(number: int, device: Device, *, taken: bool) -> Row:
    match device:
        case PcscFound(name=name):
            kind, icon, detail = kind_in_words("card_reader"), "card", name
        case SamFound(port=port, model=model):
            kind, icon, detail = kind_in_words("card_reader"), "card", f"{model} · {port}"
        case CameraFound(title=title, width=width, height=height):
            size = f" · {width} × {height}" if width else ""
            kind, icon, detail = kind_in_words("camera"), "camera", f"{title}{size}"
        case PrinterFound(uri=uri, model=model, roll_mm=None):
            kind, icon, detail = kind_in_words("printer"), "paper", f"{model} · {uri}"
        case PrinterFound(uri=uri, model=model, roll_mm=roll):
            kind, icon, detail = _SLIPS, "paper", f"{model} · {roll} mm · {uri}"
        case _:
            assert_never(device)
    state = RowState.GOOD if taken else RowState.OFF
    return Row(kind, Text(zh=detail, en=detail), icon=icon, state=state, key=str(number))
