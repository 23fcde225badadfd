"""The terminals' audit in the console: how far each chain is verified, and in red what did not fit."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from central.audit.models import AuditEntry, AuditFinding, AuditTrail
from central.audit.verifying import misfits
from central.console.scope import ReadOnly

_LAST_ROWS = 50


@admin.register(AuditTrail)
class AuditTrailAdmin(ReadOnly):
    """Chains of audit rows. Opening one follows it from its first row."""

    list_display = ("terminal", "generation", "first_number", "verified_number", "verified_at", "condition")
    list_select_related = ("terminal",)
    search_fields = ("terminal__code", "terminal__name")
    ordering = ("terminal", "-generation")
    fields = ("terminal", "generation", "first_number", "verified_number", "verified_at")
    change_form_template = "admin/audit/trail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Count what did not fit; apart, what the terminal itself gave a reason for."""
        explained = Q(findings__kind=AuditFinding.Kind.REPLACED)
        counts = {"wrong": Count("findings", filter=~explained), "explained": Count("findings", filter=explained)}
        rows: QuerySet[Model] = super().get_queryset(request).annotate(**counts)
        return rows

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show findings and the newest rows."""
        trail = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        told: dict[str, Any] = {"title": "终端审计"}
        if isinstance(trail, AuditTrail):
            told["findings"] = AuditFinding.objects.filter(trail=trail).order_by("number")
            told["altered_here"] = misfits(trail, timezone.now())
            told["rows"] = AuditEntry.objects.filter(trail=trail).order_by("-number")[:_LAST_ROWS]
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    @admin.display(description="状态")
    def condition(self, trail: AuditTrail) -> SafeString:
        """Say whether all of it fitted; a replaced database is neither tampering nor nothing."""
        wrong = getattr(trail, "wrong", 0)
        mark, words = ("rejected", f"{wrong} 处异常") if wrong else ("approved", "完整")
        if not wrong and getattr(trail, "explained", False):
            mark, words = "supplement_requested", "数据库曾更换，请核对"
        return format_html('<span class="state state-{}">{}</span>', mark, words)
