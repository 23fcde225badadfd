"""Support bundles in the console: asked for, listed and opened by administrators; each opening is noted."""

import logging

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from central.console.scope import ReadOnly, scope
from central.fleet.models import Terminal
from central.support.bundles import ask_for_bundle, content_of
from central.support.models import BundleOpened, ReceivedBundle
from wire.errors import WireError

_log = logging.getLogger(__name__)


@admin.register(ReceivedBundle)
class ReceivedBundleAdmin(ReadOnly):
    """Bundles as they came."""

    list_display = ("terminal", "received_at", "made_at", "size", "origin", "opened_by")
    list_filter = ("terminal",)
    list_select_related = ("terminal",)
    fields = ("terminal", "made_at", "received_at", "size", "origin", "opened_by", "file")
    readonly_fields = ("origin", "opened_by", "file")
    ordering = ("-received_at",)

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        view = self.admin_site.admin_view
        return [
            path("ask/<str:terminal>/", view(require_POST(self.ask)), name="support_ask"),
            path("<uuid:pk>/file/", view(self.open), name="support_open"),
            *super().get_urls(),
        ]

    def ask(self, request: HttpRequest, terminal: str) -> HttpResponse:
        """Ask a terminal for a bundle."""
        if not request.user.has_perm("support.view_receivedbundle"):
            raise PermissionDenied
        found = get_object_or_404(Terminal.objects.filter(scope(request)), pk=terminal, revoked_at=None)
        ask_for_bundle(found, timezone.now())
        self.message_user(request, "终端下次联系中心时将发送支持包，一般需要几分钟。", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:fleet_terminal_change", args=[terminal]))

    def open(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Open a bundle as a file, and note who did."""
        if not request.user.has_perm("support.view_receivedbundle"):
            raise PermissionDenied
        received = get_object_or_404(self.get_queryset(request), pk=pk)
        assert isinstance(received, ReceivedBundle)  # noqa: S101 - tells the type checker whose queryset it is
        try:
            content = content_of(received)
        except WireError:
            _log.exception("support bundle %s cannot be opened", pk)
            self.message_user(request, "这个支持包打不开，请重新索取。", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:support_receivedbundle_changelist"))
        username = request.user.get_username()
        BundleOpened.objects.create(bundle=received, username=username, at=timezone.now())
        response = HttpResponse(content, content_type="application/gzip")
        name = f"support-{received.terminal_id}-{received.received_at:%Y%m%dT%H%M%S}.tar.gz"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description="来源")
    def origin(self, received: ReceivedBundle) -> str:
        """Say who wanted it."""
        return "中心索取" if received.asked else "现场生成"

    @admin.display(description="打开过")
    def opened_by(self, received: ReceivedBundle) -> str:
        """Say who opened a bundle."""
        return "、".join(sorted(set(received.openings.values_list("username", flat=True)))) or "—"

    @admin.display(description="内容")
    def file(self, received: ReceivedBundle) -> SafeString:
        """Offer the file."""
        where = reverse("admin:support_open", args=[received.pk])
        return format_html('<a href="{}">下载（不含办事群众信息，打开会留下记录）</a>', where)
