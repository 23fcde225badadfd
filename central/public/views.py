"""The pages for everybody. Codes come in the body of a POST: nothing of a citizen is in an address or a log."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from central.public.tracking import STATES, find
from central.public.verification import Verdict, check
from wire.case import show_case_number
from wire.problems import problem

_MAX_BODY_BYTES = 8192
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PROBLEMS = {
    Verdict.REVOKED: "verification.revoked",
    Verdict.FORGED: "verification.forged",
    Verdict.NOT_OURS: "verification.not_our_code",
}

_View = Callable[[HttpRequest], HttpResponse]


def _public(view: _View) -> _View:
    """Serve a page to anybody: no cookies, nothing kept by caches or told to other sites, nothing from outside.

    Without a session there is nothing that a forged request could use, so that no CSRF cookie is needed.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def served(request: HttpRequest) -> HttpResponse:
        too_long = int(request.headers.get("Content-Length") or 0) > _MAX_BODY_BYTES
        response = HttpResponse(status=413) if too_long else view(request)
        response["Content-Security-Policy"] = _POLICY
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return served


@_public
def verify(request: HttpRequest) -> HttpResponse:
    """Show the field for a certificate's code, or what became of it."""
    if request.method != "POST":
        return render(request, "public/verify.html")
    checked = check(request.POST.get("code", ""))
    told = _PROBLEMS.get(checked.verdict)
    context = {"checked": checked, "problem": problem(told) if told else None, "now": timezone.now()}
    return render(request, "public/verify.html", context)


@_public
def track(request: HttpRequest) -> HttpResponse:
    """Show the field for a slip's code, or the case that it opens."""
    if request.method != "POST":
        return render(request, "public/track.html")
    case = find(request.POST.get("code", ""))
    if case is None:
        return render(request, "public/track.html", {"problem": problem("centre.case_not_found")}, status=404)
    context = {
        "case": case,
        "number": show_case_number(case.case_number),
        "state": STATES[case.state],
        "steps": [(STATES[step.state], step) for step in case.steps],
        "now": timezone.now(),
    }
    return render(request, "public/track.html", context)
