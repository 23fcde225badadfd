"""The organisation app, as Django wants to be told of it."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Names the app."""

    name = "central.organisation"
    verbose_name = "机构"
