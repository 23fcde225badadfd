"""Self-tests of the technician's screen: each puts one device to its work, and says how it went."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version

from devices.errors import DeviceError
from devices.printer.api import NotPrinted, PrintDoubtful, Printed
from kiosk.cards import Card
from kiosk.condition import advice, condition_of, kind_in_words
from kiosk.printing import test_page
from kiosk.staff import Staff
from kiosk.stage import Done, Identify, ReaderState, ScanCode, TestDevice, TestResult, TypeInstead, Waiting, WentBack
from kiosk.trial import speak, take_picture
from kiosk.visit import Visit
from wire.clock import unix_ms
from wire.identity import DocumentKind, mask_id_number, mask_name
from wire.ids import uuid7
from wire.problems import problem
from wire.text import Text

_PRINTING = Text(zh="正在打印测试页", en="Printing a test page")
_LOOKING = Text(zh="正在拍照", en="Taking a picture")
_HOLD_CODE = Text(zh="请把任意一个二维码对准摄像头", en="Hold any QR code before the camera")
_SPEAKING = Text(zh="正在朗读", en="Reading aloud")
_DOUBTFUL = "printer.doubtful"


async def try_device(visit: Visit, staff: Staff, wanted: TestDevice) -> TestResult | None:
    """Try one device; None when the technician went back."""
    try:
        return await TESTS[wanted.kind](visit, staff, wanted.name)
    except WentBack:
        return None
    except DeviceError as error:
        return _result(wanted.kind, _plain(str(error)), error.code)


async def _print(visit: Visit, staff: Staff, printer: str) -> TestResult:
    """Print the test page; its outcome is the printer's own word."""
    now = visit.at.clock.now()
    name = f"test-{uuid7(unix_ms(now))}"

    async def through() -> TestResult:
        device = staff.printers[printer]
        pdf = await asyncio.to_thread(test_page.render, visit.at.centre_name.zh, version("bianmin"), now, device.paper)
        match await device.print_pdf(pdf, name):
            case Printed(impressions):
                return _result("printer", Text(zh=f"打印了 {impressions} 页", en=f"Pages printed: {impressions}"))
            case NotPrinted(code):
                return _result("printer", Text(zh="没有打印", en="Not printed"), code)
            case PrintDoubtful():
                return _result("printer", Text(zh="不能确定", en="Not certain"), _DOUBTFUL)

    return await visit.while_waiting(Waiting(message=_PRINTING, can_go_back=False), lambda _: through())


async def _read_card(visit: Visit, _staff: Staff, reader: str) -> TestResult:
    """Read the card on one reader, as soon as there is one. Whose it is stays masked."""
    every = tuple(DocumentKind)
    view = Identify(accepted=every, reader=ReaderState.WAITING)
    card = await visit.show_until(view, _card_on(visit, reader))
    while not isinstance(card, Card):
        card = await visit.show_until(view, _card_on(visit, reader))
    reading = Identify(accepted=every, reader=ReaderState.READING, can_go_back=False)
    with visit.attention.working():
        identity = await visit.show_until(reading, visit.at.cards.read(card))
        while isinstance(identity, Done):  # which this screen does not answer
            identity = await visit.show_until(reading, visit.at.cards.read(card))
    told = f"{mask_name(identity.name)} {mask_id_number(identity.id_number)}"
    return _result("card_reader", Text(zh=f"读出：{told}", en=f"Read: {told}"))


async def _card_on(visit: Visit, reader: str) -> Card:
    """Return the card that lies on a reader, waiting for one; one that lay there before will do."""
    others: frozenset[Card] = frozenset()
    while (card := await visit.at.cards.next(others)).reader != reader:
        others |= {card}
    return card


async def _scan(visit: Visit, _staff: Staff, _scanner: str) -> TestResult:
    """Scan any code; what it says is not shown."""
    scanner = visit.at.scanner
    view = ScanCode(prompt=_HOLD_CODE, preview=scanner.latest, hint=lambda: scanner.hint)
    code = await visit.show_until(view, scanner.next_code())
    if isinstance(code, TypeInstead):  # which this screen does not offer
        raise WentBack
    size = len(code.payload)
    return _result("scanner", Text(zh=f"读出 {size} 字节（{code.decoder}）", en=f"Read {size} bytes ({code.decoder})"))


async def _photograph(visit: Visit, staff: Staff, camera: str) -> TestResult:
    """Take a picture, and tell whether anything can be seen on it."""
    view = Waiting(message=_LOOKING, can_go_back=False)
    trial = await visit.while_waiting(view, lambda _: take_picture(staff.cameras[camera]))
    return _result("camera", _plain(trial.detail), trial.code)


async def _speak(visit: Visit, _staff: Staff, _voice: str) -> TestResult:
    """Say a sentence in each language; whether it was heard, the technician knows."""
    view = Waiting(message=_SPEAKING, can_go_back=False)
    trial = await visit.while_waiting(view, lambda _: speak(visit.at.speech))
    return _result("speech", condition_of(visit.at.speech.status).words, trial.code)


TESTS: Mapping[str, Callable[[Visit, Staff, str], Awaitable[TestResult]]] = {
    "card_reader": _read_card,
    "camera": _photograph,
    "scanner": _scan,
    "printer": _print,
    "speech": _speak,
}


def _plain(detail: str) -> Text:
    """Return a device's own words, which are in no language of ours."""
    return Text(zh=detail, en=detail)


def _result(kind: str, message: Text, code: str | None = None) -> TestResult:
    return TestResult(
        title=kind_in_words(kind),
        message=message,
        problem=None if code is None else problem(code),
        advice=None if code is None else advice(code),
    )
