"""Where a terminal is with an update, and what can follow what. Pure.

A version that did not last is given up for good: only another one is tried after it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, TypeGuard, assert_never

from pydantic import Field, TypeAdapter

from kiosk.updates.errors import Busy, InstallFailed
from wire.release import newer

MOST_TRIES = 3  # of an installation that fails before the reboot
LONGEST_APPLY_S = 2 * 3600.0  # after that the installation must have died without a word
PROVEN_AFTER_S = 1800.0  # of uptime; whatever judges a start (bianmin-health) has done so long before
FELL_BACK = "update.fell_back"


class Origin(StrEnum):
    """Who brought a release."""

    CENTRE = "centre"
    STICK = "stick"


@dataclass(frozen=True, slots=True)
class UpToDate:
    """Nothing is to be done."""

    kind: Literal["up_to_date"] = "up_to_date"


@dataclass(frozen=True, slots=True)
class Fetching:
    """Wanted, and not here whole yet. ``failure``: why the last try ended."""

    version: str
    origin: Origin
    failure: str = ""
    kind: Literal["fetching"] = "fetching"


@dataclass(frozen=True, slots=True)
class Staged:
    """Here, whole and proven; waits for an idle hour. ``at_once``: for an idle moment, whatever the hour."""

    version: str
    origin: Origin
    tries: int = 0
    failure: str = ""
    at_once: bool = False
    kind: Literal["staged"] = "staged"


@dataclass(frozen=True, slots=True)
class Applying:
    """Handed to the installer by a mark. ``boot``: id of the boot in which that was, ``since`` its monotonic second."""

    staged: Staged
    mark: str
    before: str
    boot: str
    since: float
    kind: Literal["applying"] = "applying"


@dataclass(frozen=True, slots=True)
class Proving:
    """Runs, and may still be taken back by the boot loader. ``before``: what ran until then."""

    version: str
    before: str
    kind: Literal["proving"] = "proving"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A version was tried and will not be tried again."""

    version: str
    failure: str
    kind: Literal["given_up"] = "given_up"


Phase: TypeAlias = UpToDate | Fetching | Staged | Applying | Proving | GivenUp


@dataclass(frozen=True, slots=True)
class Progress:
    """A terminal's place, and which versions it never tries again."""

    phase: Annotated[Phase, Field(discriminator="kind")] = UpToDate()
    given_up: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A release that this terminal may install, by its signed manifest."""

    version: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The centre wants nothing more than what runs."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every file is here and is the one that the manifest names."""

    at_once: bool = False


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """Fetching, or proving what was fetched, ended."""

    code: str


@dataclass(frozen=True, slots=True)
class Marked:
    """The installer's mark was left."""

    mark: str
    before: str
    boot: str
    at: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The installer answered a mark: not installed."""

    mark: str
    code: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What runs, in which boot, at which second of it; ``installed``: the mark whose release was installed last."""

    running: str
    boot: str
    at: float
    installed: str = ""


Event: TypeAlias = Offered | Withdrawn | Fetched | FetchFailed | Marked | Refused | Looked

PROGRESS: TypeAdapter[Progress] = TypeAdapter(Progress)


def step(progress: Progress, event: Event) -> Progress:
    """Return what follows. An event that says nothing in a phase leaves it as it is."""
    phase: Phase = progress.phase
    match event:
        case Offered():
            return _offered(progress, event)
        case Refused(mark=mark, code=code):
            return _not_installed(progress, phase.staged, code) if _waits_for(phase, mark) else progress
        case Looked():
            return _looked(progress, event)
        case Withdrawn() | Fetched() | FetchFailed() | Marked():
            return replace(progress, phase=_moved(phase, event))
        case _:
            assert_never(event)


def _moved(phase: Phase, event: Withdrawn | Fetched | FetchFailed | Marked) -> Phase:
    match event, phase:
        case Withdrawn(), Fetching() | Staged(origin=Origin.CENTRE):
            return UpToDate()
        case Fetched(at_once=at_once), Fetching(version=version, origin=origin):
            return Staged(version, origin, at_once=at_once)
        case Fetched(at_once=True), Staged():
            return replace(phase, at_once=True)
        case FetchFailed(code=code), Fetching(version=version, origin=origin) | Staged(version=version, origin=origin):
            return Fetching(version, origin, code)
        case Marked(mark=mark, before=before, boot=boot, at=at), Staged():
            return Applying(phase, mark, before, boot, at)
    return phase


def _waits_for(phase: Phase, mark: str) -> TypeGuard[Applying]:
    return isinstance(phase, Applying) and phase.mark == mark


def _offered(progress: Progress, event: Offered) -> Progress:
    match progress.phase:
        case Applying() | Proving():
            return progress
        case Fetching(version=version, origin=origin):
            if (event.version, event.origin) == (version, origin):
                return progress
        case Staged(version=version, origin=origin):
            overruled = origin is Origin.STICK and event.origin is Origin.CENTRE and not newer(event.version, version)
            if event.version == version or overruled:
                return progress
        case UpToDate() | GivenUp():
            pass
        case _:
            assert_never(progress.phase)
    if event.version in progress.given_up:
        return progress
    return replace(progress, phase=Fetching(event.version, event.origin))


def _looked(progress: Progress, event: Looked) -> Progress:
    match progress.phase:
        case Fetching(version=version) | Staged(version=version):
            return replace(progress, phase=UpToDate()) if event.running == version else progress
        case Applying() as applying:
            return _handed_over(progress, applying, event)
        case Proving() as proving:
            return _started(progress, proving, event)
        case UpToDate() | GivenUp():
            return progress
        case _:
            assert_never(progress.phase)


def _handed_over(progress: Progress, applying: Applying, event: Looked) -> Progress:
    """Judge what became of a mark."""
    staged, before = applying.staged, applying.before
    if event.running != before:
        return _started(progress, Proving(staged.version, before), event)
    if event.boot == applying.boot:
        lost = event.at - applying.since > LONGEST_APPLY_S
        return _not_installed(progress, staged, InstallFailed.code) if lost else progress
    if event.installed == applying.mark:  # it was started, and the boot loader went back
        return _give_up(progress, staged.version, FELL_BACK)
    return _not_installed(progress, staged, InstallFailed.code)  # the power went meanwhile


def _started(progress: Progress, proving: Proving, event: Looked) -> Progress:
    """Judge what runs after a restart into another version."""
    if event.running == proving.before:
        return _give_up(progress, proving.version, FELL_BACK)
    if event.running == proving.version and event.at < PROVEN_AFTER_S:
        return replace(progress, phase=proving)
    return replace(progress, phase=UpToDate())  # the very one, or one that was installed by hand


def _not_installed(progress: Progress, staged: Staged, code: str) -> Progress:
    tries = staged.tries + (code != Busy.code)
    if tries >= MOST_TRIES:
        return _give_up(progress, staged.version, code)
    return replace(progress, phase=replace(staged, tries=tries, failure=code))


def _give_up(progress: Progress, version: str, code: str) -> Progress:
    return Progress(GivenUp(version, code), (*progress.given_up, version))
