"""Service items to look at, and to open or withdraw. Their text comes from the centre's data, loaded as a whole."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from central.catalogue.models import ServiceItem
from central.catalogue.publishing import offer
from central.console.scope import ReadOnly


@admin.register(ServiceItem)
class ServiceItemAdmin(ReadOnly):
    """Service items."""

    department_field = "department"
    list_display = ("name_zh", "code", "department", "processing", "promise_days", "fee", "offered")
    list_filter = ("offered", "processing", "department")
    search_fields = ("name_zh", "name_en", "code")
    fields = ("name_zh", "name_en", "code", "department", "processing", "promise_days", "fee", "offered")
    actions = ("open_items", "withdraw_items")

    @admin.display(description="收费")
    def fee(self, item: ServiceItem) -> str:
        """Show yuan; the amount is kept in fen."""
        return f"{item.fee_fen // 100}.{item.fee_fen % 100:02} 元" if item.fee_fen else "免费"

    @admin.action(description="开放办理", permissions=["offer"])
    def open_items(self, _request: HttpRequest, queryset: QuerySet[ServiceItem]) -> None:
        """Open the chosen items to citizens."""
        for item in queryset:
            offer(item, offered=True)

    @admin.action(description="暂停办理", permissions=["offer"])
    def withdraw_items(self, _request: HttpRequest, queryset: QuerySet[ServiceItem]) -> None:
        """Withdraw the chosen items."""
        for item in queryset:
            offer(item, offered=False)

    def has_offer_permission(self, request: HttpRequest) -> bool:
        """Tell who may open and withdraw."""
        return bool(request.user.has_perm("catalogue.change_serviceitem"))
