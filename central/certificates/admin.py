"""Certificates at the staff's desk: to be found by number, to see their copies, and to be made void with a reason."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from central.certificates.issuing import revoke
from central.certificates.models import Certificate, PrintRecord
from central.console.scope import ReadOnly


class ReasonForm(ActionForm):
    """Asks for a reason beside the action."""

    reason = forms.CharField(label="作废原因", max_length=200, required=False)


class Copies(admin.TabularInline):  # type: ignore[type-arg]  # django-stubs wants two parameters, Django has none
    """The copies that terminals reported."""

    model = PrintRecord
    fields = readonly_fields = ("copy_number", "outcome", "impressions", "terminal", "job_name", "at")
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Certificate | None = None) -> bool:
        """Refuse: receipts come from terminals."""
        return False


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    """Certificates."""

    list_display = ("serial", "title_zh", "holder", "issued_at", "state", "copies")
    list_filter = ("state", "title_zh", "issued_on")
    search_fields = ("serial",)
    fields = (
        "serial",
        "title_zh",
        "holder",
        "issued_at",
        "pages",
        "state",
        "revoked_at",
        "revocation_reason",
        "pdf_sha256",
    )
    inlines = (Copies,)
    action_form = ReasonForm
    actions = ("revoke_certificates",)

    @admin.display(description="已交付份数")
    def copies(self, certificate: Certificate) -> int:
        """Count delivered copies."""
        return certificate.delivered_copies

    @admin.action(description="作废", permissions=["revoke"])
    def revoke_certificates(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        """Make the chosen certificates void; without a reason, none."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "请填写作废原因。", messages.ERROR)
            return
        for certificate in queryset:
            revoke(certificate, reason=reason[:200], now=timezone.now())
        self.message_user(request, "已作废，并已通知各终端。", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell who may make certificates void."""
        return bool(request.user.has_perm("certificates.change_certificate"))
