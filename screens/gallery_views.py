"""Every screen with example content, as data. The people are invented."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

from kiosk import stage
from kiosk.forms.model import Question
from screens.gallery_questions import questions, text
from screens.gallery_scans import scan_views
from screens.gallery_set_up import set_up_views
from screens.gallery_staff import staff_views
from wire.case import CaseState, CaseStep, CaseView
from wire.catalogue import Form, Material, Processing, ServiceItem
from wire.identity import DocumentKind
from wire.problems import problem
from wire.text import Language, Text

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 23, 9, 41, tzinfo=CHINA)


CENTRE = text("大连市行政服务中心", "Dalian Administrative Service Centre")
REAL_ESTATE = text("大连市自然资源局（不动产登记中心）", "Natural Resources Bureau (Real Estate Registration)")
STEPS = (
    text("看说明", "Read"),
    text("读证件", "Card"),
    text("填写", "Fill in"),
    text("核对", "Check"),
    text("领取", "Take"),
)


def step(current: int) -> stage.Step:
    """Return the step bar of an application."""
    return stage.Step(STEPS, current)


TILES = tuple(
    stage.Tile(key, icon, text(*title), text(*subtitle))
    for key, icon, title, subtitle in (
        (
            "print",
            "certificate",
            ("打印证明", "Print a certificate"),
            ("当场拿到，盖电子章", "Signed, in your hand at once"),
        ),
        ("apply", "apply", ("申请办理", "Apply"), ("在这里提交申请", "Hand in an application")),
        ("track", "track", ("查询进度", "Track a case"), ("看办到哪一步", "See how far it is")),
        ("verify", "verify", ("核验证明", "Check a certificate"), ("扫码辨真伪", "Is it genuine? Scan it")),
        ("guide", "guide", ("办事指南", "Service guide"), ("要带什么，多久办好", "What to bring, how long")),
        (
            "publication",
            "publication",
            ("政务公开", "Public information"),
            ("通知、政策、公报", "Notices and regulations"),
        ),
    )
)

CARDS = tuple(
    stage.ItemCard(code, text(*name), department, text(*note))
    for code, name, department, note in (
        ("A01", ("无房产登记证明", "Certificate of no registered property"), REAL_ESTATE, ("即办", "At once")),
        ("A02", ("社会保险参保缴费证明", "Social insurance contribution record"),
         text("大连市人力资源和社会保障局", "Human Resources and Social Security Bureau"), ("即办", "At once")),
        ("A03", ("居住证明", "Certificate of residence"),
         text("大连市公安局", "Public Security Bureau"), ("即办", "At once")),
        ("A04", ("城镇独生子女父母奖励金申领", "Allowance for parents of an only child"),
         text("大连市卫生健康委员会", "Health Commission"), ("5 个工作日", "5 days")),
        ("A05", ("老年人优待证办理", "Senior citizens' card"),
         text("大连市民政局", "Civil Affairs Bureau"), ("免费", "Free")),
        ("A06", ("门诊慢性病待遇资格认定", "Eligibility for chronic disease outpatient benefits"),
         text("大连市医疗保障局", "Healthcare Security Administration"), ("10 个工作日", "10 days")),
        ("A07", ("灵活就业人员参保登记", "Insurance registration for the self-employed"),
         text("大连市人力资源和社会保障局", "Human Resources and Social Security Bureau"), ("即办", "At once")),
        ("A08", ("残疾人证换领", "Renewal of a disability certificate"),
         text("大连市残疾人联合会", "Disabled Persons' Federation"), ("免费", "Free")),
    )
)  # fmt: skip

ITEM = ServiceItem(
    code="A04",
    department="health",
    name=CARDS[3].name,
    summary=text(
        "持有《独生子女父母光荣证》、达到法定退休年龄的本市城镇居民，可以申请一次性奖励金。",
        "A one-time allowance for retired city residents who hold the certificate of honour for parents of one child.",
    ),
    legal_basis=text(
        "《中华人民共和国人口与计划生育法》第二十七条；《辽宁省人口与计划生育条例》。",
        "Population and Family Planning Law of the PRC, Article 27; Liaoning provincial regulations.",
    ),
    materials=(
        Material(name=text("居民身份证", "Resident ID card"), held=True),
        Material(name=text("独生子女父母光荣证", "Certificate of honour for parents of one child")),
        Material(name=text("退休证明", "Proof of retirement"), held=True),
    ),
    processing=Processing.PROMISED,
    promise_days=5,
    fee_fen=0,
    accepted_documents=(DocumentKind.RESIDENT_CARD, DocumentKind.SOCIAL_SECURITY_CARD),
    form=Form(code="A04", data_schema={}, ui_schema={}, texts={Language.ZH: {}}),
)

FORM_TITLE = ITEM.name
CASE = CaseView(
    case_number="20261123001200070",
    item_name=ITEM.name,
    department_name=text("大连市卫生健康委员会", "Health Commission"),
    applicant_masked="**梅",
    state=CaseState.SUPPLEMENT_REQUESTED,
    steps=(
        CaseStep(state=CaseState.ACCEPTED, at=datetime(2026, 11, 16, 9, 12, tzinfo=CHINA)),
        CaseStep(state=CaseState.IN_REVIEW, at=datetime(2026, 11, 17, 14, 3, tzinfo=CHINA)),
        CaseStep(
            state=CaseState.SUPPLEMENT_REQUESTED,
            at=datetime(2026, 11, 19, 10, 40, tzinfo=CHINA),
            note="请补交独生子女父母光荣证的复印件（第 1、2 页）。",
        ),
    ),
    promised_by=date(2026, 11, 27),
)


def question(asked: Question, *, error: Text | None = None, at: int = 2) -> stage.FormPage:
    """Return a page with one question."""
    return stage.FormPage(title=FORM_TITLE, question=asked, number=at, total=5, error=error, step=step(2))


def views() -> Iterator[tuple[str, stage.View[Any]]]:
    """Yield every example with its name."""
    yield "attract", stage.Attract(centre_name=CENTRE)
    yield "attract-closed", stage.Attract(centre_name=CENTRE, closed=problem("terminal.out_of_service"))
    yield "home", stage.Home(tiles=TILES, can_go_back=False)
    yield "home-greeting", stage.Home(tiles=TILES[:4], citizen_masked="**梅", can_go_back=False)
    yield "item-list", stage.ItemList(title=text("打印证明", "Print a certificate"), items=CARDS, query="")
    yield "item-list-empty", stage.ItemList(title=text("申请办理", "Apply"), items=(), query="ZZ")
    yield "item-guide", stage.ItemGuide(item=ITEM, department=CASE.department_name, step=step(0))
    both = ITEM.accepted_documents
    yield "identify", stage.Identify(accepted=both, reader=stage.ReaderState.WAITING, step=step(1))
    yield "identify-reading", stage.Identify(accepted=both, reader=stage.ReaderState.READING, step=step(1))
    yield (
        "identify-problem",
        stage.Identify(
            accepted=both[:1], reader=stage.ReaderState.WAITING, step=step(1), problem=problem("card.removed")
        ),
    )
    for name, at, asked, error in questions():
        yield name, question(asked, error=error, at=at)
    yield "review", _review()
    yield (
        "waiting",
        stage.Waiting(message=text("正在开具证明", "Your certificate is being made"), step=step(4), can_go_back=False),
    )
    yield (
        "waiting-paper",
        stage.Waiting(
            message=text("正在打印", "Printing"),
            problem=problem("printer.out_of_paper"),
            step=step(4),
            can_go_back=False,
        ),
    )
    yield (
        "delivered",
        stage.Delivered(
            title=text("证明已打印好", "Your certificate is ready"),
            message=text("纸上的二维码可以核验真伪。", "Anyone can check it by the QR code on the paper."),
            reference="DL-2026-11-00000417",
            reference_label=text("证明编号", "Serial number"),
            take_paper=True,
            take_card=True,
            can_go_back=False,
        ),
    )
    yield "problem", stage.ProblemShown(problem=problem("printer.doubtful"))
    yield (
        "paper-check",
        stage.PaperCheck(
            problem=problem("printer.doubtful"),
            pages=2,
            reference="BM-2026-000417-3",
            step=step(4),
            can_go_back=False,
        ),
    )
    yield "problem-retry", stage.ProblemShown(problem=problem("centre.certificate_needs_line"), can_retry=True)
    yield from scan_views()
    yield (
        "digits",
        stage.EnterDigits(
            title=text("请输入办件编号", "Enter the case number"),
            prompt=text("在受理通知书的上方，17 位数字", "17 digits, at the top of your slip"),
            length=17,
        ),
    )
    yield (
        "digits-id",
        stage.EnterDigits(
            title=text("请输入身份证号最后六位", "Enter the last six of your ID number"),
            prompt=text("用来确认您是申请人", "To make sure that you are the applicant"),
            length=6,
            last_may_be_x=True,
            secret=True,
            problem=problem("centre.case_not_found"),
        ),
    )
    yield "case-progress", stage.CaseProgress(case=CASE)
    yield from _verified()
    yield from staff_views()
    yield from set_up_views()


def _review() -> stage.Review:
    rows = (
        (("申请事项", "Service"), (ITEM.name.zh, ITEM.name.en), None),
        (("姓名", "Name"), ("**梅", "**梅"), None),
        (("公民身份号码", "ID number"), ("210203********1234", "210203********1234"), None),
        (("住址", "Address"), ("辽宁省大连市中山区********", "辽宁省大连市中山区********"), None),
        (("用途", "Purpose"), ("保障性住房申请", "Applying for public housing"), "purpose"),
        (("联系电话", "Phone"), ("138****0000", "138****0000"), "phone"),
        (("份数", "Copies"), ("2 份", "2"), "copies"),
    )
    return stage.Review(
        title=text("请核对", "Please check"),
        rows=tuple(stage.ReviewRow(text(*label), text(*value), edit) for label, value, edit in rows),
        confirm=text("没有错，提交", "All right, submit"),
        step=step(3),
    )


def _verified() -> Iterator[tuple[str, stage.View[Any]]]:
    stated: dict[str, Any] = {
        "serial": "DL-2026-11-00000417",
        "item_name": CARDS[0].name,
        "holder_masked": "**梅",
        "issued_on": date(2026, 11, 23),
    }
    genuine, revoked, forged = stage.Genuineness.GENUINE, stage.Genuineness.REVOKED, stage.Genuineness.FORGED
    yield "verified", stage.VerificationResult(result=genuine, list_as_of=date(2026, 11, 22), **stated)
    yield (
        "verified-revoked",
        stage.VerificationResult(
            result=revoked, problem=problem("verification.revoked"), list_as_of=date(2026, 11, 22), **stated
        ),
    )
    yield "verified-forged", stage.VerificationResult(result=forged, problem=problem("verification.forged"))


WARNING = stage.IdleWarning(seconds_left=12)
