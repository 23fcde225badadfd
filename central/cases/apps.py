"""The cases app, as Django wants to be told of it."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Names the app."""

    name = "central.cases"
    verbose_name = "办件"
