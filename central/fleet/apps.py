"""The fleet app, as Django wants to be told of it."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """Names the app."""

    name = "central.fleet"
    verbose_name = "自助终端"
