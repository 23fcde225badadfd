"""``python -m central verify-audit``: follows the stored chains, one line each; exit code 1 if one was altered."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from central.audit.models import AuditFinding, AuditTrail
from central.audit.verifying import misfits


class Command(BaseCommand):
    """Verifies the audit logs of all terminals."""

    help = "Follow the audit chain of every terminal, as it is stored here."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Do it."""
        altered = False
        for trail in AuditTrail.objects.select_related("terminal").order_by("terminal_id", "generation"):
            wrong = misfits(trail, timezone.now())
            altered |= bool(wrong)
            told = {
                "terminal": trail.terminal_id,
                "generation": trail.generation,
                "rows": [trail.first_number, trail.verified_number],
                "altered_here": wrong,
                "came_with": [
                    {"kind": finding.kind, "rows": [finding.number, finding.until], "reason": finding.reason}
                    for finding in AuditFinding.objects.filter(trail=trail).order_by("number")
                ],
            }
            self.stdout.write(json.dumps(told))
        if altered:
            sys.exit(1)
