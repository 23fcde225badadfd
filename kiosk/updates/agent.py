"""The update agent: one look at what is wanted, what is here, and whether now is the time. It may be killed anywhere.

It runs as the application's user and installs nothing: it fills the folder and leaves a mark. Whatever it finds in the
folder it proves with the manifest's signature before each use.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.config import Updates
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError
from kiosk.updates.applying import Verdict, last_verdict
from kiosk.updates.errors import GivenUpBefore, NotNewer, UpdateError
from kiosk.updates.fetching import FromCentre, FromStick, Sleep, Source, fetch
from kiosk.updates.files import read_manifest
from kiosk.updates.folder import UpdateFolder
from kiosk.updates.state import (
    Applying,
    Event,
    Fetched,
    FetchFailed,
    Fetching,
    GivenUp,
    Looked,
    Marked,
    Offered,
    Origin,
    Progress,
    Proving,
    Refused,
    Staged,
    UpToDate,
    Withdrawn,
    step,
)
from wire.clock import CHINA, Clock
from wire.errors import WireError
from wire.release import Manifest, SignedManifest, UpdatePhase, UpdateReport, newer, open_manifest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Here:
    """What the agent knows of where it runs. ``verdicts``: where the installer writes what became of a mark."""

    running: str
    boot: str
    keys: tuple[Ed25519PublicKey, ...]
    verdicts: Path


class Agent:
    """The agent of one terminal. ``idle`` tells whether a restart would disturb anybody or anything now.

    ``wanted`` tells whether a technician waits for something else, for which a transfer gives way.
    """

    def __init__(
        self,
        folder: UpdateFolder,
        here: Here,
        clock: Clock,
        settings: Updates,
        *,
        idle: Callable[[], bool],
        wanted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder
        self._here = here
        self._clock = clock
        self._settings = settings
        self._idle = idle
        self._wanted = wanted
        self._progress = folder.progress()
        self._refusal = ""

    @property
    def progress(self) -> Progress:
        """Return where the terminal is."""
        return self._progress

    def look(self) -> None:
        """Note what became of the last mark, and what runs now."""
        verdict = last_verdict(self._here.verdicts)
        if verdict is not None and not verdict.installed:
            self._note(Refused(verdict.mark, verdict.code))
        self._note(self._looked(verdict))
        if isinstance(self._progress.phase, UpToDate | Proving | GivenUp):
            self._folder.clear()

    async def follow_centre(self, client: CentreClient, sleep: Sleep) -> None:
        """Ask what the centre wants, and bring it here. Without a line, what is here already counts."""
        try:
            offer = await client.update()
        except CentreError as error:
            log.info("the centre does not say what it wants: %s", error)
            return
        if offer.release is None:
            self._withdraw()
            return
        try:
            manifest = self._judge(offer.release)
        except (WireError, UpdateError) as error:
            if error.code == NotNewer.code:
                self._withdraw()  # it runs what is wanted
                return
            log.warning("the centre's release is refused: %s", error)
            if not isinstance(self._progress.phase, GivenUp):  # which says more
                self._refusal = error.code
            return
        self._note(Offered(manifest.version, Origin.CENTRE))
        if self._fetches(manifest.version, Origin.CENTRE):
            rate = self._settings.most_kb_per_s * 1000
            source = FromCentre(
                client, manifest.version, self._gives_way, bytes_per_s=rate, clock=self._clock, sleep=sleep
            )
            try:
                await self._bring(offer.release, manifest, source)
            except (UpdateError, WireError, CentreError) as error:
                log.warning("%s is not here yet: %s", manifest.version, error)

    async def follow_stick(self, stick: Path, *, at_once: bool) -> str:
        """Take a release from a folder; return its version.

        Raises :class:`~kiosk.updates.errors.UpdateError`, WireError: it was not taken. ``at_once``: do not wait for
        the hours.
        """
        signed = read_manifest(stick)
        manifest = self._judge(signed)
        self._note(Offered(manifest.version, Origin.STICK))
        if self._fetches(manifest.version):
            await self._bring(signed, manifest, FromStick(stick), at_once=at_once)
        self._note(Fetched(at_once))
        return manifest.version

    def apply_when_due(self) -> None:
        """Leave the mark, when a release is here, whole, and now is the time."""
        phase = self._progress.phase
        if not isinstance(phase, Staged) or not (phase.at_once or self._in_hours()) or not self._idle():
            return
        try:
            manifest = self._opened(self._folder.manifest())
            self._folder.prove(manifest)
        except (UpdateError, WireError) as error:
            log.warning("%s is not whole any more: %s", phase.version, error)
            self._note(FetchFailed(error.code))
            return
        mark = secrets.token_hex(8)
        self._note(Marked(mark, self._here.running, self._here.boot, self._clock.monotonic()))
        self._folder.leave_mark(mark, manifest.version)
        log.info("%s is handed to the installer", manifest.version)

    def report(self) -> UpdateReport:
        """Say where this terminal is."""
        match self._progress.phase:
            case UpToDate():
                phase, wanted, failure = UpdatePhase.UP_TO_DATE, "", self._refusal
            case Fetching(version=wanted, failure=failure):
                phase = UpdatePhase.FETCHING
            case Staged(version=wanted, failure=failure):
                phase = UpdatePhase.STAGED
            case Applying(staged=Staged(version=wanted)):
                phase, failure = UpdatePhase.APPLYING, ""
            case Proving(version=wanted):
                phase, failure = UpdatePhase.PROVING, ""
            case GivenUp(version=wanted, failure=failure):
                phase = UpdatePhase.GIVEN_UP
        fetched, size = self._measure()
        return UpdateReport(
            running=self._here.running,
            phase=phase,
            wanted=wanted,
            failure=self._refusal or failure,
            fetched=fetched,
            size=size,
        )

    async def _bring(
        self, signed: SignedManifest, manifest: Manifest, source: Source, *, at_once: bool = False
    ) -> None:
        try:
            self._folder.keep_manifest(signed)
            await fetch(self._folder, manifest, source)
        except (UpdateError, WireError, CentreError) as error:
            self._note(FetchFailed(error.code))
            raise
        self._note(Fetched(at_once))
        log.info("%s is here", manifest.version)

    def _judge(self, signed: SignedManifest) -> Manifest:
        """Return the manifest of a release that may be installed here. Raises WireError, UpdateError."""
        manifest = self._opened(signed)
        running = self._here.running
        if manifest.version == running or (newer(running, manifest.version) and not manifest.may_go_back):
            raise NotNewer(f"{manifest.version} is not above {running}")
        if manifest.version in self._progress.given_up:
            raise GivenUpBefore(manifest.version)
        return manifest

    def _opened(self, signed: SignedManifest) -> Manifest:
        return open_manifest(signed, self._here.keys, self._clock.now())

    def _fetches(self, version: str, origin: Origin | None = None) -> bool:
        phase = self._progress.phase
        return isinstance(phase, Fetching) and phase.version == version and origin in (None, phase.origin)

    def _withdraw(self) -> None:
        self._note(Withdrawn())
        if isinstance(self._progress.phase, UpToDate):
            self._folder.clear()

    def _looked(self, verdict: Verdict | None) -> Looked:
        installed = verdict.mark if verdict is not None and verdict.installed else ""
        return Looked(self._here.running, self._here.boot, self._clock.monotonic(), installed)

    def _in_hours(self) -> bool:
        return in_hours(self._clock.now(), self._settings.hours)

    def _gives_way(self) -> bool:
        return self._wanted() or self._folder.wanted_urgently()

    def _measure(self) -> tuple[int, int]:
        if isinstance(self._progress.phase, UpToDate | Proving | GivenUp):
            return 0, 0
        try:
            manifest = self._opened(self._folder.manifest())
        except (UpdateError, WireError):
            return 0, 0
        return self._folder.fetched(manifest), manifest.size

    def _note(self, event: Event) -> None:
        after = step(self._progress, event)
        if after != self._progress:
            self._folder.keep(after)
            self._progress = after


def in_hours(now: datetime, hours: tuple[int, int]) -> bool:
    """Tell whether it is between two full hours in China; (22, 4) is over midnight, (0, 0) always."""
    begin, end = hours
    hour = now.astimezone(CHINA).hour
    return begin <= hour < end if begin < end else hour >= begin or hour < end
