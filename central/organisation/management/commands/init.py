"""``python -m central init``: makes secrets, tables, roles and, when named, a first centre. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from central.console import roles
from central.establish import establish
from central.organisation.models import Centre
from wire.text import Text


class Command(BaseCommand):
    """Makes a centre ready to serve."""

    help = "Make secrets and tables; with --centre, a centre and its keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("--centre", help="code of the centre, such as dalian")
        parser.add_argument("--name-zh", default="")
        parser.add_argument("--name-en", default="")
        parser.add_argument("--public-url", default="", help="address that QR codes carry")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        call_command("migrate", interactive=False, verbosity=0)
        roles.ensure()
        if options["centre"]:
            code = options["centre"]
            known = Centre.objects.filter(code=code).first()
            establish(
                code,
                Text(
                    zh=options["name_zh"] or (known.name_zh if known else code),
                    en=options["name_en"] or (known.name_en if known else code),
                ),
                options["public_url"] or (known.public_url if known else "http://localhost"),
                level=known.level if known else Centre.Level.CITY,
            )
