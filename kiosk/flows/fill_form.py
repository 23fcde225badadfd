"""Ask a form's questions, one a page, and let the citizen check everything at the end."""

from dataclasses import dataclass, field

from kiosk.forms.model import Value
from kiosk.forms.questionnaire import Questionnaire
from kiosk.stage import Confirmed, FormPage, Review, ReviewRow, Step, WentBack
from kiosk.visit import Visit
from wire.catalogue import ServiceItem
from wire.identity import Identity, check_id_number, mask_id_number
from wire.text import Text

_NAME = Text(zh="姓名", en="Name")
_ID_NUMBER = Text(zh="公民身份号码", en="Resident ID number")
_DOCUMENT_NUMBER = Text(zh="证件号码", en="Document number")


async def fill_form(
    visit: Visit, item: ServiceItem, citizen: Identity, *, confirm: Text, asking: Step, checking: Step
) -> dict[str, Value]:
    """Return the answers to an item's form, checked and confirmed. Back on the first page leaves the form.

    What the document says is filled in and not asked (数据共享), but shown in the review. ``confirm``: the word on
    the review's button.
    """
    page = _Page(visit, item, Questionnaire(item.form, visit.today), asking)
    page.begin(citizen)
    while True:
        if page.has_question:
            await page.ask()
        elif not page.something_wrong():
            rows = (*_who(citizen, page.form), *page.review_rows())
            review = Review(title=item.name, rows=rows, confirm=confirm, step=checking)
            try:
                answer = await visit.show(review)
            except WentBack:
                page.back()
                continue
            if answer is Confirmed.CONFIRMED:
                return page.form.kept(page.answers, page.known)
            await page.change(answer.key)


@dataclass(slots=True)
class _Page:
    """Which question is being asked, and what was answered so far."""

    visit: Visit
    item: ServiceItem
    form: Questionnaire
    step: Step
    answers: dict[str, Value] = field(default_factory=dict, repr=False)
    known: frozenset[str] = frozenset()
    place: int = 0
    error: Text | None = None

    def begin(self, citizen: Identity) -> None:
        known = self.form.known(citizen)
        self.answers = {**self.form.defaults(), **known}
        self.known = frozenset(known)

    @property
    def keys(self) -> list[str]:
        return [field.key for field in self.form.to_ask(self.answers, self.known)]

    @property
    def has_question(self) -> bool:
        return self.place < len(self.keys)

    async def ask(self) -> None:
        """Ask the question at this place; go on when the answer is right, back when the citizen goes back."""
        try:
            right = await self._ask(self.keys[self.place])
        except WentBack:
            self.back()
        else:
            self.place += right

    async def change(self, key: str) -> None:
        """Ask one question again, from the review; Back leaves the answer as it was."""
        before, answer = set(self.keys), self.answers.get(key)
        try:
            while not await self._ask(key):
                pass
        except WentBack:
            self.answers[key], self.error = answer, None
        new = [place for place, key in enumerate(self.keys) if key not in before]
        self.place = min(new, default=len(self.keys))

    def back(self) -> None:
        """Go to the question before. Raises :class:`WentBack` where there is none."""
        self.error = None
        if self.place == 0:
            raise WentBack
        self.place -= 1

    def something_wrong(self) -> bool:
        """Go to the first question whose answer does not fit the others, if there is one."""
        wrong = self.form.check_all(self.answers, self.known)
        if wrong is None:
            return False
        self.place, self.error = self.keys.index(wrong.key), wrong.message
        return True

    def review_rows(self) -> tuple[ReviewRow, ...]:
        rows = self.form.rows(self.answers, self.known)
        return tuple(ReviewRow(row.label, row.value, row.key if row.editable else None) for row in rows)

    async def _ask(self, key: str) -> bool:
        keys = self.keys
        number = keys.index(key) + 1 if key in keys else len(keys)
        page = FormPage(
            title=self.item.name,
            question=self.form.question(key, self.answers),
            number=number,
            total=max(len(keys), 1),
            error=self.error,
            step=self.step,
        )
        value = (await self.visit.show(page)).value
        value = (value.strip() or None) if isinstance(value, str) else value
        self.error = self.form.check(key, value)
        self.answers[key] = value
        return self.error is None


def _who(citizen: Identity, form: Questionnaire) -> tuple[ReviewRow, ...]:
    """Return the lines that say who the citizen is, as far as the form itself does not."""
    number = mask_id_number(citizen.id_number)
    label = _ID_NUMBER if check_id_number(citizen.id_number) else _DOCUMENT_NUMBER
    lines = {
        "name": ReviewRow(_NAME, Text(zh=citizen.name, en=citizen.name)),
        "id_number": ReviewRow(label, Text(zh=number, en=number)),
    }
    return tuple(row for known, row in lines.items() if known not in form.known_fields)
