"""A terminal joins the centre that invites it: trust, configuration, identity; a power cut in between does no harm."""

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from kiosk import private_files
from kiosk.config import Config
from kiosk.config_file import ConfigFile
from kiosk.store.terminal import Terminal
from kiosk.store.tpm import Tpm
from kiosk.sync import authority, enrolment
from kiosk.sync.line import line_to
from wire.clock import Clock
from wire.invitation import Invitation

AUTHORITY_FILE = "centre-ca.pem"
_CLOCK_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Joined:
    """Who the terminal is now. ``clock_off``: how far the centre's clock is ahead of ours, None where it is near."""

    terminal: Terminal
    clock_off: timedelta | None = None


async def join(file: ConfigFile, invitation: Invitation, clock: Clock, *, same_key: bool = False) -> Joined:
    """Enrol with an invitation, and keep in the configuration where the centre is.

    The configuration comes first: an identity whose centre nobody knows would be of no use. Where the centre refuses,
    what stood there before stands there again. ``same_key``: the present device key stays. Raises
    :class:`~kiosk.sync.errors.CentreError`, ConfigWrong, OSError, :class:`~kiosk.store.tpm.KeySealed`.
    """
    before = file.load()
    before.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca_file = before.centre.ca_file
    if invitation.authority is not None:
        pem = await authority.fetch(invitation.url, invitation.authority, proxy=before.centre.proxy)
        ca_file = before.data_dir / AUTHORITY_FILE
        private_files.replace(ca_file, pem.encode())
    if (invitation.url, ca_file) == (before.centre.url, before.centre.ca_file):
        return await _enrol(before, invitation.code, clock, same_key=same_key)
    after = _point(file, invitation.url, ca_file)
    try:
        return await _enrol(after, invitation.code, clock, same_key=same_key)
    except BaseException:
        _point(file, before.centre.url, before.centre.ca_file)
        raise


def _point(file: ConfigFile, url: str, ca_file: Path | None) -> Config:
    return file.change({"centre": {"url": url, "ca_file": None if ca_file is None else str(ca_file)}})


async def _enrol(config: Config, code: str, clock: Clock, *, same_key: bool) -> Joined:
    async with line_to(config.centre, clock) as client:
        terminal = await enrolment.enrol(
            config.data_dir, client, code, version("bianmin"), tpm=_tpm(config), same_key=same_key
        )
    off = terminal.enrolment.server_time - clock.now()
    return Joined(terminal, off if abs(off) > _CLOCK_TOLERANCE else None)


def _tpm(config: Config) -> Tpm | None:
    return Tpm.here() if config.device_key.sealed_by_tpm else None
