"""``python -m central open-support-bundle FILE``: opens a bundle that was carried here on a stick."""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydantic import ValidationError

from central.fleet.device_keys import check_signed
from central.fleet.models import Terminal
from central.support.bundles import content_of_envelope
from wire.envelope import Envelope, EnvelopeKind, verify
from wire.errors import WireError
from wire.ferry_files import opened
from wire.support import MOST_ARCHIVE_BYTES


class Command(BaseCommand):
    """Opens a support bundle."""

    help = "Check whose a support bundle is, open it, and write it as a tar.gz file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Open."""
        try:
            with opened(options["file"]) as file:
                envelope = Envelope.model_validate_json(file.read(4 * MOST_ARCHIVE_BYTES))
            if envelope.header.kind is not EnvelopeKind.SUPPORT_BUNDLE:
                raise CommandError("this is no support bundle")
            terminal = Terminal.objects.select_related("centre").get(pk=envelope.header.terminal)
            check_signed(terminal, partial(verify, envelope), timezone.now(), sequence=None)
            content = content_of_envelope(terminal, envelope)
        except (ValidationError, Terminal.DoesNotExist):
            raise CommandError("this is no support bundle of a terminal that is known here") from None
        except WireError as error:
            raise CommandError(f"{error.code}: {error}") from error
        options["out"].write_bytes(content)
        self.stdout.write(f"{terminal}: {options['out']}")
