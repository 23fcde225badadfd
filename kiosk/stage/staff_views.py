"""The view models of the technician's screen. They carry nothing of a citizen."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.stage.set_up_views import Row
from kiosk.stage.views import Chosen, Done, View
from wire.problems import Problem
from wire.text import Text


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device: how it is, since when, how it was before, and what to do. ``can_test`` offers its self-test."""

    kind: str
    name: str
    title: Text
    state: Text
    well: bool
    since: datetime
    before: Text | None = None
    problem: Problem | None = None
    advice: Text | None = None
    detail: str = ""
    can_test: bool = True


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact of the terminal: its name, its version, what waits to be sent."""

    label: Text
    value: Text


@dataclass(frozen=True, slots=True)
class TestResult:
    """What the last self-test found. ``problem``: what went wrong, None when all went well."""

    __test__ = False  # no class of tests, whatever pytest makes of its name

    title: Text
    message: Text
    problem: Problem | None = None
    advice: Text | None = None


@dataclass(frozen=True, slots=True)
class TestDevice:
    """The technician wants a device tried."""

    __test__ = False

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician(View[TestDevice | Chosen | Done]):
    """How a terminal and its devices are; Done leaves. ``tools``: what can be set up from here."""

    devices: tuple[DeviceLine, ...]
    facts: tuple[FactLine, ...]
    result: TestResult | None = None
    tools: tuple[Row, ...] = ()
