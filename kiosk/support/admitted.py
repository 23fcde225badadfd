"""What gets into a support bundle: values whose form is known; names fit no pattern, so nothing free is.

Switches, numbers, words of closed lists, ids that were drawn by chance. Of everything else only that it is there.
"""

import re
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from kiosk.condition import known_kind, known_state
from kiosk.config import Config, PcscReader, SamReader
from kiosk.health import KIND, Grade
from wire.messages import DeviceReport
from wire.problems import catalogue

SET: Final = "set"
WITHHELD: Final = "(withheld)"
_WORD = re.compile(r"[a-z]+\.[a-z_]+")
_FIGURES = re.compile(
    r"(?:up to )?\d{1,7} (?:%|MB|errors|times|s|d|h)(?= |,|;|$)|-?\d{1,3} °C|load \d{1,3}\.\d{1,2}"
    r"|(?<=since )\d{4}-\d\d-\d\d \d\d:\d\d UTC"
)
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")  # GB 11643
_TELEPHONE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_RELEASE = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}(?:[+~-][a-z]{1,10}\d{0,2}|-\d{1,3}){0,4}", re.ASCII)


def configuration(config: Config) -> dict[str, Any]:
    """Return a configuration without what somebody typed: switches, numbers and choices as they are."""
    return {name: _of_config(getattr(config, name)) for name in type(config).model_fields}


def _of_config(value: object) -> Any:  # noqa: ANN401 - JSON
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case BaseModel():
            told = {name: _of_config(getattr(value, name)) for name in type(value).model_fields}
            return {**told, "kind": value.kind} if isinstance(value, PcscReader | SamReader) else told
        case tuple() | list():
            return [_of_config(one) for one in value]
        case str() | Path():
            return SET
    return WITHHELD


def report(told: DeviceReport) -> dict[str, Any]:
    """Return one line of a heartbeat: kind, state, code, and of the machine's health its figures."""
    code = next((word for word in _WORD.findall(told.detail) if word in catalogue()), None)
    health = told.kind == KIND
    known = told.state in set(Grade) if health else known_state(told.state)
    return {
        "kind": told.kind if health or known_kind(told.kind) else WITHHELD,
        "state": told.state if known else WITHHELD,
        "code": code,
        **({"subject": _subject(told.name), "figures": _FIGURES.findall(told.detail)} if health else {}),
    }


def finding(subject: str, grade: str, code: str | None) -> dict[str, Any]:
    """Return one finding of the doctor: of its subject the first word, where that is a kind of thing."""
    word = subject if subject in _SUBJECTS else subject.partition(" ")[0]
    return {
        "subject": word if known_kind(word) or _subject(word) != WITHHELD else WITHHELD,
        "grade": grade if grade in set(Grade) else WITHHELD,
        "code": code if code in catalogue() else None,
    }


def release(text: str) -> str:
    """Return a version as it is where it has the form of one."""
    return text if _RELEASE.fullmatch(text) else WITHHELD


def without_numbers(text: str) -> str:
    """Return text without what has the form of an ID number or a mobile number: the second lock, behind the lists."""
    return _TELEPHONE.sub("(number)", _ID_NUMBER.sub("(number)", text))


_SUBJECTS: Final = frozenset({
    *("configuration", "enrolment", "store", "centre", "clock", "software", "temporary files", "swap"),
    *("disk", "file_system", "storage", "memory", "temperature", "rtc", "machine"),
})  # fmt: skip


def _subject(word: str) -> str:
    return word if word in _SUBJECTS else WITHHELD
