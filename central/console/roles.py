"""What kinds of staff there are, as groups of permissions."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

OFFICER, ADMINISTRATOR = "窗口工作人员", "中心管理员"
_ROLES = {
    OFFICER: {
        "cases": ("view_case", "change_case", "view_applicant"),
        "catalogue": ("view_serviceitem",),
    },
    ADMINISTRATOR: {
        "cases": ("view_case",),
        "catalogue": ("view_serviceitem", "change_serviceitem"),
        "certificates": ("view_certificate", "view_printrecord", "change_printrecord"),
        "fleet": ("view_terminal", "add_terminal", "change_terminal", "view_quarantine", "change_quarantine"),
        "audit": ("view_audittrail",),
        "support": ("view_receivedbundle",),
        "updates": ("view_release", "add_release", "view_rollout", "add_rollout", "change_rollout"),
        "organisation": (
            "view_centre",
            "view_department",
            "add_department",
            "change_department",
            "view_window",
            "add_window",
            "change_window",
            "view_officer",
            "change_officer",
        ),
    },
}


def ensure() -> None:
    """Make the groups, with exactly these permissions."""
    for name, wanted in _ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        any_of = Q(pk__in=[])
        for app, codenames in wanted.items():
            any_of |= Q(content_type__app_label=app, codename__in=codenames)
        group.permissions.set(Permission.objects.filter(any_of))
