"""The updates app, as Django wants to be told of it."""

from django.apps import AppConfig


class UpdatesConfig(AppConfig):
    """Names the app."""

    name = "central.updates"
    verbose_name = "终端软件更新"
