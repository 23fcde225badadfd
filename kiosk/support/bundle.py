"""A support bundle's content, and the archive that it becomes: JSON files in a tar, compressed, never too large."""

import gzip
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kiosk.config import Config
from kiosk.store import Store, StoreError
from kiosk.support import admitted
from kiosk.support.journal import Excerpt, excerpt
from kiosk.support.vocabulary import vocabulary
from wire.messages import DeviceReport, Enrolment
from wire.problems import catalogue
from wire.support import MOST_ARCHIVE_BYTES

_README: Final = """\
Support bundle of a Bianmin terminal. about, configuration, findings, devices, store, boots: JSON. events: one JSON
object for each line. Nothing of a citizen is in here: what has no known form is left out, and counted as withheld.
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bundle is made of. ``findings``: (subject, grade, code) of the doctor; ``machine``: its health lines."""

    at: datetime
    version: str
    enrolment: Enrolment | None = None
    config: Config | None = None
    findings: Sequence[tuple[str, str, str | None]] = ()
    machine: Sequence[DeviceReport] = ()
    store: Store | None = None


def archive(facts: Facts, journal: Iterable[bytes], most_bytes: int = MOST_ARCHIVE_BYTES) -> bytes:
    """Return the archive of what is admitted; the oldest events make way until it is small enough."""
    told, events = _content(facts), excerpt(journal, vocabulary())
    packed = _packed(told, events, facts.at)
    while len(packed) > most_bytes and events.events:
        events.events = events.events[len(events.events) // 3 + 1 :]
        packed = _packed(told, events, facts.at)
    if len(packed) > most_bytes:
        raise ValueError("a support bundle without any event is too large")
    return packed


def _content(facts: Facts) -> dict[str, Any]:
    mine = facts.enrolment
    return {
        "about.json": {
            "made_at": facts.at.isoformat(timespec="seconds"),
            "version": admitted.release(facts.version),
            "kernel": admitted.release(platform.release()),
            "python": admitted.release(platform.python_version()),
            "terminal": None if mine is None else mine.terminal,
            "centre": None if mine is None else mine.centre,
        },
        "configuration.json": None if facts.config is None else admitted.configuration(facts.config),
        "findings.json": [admitted.finding(*found) for found in facts.findings],
        "devices.json": [admitted.report(one) for one in (*_devices(facts.store), *facts.machine)],
        "store.json": None if facts.store is None else _of_store(facts.store),
    }


def _devices(store: Store | None) -> tuple[DeviceReport, ...]:
    try:
        return () if store is None else store.settings.devices()
    except StoreError:
        return ()


def _of_store(store: Store) -> dict[str, Any]:
    try:
        queue, (number, digest) = store.outbox.queue(), store.audit.head()
        oldest = queue.oldest_unsent_at
        told = {
            "queued": queue.queued,
            "quarantined": queue.quarantined,
            "oldest_unsent_at": None if oldest is None else oldest.isoformat(timespec="seconds"),
            "audit": {"number": number, "digest": digest.hex(), "at_centre": store.audit.at_centre()},
            "pulled_up_to": store.resources.cursor(),
            "out_of_service": store.settings.out_of_service() is not None,
            **store.support.counts(),
        }
    except StoreError as error:
        return {"error": error.code}
    for row in (*told["outbox"], *told["copies"]):
        row["problem"] = row["problem"] if row["problem"] in catalogue() else row["problem"] and admitted.WITHHELD
    return told


def _packed(told: dict[str, Any], events: Excerpt, at: datetime) -> bytes:
    texts = {
        "README.txt": _README,
        **{name: _json(content) + "\n" for name, content in told.items()},
        "boots.json": _json({"boots": list(events.boots.values()), "failures": dict(events.failures)}) + "\n",
        "events.jsonl": "".join(f"{json.dumps(event, sort_keys=True)}\n" for event in events.events)
        + f"{json.dumps({'withheld': events.withheld})}\n",
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in texts.items():
            content = admitted.without_numbers(text).encode()
            member = tarfile.TarInfo(f"support/{name}")
            member.size, member.mtime, member.mode = len(content), int(at.timestamp()), 0o644
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def _json(content: object) -> str:
    return json.dumps(content, indent=1, sort_keys=True)
