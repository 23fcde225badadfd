"""The terminals' desk: add one and see its code once, see how each is, end one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from central.console.scope import OfCentre, officer_of
from central.console.site import SILENT_AFTER
from central.fleet import health, invitations
from central.fleet.enrolment import create_terminal, new_code, revoke
from central.fleet.heartbeats import SERVICE, want
from central.fleet.models import Heartbeat, Terminal, TerminalCommand
from wire.messages import CommandKind
from wire.text import Text


@admin.register(Terminal)
class TerminalAdmin(OfCentre):
    """Terminals. A code is shown on the page that answers the button, and never again."""

    list_display = ("code", "name", "place", "condition", "last_heard")
    list_select_related = ("heartbeat",)
    search_fields = ("name", "place", "code")
    ordering = ("number",)
    change_form_template = "admin/fleet/terminal.html"

    def get_exclude(self, request: HttpRequest, obj: Terminal | None = None) -> list[str]:
        """Ask for the centre only where there is a choice; the key is the terminal's business."""
        return ["public_key", "centre"] if obj or officer_of(request) else ["public_key"]

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        view = self.admin_site.admin_view
        return [
            path("<str:pk>/code/", view(require_POST(self.give_code)), name="fleet_terminal_code"),
            path("<str:pk>/revoke/", view(require_POST(self.end)), name="fleet_terminal_revoke"),
            path("<str:pk>/roll-key/", view(require_POST(self.roll_key)), name="fleet_terminal_roll_key"),
            path("<str:pk>/service/", view(require_POST(self.set_service)), name="fleet_terminal_service"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one terminal with what was last heard of it."""
        last = TerminalCommand.objects.filter(terminal=object_id, kind__in=SERVICE)
        command = last.order_by("created_at").last()
        heartbeat = Heartbeat.objects.filter(terminal=object_id).first()
        devices = heartbeat.devices if heartbeat else []
        told = {
            "title": "自助终端",
            "heartbeat": heartbeat,
            "machine": health.lines(devices),
            "devices": health.others(devices),
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "closed": command if command and command.kind == CommandKind.OUT_OF_SERVICE.value else None,
        }
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Terminal, form: "ModelForm[Terminal]", change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Give a new terminal its number."""
        if change:
            super().save_model(request, obj, form, change)
            return
        officer = officer_of(request)
        created = create_terminal(officer.centre if officer else obj.centre, obj.name, obj.place)
        obj.__dict__.update(created.__dict__)

    def response_add(self, request: HttpRequest, obj: Terminal, _post_url_continue: str | None = None) -> HttpResponse:
        """Answer with the code at once."""
        return self._code_page(request, obj)

    def give_code(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Make a fresh code and show it."""
        return self._code_page(request, self._allowed(request, pk))

    def end(self, request: HttpRequest, pk: str) -> HttpResponse:
        """End a terminal."""
        terminal = self._allowed(request, pk)
        revoke(terminal, timezone.now())
        self.message_user(request, f"{terminal} 已吊销，不再接受它发送的任何数据。", messages.WARNING)
        return self._back(pk)

    def roll_key(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Ask a terminal for a new key; asked again before it came, it is asked once."""
        terminal, kind = self._allowed(request, pk), CommandKind.ROLL_KEY
        if not TerminalCommand.objects.filter(terminal=terminal, kind=kind.value, told_at=None).exists():
            want(terminal, kind, timezone.now())
        self.message_user(request, "终端下次联系中心时将更换密钥。", messages.SUCCESS)
        return self._back(pk)

    def set_service(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Put a terminal out of service with a message for citizens, or in service again."""
        terminal, message = self._allowed(request, pk), request.POST.get("message", "").strip()[:200]
        if "out" in request.POST:
            shown = Text(zh=message or "本机暂停服务，请使用其他终端或到窗口办理。", en=message or "Out of service.")
            want(terminal, CommandKind.OUT_OF_SERVICE, timezone.now(), shown)
            self.message_user(request, "终端下次联系中心时将暂停服务。", messages.SUCCESS)
        else:
            want(terminal, CommandKind.IN_SERVICE, timezone.now())
            self.message_user(request, "终端下次联系中心时将恢复服务。", messages.SUCCESS)
        return self._back(pk)

    @admin.display(description="状态")
    def condition(self, terminal: Terminal) -> SafeString:
        """Say where a terminal stands."""
        heartbeat = getattr(terminal, "heartbeat", None)
        if terminal.revoked_at:
            mark, words = "rejected", "已吊销"
        elif terminal.enrolled_at is None:
            mark, words = "accepted", "待登记"
        elif heartbeat is None or timezone.now() - heartbeat.received_at > SILENT_AFTER:
            mark, words = "supplement_requested", "失联"
        elif number := health.not_serving(heartbeat.devices):
            mark, words = "rejected", f"反复出错，暂停服务（{number}）"
        elif health.needs_care(heartbeat.devices):
            mark, words = "supplement_requested", "在线，需维护"
        else:
            mark, words = "approved", "在线"
        return format_html('<span class="state state-{}">{}</span>', mark, words)

    @admin.display(description="最近联系")
    def last_heard(self, terminal: Terminal) -> str:
        """Say when a terminal was last heard of."""
        heartbeat = getattr(terminal, "heartbeat", None)
        return f"{timezone.localtime(heartbeat.received_at):%m-%d %H:%M}" if heartbeat else "—"

    def _code_page(self, request: HttpRequest, terminal: Terminal) -> HttpResponse:
        code = new_code(terminal, timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": "登记码",
            "terminal": terminal,
            "code": code,
            **invitations.shown(code, request.build_absolute_uri("/")),
        }
        response = TemplateResponse(request, "admin/fleet/code.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _allowed(self, request: HttpRequest, pk: str) -> Terminal:
        if not request.user.has_perm("fleet.change_terminal"):
            raise PermissionDenied
        found = get_object_or_404(self.get_queryset(request), pk=pk, revoked_at=None)
        assert isinstance(found, Terminal)  # noqa: S101 - tells the type checker whose queryset it is
        return found

    def _back(self, pk: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:fleet_terminal_change", args=[pk]))
