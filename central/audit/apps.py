"""The audit app, as Django wants to be told of it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the app."""

    name = "central.audit"
    verbose_name = "终端审计"
