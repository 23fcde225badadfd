"""The certificates app, as Django wants to be told of it."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    """Names the app."""

    name = "central.certificates"
    verbose_name = "证明"
