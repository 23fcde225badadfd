"""The public app, as Django wants to be told of it."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """Names the app."""

    name = "central.public"
    verbose_name = "公众页面"
