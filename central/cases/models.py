"""Cases, their steps, and what protects them: steps are only ever added, applicants are closed by a key."""

from typing import Any, NoReturn

from django.db import models

from central.catalogue.models import ServiceItem
from central.fleet.models import Terminal
from central.organisation.models import Centre, Department, Officer
from wire.case import CaseState, show_case_number

STATE_NAMES = {
    CaseState.ACCEPTED: "已受理",
    CaseState.IN_REVIEW: "审查中",
    CaseState.SUPPLEMENT_REQUESTED: "待补正",
    CaseState.APPROVED: "准予办理",
    CaseState.REJECTED: "不予办理",
    CaseState.DELIVERED: "已送达",
}
_STATES = [(state.value, name) for state, name in STATE_NAMES.items()]


class Case(models.Model):
    """A case (办件). ``applicant`` is sealed with the centre's records key (:mod:`central.cases.records`).

    ``due_on`` is the promise: the last working day for a decision; None while a supplement is awaited, when
    ``days_left`` says how many working days remain from the day the supplement comes.
    """

    centre_id: str
    item_id: int
    department_id: int
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    number = models.CharField("办件编号", max_length=17)
    item = models.ForeignKey(ServiceItem, models.PROTECT, verbose_name="事项")
    department = models.ForeignKey(Department, models.PROTECT, verbose_name="部门")
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="受理终端")
    envelope_id = models.UUIDField(unique=True, editable=False)
    state = models.CharField("状态", max_length=20, choices=_STATES, default=CaseState.ACCEPTED.value)
    applicant_masked = models.CharField("申请人", max_length=60)
    applicant = models.BinaryField()
    token_digest = models.CharField(max_length=64, editable=False)
    submitted_at = models.DateTimeField("提交时间")
    accepted_at = models.DateTimeField("受理时间")
    due_on = models.DateField("承诺期限", null=True)
    days_left = models.PositiveSmallIntegerField(null=True, editable=False)
    supplement_told = models.BooleanField("已一次性告知", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        constraints = [models.UniqueConstraint("centre", "number", name="one_case_per_number")]
        indexes = [models.Index("centre", "state", "due_on", name="cases_by_promise")]
        permissions = [("view_applicant", "查看申请人完整证件号")]

    def __str__(self) -> str:
        return show_case_number(self.number)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that may be added and read."""

    def update(self, **_values: Any) -> NoReturn:  # noqa: ANN401 - Django's signature
        """Refuse."""
        raise AppendOnly("steps of a case are never changed")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly("steps of a case are never deleted")


class AppendOnly(Exception):
    """Somebody's code tried to change a record that may only grow."""


class CaseStep(models.Model):
    """One step of a case: who, when, why (domain.md 18). The officer's name and window are kept as they were then.

    ``note`` is for the applicant; ``reason`` stays inside.
    """

    centre = models.ForeignKey(Centre, models.PROTECT)
    case = models.ForeignKey(Case, models.PROTECT)
    state = models.CharField("状态", max_length=20, choices=_STATES)
    at = models.DateTimeField("时间")
    officer = models.ForeignKey(Officer, models.PROTECT, null=True, verbose_name="经办人")
    officer_name = models.CharField("经办人", max_length=60, blank=True)
    window = models.CharField("窗口", max_length=60, blank=True)
    note = models.TextField("告知申请人", blank=True)
    reason = models.TextField("内部说明", blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理过程"
        ordering = ["pk"]

    def __str__(self) -> str:
        return STATE_NAMES[CaseState(self.state)]

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        """Add the step. Raises :class:`AppendOnly` for one that stands already."""
        if not self._state.adding:
            raise AppendOnly("steps of a case are never changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:  # noqa: ANN401 - Django's signature
        """Refuse."""
        raise AppendOnly("steps of a case are never deleted")


class WrongTry(models.Model):
    """Somebody asked for a case with the wrong ID number's end. Kept by number, whether or not such a case exists."""

    centre = models.ForeignKey(Centre, models.PROTECT)
    number = models.CharField(max_length=17)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("centre", "number", "at", name="tries_by_case")]


class ApplicantSeen(models.Model):
    """Somebody of the staff had an applicant's whole ID number shown: who, and when."""

    centre = models.ForeignKey(Centre, models.PROTECT)
    case = models.ForeignKey(Case, models.PROTECT)
    username = models.CharField(max_length=150)
    at = models.DateTimeField()
