"""The officer's desk: cases by promise, one case with its steps, and the buttons that move it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from central.cases import waiting
from central.cases.buttons import button_named, buttons_for
from central.cases.deciding import advance, standing_of
from central.cases.models import STATE_NAMES, ApplicantSeen, Case, CaseStep
from central.cases.reading import answers_in_words
from central.cases.records import reveal
from central.cases.transitions import StepRefused
from central.console.scope import OfCentre, officer_of
from central.establish import keys_of
from wire.case import CaseState, show_case_number
from wire.identity import mask_id_number
from wire.problems import problem

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices
    from django.contrib.admin.views.main import ChangeList


class Waiting(admin.SimpleListFilter):
    """Narrows the list to what waits, which it does unasked."""

    title, parameter_name = "待办", "waiting"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Case],
        model_admin: "admin.ModelAdmin[Case]",
    ) -> None:
        super().__init__(request, params, model, model_admin)
        # Whoever searches, or asks for one state, means all cases.
        self._searched = bool(request.GET.get("q") or request.GET.get("state__exact"))

    def lookups(self, _request: HttpRequest, _model_admin: object) -> list[tuple[str, str]]:
        """Name the choices."""
        return [("soon", "将到期"), ("over", "已超期"), ("all", "全部")]

    def choices(self, changelist: "ChangeList") -> "Iterator[_ListFilterChoices]":
        """Name the choice that stands when none was made."""
        unasked, *others = super().choices(changelist)
        yield {**unasked, "display": "待办理"}
        yield from others

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """Apply the choice."""
        today = timezone.localdate()
        match self.value():
            case "soon":
                return queryset.filter(waiting.due_soon(today))
            case "over":
                return queryset.filter(waiting.overdue(today))
            case "all":
                return queryset
            case _:
                return queryset if self._searched else queryset.filter(waiting.UNDECIDED)


@admin.register(Case)
class CaseAdmin(OfCentre):
    """Cases. They come from terminals and are moved by buttons; no field is edited."""

    department_field = "department"
    list_display = ("shown_number", "item", "applicant_masked", "department", "shown_state", "promise", "accepted_at")
    list_filter = (Waiting, "state", "department")
    list_select_related = ("item", "department")
    search_fields = ("number", "item__name_zh")
    search_help_text = "办件编号或事项名称"
    ordering = (F("due_on").asc(nulls_last=True), "accepted_at")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/cases/case.html"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: cases come from terminals."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/step/", view(require_POST(self.take_step)), name="cases_case_step"),
            path("<int:pk>/applicant/", view(require_POST(self.show_applicant)), name="cases_case_applicant"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one case."""
        case = self.get_object(request, object_id)
        told = self._told(request, case, whole=False) if isinstance(case, Case) else {}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def take_step(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move a case by the button that was pressed."""
        case = self._allowed(request, pk, "cases.change_case")
        officer, button = officer_of(request), button_named(request.POST.get("step", ""))
        note = request.POST.get("note", "")
        if officer is None:
            self._say_refused(request, "case.not_an_officer")
        elif button is None:
            self._say_refused(request, "case.step_not_allowed")
        else:
            try:
                event = button.event(note, request.POST.get("reason", ""))
                moved = advance(case, event, officer, timezone.now(), note=note)
            except StepRefused as error:
                self._say_refused(request, error.code)
            else:
                self.message_user(request, f"办件现在是：{STATE_NAMES[CaseState(moved.state)]}", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:cases_case_change", args=[pk]))

    def show_applicant(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the whole ID number once, and record who had it shown."""
        case = self._allowed(request, pk, "cases.view_applicant")
        ApplicantSeen.objects.create(
            centre_id=case.centre_id, case=case, username=request.user.get_username(), at=timezone.now()
        )
        request.method = "GET"  # the page itself is only looked at
        return self.change_view(request, str(pk), extra_context=self._told(request, case, whole=True))

    @admin.display(description="办件编号", ordering="number")
    def shown_number(self, case: Case) -> str:
        """Group the number's digits."""
        return show_case_number(case.number)

    @admin.display(description="状态", ordering="state")
    def shown_state(self, case: Case) -> SafeString:
        """Mark the state."""
        return format_html('<span class="state state-{}">{}</span>', case.state, STATE_NAMES[CaseState(case.state)])

    @admin.display(description="承诺期限", ordering="due_on")
    def promise(self, case: Case) -> SafeString | str:
        """Mark what is due soon or over; a promise whose clock stands still says so."""
        match waiting.urgency(case, timezone.localdate()):
            case "stopped":
                return format_html('<span class="promise">{}</span>', f"暂停，剩 {case.days_left} 个工作日")
            case mark:
                return format_html('<span class="promise {}">{}</span>', mark, case.due_on)

    def _say_refused(self, request: HttpRequest, code: str) -> None:
        refused = problem(code)
        self.message_user(request, f"{refused.happened.zh}{refused.next.zh}（{refused.number}）", messages.ERROR)

    def _allowed(self, request: HttpRequest, pk: int, permission: str) -> Case:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        found = get_object_or_404(self.get_queryset(request), pk=pk)
        assert isinstance(found, Case)  # noqa: S101 - tells the type checker whose queryset it is
        return found

    def _told(self, request: HttpRequest, case: Case, *, whole: bool) -> dict[str, Any]:
        """Return what the page shows. Only ``whole`` shows an ID number unmasked."""
        particulars = reveal(bytes(case.applicant), keys_of(case.centre).records, case.number)
        applicant = particulars.applicant
        officer = officer_of(request)
        may = officer is not None and request.user.has_perm("cases.change_case")
        return {
            "title": "办件",
            "case": case,
            "number": show_case_number(case.number),
            "state": self.shown_state(case),
            "promise": self.promise(case),
            "applicant": applicant,
            "id_number": applicant.id_number if whole else mask_id_number(applicant.id_number),
            "whole": whole,
            "answers": answers_in_words(case.item.wire().form, particulars.answers),
            "steps": CaseStep.objects.filter(case=case),
            "buttons": buttons_for(standing_of(case)) if may else [],
            "wants_reason": case.supplement_told and officer is not None and officer.chief_representative,
            "may_see_whole": request.user.has_perm("cases.view_applicant"),
        }
