"""Whose rows an officer sees: those of the own centre, and where there is one, of the own department."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse

from central.organisation.models import Officer


def officer_of(request: HttpRequest) -> Officer | None:
    """Return the officer whose account this is."""
    if request.user.pk is None:
        return None
    return Officer.objects.filter(user__pk=request.user.pk).select_related("centre", "department", "window").first()


def scope(request: HttpRequest, *, centre: str = "centre", department: str | None = None) -> Q:
    """Return the condition on rows: names of their fields in, everything for a superuser, nothing for strangers."""
    if getattr(request.user, "is_superuser", False):
        return Q()
    officer = officer_of(request)
    if officer is None:
        return Q(pk__in=[])
    condition = Q(**{centre: officer.centre_id})
    if department and officer.department_id:
        condition &= Q(**{department: officer.department_id})
    return condition


class OfCentre(ModelAdmin):  # type: ignore[type-arg]  # each subclass names its own model
    """An admin page whose rows and choices are those of the officer's centre. Nothing is ever deleted here."""

    centre_field = "centre"
    department_field: str | None = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Limit the rows."""
        limits = scope(request, centre=self.centre_field, department=self.department_field)
        return super().get_queryset(request).filter(limits)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Name the list by what is in it."""
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def formfield_for_foreignkey(
        self,
        db_field: "ForeignKey[Any, Any]",
        request: HttpRequest,
        **kwargs: Any,  # noqa: ANN401 - Django's signature
    ) -> "ModelChoiceField[Any] | None":
        """Limit the choices in the same way."""
        related = db_field.related_model
        if isinstance(related, type) and issubclass(related, Model) and "queryset" not in kwargs:
            names = {field.name for field in related._meta.get_fields()}  # noqa: SLF001 - Django's documented API
            if "centre" in names:
                kwargs["queryset"] = related._default_manager.filter(scope(request))  # noqa: SLF001 - as above
            elif related._meta.label == "organisation.Centre":  # noqa: SLF001 - as above
                kwargs["queryset"] = related._default_manager.filter(scope(request, centre="pk"))  # noqa: SLF001
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Refuse: records stay."""
        return False


class ReadOnly(OfCentre):
    """Rows that are looked at only."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: these rows come about elsewhere."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Refuse."""
        return False
