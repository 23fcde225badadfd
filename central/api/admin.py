"""Quarantine at the staff's desk: who owns what until when, and the two ways out: process again, or close with reason.

It stands here since processing again is what a push does. The sealed original is never shown, and nothing is deleted.
"""

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from central.api.pushing import process_again
from central.console.reason import ReasonForm, reason_of
from central.console.scope import OfCentre, officer_of
from central.fleet.models import Quarantine
from central.fleet.quarantine import settle
from wire.problems import problem

_READ_ONLY = ("envelope_id", "terminal", "reason", "received_at", "due_on", "state", "settled_at", "settled_by")


@admin.register(Quarantine)
class QuarantineAdmin(OfCentre):
    """What could not be taken in."""

    list_display = ("envelope_id", "terminal", "reason", "received_at", "owner", "deadline", "state")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "problem", "owner")
    list_select_related = ("terminal", "owner", "settled_by")
    fields = (*_READ_ONLY, "owner", "note")
    readonly_fields = _READ_ONLY
    ordering = (F("settled_at").asc(nulls_first=True), "due_on", "pk")
    action_form = ReasonForm
    actions = ("process", "close")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: what is here came from terminals."""
        return False

    @admin.display(description="原因")
    def reason(self, kept: Quarantine) -> str:
        """Say the problem with its number."""
        told = problem(kept.problem)
        return f"{told.number} {told.happened.zh} ({kept.problem})"

    @admin.display(description="处理期限", ordering="due_on")
    def deadline(self, kept: Quarantine) -> SafeString:
        """Say until when; in red when that is over."""
        over = kept.settled_at is None and kept.due_on < timezone.localdate()
        return format_html('<span class="promise {}">{}</span>', "over" if over else "", f"{kept.due_on:%Y-%m-%d}")

    @admin.display(description="状态")
    def state(self, kept: Quarantine) -> SafeString:
        """Say whether somebody still has to do something."""
        if kept.settled_at is None:
            mark, words = "supplement_requested", "待重新发送" if kept.wanted_again_at else "待处理"
        elif kept.settled_by_id is None:
            mark, words = "approved", "已正常处理"
        else:
            mark, words = "accepted", "已结案"
        return format_html('<span class="state state-{}">{}</span>', mark, words)

    @admin.action(description="重新处理", permissions=["change"])
    def process(self, request: HttpRequest, queryset: QuerySet[Quarantine]) -> None:
        """Try once more to take in what was chosen."""
        done, sent_for, refused = 0, 0, []
        for kept in queryset.filter(settled_at=None).select_related("terminal__centre"):
            outcome = process_again(kept, timezone.now())
            if outcome is None:
                sent_for += 1
            elif outcome.problem is None:
                done += 1
            else:
                refused.append(str(problem(outcome.problem).number))
        if done:
            self.message_user(request, f"{done} 件已正常处理。", messages.SUCCESS)
        if sent_for:
            self.message_user(request, f"{sent_for} 件的原文在终端，已要求终端重新发送。", messages.SUCCESS)
        if refused:
            self.message_user(
                request, f"{len(refused)} 件仍不能处理：{'、'.join(sorted(set(refused)))}。", messages.ERROR
            )

    @admin.action(description="结案（须写明理由）", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Quarantine]) -> None:
        """Close what was chosen; without a reason, or by an account without a name, nothing."""
        officer, reason = officer_of(request), reason_of(request)
        if officer is None:
            self.message_user(request, problem("case.not_an_officer").happened.zh, messages.ERROR)
        elif not reason:
            self.message_user(request, "请写明结案理由。", messages.ERROR)
        else:
            for kept in queryset:
                settle(kept, officer, reason, timezone.now())
            self.message_user(request, "已结案；原文继续保存在中心和终端。", messages.SUCCESS)
