"""The gallery's example questions, one of each kind, as data. The people are invented."""

from collections.abc import Iterator
from datetime import date

from kiosk.forms.model import (
    ChoiceQuestion,
    DateQuestion,
    Keyboard,
    NumberQuestion,
    Option,
    Question,
    TextQuestion,
    YesNoQuestion,
)
from wire.text import Text


def text(zh: str, en: str) -> Text:
    """Return a text in both languages."""
    return Text(zh=zh, en=en)


PURPOSES = tuple(
    Option(value, text(zh, en))
    for value, zh, en in (
        ("school", "子女入学", "A child's school enrolment"),
        ("loan", "住房贷款", "A housing loan"),
        ("housing", "保障性住房申请", "Applying for public housing"),
        ("fund", "提取住房公积金", "Withdrawing from the housing fund"),
        ("other", "其他用途", "Something else"),
    )
)


def questions() -> Iterator[tuple[str, int, Question, Text | None]]:
    """Yield every example: its name, its number on the form, the question, and what was wrong with the last answer."""
    choice = ChoiceQuestion(
        key="purpose", label=text("证明用来做什么？", "What is the certificate for?"), options=PURPOSES, required=True,
        value="loan",
    )  # fmt: skip
    yield "form-choice", 1, choice, None
    yes_no = YesNoQuestion(key="married", label=text("您现在是否已婚？", "Are you married?"), required=True)
    yield "form-yes-no", 2, yes_no, None
    number = NumberQuestion(
        key="copies", label=text("需要几份？", "How many copies do you need?"), minimum=1, maximum=20, value=12,
        unit=text("份", "copies"),
    )  # fmt: skip
    yield "form-number", 3, number, None
    born = DateQuestion(
        key="born", label=text("孩子的出生日期", "When was your child born?"),
        earliest=date(1960, 1, 1), latest=date(2026, 11, 23), required=True,
    )  # fmt: skip
    yield "form-date-year", 4, born, None
    day = DateQuestion(
        key="day", label=text("哪一天到窗口来？", "On which day will you come?"),
        earliest=date(2026, 1, 1), latest=date(2026, 12, 31), required=True, value=date(2026, 10, 30),
    )  # fmt: skip
    yield "form-date-day", 4, day, None
    mail = TextQuestion(
        key="mail", label=text("您的电子邮箱", "Your e-mail address"), value="lin.xiumei@example.cn",
        hint=text("办好了我们会通知您", "We will write when it is done"),
    )  # fmt: skip
    yield "form-text", 5, mail, None
    spouse = TextQuestion(
        key="spouse_id", label=text("配偶的身份证号", "Your spouse's ID number"), keyboard=Keyboard.ID_NUMBER,
        required=True, value="21020319",
    )  # fmt: skip
    wrong = text("号码不对，请对照身份证再看一看。", "This number is not right. Please compare it with the ID card.")
    yield "form-id-number", 5, spouse, wrong
    phone = TextQuestion(
        key="phone", label=text("联系电话", "Your phone number"), keyboard=Keyboard.PHONE, max_length=11, required=True
    )
    yield "form-phone", 5, phone, None
