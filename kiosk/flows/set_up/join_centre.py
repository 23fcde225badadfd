"""Join a centre: its invitation is scanned, or address and code are typed; then the terminal enrols."""

from dataclasses import replace
from urllib.parse import urlsplit

from devices.errors import DeviceError
from kiosk.flows.scanning import scan_with
from kiosk.flows.set_up.steps import At, bar
from kiosk.set_up import SetUp
from kiosk.stage import Choice, EnterText, ProblemShown, ScanCode, Sought, TypeInstead, Waiting, WentBack
from kiosk.sync.errors import CentreError
from kiosk.sync.joining import Joined
from wire.invitation import Invitation, NotAnInvitation, centre_url, typed_code
from wire.problems import Problem, problem
from wire.text import Text

_SCAN = Text(
    zh="请扫描管理后台显示的登记二维码",
    en="Scan the enrolment code that the centre's console shows",
)
_URL = Text(zh="服务中心的地址", en="The centre's address")
_URL_HINT = Text(
    zh="登记二维码下面写着，以 https:// 开头", en="It stands below the enrolment code, and begins with https://"
)
_SECURE = "https://"
_CODE = Text(zh="登记码", en="The enrolment code")
_CODE_HINT = Text(zh="12 个字母和数字；连字符可以不输", en="Twelve letters and digits; hyphens may be left out")
_JOINING = Text(zh="正在服务中心登记", en="Enrolling at the centre")
_STEP = bar(At.CENTRE)
SCAN = ScanCode(prompt=_SCAN, sought=Sought.INVITATION, can_type=True, step=_STEP, can_leave=False)


async def join_centre(at: SetUp) -> None:
    """Enrol; whatever goes wrong is told with its code, and may be tried again. Raises WentBack."""
    while True:
        invitation = await _invitation(at)
        waiting = Waiting(message=_JOINING, step=_STEP, can_go_back=False, can_leave=False)
        try:
            joined = await at.while_waiting(waiting, lambda _, one=invitation: at.join(one))  # type: ignore[misc]
        except CentreError as error:
            await _tell(at, problem(error.code))
        else:
            await _tell_clock(at, joined)
            return


async def _tell(at: SetUp, told: Problem) -> None:
    """Show what went wrong. Leaving goes back to the network."""
    view = ProblemShown(problem=told, can_retry=True, step=_STEP, can_go_back=False, can_leave=False)
    if await at.show(view) is Choice.LEAVE:
        raise WentBack


async def _tell_clock(at: SetUp, joined: Joined) -> None:
    if joined.clock_off is not None:
        await at.show(ProblemShown(problem=problem("terminal.clock_wrong"), can_go_back=False, can_leave=False))


async def _invitation(at: SetUp) -> Invitation:
    try:
        async with at.scanner() as scanner:
            scanned = await scan_with(at, scanner, SCAN, understood)
    except DeviceError:  # no camera, or one that sees nothing: it is typed
        scanned = TypeInstead()
    return await _typed(at) if isinstance(scanned, TypeInstead) else scanned


def understood(text: str) -> Invitation | Problem:
    """Return the invitation that a code's text is, or what it is instead."""
    try:
        return Invitation.parse(text)
    except NotAnInvitation:
        return problem("scan.not_an_invitation")


async def _typed(at: SetUp) -> Invitation:
    """Ask for address and code. Raises WentBack from the first of the two."""
    url, wrong = _begun(at.tools.file.load().centre.url), None
    while True:
        url = (await at.show(replace(url_view(url), problem=wrong))).strip()
        try:
            centre_url(url)
        except ValueError:
            wrong = problem("centre.address_wrong")
            continue
        wrong = None
        try:
            return await _with_code(at, url)
        except WentBack:
            continue


async def _with_code(at: SetUp, url: str) -> Invitation:
    typed, wrong = "", None
    while True:
        typed = await at.show(replace(code_view(typed), problem=wrong))
        try:
            return Invitation(url, typed_code(typed))
        except NotAnInvitation:
            wrong = problem("wire.enrolment_refused")


def url_view(url: str) -> EnterText:
    """Return the question for the centre's address."""
    return EnterText(
        title=_URL, prompt=_URL_HINT, text=url, most=200, digits=_numeric(url), step=_STEP, can_leave=False
    )


def code_view(typed: str) -> EnterText:
    """Return the question for the one-time code: three of four of its characters are letters."""
    view = EnterText(title=_CODE, prompt=_CODE_HINT, text=typed, least=12, most=20, step=_STEP, can_leave=False)
    return replace(view, capitals=True)


def _begun(url: str) -> str:
    """Return what an address begins with instead of the example that an image comes with."""
    return _SECURE if (urlsplit(url).hostname or "").endswith(".example") else url


def _numeric(url: str) -> bool:
    """Tell whether an address is, as far as it goes, one of digits: a name is gone on with in letters."""
    return not any(char.isalpha() for char in url.partition("://")[2])
