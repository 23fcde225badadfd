"""``python -m central serve``: the server for production, demo and tests alike."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from central.serving import Server


class Command(BaseCommand):
    """Serves until told to stop (SIGTERM)."""

    help = 'Serve with gunicorn; prints {"listening": [address]} when ready.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("--bind", default="127.0.0.1:8000", help="host:port, port 0 for any; or unix:/path")
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--threads", type=int, default=4)

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Serve."""
        Server(options["bind"], options["workers"], options["threads"]).run()
