"""A real centre for a crash harness: served over HTTP on SQLite, with a process beside it that can be asked at once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.central.serving import environment_for, run, serving

ITEMS = 20  # published together, each time anew
KNOWN_SERIALS = ("S0", "S1", "S2", "S3")  # a print receipt for another is refused
_SCRIPT = f"""
import json, sys
from datetime import UTC, datetime
from uuid import uuid4
from django.db import transaction
from central.cases.models import Case
from central.catalogue.models import Published
from central.catalogue.publishing import put_item
from central.certificates.models import Certificate, PrintRecord
from central.fleet.models import Quarantine, ReceivedEnvelope
from tests.central.playing import enrolment_code, item, open_centre

centre, now = open_centre(), datetime.now(UTC)
for serial in {KNOWN_SERIALS!r}:
    Certificate.objects.create(centre=centre, serial=serial, envelope_id=uuid4(), item="food-licence", title_zh="证明",
        title_en="Certificate", holder="林*", person="", content=b"", nonce=b"", digest="", document=b"", pdf_sha256="",
        pages=1, verification="", issued_at=now, issued_on=now.date())
print(json.dumps({{"code": enrolment_code(centre)}}), flush=True)

def publish(days):
    with transaction.atomic():
        for count in range({ITEMS}):
            put_item(centre, item(f"item-{{count}}", days=days))

def books():
    return {{
        "envelopes": [str(id_) for id_ in ReceivedEnvelope.objects.values_list("id", flat=True)],
        "quarantined": [str(id_) for id_ in Quarantine.objects.values_list("envelope_id", flat=True)],
        "cases": list(Case.objects.values_list("number", flat=True)),
        "copies": list(PrintRecord.objects.values_list("job_name", "outcome")),
        "published": list(Published.objects.values_list("kind", "key", "digest", "cursor")),
    }}

for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(publish(asked["publish"]) if "publish" in asked else books()), flush=True)
"""


@dataclass(frozen=True, slots=True)
class CentreBooks:
    """What stands in the centre's tables: ids, numbers, (job name, outcome), (kind, key, digest, cursor)."""

    envelopes: frozenset[str]
    quarantined: frozenset[str]
    cases: list[str]
    copies: dict[str, str]
    published: list[tuple[str, str, str, int]]


@dataclass(frozen=True, slots=True)
class CentreAtHand:
    """``code`` enrols the one terminal."""

    url: str
    code: str
    _asked: "subprocess.Popen[str]"

    def publish(self, days: int) -> None:
        """Publish all items anew, together; ``days`` tells one time from the next."""
        self._ask({"publish": days})

    def books(self) -> CentreBooks:
        """Look into the tables."""
        told = self._ask({})
        return CentreBooks(
            envelopes=frozenset(told["envelopes"]),
            quarantined=frozenset(told["quarantined"]),
            cases=told["cases"],
            copies=dict(told["copies"]),
            published=[tuple(row) for row in told["published"]],
        )

    def _ask(self, question: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        assert self._asked.stdin is not None
        self._asked.stdin.write(json.dumps(question) + "\n")
        self._asked.stdin.flush()
        return _answer(self._asked)


@contextmanager
def centre_at_hand(data: Path) -> Iterator[CentreAtHand]:
    """Serve a new centre that keeps everything in ``data``."""
    environment = environment_for(data)
    run(environment, "init")
    command = [sys.executable, "-m", "central", "shell", "--no-imports", "-c", _SCRIPT]
    with (
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asked,
        serving(environment, workers=1) as served,
    ):
        yield CentreAtHand(served.url, _answer(asked)["code"], asked)


def _answer(asked: "subprocess.Popen[str]") -> Any:  # noqa: ANN401 - JSON
    assert asked.stdout is not None
    line = asked.stdout.readline()
    if not line:
        raise RuntimeError("the centre's books cannot be read")
    return json.loads(line)
