"""``python -m central add-release FOLDER``: takes in what ``python -m image_build.release`` made."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from central.refusal import Refused
from central.updates.storing import take_in
from wire.problems import problem


class Command(BaseCommand):
    """Takes a release in."""

    help = "Take in a release: a folder with manifest.json, manifest.sig and the files that the manifest names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("folder", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        folder: Path = options["folder"]
        try:
            release = take_in(lambda name: (folder / name).open("rb"), timezone.now())
        except Refused as error:
            told = problem(error.code)
            raise CommandError(f"{told.number} {error.code}: {told.happened.en} {told.next.en}") from error
        self.stdout.write(json.dumps({"version": release.version, "size": release.size}))
