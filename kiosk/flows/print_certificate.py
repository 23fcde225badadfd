"""Print a certificate: from a card to a signed certificate on paper, with at most four touches."""

import asyncio
from collections.abc import Callable

from devices.printer.api import JobOutcome, JobProgress, NotPrinted, PrintDoubtful, Printed
from devices.printer.reasons import code_of
from kiosk.flows.choose_item import choose_item
from kiosk.flows.errors import NotNow
from kiosk.flows.fill_form import fill_form
from kiosk.flows.identify import identify
from kiosk.forms.model import Value
from kiosk.printing import Certificate
from kiosk.stage import Choice, Delivered, PaperCheck, PaperFound, ProblemShown, Step, Waiting, WentBack
from kiosk.sync.errors import CentreUnreachable
from kiosk.visit import Visit
from wire.catalogue import ServiceItem
from wire.identity import Identity
from wire.problems import problem
from wire.text import Text

_CHOOSE = Text(zh="要打印哪一种证明？", en="Which certificate do you need?")
_PRINT = Text(zh="打印", en="Print")
_STEPS = (
    Text(zh="选择证明", en="Choose"),
    Text(zh="刷证件", en="Card"),
    Text(zh="填写", en="Answer"),
    Text(zh="核对", en="Check"),
    Text(zh="打印", en="Print"),
)
_CHOOSING, _IDENTIFYING, _ASKING, _CHECKING, _PRINTING = (Step(_STEPS, place) for place in range(len(_STEPS)))
_PREPARING = Text(zh="正在检查打印机和网络", en="Checking the printer and the line")
_MAKING = Text(zh="正在开具证明", en="Your certificate is being made")
_ON_PAPER = Text(zh="正在打印", en="Printing")
_DONE = Text(zh="证明已打印", en="Your certificate is printed")
_TAKE = Text(
    zh="请在出纸口取走证明，右下角的二维码可以核验真伪。", en="Please take it. The QR code at its foot proves it."
)
_SERIAL = Text(zh="证明编号", en="Serial number")


async def print_certificate(visit: Visit) -> None:
    """Put a certificate of the centre in the citizen's hand."""
    await _make_sure_it_can_be_done(visit)
    while True:
        item = await choose_item(visit, _CHOOSE, visit.at.catalogue.certificates(), _CHOOSING)
        try:
            citizen = await identify(visit, item.accepted_documents, _IDENTIFYING)
            answers = await fill_form(visit, item, citizen, confirm=_PRINT, asking=_ASKING, checking=_CHECKING)
        except WentBack:
            continue
        break
    certificate = await _make(visit, item, citizen, answers)
    await _hand_over(visit, certificate)


async def _make_sure_it_can_be_done(visit: Visit) -> None:
    """Ask printer and centre before anything is asked of the citizen. Raises :class:`NotNow`."""
    checking = Waiting(message=_PREPARING, can_go_back=False)
    printer_problem, reachable = await visit.while_waiting(
        checking, lambda _: asyncio.gather(visit.at.desk.problem(), visit.at.centre.reachable())
    )
    if printer_problem is not None:
        raise NotNow(printer_problem.code)
    if not reachable:
        raise NotNow("centre.certificate_needs_line")


async def _make(visit: Visit, item: ServiceItem, citizen: Identity, answers: dict[str, Value]) -> Certificate:
    """Have it made. The answer may be lost after the centre made it, so what is tried again is the same order."""
    order = visit.at.centre.order_certificate(item.code, citizen, answers)
    waiting = Waiting(message=_MAKING, can_go_back=False, step=_PRINTING)
    while True:
        try:
            return await visit.while_waiting(waiting, lambda _: visit.at.desk.issue(item.code, order))
        except CentreUnreachable as lost:
            told = problem(lost.code)
        if await visit.show(ProblemShown(problem=told, can_retry=True, can_go_back=False)) is Choice.LEAVE:
            raise WentBack


async def _hand_over(visit: Visit, certificate: Certificate) -> None:
    """Print until it lies in the tray, or the citizen gives up, or nobody can say.

    In doubt, the citizen is asked. What they find incomplete may be printed once more in a visit, marked as a reprint.
    """
    reprinted = False
    while True:
        match await _print(visit, certificate):
            case Printed():
                visit.paper_waits = True
                return await _take(visit, certificate)
            case NotPrinted(code):
                nothing_out = ProblemShown(problem=problem(code), can_retry=True, can_go_back=False)
                if await visit.show(nothing_out) is Choice.LEAVE:
                    return None
            case PrintDoubtful():
                visit.paper_waits = True
                if await _found_complete(visit, certificate):
                    return await _take(visit, certificate)
                incomplete = ProblemShown(
                    problem=problem("printer.found_incomplete"), can_retry=not reprinted, can_go_back=False
                )
                if await visit.show(incomplete) is Choice.LEAVE:
                    return None
                reprinted = True
        certificate = visit.at.desk.again(certificate)


async def _take(visit: Visit, certificate: Certificate) -> None:
    await visit.show(
        Delivered(
            title=_DONE,
            message=_TAKE,
            reference=certificate.serial,
            reference_label=_SERIAL,
            take_paper=True,
            take_card=visit.card_lies_there,
            can_go_back=False,
        )
    )
    visit.paper_waits = False


async def _found_complete(visit: Visit, certificate: Certificate) -> bool:
    """Ask who stands before the tray. Whoever leaves without a word leaves it to the staff."""
    asked = PaperCheck(
        problem=problem("printer.doubtful"),
        pages=certificate.pages,
        reference=certificate.serial,
        step=_PRINTING,
        can_go_back=False,
    )
    complete = await visit.show(asked) is PaperFound.COMPLETE
    visit.at.desk.answered(certificate, complete=complete)
    return complete


async def _print(visit: Visit, certificate: Certificate) -> JobOutcome:
    waiting = Waiting(message=_ON_PAPER, can_go_back=False, step=_PRINTING)
    return await visit.while_waiting(
        waiting, lambda show: visit.at.desk.deliver(certificate, progress_on(show, certificate.pages, _PRINTING))
    )


def progress_on(show: Callable[[Waiting], None], pages: int, step: Step) -> Callable[[JobProgress], None]:
    """Return what turns the printer's progress into the waiting screen."""

    def tell(progress: JobProgress) -> None:
        detail = Text(
            zh=f"已打印 {progress.impressions} 页，共 {pages} 页", en=f"{progress.impressions} of {pages} pages printed"
        )
        held_up = problem(code_of(progress.reasons)) if progress.reasons else None
        show(Waiting(message=_ON_PAPER, detail=detail, problem=held_up, can_go_back=False, step=step))

    return tell
