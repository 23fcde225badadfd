"""Where a harness strikes: drawn from the seed and the point's number alone, so that a replay draws the same. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar, assert_never

T = TypeVar("T")


class Target(StrEnum):
    """Which processes are ended."""

    APP = "app"
    SYNC = "sync"
    BOTH = "both"


class Scene(StrEnum):
    """What is going on meanwhile."""

    NOBODY = "nobody"  # the terminal waits
    CERTIFICATE = "certificate"  # by social security card
    APPLICATION = "application"  # by resident card, with a slip
    TRACKING = "tracking"  # by the slip's code
    DOUBT = "doubt"  # the printer loses power before a page is out, and the citizen is asked what came out
    DOUBT_WHOLE = "doubt, whole"  # and here after the last page
    RESTART = "restart"  # the application starts after it was killed while printing
    ROUND = "round"  # the sync process starts with a full queue, and the centre has changed much


class Moment(StrEnum):
    """From where on the trigger counts."""

    BEGIN = "begin"
    IDENTIFY = "identify"
    FORM = "form"
    REVIEW = "review"
    CONFIRMED = "confirmed"  # the citizen has just touched "print" or "submit"
    PAPER_CHECK = "paper_check"
    DELIVERED = "delivered"


class Call(StrEnum):
    """What is asked of the centre: the last part of the call's path."""

    PUSH = "push"
    PULL = "pull"
    HEARTBEAT = "heartbeat"
    AUDIT = "audit"
    CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True)
class After:
    """Some seconds after the moment."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class AtWrite:
    """When the first target's main thread enters a system call for the ``count``-th time: it is not made any more."""

    call: str
    count: int


@dataclass(frozen=True, slots=True)
class OnLine:
    """When a call, or its answer, is on the line; ``delay_s`` later."""

    call: Call
    answered: bool
    delay_s: float


Trigger: TypeAlias = After | AtWrite | OnLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One strike. ``queued``: envelopes that wait already; ``published``: resources that the centre changes before.

    ``line_cut``: the line to the centre is down until everything is started again.
    """

    number: int
    target: Target
    scene: Scene
    moment: Moment
    trigger: Trigger
    line_cut: bool
    queued: int
    published: int

    @property
    def of_app(self) -> bool:
        """Whether the application is ended."""
        return self.target is not Target.SYNC

    @property
    def of_sync(self) -> bool:
        """Whether the sync process is ended."""
        return self.target is not Target.APP


_TARGETS = {Target.APP: 45, Target.SYNC: 35, Target.BOTH: 20}
_IN_A_VISIT = {Scene.CERTIFICATE: 9, Scene.APPLICATION: 7, Scene.TRACKING: 2, Scene.DOUBT: 2, Scene.DOUBT_WHOLE: 2}
_SCENES = {
    Target.APP: {Scene.NOBODY: 1, **_IN_A_VISIT, Scene.RESTART: 3},
    Target.SYNC: {Scene.NOBODY: 1, Scene.CERTIFICATE: 3, Scene.APPLICATION: 3, Scene.ROUND: 18},
    Target.BOTH: {Scene.NOBODY: 1, **_IN_A_VISIT, Scene.ROUND: 9},
}
_EARLY = {Moment.IDENTIFY: 1, Moment.FORM: 1, Moment.REVIEW: 1}
_MOMENTS: dict[Scene, dict[Moment, int]] = {
    Scene.NOBODY: {Moment.BEGIN: 1},
    Scene.CERTIFICATE: {**_EARLY, Moment.CONFIRMED: 12, Moment.DELIVERED: 1},
    Scene.APPLICATION: {**_EARLY, Moment.CONFIRMED: 9, Moment.DELIVERED: 1},
    Scene.TRACKING: {Moment.BEGIN: 1},
    Scene.DOUBT: {Moment.CONFIRMED: 1, Moment.PAPER_CHECK: 3},
    Scene.DOUBT_WHOLE: {Moment.CONFIRMED: 1, Moment.PAPER_CHECK: 3},
    Scene.RESTART: {Moment.BEGIN: 1},
    Scene.ROUND: {Moment.BEGIN: 1},
}
_LONGEST_S = {
    Moment.BEGIN: 1.0,
    Moment.IDENTIFY: 0.5,
    Moment.FORM: 0.5,
    Moment.REVIEW: 0.5,
    Moment.CONFIRMED: 1.2,
    Moment.PAPER_CHECK: 1.5,
    Moment.DELIVERED: 0.3,
}
_START_S = {Scene.ROUND: 2.5, Scene.RESTART: 4.0}  # programs take a while before they do anything
# How often SQLite enters pwrite64 and fdatasync in a scene: of a copy 48 and 5, an application 16 and 1, a settled copy
# 22 and 1, fifty receipts 118 and 1, counted with strace(1); a few more for what happens beside.
_WRITES = {
    Scene.NOBODY: (4, 2),
    Scene.CERTIFICATE: (50, 6),
    Scene.APPLICATION: (18, 2),
    Scene.TRACKING: (4, 2),
    Scene.DOUBT: (118, 11),
    Scene.DOUBT_WHOLE: (70, 6),
    Scene.RESTART: (24, 2),
    Scene.ROUND: (30, 6),  # and two for each row
}
_SYNC_WRITES_IN_A_VISIT = (24, 3)
_CALLS_OF_A_ROUND = (Call.PUSH, Call.PULL, Call.HEARTBEAT, Call.AUDIT)
_MOST_QUEUED = 70
_MOST_PUBLISHED = 40


def draw(seed: int, number: int) -> Point:
    """Return the ``number``-th point of a seed."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - chosen, to be chosen again
    target = _one(chance, _TARGETS)
    scene = _one(chance, _SCENES[target])
    moment = _one(chance, _MOMENTS[scene])
    in_round = scene is Scene.ROUND
    published = chance.randint(1, _MOST_PUBLISHED) if in_round else chance.choice((0, chance.randint(1, 8)))
    queued = chance.randint(0, _MOST_QUEUED) if in_round else 0
    return Point(
        number=number,
        target=target,
        scene=scene,
        moment=moment,
        trigger=_trigger(chance, target, scene, moment, queued + published),
        line_cut=scene is Scene.APPLICATION and target is not Target.APP and chance.random() < 1 / 3,
        queued=queued,
        published=published,
    )


def _trigger(chance: random.Random, target: Target, scene: Scene, moment: Moment, rows: int) -> Trigger:
    after = After(round(chance.uniform(0, _START_S.get(scene, _LONGEST_S[moment])), 3))
    writes, flushes = _SYNC_WRITES_IN_A_VISIT if _in_a_visit(target, scene) else _WRITES[scene]
    writes += 2 * rows if scene is Scene.ROUND else 0
    call, most = chance.choice((("pwrite64", writes), ("pwrite64", writes), ("fdatasync", flushes)))
    at_write = AtWrite(call, chance.randint(1, most))
    match scene:
        case Scene.NOBODY | Scene.TRACKING:
            return after
        case Scene.RESTART:
            return chance.choice((after, at_write, at_write))
        case Scene.ROUND:
            return chance.choice((after, _on_line(chance, _CALLS_OF_A_ROUND), at_write, at_write))
        case Scene.CERTIFICATE | Scene.APPLICATION | Scene.DOUBT | Scene.DOUBT_WHOLE:
            if moment not in {Moment.CONFIRMED, Moment.PAPER_CHECK}:
                return after
            calls = (Call.CERTIFICATES, Call.PUSH) if scene is Scene.CERTIFICATE else (Call.PUSH,)
            return chance.choice((after, _on_line(chance, calls), at_write, at_write))
    assert_never(scene)


def _in_a_visit(target: Target, scene: Scene) -> bool:
    return target is Target.SYNC and scene is not Scene.ROUND


def _on_line(chance: random.Random, calls: Sequence[Call]) -> OnLine:
    return OnLine(chance.choice(calls), chance.random() < 1 / 2, round(chance.uniform(0, 0.05), 3))


def _one(chance: random.Random, weights: dict[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
