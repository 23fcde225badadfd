"""``python -m central load_centre FOLDER``: takes in a centre's definition whole, or leaves everything as it was."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from central.certificates.definition import DefinitionWrong, read
from central.certificates.loading import load


class Command(BaseCommand):
    """Loads a centre."""

    help = "Take in a centre's folder: departments, items, forms, certificates, registers. All of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("folder", nargs="?", default="sample_centre", type=Path)
        parser.add_argument("--public-url", default="", help="address that QR codes carry; by default as it is")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        try:
            definition = read(options["folder"])
            centre = load(definition, public_url=options["public_url"], data_dir=settings.DATA_DIR, now=timezone.now())
        except DefinitionWrong as wrong:
            raise CommandError("nothing was changed:\n" + "\n".join(f"  {fault}" for fault in wrong.faults)) from None
        self.stdout.write(f"{centre.code}: {len(definition.items)} items, {len(definition.people)} people in registers")
