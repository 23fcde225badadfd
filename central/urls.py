"""Addresses: terminals' API, staff's console, public pages."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from central.api.routes import api


def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the server answers."""
    return HttpResponse(status=204)


urlpatterns = [
    path("healthz", healthz),
    path("api/terminal/v1/", api.urls),
    path("console/", admin.site.urls),
    path("", include("central.public.urls")),
]
