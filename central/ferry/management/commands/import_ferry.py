"""``python -m central import-ferry FILE…``: takes ferry files in, writes answers, one line of JSON for each file."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from central.ferry.importing import import_file
from central.refusal import Refused
from wire.errors import WireError
from wire.ferry import Way
from wire.ferry_files import listed
from wire.problems import problem


class Command(BaseCommand):
    """Imports ferry files."""

    help = "Take in ferry files of terminals (or all in a folder); write the answers. Any order, any number of times."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a ferry file, or a folder of them")
        parser.add_argument("--answers", type=Path, help="folder for the answers; without it, beside each file")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it. The exit code is 1 when a file was refused; the others were taken in all the same."""
        refused = False
        for given in options["paths"]:
            try:
                files = listed(given, Way.UP) if given.is_dir() and not given.is_symlink() else [given]
            except WireError as error:
                files, refused = [], True
                self._tell(given, error.code)
            for path in files:
                try:
                    told = import_file(path, options["answers"] or path.parent, timezone.now())
                except (WireError, Refused) as error:
                    refused = True
                    self._tell(path, error.code)
                else:
                    content = {"terminal": told.terminal, "export": told.number, "answer": told.answer}
                    counts = {"held": told.held, **told.outcomes}
                    self.stdout.write(json.dumps({"file": path.name, **content, **counts}))
        if refused:
            sys.exit(1)

    def _tell(self, path: Path, code: str) -> None:
        why = problem(code)
        told = {"file": path.name, "code": code, "number": why.number, "reason": why.happened.model_dump()}
        self.stdout.write(json.dumps(told, ensure_ascii=False))
