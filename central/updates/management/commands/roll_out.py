"""``python -m central roll-out VERSION``: begins a roll-out, changes its share, pauses and resumes it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.updates.models import Release, Rollout
from central.updates.pausing import hold

_ALL = 100


class Command(BaseCommand):
    """Changes who gets a release."""

    help = "Roll a release out to a share of a centre's terminals, or to some of them by name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("version")
        parser.add_argument("--centre", help="code of the centre; not needed where there is only one")
        parser.add_argument("--percentage", type=int, choices=range(_ALL + 1), metavar=f"0…{_ALL}")
        parser.add_argument("--terminal", action="append", default=[], help="code of a terminal; may be repeated")
        parser.add_argument(
            "--tolerated",
            type=int,
            choices=range(_ALL + 1),
            metavar=f"0…{_ALL}",
            help="percentage of those that tried it that may go back before it pauses by itself",
        )
        state = parser.add_mutually_exclusive_group()
        state.add_argument("--pause", dest="paused", action="store_true", default=None)
        state.add_argument("--resume", dest="paused", action="store_false")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        centres = Centre.objects.filter(code=options["centre"]) if options["centre"] else Centre.objects.all()
        release = Release.objects.filter(pk=options["version"]).first()
        if centres.count() != 1 or release is None:
            raise CommandError("there is no such release, or name the centre with --centre")
        terminals = Terminal.objects.filter(centre=centres.get(), code__in=options["terminal"])
        if terminals.count() != len(set(options["terminal"])):
            raise CommandError("not all of these are terminals of the centre")
        rollout, _ = Rollout.objects.get_or_create(centre=centres.get(), release=release)
        if options["percentage"] is not None:
            rollout.percentage = options["percentage"]
        if options["tolerated"] is not None:
            rollout.tolerated = options["tolerated"]
        rollout.save()
        rollout.terminals.add(*terminals)
        if options["paused"] is not None:
            hold(rollout, timezone.now(), paused=options["paused"], by="roll-out")
        told = {"version": release.version, "centre": rollout.centre_id, "percentage": rollout.percentage}
        self.stdout.write(json.dumps({**told, "terminals": rollout.terminals.count(), "paused": rollout.paused}))
