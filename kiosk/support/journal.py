"""The journal of our units, entry by entry: which fields of which form a support bundle repeats, and how it is read."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.support.admitted import WITHHELD
from kiosk.support.vocabulary import Vocabulary
from wire.envelope import EnvelopeKind
from wire.messages import CommandKind
from wire.problems import catalogue

OURS: Final = ("bianmin-*.service",)
NEIGHBOURS: Final = ("pcscd.service", "cups.service", "chrony.service")  # of which systemd's own word is told
_UNIT = re.compile(r"(?:bianmin-[a-z-]{1,40}|pcscd|cups|chrony)\.service", re.ASCII)
_PAIR = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')
_FRAME = re.compile(r"(?:.*/)?((?:wire|devices|kiosk|screens)/[a-z0-9_/]+\.py):(\d{1,5})", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_KEY_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_COUNT = re.compile(r"\d{1,7}", re.ASCII)
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
_JOBS = frozenset({"push", "pull", "heartbeat"})
_KINDS = frozenset({*CommandKind, *EnvelopeKind})
_COUNTS = ("envelopes", "refused", "queued", "cursor")
# systemd's own messages: sd-messages.h, as systemd.catalog lists them
SYSTEMD: Final = {
    "39f53479d3a045ac8e11786248231fbf": "started",
    "9d1aaa27d60140bd96365438aad20286": "stopped",
    "be02cf6855d2428ba40df7e9d022f03d": "failed to start",
    "98e322203f7a4ed290d09fe03c09fe15": "process ended",
    "5eb03494b6584870a536b337290809b3": "will be restarted",
    "fe6faa94e7774663a0da52717891d8ef": "killed for memory",
}


@dataclass(slots=True)
class Excerpt:
    """What is told of a journal. ``withheld``: lines whose words are not in the source; ``boots``: first, last."""

    events: list[dict[str, Any]] = field(default_factory=list)
    boots: dict[str, tuple[str, str]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    withheld: int = 0


def excerpt(lines: Iterable[bytes], words: Vocabulary) -> Excerpt:
    """Return what may be told of a journal (``journalctl --output=json``); lines that are none are passed over."""
    told = Excerpt()
    for line in lines:
        try:
            entry = json.loads(line)
            at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC).isoformat(timespec="seconds")
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            continue
        boot = str(entry.get("_BOOT_ID", ""))
        if re.fullmatch(r"[0-9a-f]{32}", boot, re.ASCII):
            told.boots[boot] = (told.boots.get(boot, (at, at))[0], at)
        event = _of_systemd(entry) or _of_ours(entry, words)
        if event is None:
            told.withheld += 1
            continue
        if event.get("happened") in ("process ended", "failed to start", "killed for memory"):
            told.failures[event["unit"]] += 1
        told.events.append({"at": at, **event})
    return told


def _of_systemd(entry: dict[str, Any]) -> dict[str, Any] | None:
    happened, unit = SYSTEMD.get(str(entry.get("MESSAGE_ID"))), _unit(entry.get("UNIT"))
    if happened is None or unit is None or entry.get("_COMM") != "systemd":
        return None
    status = str(entry.get("EXIT_STATUS", ""))
    return {"unit": unit, "happened": happened, **({"status": status} if _COUNT.fullmatch(status) else {})}


def _of_ours(entry: dict[str, Any], words: Vocabulary) -> dict[str, Any] | None:
    unit, message = _unit(entry.get("_SYSTEMD_UNIT")), entry.get("MESSAGE")
    if unit is None or not isinstance(message, str):
        return None
    said = {name: _unquoted(value) for name, value in _PAIR.findall(message)}
    event = words.event(said.get("event", ""))
    if event is None:
        return None
    checks: dict[str, Callable[[str], bool]] = {
        "level": _LEVELS.__contains__,
        "logger": words.modules.__contains__,
        "error": words.errors.__contains__,
        "job": _JOBS.__contains__,
        "kind": _KINDS.__contains__,
        "code": catalogue().__contains__,
        "id": lambda value: bool(_UUID.fullmatch(value)),
        "key": lambda value: bool(_KEY_ID.fullmatch(value)),
        **dict.fromkeys(_COUNTS, lambda value: bool(_COUNT.fullmatch(value))),
    }
    admitted = {
        name: value if check(value) else WITHHELD for name, check in checks.items() if (value := said.get(name))
    }
    codes = sorted(word for word in set(re.findall(r"[a-z]+\.[a-z_]+", said["event"])) if word in catalogue())
    return {"unit": unit, "event": event, **admitted, **_codes(codes), **_places(said.get("at", ""), words)}


def _codes(codes: list[str]) -> dict[str, Any]:
    return {"codes": codes} if codes else {}


def _places(at: str, words: Vocabulary) -> dict[str, Any]:
    """Return the frames of a traceback that lie in this program."""
    frames = [
        f"{found[1]}:{found[2]}"
        for frame in at.split(" < ")
        if (found := _FRAME.fullmatch(frame)) and found[1] in words.paths
    ]
    return {"at_places": frames} if frames else {}


def _unit(name: object) -> str | None:
    return name if isinstance(name, str) and _UNIT.fullmatch(name) else None


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value.startswith('"') else value


def read(lines: int = 5000) -> Iterator[bytes]:
    """Yield the journal's newest entries of our units and their neighbours; none where there is no journal to read."""
    command = ["journalctl", "--output=json", "--no-pager", "--quiet", f"--lines={lines}"]
    command += [f"--unit={unit}" for unit in (*OURS, *NEIGHBOURS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return
    yield from done.stdout.splitlines()
