"""``python -m central new-officer``: an officer with an account; prints the first password as one line of JSON."""

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from central.console.roles import ADMINISTRATOR, OFFICER
from central.organisation.models import Centre, Department, Officer

_PASSWORD_BYTES = 12


class Command(BaseCommand):
    """Adds an officer."""

    help = "Add an officer with an account; print username and first password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--staff-number", help="default: the username")
        parser.add_argument("--centre", help="code of the centre; not needed where there is only one")
        parser.add_argument("--department", help="code; without it the officer sees every department's cases")
        parser.add_argument("--chief", action="store_true", help="is the chief representative (首席代表)")
        parser.add_argument("--administrator", action="store_true", help="also runs terminals, items, organisation")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        centres = Centre.objects.filter(code=options["centre"]) if options["centre"] else Centre.objects.all()
        if centres.count() != 1:
            raise CommandError("name the centre with --centre (see: init --centre)")
        centre = centres.get()
        department = Department.objects.filter(centre=centre, code=options["department"]).first()
        if options["department"] and department is None:
            raise CommandError("the centre has no such department")
        if User.objects.filter(username=options["username"]).exists():
            raise CommandError("there is such an account already")
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        user = User.objects.create_user(options["username"], password=password, is_staff=True)
        roles = [OFFICER, *([ADMINISTRATOR] if options["administrator"] else [])]
        user.groups.set(Group.objects.filter(name__in=roles))
        Officer.objects.create(
            centre=centre,
            user=user,
            name=options["name"],
            staff_number=options["staff_number"] or options["username"],
            department=department,
            chief_representative=options["chief"],
        )
        self.stdout.write(json.dumps({"username": user.username, "password": password}))
