"""Track a case: by its slip's QR code, or by its number and the last four characters of the ID number."""

from kiosk.flows.scanning import scan
from kiosk.stage import CaseProgress, EnterDigits, ScanCode, TypeInstead, Waiting, WentBack
from kiosk.visit import Visit
from wire.case import CaseView, SlipCode, check_case_number, parse_slip
from wire.problems import Problem, problem
from wire.text import Text

_SCAN = Text(zh="请扫描受理通知书上的二维码", en="Please scan the QR code of your acceptance slip")
_NUMBER = Text(zh="请输入办件编号", en="Enter the case number")
_NUMBER_HINT = Text(zh="受理通知书上的 17 位数字", en="17 digits on the acceptance slip")
_END = Text(zh="请输入身份证号码的最后四位", en="Enter the last four characters of the ID number")
_END_HINT = Text(zh="申请人的公民身份号码，最后一位可能是 X", en="Of the applicant; the last one may be X")
_LOOKING = Text(zh="正在查询", en="Looking up your case")
_NUMBER_LENGTH, _END_LENGTH = 17, 4


async def track_case(visit: Visit) -> None:
    """Show how a case stands."""
    while True:
        said = await scan(visit, ScanCode(prompt=_SCAN, can_type=True), _understand)
        try:
            if isinstance(said, TypeInstead):
                case = await _by_number(visit)
            else:
                case = await _look_up(visit, said.case_number, token=said.token)
        except WentBack:
            continue
        break
    await visit.show(CaseProgress(case=case, can_go_back=False))


def _understand(text: str) -> SlipCode | Problem:
    return parse_slip(text) or problem("scan.wrong_kind")


async def _by_number(visit: Visit) -> CaseView:
    """Ask for the number until its check digit holds, then for what proves who asks."""
    view = EnterDigits(title=_NUMBER, prompt=_NUMBER_HINT, length=_NUMBER_LENGTH)
    while True:
        number = await visit.show(view)
        if not check_case_number(number):
            view = EnterDigits(
                title=_NUMBER, prompt=_NUMBER_HINT, length=_NUMBER_LENGTH, problem=problem("case.number_wrong")
            )
            continue
        view = EnterDigits(title=_NUMBER, prompt=_NUMBER_HINT, length=_NUMBER_LENGTH)
        proof = EnterDigits(title=_END, prompt=_END_HINT, length=_END_LENGTH, last_may_be_x=True, secret=True)
        try:
            end = await visit.show(proof)
        except WentBack:
            continue
        return await _look_up(visit, number, id_number_end=end)


async def _look_up(
    visit: Visit, number: str, *, token: str | None = None, id_number_end: str | None = None
) -> CaseView:
    return await visit.while_waiting(
        Waiting(message=_LOOKING, can_go_back=False),
        lambda _: visit.at.centre.case(number, token=token, id_number_end=id_number_end),
    )
