"""The reason that an action in a list asks for, beside the action."""

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest

LONGEST = 200


class ReasonForm(ActionForm):
    """Asks for a reason beside the action."""

    reason = forms.CharField(label="理由", max_length=LONGEST, required=False)


def reason_of(request: HttpRequest) -> str:
    """Return the reason that came with an action, empty when none was given."""
    return request.POST.get("reason", "").strip()[:LONGEST]
