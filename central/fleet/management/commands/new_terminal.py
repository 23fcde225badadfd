"""``python -m central new-terminal``: adds a terminal and prints its enrolment code as one line of JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from central.fleet import invitations
from central.fleet.enrolment import create_terminal, new_code
from central.organisation.models import Centre


class Command(BaseCommand):
    """Adds a terminal."""

    help = "Add a terminal; print its number and its one-time enrolment code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("--name", required=True)
        parser.add_argument("--place", default="")
        parser.add_argument("--centre", help="code of the centre; not needed where there is only one")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        centres = Centre.objects.filter(code=options["centre"]) if options["centre"] else Centre.objects.all()
        if centres.count() != 1:
            raise CommandError("name the centre with --centre (see: init --centre)")
        terminal = create_terminal(centres.get(), options["name"], options["place"])
        code = new_code(terminal, timezone.now())
        told = {"terminal": terminal.code, "number": terminal.number, "centre": terminal.centre_id, "code": code}
        if settings.TERMINALS_URL:
            told["invitation"] = invitations.invitation(code, settings.TERMINALS_URL).text()
        self.stdout.write(json.dumps(told, ensure_ascii=False))
