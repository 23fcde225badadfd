"""The ferry app, as Django wants to be told of it."""

from django.apps import AppConfig


class FerryConfig(AppConfig):
    """Names the app."""

    name = "central.ferry"
    verbose_name = "摆渡文件"
