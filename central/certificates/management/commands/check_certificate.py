"""``python -m central check-certificate FILE``: says as JSON whether a PDF is a certificate that this centre signed."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from central.certificates import pki
from central.certificates.checking import check_signature
from central.certificates.models import Certificate
from central.organisation.models import Centre


class Command(BaseCommand):
    """Checks a certificate's file."""

    help = "Check the signature of a certificate's PDF against this centre's own authority."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--centre", help="code of the centre; not needed where there is only one")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Check."""
        centres = Centre.objects.filter(code=options["centre"]) if options["centre"] else Centre.objects.all()
        if centres.count() != 1:
            raise CommandError("name the centre with --centre")
        centre, pdf = centres.get(), options["file"].read_bytes()
        signed = check_signature(pdf, pki.load(settings.DATA_DIR, centre.code).authority)
        ours = Certificate.objects.filter(centre=centre, pdf_sha256=hashlib.sha256(pdf).hexdigest()).first()
        told = {
            "valid": signed.valid,
            "fault": signed.fault,
            "serial": ours and ours.serial,
            "state": ours and ours.state,
        }
        self.stdout.write(json.dumps(told))
