"""The catalogue app, as Django wants to be told of it."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Names the app."""

    name = "central.catalogue"
    verbose_name = "事项目录"
