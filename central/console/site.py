"""The console's site: its title, and a first page that says what waits."""

from datetime import timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from wire.messages import PrintOutcome

SILENT_AFTER = timedelta(minutes=10)


class Console(AdminSite):
    """便民 · 工作人员."""

    site_header = "便民 · 工作人员"
    site_title = "便民"
    index_title = "工作台"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for this officer above the list of subjects."""
        return super().index(request, {**(extra_context or {}), "tiles": _tiles(request)})


def _tiles(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what waits: words, a number, where it leads, and whether it is urgent."""
    from central.cases.models import Case  # noqa: PLC0415 - the site is made before models are
    from central.cases.waiting import UNDECIDED, due_soon, overdue  # noqa: PLC0415
    from central.certificates.models import PrintRecord  # noqa: PLC0415
    from central.console.scope import scope  # noqa: PLC0415
    from central.fleet.models import Quarantine, Terminal  # noqa: PLC0415
    from central.fleet.quarantine import overdue as quarantine_overdue  # noqa: PLC0415
    from central.updates.models import Rollout  # noqa: PLC0415

    now = timezone.now()
    today = timezone.localdate(now)
    cases, terminals = reverse("admin:cases_case_changelist"), reverse("admin:fleet_terminal_changelist")
    tiles = []
    if request.user.has_perm("cases.view_case"):
        mine = Case.objects.filter(scope(request, department="department"))
        over, soon = mine.filter(overdue(today)).count(), mine.filter(due_soon(today)).count()
        tiles += [
            {"name": "待办理", "count": mine.filter(UNDECIDED).count(), "url": cases},
            {"name": "将到期", "count": soon, "url": f"{cases}?waiting=soon", "mark": "soon" if soon else ""},
            {"name": "已超期", "count": over, "url": f"{cases}?waiting=over", "mark": "over" if over else ""},
        ]
    if request.user.has_perm("fleet.view_terminal"):
        here = Terminal.objects.filter(scope(request), enrolled_at__isnull=False, revoked_at=None)
        silent = here.exclude(heartbeat__received_at__gt=now - SILENT_AFTER).count()
        tiles.append(
            {"name": "失联终端", "count": silent, "url": terminals, "mark": "over" if silent else ""},
        )
    if request.user.has_perm("updates.view_rollout"):
        held = Rollout.objects.filter(scope(request), held_by_itself=True).count()
        where = reverse("admin:updates_rollout_changelist")
        tiles.append({"name": "自动暂停的推送", "count": held, "url": where, "mark": "over" if held else ""})
    if request.user.has_perm("fleet.view_quarantine"):
        kept = Quarantine.objects.filter(scope(request), settled_at=None)
        count, late = kept.count(), kept.filter(quarantine_overdue(today)).exists()
        where = reverse("admin:fleet_quarantine_changelist") + "?settled_at__isempty=1"
        mark = "over" if late else "soon" if count else ""
        tiles.append({"name": "待处理隔离数据", "count": count, "url": where, "mark": mark})
    if request.user.has_perm("certificates.view_printrecord"):
        doubtful = PrintRecord.objects.filter(scope(request), outcome=PrintOutcome.DOUBTFUL.value).count()
        where = reverse("admin:certificates_printrecord_changelist") + "?outcome__exact=doubtful"
        tiles.append({"name": "待核实打印", "count": doubtful, "url": where, "mark": "soon" if doubtful else ""})
    return tiles
