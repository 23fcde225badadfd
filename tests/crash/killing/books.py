"""What stands in the books of both sides and lies in the tray, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Sent(NamedTuple):
    """An envelope, as either side knows it."""

    id: str
    kind: str
    sequence: int


class Copy(NamedTuple):
    """A copy of a certificate, as either side knows it. ``settled_by`` is empty where the printer's word stands."""

    job_name: str
    serial: str | None
    number: int | None
    state: str
    reprint: bool
    settled_by: str


class Sheet(NamedTuple):
    """A sheet in the tray; pages count from 1."""

    job_name: str
    page: int


Resources = Mapping[tuple[str, str], str]
"""(kind, key) → digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalBooks:
    """The terminal's database. ``fault``: what SQLite or the audit chain found wrong, or empty.

    ``last_sequence`` and ``resources`` as noted down; ``contents``: resources by the digest of what really is there.
    ``set_aside``: databases that were given up.
    """

    queued: tuple[Sent, ...] = ()
    quarantined: tuple[Sent, ...] = ()
    delivered: tuple[Sent, ...] = ()
    last_sequence: int = 0
    copies: tuple[Copy, ...] = ()
    cursor: int = 0
    resources: Resources
    contents: Resources
    fault: str = ""
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreBooks:
    """The centre's database, as far as it is about one terminal. ``published``: what held at the terminal's cursor."""

    received: tuple[Sent, ...] = ()
    cases: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    certificates: frozenset[str] = frozenset()
    quarantined: int = 0
    audit_findings: tuple[str, ...] = ()
    published: Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the printer got and what came out, since the beginning.

    ``pages``: how many each job has. ``slips`` and ``certificates``: the number that the document of a job bears.
    """

    sheets: tuple[Sheet, ...] = ()
    pages: Mapping[str, int]
    slips: Mapping[str, str]
    certificates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Books:
    """Everything, once the line has drained."""

    terminal: TerminalBooks
    centre: CentreBooks
    paper: Paper
