"""Puts our site in the place of Django's admin site, and our templates before its own."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AppConfig):
    """Brings templates and style."""

    name = "central.console"
    verbose_name = "工作台"


class SiteConfig(AdminConfig):
    """Names the site that every ``admin.py`` registers with."""

    default_site = "central.console.site.Console"
    default = False
