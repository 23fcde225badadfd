"""The support app, as Django wants to be told of it."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Names the app."""

    name = "central.support"
    verbose_name = "支持包"
