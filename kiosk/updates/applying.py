"""The installer: what root does about a mark. It trusts nothing in the folder but what a release key signed.

The mark goes first, so that whatever happens it is tried once; what became of it is written where only root can
write. A restart follows only after a release was installed (SuccessAction= of the unit).
"""

import json
import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from kiosk import private_files
from kiosk.occupancy import Occupancy, Occupied
from kiosk.updates.errors import Busy, FileDamaged, InstallFailed, NotNewer, UpdateError
from kiosk.updates.files import opened, read_manifest
from kiosk.updates.folder import MARK
from wire.errors import WireError
from wire.release import SUMS, Manifest, newer, open_manifest, sums

log = logging.getLogger(__name__)

VERDICT = "verdict.json"
WAIT_S = 1800.0  # for a visit to end
_POLL_S = 2.0
_MOST_MARK_BYTES = 4096
_MOST_SUMS_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mark. ``code``: why it was not installed."""

    mark: str
    installed: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Installer:
    """How to install: ``install`` writes a version into the other slot, ``put_last`` is for going back."""

    keys: tuple[Ed25519PublicKey, ...]
    running: str
    install: Callable[[str], None]
    put_last: Callable[[str], None]
    occupancy: Occupancy
    now: Callable[[], datetime]
    sleep: Callable[[float], object]

    def apply(self, folder: Path, verdicts: Path, stack: ExitStack) -> Verdict | None:
        """Do what a mark asks, write the verdict, return it; None without a mark.

        Visits are kept from beginning until ``stack`` ends, which is when the machine goes down. Raises OSError.
        """
        mark = _take_mark(folder)
        if mark is None:
            return None
        try:
            self._install(folder, stack)
        except (UpdateError, WireError) as error:
            log.error("not installed: %s", error)  # noqa: TRY400 - a trace says nothing more
            verdict = Verdict(mark, installed=False, code=error.code)
        else:
            verdict = Verdict(mark, installed=True)
        _write(verdicts, verdict)
        return verdict

    def _install(self, folder: Path, stack: ExitStack) -> None:
        manifest = open_manifest(read_manifest(folder), self.keys, self.now())
        back = not newer(manifest.version, self.running)
        if manifest.version == self.running or (back and not manifest.may_go_back):
            raise NotNewer(f"{manifest.version} is not above {self.running}")
        _check_sums(folder, manifest)
        self._reserve(stack)
        self.install(manifest.version)
        if back:
            self.put_last(self.running)

    def _reserve(self, stack: ExitStack) -> None:
        for _ in range(int(WAIT_S / _POLL_S)):
            try:
                stack.enter_context(self.occupancy.alone())
            except Occupied:
                self.sleep(_POLL_S)
            else:
                return
        raise Busy("visits all the time")


_VERDICTS: TypeAdapter[Verdict] = TypeAdapter(Verdict)


def last_verdict(verdicts: Path) -> Verdict | None:
    """Return what the installer last said, None where it never did."""
    try:
        return _VERDICTS.validate_json((verdicts / VERDICT).read_bytes())
    except (OSError, ValidationError):
        return None


def _take_mark(folder: Path) -> str | None:
    """Return the id in the mark and remove it; one that is no mark is removed, too."""
    path = folder / MARK
    if not os.path.lexists(path):
        return None
    try:
        with opened(path, _MOST_MARK_BYTES) as file:
            mark = json.load(file)["mark"]
    except (UpdateError, WireError, ValueError, KeyError, TypeError):
        mark = ""
    path.unlink()
    return mark if isinstance(mark, str) else ""


def _check_sums(folder: Path, manifest: Manifest) -> None:
    """See that what systemd-sysupdate goes by names the images that the manifest names."""
    with opened(folder / SUMS, _MOST_SUMS_BYTES) as file:
        if file.read(_MOST_SUMS_BYTES) != sums(manifest.files):
            raise FileDamaged(f"{SUMS} names other files than the manifest")


def _write(verdicts: Path, verdict: Verdict) -> None:
    """Write the verdict, on disk before the restart. Raises :class:`InstallFailed` where that cannot be."""
    try:
        private_files.replace(verdicts / VERDICT, _VERDICTS.dump_json(verdict), 0o644)
    except OSError as error:
        raise InstallFailed(f"the verdict cannot be written: {error.strerror}") from error
