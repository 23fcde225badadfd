"""Apply for an item: told once what it needs, identified, asked, and given a slip to track the case by."""

import asyncio

from devices.printer.api import JobOutcome, Printed
from kiosk.flows.choose_item import choose_item
from kiosk.flows.fill_form import fill_form
from kiosk.flows.identify import identify
from kiosk.flows.print_certificate import progress_on
from kiosk.printing import Slip
from kiosk.printing.slips import promise_of
from kiosk.stage import Delivered, ItemGuide, Step, Waiting, WentBack
from kiosk.visit import Visit
from wire.case import show_case_number
from wire.catalogue import ServiceItem
from wire.text import Text

_CHOOSE = Text(zh="要办理什么事项？", en="What would you like to apply for?")
_SUBMIT = Text(zh="提交", en="Submit")
_STEPS = (
    Text(zh="选择事项", en="Choose"),
    Text(zh="刷证件", en="Card"),
    Text(zh="填写", en="Answer"),
    Text(zh="核对", en="Check"),
    Text(zh="回执", en="Slip"),
)
_CHOOSING, _IDENTIFYING, _ASKING, _CHECKING, _PRINTING = (Step(_STEPS, place) for place in range(len(_STEPS)))
_KEPT = Text(zh="申请已保存，正在打印受理通知书", en="Your application is kept. The acceptance slip is being printed")
_DONE = Text(zh="申请已提交", en="Your application is submitted")
_CASE_NUMBER = Text(zh="办件编号", en="Case number")
_SENT_LATER = Text(
    zh="现在连不上服务中心，申请已保存在这台机器里，线路恢复后会自动送出。",
    en="The centre cannot be reached now. Your application is kept in this machine and will be sent by itself.",
)
_NO_SLIP = Text(
    zh="受理通知书没有打印出来，请拍下或记下办件编号，凭它和身份证号码后四位也能查询。",
    en="The slip was not printed. Please note the case number: with the last four of your ID number it finds the case.",
)
_TAKE_SLIP = Text(zh="请取走受理通知书，凭它可以查询进度。", en="Please take the slip: it lets you track your case.")


async def apply(visit: Visit) -> None:
    """Take a citizen's application, so that nothing can lose it, and give them its number on paper."""
    while True:
        item = await choose_item(visit, _CHOOSE, visit.at.catalogue.items(), _CHOOSING)
        department = visit.at.catalogue.department_name(item)
        try:
            await visit.show(ItemGuide(item=item, department=department, step=_CHOOSING))
            citizen = await identify(visit, item.accepted_documents, _IDENTIFYING)
            answers = await fill_form(visit, item, citizen, confirm=_SUBMIT, asking=_ASKING, checking=_CHECKING)
        except WentBack:
            continue
        break
    code = visit.at.applications.submit(item.code, citizen, answers)
    slip = Slip(
        code=code,
        item=item,
        department=department,
        applicant=citizen,
        received_at=visit.at.clock.now(),
        centre=visit.at.centre_name,
        public_url=visit.at.public_url,
    )
    printed, reachable = await visit.while_waiting(
        Waiting(message=_KEPT, can_go_back=False, step=_PRINTING),
        lambda show: asyncio.gather(
            visit.at.desk.print_slip(slip, progress_on(show, 1, _PRINTING)), visit.at.centre.reachable()
        ),
    )
    await _tell_number(visit, item, show_case_number(code.case_number), printed, reachable=reachable)


async def _tell_number(visit: Visit, item: ServiceItem, number: str, printed: JobOutcome, *, reachable: bool) -> None:
    """Show the case number, where it stands on paper, and whether the centre has the application yet."""
    has_slip = isinstance(printed, Printed)
    visit.paper_waits = has_slip
    promise = promise_of(item)
    sentences = [promise if reachable else _SENT_LATER, _TAKE_SLIP if has_slip else _NO_SLIP]
    await visit.show(
        Delivered(
            title=_DONE,
            message=Text(
                zh="".join(_sentence(text.zh, "。") for text in sentences),
                en=" ".join(_sentence(text.en, ".") for text in sentences),
            ),
            reference=number,
            reference_label=_CASE_NUMBER,
            take_paper=has_slip,
            take_card=visit.card_lies_there,
            can_go_back=False,
        )
    )
    visit.paper_waits = False


def _sentence(text: str, stop: str) -> str:
    return text if text.endswith(stop) else text + stop
