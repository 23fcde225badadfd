"""Ask for what opens a travel document's chip: its printed lines before the camera, or three of their fields typed."""

from datetime import date
from functools import partial

from devices.camera.api import CameraError
from devices.card_reader.emrtd.access import Access, MrzKey
from devices.document.errors import ReadingFailed
from devices.document.mrz_reading import NoZone
from devices.mrz import key_of
from kiosk.forms.model import Value
from kiosk.forms.questionnaire import Questionnaire
from kiosk.stage import FormPage, Hint, ScanCode, Sought, Step, TypeInstead, WentBack
from kiosk.travel_documents import MrzReader, TravelDocuments
from kiosk.visit import Visit
from wire.catalogue import Form
from wire.problems import Problem, problem
from wire.text import Language, Text

_SHOW = Text(zh="请把证件上的机读码（两行或三行字符）放到摄像头下", en="Show the camera the two or three printed lines")
_TYPE = Text(zh="输入证件上的三项内容", en="Three things printed on your document")
_TEXTS = {
    Language.ZH: {
        "number.label": "证件号码",
        "number.description": "证件上印的号码，字母和数字都要输入",
        "number.error.pattern": "号码里只有字母和数字，请对照证件再看一下",
        "birth_date.label": "出生日期",
        "expiry_date.label": "证件有效期至哪一天",
    },
    Language.EN: {
        "number.label": "Document number",
        "number.description": "As it is printed, with all letters and digits",
        "number.error.pattern": "A number has letters and digits only: please compare it with the document",
        "birth_date.label": "Date of birth",
        "expiry_date.label": "Date of expiry",
    },
}
_NUMBER = "^[A-Za-z0-9]{1,22}<?$"  # 22: of a card whose number runs on into its optional data (Doc 9303-5, 4.2.2.1 j)
_OLDEST_YEARS, _LONGEST_YEARS = 120, 20


async def ask_for_access(
    visit: Visit, documents: TravelDocuments, told: Problem | None, step: Step | None, refused: Access | None
) -> Access:
    """Return what the citizen shows or types. Raises :class:`kiosk.stage.WentBack`.

    ``told``: why it is asked for again. ``refused``: what did not open the chip; such lines are passed over while they
    still lie there, and may be typed again.
    """
    but_not = refused.text if isinstance(refused, MrzKey) else None
    while True:
        said = await _shown(visit, documents.printed, told, step, but_not)
        if isinstance(said, MrzKey):
            return said
        fault = said if isinstance(said, Problem) else None
        try:
            return await _typed(visit, step, None if fault is None else fault.happened)
        except WentBack:
            if fault is not None:
                raise


async def _shown(
    visit: Visit, printed: MrzReader, told: Problem | None, step: Step | None, but_not: str | None
) -> MrzKey | TypeInstead | Problem:
    """Return the key of the lines before the camera, that the citizen would rather type, or why none can be read."""
    view = ScanCode(
        prompt=_SHOW,
        sought=Sought.PRINTED_LINES,
        preview=printed.latest,
        hint=partial(_hint, printed),
        problem=told,
        can_type=True,
        step=step,
    )
    try:
        said = await visit.show_until(view, printed.next_mrz(but_not))
    except (CameraError, ReadingFailed) as error:
        return problem(error.code)
    return said if isinstance(said, TypeInstead) else MrzKey.of(said)


def _hint(printed: MrzReader) -> Hint:
    return Hint.SEARCHING if isinstance(printed.sight.value, NoZone) else Hint.UNCLEAR


async def _typed(visit: Visit, step: Step | None, told: Text | None) -> MrzKey:
    """Ask for number, birth and expiry, each on a page of its own; Back leads page by page."""
    form = Questionnaire(_form(visit.today), visit.today)
    answers: dict[str, Value] = {}
    keys = [field.key for field in form.to_ask(answers, ())]
    place = 0
    while place < len(keys):
        key = keys[place]
        question = form.question(key, answers)
        page = FormPage(title=_TYPE, question=question, number=place + 1, total=len(keys), error=told, step=step)
        try:
            value = (await visit.show(page)).value
        except WentBack:
            if place == 0:
                raise
            place, told = place - 1, None
            continue
        answers[key] = value = "".join(value.split()) if isinstance(value, str) else value
        told = form.check(key, value)
        place += told is None
    birth, expiry = (date.fromisoformat(str(answers[key])) for key in ("birth_date", "expiry_date"))
    return MrzKey(key_of(str(answers["number"]), birth, expiry))


def _form(today: date) -> Form:
    """Return the three questions. An expired document opens too: whether it will do is not asked here."""
    first, last = date(today.year - _LONGEST_YEARS, 1, 1), date(today.year + _LONGEST_YEARS, 12, 31)
    born = date(today.year - _OLDEST_YEARS, 1, 1)
    properties = {
        "number": {"type": "string", "pattern": _NUMBER, "maxLength": 23},
        "birth_date": {"type": "string", "format": "date", "x-earliest": f"{born}", "x-latest": "today"},
        "expiry_date": {"type": "string", "format": "date", "x-earliest": f"{first}", "x-latest": f"{last}"},
    }
    return Form(
        code="travel_document",
        data_schema={"type": "object", "properties": properties, "required": list(properties)},
        ui_schema={
            "type": "VerticalLayout",
            "elements": [{"type": "Control", "scope": f"#/properties/{key}"} for key in properties],
        },
        texts=_TEXTS,
    )
