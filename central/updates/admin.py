"""The releases' desk: upload one, roll it out step by step, pause it, and see what every terminal runs."""

from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from central.console.scope import OfCentre, officer_of, scope
from central.fleet.models import Terminal
from central.refusal import Refused
from central.updates.models import Release, Rollout, TerminalSoftware
from central.updates.offering import place_of, terminals_of
from central.updates.pausing import hold
from central.updates.reading import Line, line_of
from central.updates.storing import take_in
from wire.problems import problem
from wire.release import MANIFEST, SIGNATURE, UpdatePhase

_MB = 1_000_000


class _FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # noqa: ANN401 - Django's signature
        return [super(_FilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    """Asks for the files of one release."""

    parts = _FilesField(
        label="版本文件",
        widget=_FilesInput,
        help_text=f"一次选中全部文件：{MANIFEST}、{SIGNATURE} 和清单中的所有文件。",
    )


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as django-stubs has it, not as Django does
    """Releases. What was taken in is never changed or deleted here."""

    list_display = ("version", "made_at", "expires_at", "size_mb", "running_on", "fell_back_on")
    ordering = ("-added_at",)
    fields = readonly_fields = ("version", "made_at", "expires_at", "may_go_back", "size_mb", "added_at")

    def get_urls(self) -> list[URLPattern]:
        """Put the upload in the place of Django's form."""
        view = self.admin_site.admin_view
        return [path("add/", view(self.upload), name="updates_release_add"), *super().get_urls()]

    def has_change_permission(self, _request: HttpRequest, _obj: Release | None = None) -> bool:
        """Refuse: a release is what was signed."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Release | None = None) -> bool:
        """Refuse: terminals may still run it."""
        return False

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take in a release from a browser."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            files = {file.name: file for file in request.FILES.getlist("parts")}
            try:
                release = take_in(lambda name: _opened(files, name), timezone.now())
            except Refused as error:
                told = problem(error.code)
                form.add_error("parts", f"{told.happened.zh}{told.next.zh}（{told.number}）")
            else:
                self.message_user(request, f"版本 {release.version} 已上传。现在可以推送给终端。", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:updates_release_changelist"))
        context = {**self.admin_site.each_context(request), "title": "上传软件版本", "form": form, "opts": self.opts}
        return TemplateResponse(request, "admin/updates/upload.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        """Count the terminals that this officer may see."""
        here = TerminalSoftware.objects.filter(scope(request))
        lost = here.filter(phase=UpdatePhase.GIVEN_UP.value, failure="update.fell_back")
        rows: QuerySet[Release] = super().get_queryset(request)
        return rows.annotate(running=_count(here, "running"), lost=_count(lost, "wanted"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Name the list by what is in it."""
        return super().changelist_view(request, {"title": "软件版本", **(extra_context or {})})

    @admin.display(description="大小（MB）")
    def size_mb(self, release: Release) -> str:
        """Say how large all files are together."""
        return f"{release.size / _MB:.1f}"

    @admin.display(description="运行的终端")
    def running_on(self, release: Release) -> int:
        """Count the terminals that run it."""
        return int(getattr(release, "running", 0))

    @admin.display(description="退回的终端")
    def fell_back_on(self, release: Release) -> SafeString | str:
        """Count the terminals that went back from it."""
        count = getattr(release, "lost", 0)
        return format_html('<span class="state state-rejected">{}</span>', count) if count else "—"


@admin.register(Rollout)
class RolloutAdmin(OfCentre):
    """Roll-outs. A page shows every terminal of the centre: whether it is meant, what it runs, how far it is."""

    list_display = ("release", "centre", "percentage", "chosen", "done", "state")
    list_select_related = ("release", "centre")
    ordering = ("-created_at",)
    change_form_template = "admin/updates/rollout.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Count what the list shows."""
        rows: QuerySet[Model] = super().get_queryset(request).annotate(named=Count("terminals"))
        return rows

    def get_fields(self, request: HttpRequest, obj: Rollout | None = None) -> list[Any]:
        """Ask for the centre only where there is a choice."""
        return [*([] if obj or officer_of(request) else ["centre"]), "release", "percentage", "terminals", "tolerated"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **_kwargs: Any) -> Any:  # noqa: ANN401 - Django's signature
        """Offer the terminals that this officer may see, to be ticked."""
        terminals = Terminal.objects.filter(scope(request), revoked_at=None).order_by("centre", "number")
        return db_field.formfield(queryset=terminals, widget=forms.CheckboxSelectMultiple)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401 - Django's signature
        """Leave out the signs that lead to other forms."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for way in ("add", "change", "view"):
            if field is not None:
                setattr(field.widget, f"can_{way}_related", False)
        return field

    def get_readonly_fields(self, _request: HttpRequest, obj: Rollout | None = None) -> list[str]:
        """Keep a roll-out to the release that it began with."""
        return ["release"] if obj else []

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        view = self.admin_site.admin_view(require_POST(self.pause))
        return [path("<int:pk>/pause/", view, name="updates_rollout_pause"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Rollout, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001 - Django's signature
        """Give a new one the officer's centre."""
        officer = officer_of(request)
        if not change and officer:
            obj.centre = officer.centre
        super().save_model(request, obj, form, change)

    def pause(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hold a roll-out, or let it go on. What a terminal has installed stays."""
        if not request.user.has_perm("updates.change_rollout"):
            raise PermissionDenied
        rollout = get_object_or_404(self.get_queryset(request), pk=pk)
        assert isinstance(rollout, Rollout)  # noqa: S101 - tells the type checker whose queryset it is
        hold(rollout, timezone.now(), paused="pause" in request.POST, by=request.user.get_username())
        told = "已暂停：还没有安装的终端不会安装。" if rollout.paused else "已继续推送。"
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:updates_rollout_change", args=[pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every terminal beside the form."""
        rollout = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        told: dict[str, Any] = {"title": "软件推送", "show_save_and_add_another": False}
        if isinstance(rollout, Rollout):
            told |= {"lines": _lines(rollout), "summary": _summary(_lines(rollout))}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    @admin.display(description="指定终端")
    def chosen(self, rollout: Rollout) -> int:
        """Count those that it names."""
        return int(getattr(rollout, "named", 0))

    @admin.display(description="已完成")
    def done(self, rollout: Rollout) -> str:
        """Say how many of those that are meant run it."""
        return _summary(_lines(rollout))

    @admin.display(description="状态")
    def state(self, rollout: Rollout) -> SafeString:
        """Say whether it goes on."""
        if rollout.held_by_itself:
            mark, words = "rejected", "已自动暂停"
        else:
            mark, words = ("supplement_requested", "已暂停") if rollout.paused else ("approved", "推送中")
        return format_html('<span class="state state-{}">{}</span>', mark, words)


def _count(rows: QuerySet[TerminalSoftware], field: str) -> Coalesce:
    """Count the rows whose field is the outer release's version."""
    grouped = rows.filter(**{field: OuterRef("pk")}).order_by().values(field).annotate(count=Count("pk"))
    return Coalesce(Subquery(grouped.values("count")), 0)


def _lines(rollout: Rollout) -> list[Line]:
    named = set(rollout.terminals.values_list("pk", flat=True))
    return [
        line_of(terminal, rollout.release_id, meant=terminal.pk in named or place_of(terminal.pk) < rollout.percentage)
        for terminal in terminals_of(rollout)
    ]


def _summary(lines: list[Line]) -> str:
    meant = [line for line in lines if line.meant]
    return f"{sum(line.done for line in meant)} / {len(meant)}"


def _opened(files: "dict[str | None, UploadedFile[Any]]", name: str) -> AbstractContextManager[BinaryIO]:
    file = files.get(name)
    if file is None:
        raise FileNotFoundError(name)
    return file.open()  # type: ignore[return-value]  # it reads as a binary file does
