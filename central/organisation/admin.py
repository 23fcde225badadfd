"""Centres, departments, windows and officers for administrators."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from central.catalogue.publishing import put_department
from central.console.scope import OfCentre
from central.organisation.models import Centre, Department, Officer, Window
from wire.catalogue import Department as WireDepartment


@admin.register(Centre)
class CentreAdmin(OfCentre):
    """Centres. A new one is made by ``init``, which also makes its keys."""

    centre_field = "pk"
    list_display = ("name_zh", "code", "level", "parent")
    readonly_fields = ("code",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: a centre without keys could not serve."""
        return False


@admin.register(Department)
class DepartmentAdmin(OfCentre):
    """Departments. What is saved here is published to terminals."""

    list_display = ("name_zh", "code", "centre")
    search_fields = ("name_zh", "name_en", "code")

    def get_readonly_fields(self, _request: HttpRequest, obj: Department | None = None) -> tuple[str, ...]:
        """Keep centre and code as they were made: terminals know a department by them."""
        return ("centre", "code") if obj else ()

    def save_model(self, _request: HttpRequest, obj: Department, _form: "ModelForm[Department]", _change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Save and publish."""
        obj.pk = put_department(obj.centre, WireDepartment(code=obj.code, name=obj.name)).pk


@admin.register(Window)
class WindowAdmin(OfCentre):
    """Windows."""

    list_display = ("number", "department", "place")


@admin.register(Officer)
class OfficerAdmin(OfCentre):
    """Officers. They are transferred, never deleted."""

    list_display = ("name", "staff_number", "department", "window", "chief_representative")
    search_fields = ("name", "staff_number")
    list_filter = ("chief_representative", "department")
