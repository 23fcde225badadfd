"""The api app, as Django wants to be told of it."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Names the app."""

    name = "central.api"
    verbose_name = "终端接口"
