"""Certificates at the staff's desk: to be found by number, to see their copies, and to be made void with a reason."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from central.certificates.issuing import revoke, settle_copy
from central.certificates.models import Certificate, PrintRecord
from central.console.reason import ReasonForm, reason_of
from central.console.scope import ReadOnly, officer_of
from wire.messages import PrintOutcome
from wire.problems import problem


class Copies(admin.TabularInline):  # type: ignore[type-arg]  # django-stubs wants two parameters, Django has none
    """The copies that terminals reported."""

    model = PrintRecord
    fields = readonly_fields = (
        *("copy_number", "outcome", "reprint", "settled_by", "impressions", "terminal", "job_name", "at", "note"),
    )
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Certificate | None = None) -> bool:
        """Refuse: receipts come from terminals."""
        return False


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    """Certificates."""

    list_display = ("serial", "title_zh", "holder", "issued_at", "state", "copies", "reprinted")
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

    @admin.display(description="补打份数")
    def reprinted(self, certificate: Certificate) -> int:
        """Count reprints."""
        return certificate.reprints

    @admin.action(description="作废", permissions=["revoke"])
    def revoke_certificates(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        """Make the chosen certificates void; without a reason, none."""
        reason = reason_of(request)
        if not reason:
            self.message_user(request, "请填写作废原因。", messages.ERROR)
            return
        for certificate in queryset:
            revoke(certificate, reason=reason, now=timezone.now())
        self.message_user(request, "已作废，并已通知各终端。", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell who may make certificates void."""
        return bool(request.user.has_perm("certificates.change_certificate"))


@admin.register(PrintRecord)
class PrintRecordAdmin(ReadOnly):
    """Copies as terminals reported them; what nobody could say, somebody looks into and decides here."""

    list_display = ("certificate", "copy_number", "outcome", "reprint", "settled_by", "impressions", "terminal", "at")
    list_filter = ("outcome", "reprint", "settled_by")
    list_select_related = ("certificate", "terminal")
    search_fields = ("certificate__serial", "job_name")
    fields = ("certificate", "copy_number", "outcome", "reprint", "settled_by", "impressions", "terminal", "at", "note")
    ordering = ("-at",)
    action_form = ReasonForm
    actions = ("found_complete", "found_incomplete")

    @admin.action(description="核实为已交付（须写明依据）", permissions=["settle"])
    def found_complete(self, request: HttpRequest, queryset: QuerySet[PrintRecord]) -> None:
        """Note that every page of the chosen copies came out."""
        self._settle(request, queryset, PrintOutcome.DELIVERED)

    @admin.action(description="核实为未交付（须写明依据）", permissions=["settle"])
    def found_incomplete(self, request: HttpRequest, queryset: QuerySet[PrintRecord]) -> None:
        """Note that the chosen copies did not come out whole."""
        self._settle(request, queryset, PrintOutcome.VOID)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Tell who may decide."""
        return bool(request.user.has_perm("certificates.change_printrecord"))

    def _settle(self, request: HttpRequest, queryset: QuerySet[PrintRecord], outcome: PrintOutcome) -> None:
        officer, reason = officer_of(request), reason_of(request)
        if officer is None:
            self.message_user(request, problem("case.not_an_officer").happened.zh, messages.ERROR)
        elif not reason:
            self.message_user(request, "请写明核实的依据。", messages.ERROR)
        else:
            done = sum(settle_copy(copy, outcome, officer=officer.name, reason=reason) for copy in queryset)
            self.message_user(request, f"{done} 份已核实，终端下次联系中心时将得知。", messages.SUCCESS)
