"""Addresses of the public pages."""

from django.urls import path

from central.public.views import track, verify

urlpatterns = [
    path("v", verify, name="verify"),
    path("t", track, name="track"),
]
